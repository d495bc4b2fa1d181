/** `baseMs · 2^exponent` up to `maxMs`. */
export function doubling(baseMs: number, maxMs: number, exponent: number): number {
  return Math.min(baseMs * 2 ** Math.min(exponent, 30), maxMs);
}

/** Shifted by up to ± `share`, so that isolates do not act in step. */
export function jittered(ms: number, share: number, random: () => number): number {
  return ms * (1 + share * (2 * random() - 1));
}
