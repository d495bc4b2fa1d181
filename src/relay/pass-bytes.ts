/** Moves an answer of bytes to the client: measured as it passes, with a deadline for each read, and closed once. */
import { Fault } from "../core/fault.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import type { Answering } from "./first-answer.ts";
import type { RelayRequest } from "./relay-request.ts";

interface Passing {
  readonly from: ReadableStream<Uint8Array>;
  readonly to: WritableStream<Uint8Array>;
  /** The longest silence of the upstream. */
  readonly idleMs: number;
}

const encoder = new TextEncoder();

/** Never rejects. Whoever leaves is told from what breaks: a read fails for the upstream, a write for the client. */
export async function passBytes(request: RelayRequest, answering: Answering, passing: Passing): Promise<void> {
  const { passage, watch } = answering;
  const { gone } = request.options;
  const reader = passing.from.getReader();
  const writer = passing.to.getWriter();
  const frames = passage.mediaFrames;
  const write = async (bytes: Uint8Array) =>
    writer.write(bytes).catch((cause: unknown) => {
      throw new Fault("client_closed", { cause });
    });
  const stop = () => void reader.cancel().catch(() => undefined);
  // A write waits for a client as long as it does not read: nothing else would end it.
  const giveUp = () => {
    stop();
    void writer.abort().catch(() => undefined);
  };
  watch.signal.addEventListener("abort", giveUp, { once: true });
  // Nothing at its end tells what it cost: nobody waits for it.
  gone.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      watch.expect("the next bytes", passing.idleMs);
      const { done, value } = await reader.read();
      watch.rest();
      watch.signal.throwIfAborted();
      if (done) break;
      request.delivered.hear(passage.media(value));
      await write(frames === undefined ? value : encoder.encode(frames.frame(value)));
    }
    if (frames !== undefined) await write(encoder.encode(frames.end(() => request.delivered.usage())));
    await writer.close().catch(() => undefined);
    await request.close(gone.aborted ? "abandoned" : "complete");
  } catch (error) {
    const failure = asAttemptFailure(gone.aborted ? new Fault("client_closed", { cause: error }) : broken(error));
    stop();
    await writer.abort(failure).catch(() => undefined);
    await request.close(failure.fault.kind === "client_closed" ? "abandoned" : "failed", failure);
  } finally {
    watch.close();
  }
}

function broken(error: unknown): unknown {
  if (error instanceof Fault) return error;
  return new Fault("upstream_error", { reason: "the connection broke during the answer", cause: error });
}
