/** The one loop of a stream: what one read brings leaves in one write, and nothing is lost when the client is. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { DeadlineWatch } from "../../src/relay/deadline-watch.ts";
import { UpstreamStream } from "../../src/relay/stream.ts";
import { chat } from "../../src/wire/openai/chat.ts";
import { passage } from "../../src/wire/passage.ts";
import type { Step } from "../../src/wire/types.ts";
import { MATCH, TARGET } from "../wire/support.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const event = (content: string, finishReason: string | null = null) =>
  `data: ${JSON.stringify({ id: "c1", choices: [{ index: 0, delta: { content }, finish_reason: finishReason }] })}\n\n`;
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}\n\n';

function setUp() {
  let upstream: ReadableByteStreamController | undefined;
  const cancelled = vi.fn<() => void>();
  const body = new ReadableStream({
    type: "bytes",
    start: (controller) => void (upstream = controller),
    cancel: cancelled,
  });
  const request = chat.read(jsonPayload({ messages: [{ role: "user", content: "Hello" }] }), MATCH);
  const carried = passage(request, chat, { ...TARGET, stream: true });
  if (carried === undefined) throw new Error("nothing carries chat over chat");
  const ended = new AbortController();
  const watch = new DeadlineWatch({ ended: ended.signal, endAtMs: Date.now() + 60_000, now: Date.now });
  const secrets = [{ word: "acme", replacement: "[upstream]" }];
  const steps: Step[] = [];
  const stream = new UpstreamStream(body, { passage: carried, watch, secrets, idleMs: 10_000 });
  return {
    stream,
    steps,
    carried,
    cancelled,
    watch,
    leave: () => ended.abort(),
    send: (text: string) => upstream?.enqueue(new TextEncoder().encode(text)),
    sendBytes: (bytes: Uint8Array) => upstream?.enqueue(bytes),
    end: () => upstream?.close(),
    break: () => upstream?.error(new Error("reset")),
    accepted: async (text: string) => {
      upstream?.enqueue(new TextEncoder().encode(text));
      await stream.accept();
      stream.meterWith((step) => void steps.push(step));
      return carried.takeText();
    },
  };
}

function textOf(piece: string | Uint8Array): string {
  return typeof piece === "string" ? piece : new TextDecoder().decode(piece);
}

/** Lets everything that waits for nothing but promises happen. */
const settle = async () => vi.advanceTimersByTimeAsync(0);

