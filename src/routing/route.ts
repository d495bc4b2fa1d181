/** Models, upstreams and routes, as the catalogue holds them. */
import type { Capacity } from "../health/identity.ts";
import type { Capability, Operation } from "../operation/operations.ts";

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
  /** The most output tokens that one choice can gain in a second. */
  readonly maxTokensPerSecond: number | null;
  /** Plans of this tier and above may use it. */
  readonly tier: number;
  readonly autoWeight: number;
  readonly ownedBy: string;
  readonly createdAtMs: number;
  readonly deadlines: Partial<Deadlines>;
}

/** In milliseconds. */
export interface Deadlines {
  /** Streams: until the upstream shows life, by the headers of its answer. */
  readonly firstEventMs: number;
  /** Streams: until the first meaningful event. A model may think for long before it. */
  readonly firstOutputMs: number;
  /** Streams: between events. */
  readonly idleMs: number;
  /** JSON: until the whole answer. */
  readonly answerMs: number;
  readonly totalMs: number;
}

/** Its capacity is that of all routes together. */
export interface Credential extends Capacity {
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
  /** Request fields that it may get besides those of the wire; `open` = all that no rule forbids. */
  readonly fields: "open" | ReadonlySet<string>;
  /** When a client leaves in the middle: stop at once, or read on to the upstream's own count. */
  readonly abandon: "cancel" | "drain";
  /** The name by which clients may choose it; null = they may not. */
  readonly label: string | null;
}

/** One way to serve a model. Its capacity is that of each credential on this route. */
export interface Route extends Capacity {
  readonly id: string;
  readonly model: Model;
  readonly upstream: Upstream;
  readonly upstreamModel: string;
  readonly wire: string;
  readonly weight: number;
  readonly priority: number;
  readonly refusesStreamOptions: boolean;
  /** The request field for a cap on output that this model obeys. */
  readonly outputCapField: string;
  /** The most inputs of one request that it takes, such as texts to embed; null = as many as the wire. */
  readonly maxInputs: number | null;
  /** What the operator pays, as `routes.costs` holds it; null = what the model's price says. */
  readonly costs: string | null;
}

/** What an attempt calls: a route with one of its upstream's credentials. */
export interface Candidate {
  readonly route: Route;
  readonly credential: Credential;
}

export function candidatesOf(route: Route): Candidate[] {
  return route.upstream.credentials.map((credential) => ({ route, credential }));
}
