/** How long a WAV is, by the bytes of its sound. Pure; reads no more than heads. @see https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html */
import type { BytePieces } from "../../core/byte-pieces.ts";

const FILE_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** A file with more chunks is not read on. */
const MAX_CHUNKS = 10_000;

/** Kinds of sound whose samples have the bits that the head says. */
const WHOLE_SAMPLES: ReadonlySet<number> = new Set([1, 3, 0xfffe]);
/** The bits of a sample of compressed kinds. */
const BITS: ReadonlyMap<number, number> = new Map([
  [2, 4],
  [6, 8],
  [7, 8],
  [0x11, 4],
]);
/** Of kinds that only say how many bytes a second has: no speech has more. */
const MOST_BYTES_PER_SECOND = 32_000;

/**
 * All `data` counts, because decoders hear all of it, and no other number of samples that the file tells.
 * @returns milliseconds; undefined where the file does not tell
 */
export function wavMs(file: BytePieces): number | undefined {
  let [bytesPerSecond, bytes, at] = [0, 0, FILE_HEAD_BYTES];
  for (let count = 0; at + CHUNK_HEAD_BYTES <= file.size; count++) {
    if (count > MAX_CHUNKS) return undefined;
    const head = file.copy(at, 24);
    const name = String.fromCharCode(...head.subarray(0, 4));
    const view = new DataView(head.buffer);
    const told = view.getUint32(4, true);
    at += CHUNK_HEAD_BYTES;
    // Whoever writes while it records does not know the size.
    const size = told === 0 && name === "data" ? file.size - at : Math.min(told, file.size - at);
    if (name === "fmt " && head.byteLength === 24) bytesPerSecond ||= rateOf(view);
    if (name === "data") bytes += size;
    at += size + (size % 2);
  }
  return bytesPerSecond > 0 && bytes > 0 ? (bytes * 1000) / bytesPerSecond : undefined;
}

/** Bytes of a second. */
function rateOf(view: DataView): number {
  const kind = view.getUint16(8, true);
  const bits = WHOLE_SAMPLES.has(kind) ? 8 * Math.ceil(view.getUint16(22, true) / 8) : BITS.get(kind);
  if (bits === undefined) return Math.min(view.getUint32(16, true), MOST_BYTES_PER_SECOND);
  return (view.getUint32(12, true) * view.getUint16(10, true) * bits) / 8;
}
