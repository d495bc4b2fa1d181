/** How long packets of sound are, whatever the container says of their times. Pure. @see https://www.rfc-editor.org/rfc/rfc6716#section-3.1 */

/** No packet is shorter, in milliseconds, by the names in MP4 and in WebM. */
const LEAST_MS: ReadonlyMap<string, number> = new Map([
  ["mp4a", 10],
  [".mp3", 12],
  ["alac", 20],
  ["Opus", 2.5],
  ["A_AAC", 10],
  ["A_MPEG/L3", 12],
  ["A_VORBIS", 2],
]);

/** Milliseconds; 0 for a kind whose packets may be of any length. */
export function leastPacketMs(kind: string): number {
  return LEAST_MS.get(kind) ?? 0;
}

/** Milliseconds of a frame, by the kind of coding. */
const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];
const HYBRID = 12;
const CELT = 16;
/** Behind this the second byte has the number of frames. */
const MANY = 3;
/** No packet is longer. */
const MAX_MS = 120;

export function opusMs(first: number, second: number): number {
  const config = first >> 3;
  const ms = config < HYBRID ? SILK_MS[config & 3] : config < CELT ? HYBRID_MS[config & 1] : CELT_MS[config & 3];
  const code = first & 3;
  const frames = code === MANY ? second & 63 : code === 0 ? 1 : 2;
  return Math.min(MAX_MS, (ms ?? 0) * frames);
}
