/** `baseMs · 2^exponent` up to `maxMs`. */
export function doubling(baseMs: number, maxMs: number, exponent: number): number {
  return Math.min(baseMs * 2 ** Math.min(exponent, 30), maxMs);
}

/** `ms` ± up to `share` of it, so that isolates do not act at the same moment. */
export function jittered(ms: number, share: number, random: () => number): number {
  return ms * (1 + share * (2 * random() - 1));
}
