/**
 * Reads what is left of a body that nobody wants. A connection that is closed while data arrives is reset, and the reset
 * overtakes the answer: the client, still sending, never sees why it was refused.
 */
import { within } from "../core/within.ts";

const MOST_BYTES = 1024 * 1024;
const MOST_MS = 2_000;

/** Gives up after 1 MiB or 2 s. Does nothing while someone reads. Never rejects. */
export async function discardBody({ body }: Request): Promise<void> {
  if (body === null || body.locked) return;
  const reader = body.getReader();
  await within(MOST_MS, drain(reader)).catch(() => undefined);
  reader.cancel().catch(() => undefined);
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let bytes = 0; bytes <= MOST_BYTES;) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes += value.byteLength;
  }
}
