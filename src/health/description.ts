/** What an upstream's object stores and shows. Plain data. */
import type { BreakerState, Transition } from "./breaker.ts";
import type { StoredBreaker } from "./fleet-breaker.ts";
import type { CapacityDescription, StoredCapacity } from "./fleet-capacity.ts";
import type { Minute, RouteHistory } from "./history.ts";
import type { CoolingNote, HealthPort } from "./report.ts";

export interface HeldCooling extends Omit<CoolingNote, "forMs"> {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** The stored state. The window of recent attempts is not stored: new reports fill it again. */
export interface StoredHealth {
  readonly routes: Readonly<
    Record<
      string,
      {
        readonly model: string;
        readonly breaker: StoredBreaker;
        readonly ttft: [number, number, number];
        readonly tokensPerSecond: [number, number, number];
        readonly seenAtMs: number;
      }
    >
  >;
  readonly sequences: readonly (readonly [isolate: string, sequence: number, seenAtMs: number])[];
  readonly coolings: readonly HeldCooling[];
  readonly minute: Minute | undefined;
  /** Absent = an older release wrote this. */
  readonly capacity?: StoredCapacity;
}

/** For operators: each route with its breaker, and each credential that cools. */
export interface HealthDescription {
  readonly isolates: number;
  readonly routes: readonly {
    readonly route: string;
    readonly model: string;
    readonly breaker: BreakerState;
    readonly openUntilMs: number | undefined;
    readonly lastTransition: Transition | undefined;
    /** Attempts of the last 30 s. */
    readonly window: { readonly answered: number; readonly failed: number };
    /** The number of isolates whose own breaker is not closed, and the reason that one of them gives. */
    readonly openIn: { readonly isolates: number; readonly why: string | undefined };
    readonly ttftMs: number | undefined;
    readonly tokensPerSecond: number | undefined;
    readonly inflight: number;
  }[];
  readonly coolings: readonly HeldCooling[];
  /** What is used of the credentials and routes whose capacity is limited. */
  readonly capacity: readonly CapacityDescription[];
}

/** An upstream's object, as jobs and the operator API see it. */
export interface HealthObject extends HealthPort {
  describe(): Promise<HealthDescription>;
  /** Each route over a span of time; Unix milliseconds. */
  history(span: { readonly fromMs: number; readonly toMs: number }): Promise<RouteHistory[]>;
}
