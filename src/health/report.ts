/**
 * What an isolate and an upstream's object send to each other. Plain data. Times are durations, counted from the moment
 * of sending, so that clocks need not agree.
 */
import type { BreakerState } from "./breaker.ts";
import type { Capacity } from "./identity.ts";
import type { SampledMeasure } from "./measure.ts";

/** What happened on a route since the last report that was acknowledged. */
export interface RouteDelta {
  /** Negative when answers of an earlier report broke off. */
  answered: number;
  failed: number;
  /** Of these, attempts made while the breaker was not closed: trials, forced attempts and the gateway's own probes. */
  trialsAnswered: number;
  trialsFailed: number;
  /** Probes that confirmed a suspicion. */
  probesFailed: number;
  /** Of answers whose length and duration are known. */
  outputTokens: number;
  outputMs: number;
  /** Times to the first event, as a histogram. */
  ttft: Record<number, number>;
}

/** A route that the isolate planned recently. */
export interface RouteReport {
  readonly model: string;
  readonly inflight: number;
  /** Why the isolate's own breaker is not closed; absent = it is closed. */
  readonly openWhy?: string;
}

export interface CoolingNote {
  /** See `credentialKey`. */
  readonly credential: string;
  /** null = on every route. */
  readonly route: string | null;
  readonly forMs: number;
  /** How long ago it began; absent = just now. */
  readonly agoMs?: number;
  /** Coolings in a row. */
  readonly strikes: number;
  readonly why: string;
  /** The upstream was asked too often; absent = no. */
  readonly isRateLimit?: boolean;
}

/** A probe was answered, or the operator says so: breakers close and coolings end. */
export interface Clearing {
  /** null = every route. */
  readonly route: string | null;
  /** See `credentialKey`; null = every credential. */
  readonly credential: string | null;
}

export function clears(clearing: Clearing, { route, credential }: Pick<CoolingNote, "route" | "credential">): boolean {
  const isRoute = clearing.route === null || route === null || clearing.route === route;
  return isRoute && (clearing.credential === null || clearing.credential === credential);
}

/** What an isolate uses of a credential, or of a credential on one route, whose capacity is limited. */
export interface UseReport {
  /** See `credentialKey`. */
  readonly credential: string;
  /** null = on every route. */
  readonly route: string | null;
  readonly limits: Capacity;
  /** All that the isolate ever used: the numbers only grow. */
  readonly requests: number;
  readonly tokens: number;
  /** Calls under way. */
  readonly running: number;
  /** What found no room since the last report. */
  readonly wanted: { readonly requests: number; readonly tokens: number };
  /** What the isolate may still use of its last lease until it has the answer. It has given the rest back. */
  readonly keeps: { readonly requests: number; readonly tokens: number; readonly running: number };
}

/** How far an isolate may go until `leaseMs` after its report; null = no limit. */
export interface Lease {
  readonly credential: string;
  readonly route: string | null;
  /** Up to these numbers of its own count. */
  readonly requests: number | null;
  readonly tokens: number | null;
  readonly running: number | null;
  /** How long until there may be more; 0 = there is. */
  readonly freeInMs: number;
  /** Little is left: what the isolate uses and gives back is to be reported at once. */
  readonly isScarce: boolean;
}

export interface Report {
  readonly isolate: string;
  /** Grows by one with each new batch of deltas. A batch that was not acknowledged is sent again under its number. */
  readonly sequence: number;
  /** How long ago the batch of deltas was closed. */
  readonly ageMs: number;
  readonly deltas: Readonly<Record<string, Readonly<RouteDelta>>>;
  readonly routes: Readonly<Record<string, RouteReport>>;
  readonly coolings: readonly CoolingNote[];
  readonly clearings?: readonly Clearing[];
  readonly uses?: readonly UseReport[];
}

/** The object's breaker of a route. */
export interface FleetBreakerState {
  readonly state: BreakerState;
  readonly why: string;
  /** Time until trials begin. */
  readonly openForMs?: number;
  /** Time since it was last closed; absent = it never was open. */
  readonly closedForMs?: number;
  /** The isolate that reports may make a trial within this time; absent = it may not. */
  readonly leaseForMs?: number;
}

export interface FleetRoute {
  readonly breaker: FleetBreakerState;
  readonly ttftMs?: SampledMeasure;
  readonly tokensPerSecond?: SampledMeasure;
  readonly errorRate: number;
  /** Requests in flight in all other isolates. */
  readonly inflightElsewhere: number;
}

export interface Standing {
  readonly acknowledged: number;
  /** The least time until the isolate's next report. */
  readonly paceMs: number;
  /** The routes that the report named. */
  readonly routes: Readonly<Record<string, FleetRoute>>;
  readonly coolings: readonly CoolingNote[];
  /** Recent clearings: coolings that are older have ended. */
  readonly clearings?: readonly (Clearing & { readonly agoMs: number })[];
  /** Of what the report says is used. */
  readonly leases?: readonly Lease[];
}

/** An upstream's object, as an isolate calls it. */
export interface HealthPort {
  exchange(report: Report): Promise<Standing>;
}

export function emptyDelta(): RouteDelta {
  return {
    answered: 0,
    failed: 0,
    trialsAnswered: 0,
    trialsFailed: 0,
    probesFailed: 0,
    outputTokens: 0,
    outputMs: 0,
    ttft: {},
  };
}

/**
 * The report of a probe, which is the gateway's own request over a route, such as a scheduled one. It plans no route, and
 * so it gets no lease. `nowMs` serves as its sequence.
 */
export function probeReport({ route, credential }: Clearing, answered: boolean, nowMs: number): Report {
  const count = answered ? { answered: 1, trialsAnswered: 1 } : { failed: 1, trialsFailed: 1 };
  return {
    ...clearingReport(answered ? [{ route, credential }] : [], nowMs),
    isolate: `probe of ${route}`,
    deltas: { [route ?? ""]: { ...emptyDelta(), ...count } },
  };
}

/** A report that clears and tells nothing else. */
export function clearingReport(clearings: readonly Clearing[], nowMs: number): Report {
  return { isolate: "clearing", sequence: nowMs, ageMs: 0, deltas: {}, routes: {}, coolings: [], clearings };
}
