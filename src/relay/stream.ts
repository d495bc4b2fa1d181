/**
 * The framed path of a stream: upstream bytes → events → frames → client, one generator after another, so that a
 * `finally` runs whichever way the stream ends. Every event leaves when it arrives, in one write.
 */
import { Fault } from "../core/fault.ts";
import { KEEP_ALIVE, SseDecoder } from "../core/sse.ts";
import { utf8Decoder } from "../core/text.ts";
import type { EventReader, WireEvent } from "../wire/types.ts";
import type { Watch } from "./watch.ts";

/** The events of an upstream's body. @throws Fault `upstream_error`; what `watch` aborted with */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  reader: EventReader,
  watch: Watch,
  idleMs: () => number | undefined,
): AsyncGenerator<WireEvent, void, undefined> {
  const source = body.getReader();
  const cancel = () => void source.cancel(watch.signal.reason).catch(() => undefined);
  watch.signal.addEventListener("abort", cancel, { once: true });
  const decoder = new SseDecoder();
  const text = utf8Decoder(false);
  try {
    for (;;) {
      const { done, value } = await source.read();
      watch.signal.throwIfAborted();
      for (const { data } of done ? decoder.end() : decoder.feed(text.decode(value, { stream: true }))) {
        const event = reader.read(data);
        if (event === "done") return;
        if (event === undefined) continue;
        if (idleMs() !== undefined) watch.rest();
        yield event;
      }
      if (done && reader.complete) return;
      if (done) throw new Fault("upstream_error", { reason: "the stream ended before it was whole" });
      const patienceMs = idleMs();
      if (patienceMs !== undefined) watch.expect("the next event", patienceMs);
    }
  } catch (error) {
    watch.signal.throwIfAborted();
    if (error instanceof Fault) throw error;
    throw new Fault("upstream_error", { reason: "the connection broke during the stream", cause: error });
  } finally {
    watch.signal.removeEventListener("abort", cancel);
    watch.close();
    cancel();
  }
}

/**
 * Waits until the upstream has answered: until an event that means something. What came before it is kept.
 * @throws Fault `upstream_error` when the stream ends without one
 */
export async function accept(
  events: AsyncGenerator<WireEvent, void, undefined>,
): Promise<AsyncGenerator<WireEvent, void, undefined>> {
  const head: WireEvent[] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done === true) throw new Fault("upstream_error", { reason: "an empty stream" });
    head.push(value);
    if (value.meaningful) return resume(head, events);
  }
}

async function* resume(
  head: WireEvent[],
  events: AsyncGenerator<WireEvent, void, undefined>,
): AsyncGenerator<WireEvent, void, undefined> {
  try {
    yield* head;
    yield* events;
  } finally {
    await events.return();
  }
}

/** How long a finish chunk waits for the usage that upstreams send after it. */
const USAGE_WAIT_MS = 500;

/**
 * Gives usage to the client exactly once: as an event of its own (without choices) to a client that asked for it, else
 * on the last finish chunk. Of all events only the latest finish chunk waits: for the next event, the end, or 500 ms.
 */
export async function* placeUsage(
  events: AsyncGenerator<WireEvent, void, undefined>,
  wantsUsage: boolean,
): AsyncGenerator<WireEvent, void, undefined> {
  let usage: unknown;
  let last: WireEvent | undefined;
  let held: WireEvent | undefined;
  try {
    for (;;) {
      const arriving = events.next();
      if (held !== undefined && (await isLate(arriving))) {
        yield held;
        held = undefined;
      }
      const { done, value: event } = await arriving;
      if (done === true) break;
      usage = event.body["usage"] ?? usage;
      last = event;
      if (event.usageOnly) continue;
      if (held !== undefined) {
        yield held;
        held = undefined;
      }
      delete event.body["usage"];
      if (wantsUsage) event.body["usage"] = null;
      if (event.finishes && !wantsUsage) held = event;
      else yield event;
    }
    if (held !== undefined) {
      if (usage !== undefined) held.body["usage"] = usage;
      const finish = held;
      held = undefined;
      yield finish;
    } else if (wantsUsage && last !== undefined && usage !== undefined) {
      yield { ...last, body: { ...last.body, choices: [], usage } };
    }
  } catch (error) {
    // What the upstream finished before it broke is the client's.
    if (held !== undefined) yield held;
    throw error;
  } finally {
    await events.return();
  }
}

async function isLate(arriving: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const waited = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, USAGE_WAIT_MS, true);
  });
  const arrived = arriving.then(
    () => false,
    () => false,
  );
  const late = await Promise.race([arrived, waited]);
  clearTimeout(timer);
  return late;
}

export interface Pump {
  readonly body: ReadableStream<Uint8Array>;
  /** Settles when the last frame is written or the client is gone; never rejects. */
  readonly finished: Promise<void>;
}

export interface PumpOptions {
  /** A comment is written where nothing was for so long. */
  readonly keepAliveMs: number;
  /** Called when the client cannot be written to any more. */
  readonly gone: () => void;
  /** Fires when there is nothing more to come; a client that does not even read the rest is left. */
  readonly over: AbortSignal;
}

/** Writes frames to a client, one write each. */
export function pump(frames: AsyncGenerator<string, void, undefined>, { keepAliveMs, gone, over }: PumpOptions): Pump {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  let idle = true;
  let writing = false;
  const write = async (frame: string) => {
    writing = true;
    await writer.write(encoder.encode(frame));
    writing = false;
  };
  const keepAlive = setInterval(() => {
    if (writing && over.aborted) writer.abort(over.reason).catch(() => undefined);
    else if (idle && !writing) write(KEEP_ALIVE).catch(gone);
    idle = true;
  }, keepAliveMs);
  const run = async () => {
    try {
      for await (const frame of frames) {
        idle = false;
        await write(frame);
      }
      await writer.close();
    } catch (error) {
      gone();
      await writer.abort(error).catch(() => undefined);
    } finally {
      clearInterval(keepAlive);
    }
  };
  return { body: readable, finished: run() };
}
