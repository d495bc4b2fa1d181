/**
 * What an isolate and an upstream's object tell each other. Plain data. Times are lengths, counted from the moment of
 * sending, so that clocks need not agree.
 */
import type { BreakerState, Estimate } from "./types.ts";

/** What happened on a route since the last report that was acknowledged. */
export interface RouteDelta {
  /** May be negative: an answer that broke off later is taken back. */
  answered: number;
  failed: number;
  /** Of these, attempts made while the breaker was not closed. */
  probesAnswered: number;
  probesFailed: number;
  /** Of answers whose length and duration are known. */
  outputTokens: number;
  outputMs: number;
  /** Until the first event. */
  ttft: Record<number, number>;
}

/** A route that the isolate planned of late. */
export interface RouteReport {
  readonly model: string;
  readonly inflight: number;
  /** The isolate's own breaker is not closed, and why. */
  readonly openWhy?: string;
}

export interface CoolingNote {
  /** See `credentialKey`. */
  readonly credential: string;
  /** null = on every route. */
  readonly route: string | null;
  readonly forMs: number;
  /** Coolings in a row. */
  readonly strikes: number;
  readonly why: string;
}

export interface Report {
  readonly isolate: string;
  /** Grows by one with each new batch of deltas; a batch that was not acknowledged comes again under its number. */
  readonly sequence: number;
  /** How long ago the batch of deltas was closed. */
  readonly ageMs: number;
  readonly deltas: Readonly<Record<string, Readonly<RouteDelta>>>;
  readonly routes: Readonly<Record<string, RouteReport>>;
  readonly coolings: readonly CoolingNote[];
}

/** The object's breaker of a route. */
export interface FleetBreaker {
  readonly state: BreakerState;
  readonly why: string;
  /** Until probes begin. */
  readonly openForMs?: number;
  /** Since it was last closed, if it ever was open. */
  readonly closedForMs?: number;
  /** The isolate that asks may probe, for so long. */
  readonly leaseForMs?: number;
}

export interface Measured extends Estimate {
  /** Samples that still count. */
  readonly mass: number;
}

export interface FleetRoute {
  readonly breaker: FleetBreaker;
  readonly ttftMs?: Measured;
  readonly tokensPerSecond?: Measured;
  readonly errorRate: number;
  /** Of the other isolates together. */
  readonly inflightElsewhere: number;
}

export interface Standing {
  readonly acknowledged: number;
  /** The isolate's next report should come no sooner. */
  readonly paceMs: number;
  /** The routes that the report named. */
  readonly routes: Readonly<Record<string, FleetRoute>>;
  readonly coolings: readonly CoolingNote[];
}

/** An upstream's object, from afar. */
export interface HealthPort {
  exchange(report: Report): Promise<Standing>;
}

export function emptyDelta(): RouteDelta {
  return { answered: 0, failed: 0, probesAnswered: 0, probesFailed: 0, outputTokens: 0, outputMs: 0, ttft: {} };
}

/**
 * The outcome of a probe that no client's request made, such as a scheduled one; a real operation all the same. It
 * plans nothing, and so is given no lease. `nowMs` serves as its sequence.
 */
export function probeReport(route: string, answered: boolean, nowMs: number): Report {
  const count = answered ? { answered: 1, probesAnswered: 1 } : { failed: 1, probesFailed: 1 };
  return {
    isolate: `probe of ${route}`,
    sequence: nowMs,
    ageMs: 0,
    deltas: { [route]: { ...emptyDelta(), ...count } },
    routes: {},
    coolings: [],
  };
}
