import type { Failure } from "../core/outcome.ts";
import type { Capability, Operation } from "../operation/operations.ts";
import type { Tuning } from "./tuning.ts";

/** A public model, as the catalogue holds it. */
export interface Model {
  readonly id: string;
  readonly operation: Operation;
  readonly capabilities: ReadonlySet<Capability>;
  readonly contextLength: number | null;
  readonly maxOutput: number | null;
  /** Tokens of an answer whose length the client does not limit. */
  readonly usualOutput: number | null;
  /** The most tokens that one part of a prompt can be. */
  readonly imageTokens: number | null;
  readonly audioTokens: number | null;
  readonly fileTokens: number | null;
  /** Plans of this tier and above may use it. */
  readonly tier: number;
  readonly autoWeight: number;
  readonly ownedBy: string;
  readonly createdAtMs: number;
  readonly deadlines: Partial<Deadlines>;
}

/** In milliseconds. */
export interface Deadlines {
  /** Streams: until the first meaningful event. */
  readonly firstEventMs: number;
  /** Streams: between events. */
  readonly idleMs: number;
  /** JSON: until the whole answer. */
  readonly answerMs: number;
  readonly totalMs: number;
}

export interface Credential {
  readonly id: string;
  readonly sealed: string;
}

export interface Upstream {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly credentials: readonly Credential[];
  /** The groups whose keys may use it; null = every key. */
  readonly groups: ReadonlySet<string> | null;
  /** When a client leaves in the middle: stop at once, or read on to the upstream's own count. */
  readonly abandon: "cancel" | "drain";
}

/** One way to serve a model. */
export interface Route {
  readonly id: string;
  readonly model: Model;
  readonly upstream: Upstream;
  readonly upstreamModel: string;
  readonly wire: string;
  readonly weight: number;
  readonly priority: number;
  readonly refusesStreamOptions: boolean;
  /** The field in which this model takes a cap on its output. */
  readonly outputCapField: string;
}

/** What is tried: a route with one of its upstream's credentials. */
export interface Candidate {
  readonly route: Route;
  readonly credential: Credential;
}

export function candidatesOf(route: Route): Candidate[] {
  return route.upstream.credentials.map((credential) => ({ route, credential }));
}

/** An attempt that brought no answer. */
export interface AttemptEnd {
  readonly outcome: Failure;
  /** The upstream's HTTP status, when it gave one. */
  readonly status?: number | undefined;
  /** As the upstream asked. */
  readonly retryAfterMs?: number | undefined;
  /** For our log only. */
  readonly reason?: string | undefined;
}

/** What an isolate knows of a route, at one moment; all that `plan` sees of it. */
export interface RouteStanding {
  readonly breaker: BreakerState;
  /** The breaker is not closed, and a request may try the route now. */
  readonly probeable: boolean;
  /** How far a recovering route has its weight back, in (0, 1]. */
  readonly ramp: number;
  readonly ttftMs: Estimate | undefined;
  readonly tokensPerSecond: Estimate | undefined;
  /** In [0, 1]. */
  readonly errorRate: number;
  readonly inflight: number;
}

export type BreakerState = "closed" | "open" | "half-open";

/** A measured value, and how far it still holds: 1 = just measured, 0 = as good as unknown. */
export interface Estimate {
  readonly value: number;
  readonly confidence: number;
}

/** What an isolate knows, at one moment. A route or candidate that is missing is unknown, and thought well of. */
export interface Standings {
  readonly routes: ReadonlyMap<string, RouteStanding>;
  /** Until when candidates cool, by `candidateKey`; Unix milliseconds. */
  readonly coolingUntilMs: ReadonlyMap<string, number>;
}

/** Names a credential's present secret: a new secret in an old row is a new credential. */
export function credentialKey({ id, sealed }: Credential): string {
  return `${id}~${sealed.slice(-6)}`;
}

export function candidateKey({ route, credential }: Candidate): string {
  return `${route.id} ${credentialKey(credential)}`;
}

/** What a client's wire can be served by: upstream wires in order of preference. */
export interface Serving {
  readonly operations: readonly Operation[];
  readonly wires: readonly string[];
}

export interface PlanRequest {
  readonly routes: readonly Route[];
  readonly standings: Standings;
  readonly serving: Serving;
  /** The client left the model to the gateway: models share by their `auto` weights. */
  readonly byAuto: boolean;
  /** Names the client's session within its account: such requests prefer one candidate, for its prompt cache. */
  readonly session?: string | undefined;
  /** The client wants the quickest: weights only decide between equals. */
  readonly fastest?: boolean;
  /** Routes of a later step are only for when those before fail: fallbacks, dearer models. Missing = the first, 0. */
  readonly steps?: ReadonlyMap<Route, number>;
  readonly tuning: Tuning;
}

/** Why a candidate stands where it does. */
export type Why = "only" | "drawn" | "faster" | "fastest" | "native" | "session" | "probe" | "next";

export interface Planned extends Candidate {
  readonly why: Why;
}

export interface Plan {
  /** In the order in which they are to be tried. */
  readonly order: readonly Planned[];
  readonly cooling: readonly Candidate[];
  /** Left out because of their breakers. */
  readonly open: readonly Candidate[];
  /** So many breakers are open that they were ignored. */
  readonly panic: boolean;
}
