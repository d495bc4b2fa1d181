/** The arguments and the result of `plan`. Plain data. */
import type { Standings } from "../health/standings.ts";
import type { Candidate, Route } from "./route.ts";
import type { RoutingTuning } from "./tuning.ts";

/** The upstream wires that can serve a client's wire, in order of preference. */
export interface Serving {
  readonly wires: readonly string[];
}

export interface PlanRequest {
  readonly routes: readonly Route[];
  readonly standings: Standings;
  readonly serving: Serving;
  /** The client left the choice of the model to the gateway: requests are divided by the models' `auto` weights. */
  readonly byAuto: boolean;
  /** Names the client's session within its account. Requests of a session prefer one candidate, for its prompt cache. */
  readonly session?: string | undefined;
  /** The client wants the quickest: weights only decide between equals. */
  readonly fastest?: boolean;
  /** Routes of a later step (fallbacks, dearer models) come after all routes of earlier steps. Missing = 0, the first. */
  readonly steps?: ReadonlyMap<Route, number>;
  /** A probe tests this route while its breaker is half-open, so that no client's request has to. */
  readonly isProbed?: (route: Route) => boolean;
  readonly tuning: RoutingTuning;
}

/** Why a candidate has its place; goes into the header `x-gateway-reason`. */
export type Why = "only" | "drawn" | "faster" | "fastest" | "native" | "session" | "explored" | "trial" | "next";

export interface PlannedAttempt extends Candidate {
  readonly why: Why;
}

export interface Plan {
  /** The attempts to make, in order, until one is answered. */
  readonly order: readonly PlannedAttempt[];
  readonly cooling: readonly Candidate[];
  /** Left out because of their breakers. */
  readonly open: readonly Candidate[];
  /** Breakers were ignored, because every route is open. */
  readonly allOpen: boolean;
}
