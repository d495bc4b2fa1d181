/** An upstream's stream, without a client or with one that leaves. */
import { describe, expect, it } from "vitest";
import { jsonPayload } from "../../src/core/payload.ts";
import type { Usage } from "../../src/core/units.ts";
import { DeadlineWatch } from "../../src/relay/deadline-watch.ts";
import { UpstreamStream } from "../../src/relay/stream.ts";
import { chat } from "../../src/wire/openai/chat.ts";
import { Passage } from "../../src/wire/passage.ts";
import { MATCH, TARGET } from "../wire/support.ts";

const event = (chunk: unknown) => new TextEncoder().encode(`data: ${JSON.stringify(chunk)}\n\n`);
const delta = (content: string, finish: string | null = null) =>
  event({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] });
const DONE = new TextEncoder().encode("data: [DONE]\n\n");

function open(stream: boolean, totalMs = 5000) {
  const asked = chat.read(jsonPayload({ messages: [{ role: "user", content: "Hello" }] }), MATCH);
  const passage = new Passage(asked, chat, { ...TARGET, stream });
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: 10 });
  const source = readable.getReader();
  const body = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { done, value } = await source.read();
      if (done) controller.close();
      else controller.enqueue(value.slice());
    },
    cancel: async () => source.cancel(),
  });
  const watch = new DeadlineWatch({
    ended: new AbortController().signal,
    endAtMs: Date.now() + totalMs,
    now: Date.now,
  });
  watch.expect("the first event", totalMs);
  const upstream = new UpstreamStream(body, { passage, watch, secrets: [], idleMs: totalMs });
  return { upstream, writer: writable.getWriter(), watch };
}

describe("an upstream's stream", () => {
  it("loses nothing when the client leaves while its finish waits for the usage", async () => {
    const { upstream, writer, watch } = open(true);
    const reported: (Usage | undefined)[] = [];
    void writer.write(delta("a", "stop"));
    await upstream.accept();
    upstream.meterWith(({ usage }) => reported.push(usage));
    const left = upstream.move({ write: async () => Promise.reject(new Error("gone")) });
    await expect(left).rejects.toThrow("gone");
    void writer.write(event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }));
    void writer.write(DONE);
    await upstream.move({ write: async () => undefined });
    watch.close();
    expect(reported).toContainEqual({ input: 1, output: 2 });
  });

  it("that is over still has to be read by its client in time", async () => {
    const { upstream, writer, watch } = open(true, 50);
    void writer.write(delta("a", "stop"));
    void writer.write(DONE);
    await upstream.accept();
    await upstream.move({ write: async () => undefined });
    await expect.poll(() => watch.signal.aborted).toBe(true);
  });

  it.each([
    ["whose output cannot leave yet", false, delta("a".repeat(1024 * 1024))],
    ["without output", true, event({ choices: [{ index: 0, delta: {}, more: "a".repeat(1024 * 1024) }] })],
  ])("%s is not kept beyond 32 MiB", async (_title, streams, chunk) => {
    const { upstream, writer, watch } = open(streams);
    const writing = async () => {
      for (let piece = 0; piece < 40; piece++) await writer.write(chunk);
      await writer.close();
    };
    void writing().catch(() => undefined);
    await expect(streams ? upstream.accept() : upstream.readAll()).rejects.toMatchObject({
      fault: { kind: "upstream_error", options: { reason: expect.stringContaining("bytes") } },
    });
    watch.close();
  });
});
