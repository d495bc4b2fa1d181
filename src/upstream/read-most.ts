import { joined } from "../core/joined.ts";

/**
 * @returns undefined where there is more than `maxBytes`; the rest is not read then
 * @throws the reason of `signal` when it is aborted first, also where the body goes on without end
 */
export async function readMostOf(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      if (signal?.aborted === true) stop();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return joined(pieces);
      size += value.byteLength;
      if (size > maxBytes) {
        await reader.cancel().catch(() => undefined);
        return undefined;
      }
      pieces.push(value);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
