/** What an isolate knows of routes and credentials at one moment: all that a plan sees of health. Plain data. */
import type { BreakerState } from "./breaker.ts";
import type { Measure } from "./measure.ts";

export interface RouteStanding {
  readonly breaker: BreakerState;
  /** The breaker is not closed, and a request may try the route now. */
  readonly allowsTrial: boolean;
  /** The share of its weight that a recovering route has, in (0, 1]. */
  readonly ramp: number;
  readonly ttftMs: Measure | undefined;
  readonly tokensPerSecond: Measure | undefined;
  /** In [0, 1]. */
  readonly errorRate: number;
  readonly inflight: number;
}

/** A route that is missing counts as healthy, a candidate that is missing as not cooling. */
export interface Standings {
  /** By the route's id. */
  readonly routes: ReadonlyMap<string, RouteStanding>;
  /** Until when candidates cool, by `candidateKey`; Unix milliseconds. */
  readonly coolingUntilMs: ReadonlyMap<string, number>;
  /** Candidates that are asked after all others, by `candidateKey`. */
  readonly resting: ReadonlySet<string>;
}
