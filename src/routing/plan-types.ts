/** What `plan` is asked, and what it answers. Plain data. */
import type { Standings } from "../health/standings.ts";
import type { Candidate, Route } from "./route.ts";
import type { RoutingTuning } from "./tuning.ts";
import type { Operation } from "../operation/operations.ts";

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
  readonly tuning: RoutingTuning;
}

/** Why a candidate stands where it does. */
export type Why = "only" | "drawn" | "faster" | "fastest" | "native" | "session" | "trial" | "next";

export interface PlannedAttempt extends Candidate {
  readonly why: Why;
}

export interface Plan {
  /** In the order in which they are to be tried. */
  readonly order: readonly PlannedAttempt[];
  readonly cooling: readonly Candidate[];
  /** Left out because of their breakers. */
  readonly open: readonly Candidate[];
  /** So many breakers are open that they were ignored. */
  readonly panic: boolean;
}
