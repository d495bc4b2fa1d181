/**
 * What a request consumed, in disjoint counts: no token stands in two of them.
 * `undefined` = the upstream did not report it; `0` = it reported none.
 */
export interface Usage {
  /** Prompt tokens that are neither cached nor audio nor image. */
  readonly input?: number;
  readonly cachedRead?: number;
  readonly cacheWrite?: number;
  readonly inputAudio?: number;
  readonly inputImage?: number;
  /** Completion tokens that are neither reasoning nor audio. */
  readonly output?: number;
  readonly reasoning?: number;
  readonly outputAudio?: number;
  /** Pictures that were made. */
  readonly images?: number;
  /** Of audio or video, made or read. */
  readonly durationMs?: number;
  /** Of text that was spoken. */
  readonly characters?: number;
}

export const USAGE_CLASSES = [
  "input",
  "cachedRead",
  "cacheWrite",
  "inputAudio",
  "inputImage",
  "output",
  "reasoning",
  "outputAudio",
  "images",
  "durationMs",
  "characters",
] as const satisfies readonly (keyof Usage)[];

export type UsageClass = (typeof USAGE_CLASSES)[number];

/** No single request consumes more of anything; with it a price times a count stays far from overflow. */
export const MAX_COUNT = 100_000_000;

/**
 * Why a reported usage cannot be true, or undefined when it can: a count that is negative (more cached than read
 * comes out so), no whole number, or beyond {@link MAX_COUNT}.
 */
export function usageProblem(usage: Usage): string | undefined {
  for (const name of USAGE_CLASSES) {
    const count = usage[name];
    if (count === undefined) continue;
    if (!Number.isSafeInteger(count)) return `${name} is no whole number`;
    if (count < 0) return `${name} is negative`;
    if (count > MAX_COUNT) return `${name} is beyond ${MAX_COUNT}`;
  }
  return undefined;
}
