import { describe, expect, it } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import { readJson } from "../../src/endpoints/request-body.ts";

/** A body without end. Counts the bytes that are read, and notes when it is cancelled. */
function endless(first: string) {
  const seen = { pieces: 0, cancelled: false };
  const piece = new TextEncoder().encode("x".repeat(100));
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(seen.pieces++ === 0 ? new TextEncoder().encode(first) : piece);
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { seen, stream };
}

function replaced(from: string, to: string): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(piece, controller) {
      controller.enqueue(new TextEncoder().encode(new TextDecoder().decode(piece).replaceAll(from, to)));
    },
  });
}

/** A request whose body comes in pieces; Node wants `duplex` for one, workerd does not. */
function requestWith(body: ReadableStream<Uint8Array>): Request {
  const init = { method: "POST", body, duplex: "half" };
  return new Request("https://gateway.test", init);
}

async function faultOf(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> {
  return readJson(requestWith(body), maxBytes).then(
    () => "none",
    (error: unknown) => (error instanceof Fault ? error.kind : String(error)),
  );
}

describe("readJson", () => {
  it("reads no more of a body than its limit, and leaves the rest to be read", async () => {
    const { seen, stream } = endless('{"padding":"');
    expect(await faultOf(stream, 1000)).toBe("body_too_large");
    // 12 bytes and 100 a piece: the eleventh goes over the limit.
    expect(seen.pieces).toBeGreaterThanOrEqual(11);
    expect(seen.pieces).toBeLessThanOrEqual(13);
    expect(seen.cancelled).toBe(false);
  });

  it("refuses a body of too many values while it arrives", async () => {
    const { seen, stream } = endless('{"x":["');
    const { stream: values, seen: read } = endless(`{"x":[${"[],".repeat(200_001)}`);
    expect(await faultOf(values, 10_000_000)).toBe("body_too_large");
    expect(read.pieces).toBeLessThanOrEqual(2);
    // Commas in a string are no values.
    expect(await faultOf(stream.pipeThrough(replaced("x", ",")), 1_000_000)).toBe("body_too_large");
    expect(seen.pieces).toBeGreaterThan(9000);
  });

  it("reads characters that are cut in two by the network", async () => {
    const bytes = new TextEncoder().encode('{"text":"世界 🌍"}');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    expect((await readJson(requestWith(body), bytes.byteLength)).value).toEqual({ text: "世界 🌍" });
  });

  it("refuses a body that breaks off as unreadable", async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"a":'));
        controller.error(new Error("the connection broke"));
      },
    });
    expect(await faultOf(body, 1000)).toBe("bad_json");
  });

  it("refuses a request without a body", async () => {
    const request = new Request("https://gateway.test", { method: "POST" });
    await expect(readJson(request, 1000)).rejects.toThrow("bad_json");
  });
});
