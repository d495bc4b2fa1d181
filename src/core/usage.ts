/**
 * What a request consumed, in disjoint counts of tokens: no token stands in two of them.
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
}
