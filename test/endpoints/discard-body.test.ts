import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { discardBody } from "../../src/endpoints/discard-body.ts";
import { readJson } from "../../src/endpoints/request-body.ts";

const PIECE = 64 * 1024;

/** A request whose body gives pieces for ever, or none and no end. */
function requestWith(pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>): Request {
  const body = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
  return new Request("https://gateway.test", {
    method: "POST",
    body,
    duplex: "half",
    headers: { "content-type": "application/json" },
  } as RequestInit);
}

describe("discardBody", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("reads a body to its end", async () => {
    let pieces = 3;
    await discardBody(
      requestWith((controller) => (pieces-- > 0 ? controller.enqueue(new Uint8Array(PIECE)) : controller.close())),
    );
    expect(pieces).toBe(-1);
  });

  it("reads no more than a megabyte", async () => {
    let bytes = 0;
    await discardBody(
      requestWith((controller) => {
        bytes += PIECE;
        if (bytes > 16 * 1024 * 1024) throw new Error("too much was read");
        controller.enqueue(new Uint8Array(PIECE));
      }),
    );
    expect(bytes).toBeLessThanOrEqual(1024 * 1024 + 2 * PIECE);
  });

  it("waits no longer than two seconds", async () => {
    let isOver = false;
    const waiting = discardBody(requestWith(async () => new Promise(() => undefined))).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(1_999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
    await waiting;
  });

  it("reads on where a body that was too large is left", async () => {
    let pieces = 0;
    const request = requestWith((controller) =>
      ++pieces > 9 ? controller.close() : controller.enqueue(new Uint8Array(PIECE)),
    );
    await expect(readJson(request, 2 * PIECE)).rejects.toMatchObject({ kind: "body_too_large" });
    expect(pieces).toBe(3);
    await discardBody(request);
    expect(pieces).toBe(10);
  });

  it("does nothing with a body that was read whole", async () => {
    const request = new Request("https://gateway.test", {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json" },
    });
    await expect(readJson(request, 9)).rejects.toMatchObject({ kind: "bad_json" });
    await discardBody(request);
  });

  it("leaves a body alone that someone reads", async () => {
    const request = requestWith((controller) => controller.enqueue(new Uint8Array(1)));
    const reader = request.body?.getReader();
    await discardBody(request);
    expect((await reader?.read())?.done).toBe(false);
  });
});
