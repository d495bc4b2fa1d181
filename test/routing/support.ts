import { modelOf, routeOf, upstreamOf } from "../support/routes.ts";
import { LocalStandings, type Notice } from "../../src/routing/standing.ts";
import { TUNING, type Tuning } from "../../src/routing/tuning.ts";
import type { Planned, Route, RouteStanding, Serving } from "../../src/routing/types.ts";

export const SERVING: Serving = { operations: ["chat"], wires: ["openai.chat", "anthropic.messages"] };
export const START_MS = Date.UTC(2030, 0, 1);

export interface RouteSeed extends Partial<Omit<Route, "model" | "upstream">> {
  readonly id: string;
  /** Its id; that of the route when absent. */
  readonly upstream?: string;
  readonly credentials?: readonly string[];
  readonly model?: string;
  readonly autoWeight?: number;
}

export function route({
  id,
  upstream = id,
  credentials = ["key"],
  model = "model",
  autoWeight = 1,
  ...rest
}: RouteSeed): Route {
  const keys = credentials.map((name) => ({ id: `${upstream}-${name}`, sealed: `v1.sealed.${name}` }));
  return routeOf(modelOf(model, { autoWeight }), id, {
    upstream: upstreamOf(upstream, { credentials: keys }),
    ...rest,
  });
}

export function standing(known: Partial<RouteStanding> = {}): RouteStanding {
  return {
    breaker: "closed",
    probeable: false,
    ramp: 1,
    ttftMs: undefined,
    tokensPerSecond: undefined,
    errorRate: 0,
    inflight: 0,
    ...known,
  };
}

export function planned(one: Route, credential = 0): Planned {
  const chosen = one.upstream.credentials[credential];
  if (chosen === undefined) throw new Error("no such credential");
  return { route: one, credential: chosen, why: "drawn" };
}

/** An isolate with a clock that the test moves, and no luck either way. */
export function isolate(overrides: Partial<Tuning> = {}) {
  const clock = { nowMs: START_MS };
  const notices: Notice[] = [];
  const local = new LocalStandings({
    isolate: "one",
    tuning: { ...TUNING, ...overrides },
    now: () => clock.nowMs,
    random: () => 0.5,
    notice: (notice) => notices.push(notice),
  });
  return { clock, local, notices, tuning: local.tuning };
}