describe("a stream", () => {
  it("gives what one read brings in one write, before it asks for more", async () => {
    const { stream, accepted, send, steps } = setUp();
    expect(await accepted(event("") + event("a"))).toContain('"content":"a"');
    const writes: string[] = [];
    const moving = stream.move({ write: async (piece) => void writes.push(textOf(piece)) });
    send(event("b") + event("c"));
    await settle();
    expect(writes.length).toBe(1);
    expect(writes[0]?.match(/"content":"[bc]"/g)).toHaveLength(2);
    send(event("d"));
    await settle();
    expect(writes.length).toBe(2);
    send("data: [DONE]\n\n");
    await moving;
    expect(steps.map(({ text }) => text.output).join(""), "steps before the meter count too").toBe("abcd");
  });

  it("passes on the bytes of a read in which nothing is edited, and text where something is", async () => {
    const { stream, accepted, send, sendBytes } = setUp();
    await accepted(event("a"));
    const writes: (string | Uint8Array)[] = [];
    const copy = (piece: string | Uint8Array) => (typeof piece === "string" ? piece : piece.slice());
    const moving = stream.move({ write: async (piece) => void writes.push(copy(piece)) });
    const whole = { id: "c1", object: "chat.completion.chunk", created: 5, model: "public", seed: "9.0" };
    const choices = [{ index: 0, delta: { content: "word" }, finish_reason: null }];
    const untouched = `data: ${JSON.stringify({ ...whole, choices })}\n\n`.replace('"9.0"', "9.0");
    send(untouched);
    await settle();
    expect(writes).toEqual([new TextEncoder().encode(untouched)]);
    send(`: comment\n${untouched}`);
    await settle();
    expect(writes[1], "without what no surface promises").toBe(untouched);
    send(untouched.replace("word", "世界"));
    await settle();
    expect(writes[2]).toBe(untouched.replace("word", "世界"));
    sendBytes(new TextEncoder().encode(untouched).map((byte) => (byte === 0x77 ? 0xff : byte)));
    await settle();
    expect(writes[3], "valid UTF-8, whatever came").toBe(untouched.replace("w", "\uFFFD"));
    send("data: [DONE]\n\n");
    await moving;
  });

  it("lets its finish wait for usage, for no longer than 500 ms", async () => {
    const { stream, accepted, send, carried } = setUp();
    await accepted(event("a"));
    const writes: string[] = [];
    const moving = stream.move({ write: async (piece) => void writes.push(textOf(piece)) });
    send(event("", "stop"));
    await vi.advanceTimersByTimeAsync(499);
    expect(writes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(writes.join("")).toContain('"finish_reason":"stop"');
    send(`${USAGE}data: [DONE]\n\n`);
    await moving;
    expect(carried.close(() => ({}))).toBe("data: [DONE]\n\n");
  });

  it("that comes in time has its usage on the finish", async () => {
    const { stream, accepted, send, carried } = setUp();
    await accepted(event("a"));
    const moving = stream.move({ write: async () => undefined });
    send(event("", "stop"));
    await vi.advanceTimersByTimeAsync(400);
    send(`${USAGE}data: [DONE]\n\n`);
    await moving;
    expect(carried.close(() => ({}))).toMatch(/"finish_reason":"stop".*"completion_tokens":7.*\n\ndata: \[DONE\]/);
  });

  it("is read to its end for its usage when its client is gone, and loses no read", async () => {
    const { stream, accepted, send, steps } = setUp();
    await accepted(event("a"));
    const gone = new Fault("client_closed");
    const moving = expect(stream.move({ write: async () => Promise.reject(gone) })).rejects.toBe(gone);
    // The finish waits, and its write fails while the next read is under way.
    send(event("", "stop"));
    await vi.advanceTimersByTimeAsync(500);
    await moving;
    const draining = stream.move({});
    send(`${USAGE}data: [DONE]\n\n`);
    await draining;
    expect(steps.at(-2)).toMatchObject({ usage: { input: 5, output: 7 } });
    expect(steps.at(-1)).toMatchObject({ isLast: true });
  });

  it("is let go when it ends, breaks, or its request is over", async () => {
    const whole = setUp();
    await whole.accepted(event("a", "stop"));
    whole.end();
    await whole.stream.move({});

    const broken = setUp();
    await broken.accepted(event("a"));
    broken.break();
    await expect(broken.stream.move({})).rejects.toMatchObject({ outcome: "garbage" });

    const left = setUp();
    await left.accepted(event("a"));
    const moving = expect(left.stream.move({})).rejects.toMatchObject({ outcome: "abandoned" });
    left.leave();
    await moving;
    expect(left.cancelled).toHaveBeenCalledOnce();
    // The clients of the first two may still be reading: their time runs on, until whoever writes to them has done so.
    expect(vi.getTimerCount()).toBe(2);
    whole.watch.close();
    broken.watch.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that falls silent is a time-out", async () => {
    const { stream, accepted, cancelled } = setUp();
    await accepted(event("a"));
    const moving = expect(stream.move({})).rejects.toMatchObject({ outcome: "timeout" });
    await vi.advanceTimersByTimeAsync(10_000);
    await moving;
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it("is none without a word, and its error shows nothing of the upstream", async () => {
    const empty = setUp();
    empty.send("data: [DONE]\n\n");
    await expect(empty.stream.accept()).rejects.toMatchObject({ outcome: "garbage" });

    const failing = setUp();
    const error = { code: "context_length_exceeded", message: "boom at acme, vendor.example.com" };
    failing.send(`data: ${JSON.stringify({ error })}\n\n`);
    const failure: unknown = await failing.stream.accept().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ outcome: "refused_request", fault: { kind: "context_length_exceeded" } });
    expect((failure as { fault: Fault }).fault.text("en")).toBe("boom at [upstream], [host]");
  });
});
