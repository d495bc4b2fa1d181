/**
 * The types that the breaker of one isolate (`local-breaker.ts`) and the breaker for all isolates (`fleet-breaker.ts`)
 * share.
 */

export type BreakerState = "closed" | "open" | "half-open";

export interface Transition {
  readonly to: BreakerState;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly why: string;
}

/**
 * How a breaker let an attempt in. `normal`: the breaker was closed. `trial`: the back-off is over, and this client's
 * request tests whether the route works again. `forced`: the back-off is not over, but so many routes are open that no
 * better one is left.
 */
export type Permit = "normal" | "trial" | "forced";

/** An attempt that failed, as a breaker sees it. Times in Unix milliseconds. */
export interface BreakerFailure {
  readonly permit: Permit;
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** Whose request it was. */
  readonly account?: string | undefined;
  /** The client's request may have caused it: a probe must judge the route before the breaker opens. */
  readonly isSuspicion?: boolean;
  /** For operators; names no secret. */
  readonly why: string;
}
