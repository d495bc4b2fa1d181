/** The routing and health of one isolate, for pure tests. */
import { modelOf, routeOf, upstreamOf } from "./routes.ts";
import { UNLIMITED } from "../../src/health/identity.ts";
import { LocalHealth } from "../../src/health/local-health.ts";
import type { Notice } from "../../src/health/notice.ts";
import type { RouteStanding } from "../../src/health/standings.ts";
import type { Plan, PlannedAttempt, Serving } from "../../src/routing/plan-types.ts";
import type { Route } from "../../src/routing/route.ts";
import type { Tuning } from "../../src/routing/router.ts";
import { ROUTING_TUNING } from "../../src/routing/tuning.ts";
import { HEALTH_TUNING } from "../../src/health/tuning.ts";
import { Attempts, type Prober } from "../../src/routing/attempts.ts";
import { RetryBudget } from "../../src/routing/retry-budget.ts";

export const SERVING: Serving = { wires: ["openai.chat", "anthropic.messages"] };
export const START_MS = Date.UTC(2030, 0, 1);

export interface RouteSeed extends Partial<Omit<Route, "model" | "upstream">> {
  readonly id: string;
  /** The upstream's id; absent = the route's id. */
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
  const keys = credentials.map((name) => ({ id: `${upstream}-${name}`, sealed: `v1.sealed.${name}`, ...UNLIMITED }));
  return routeOf(modelOf(model, { autoWeight }), id, {
    upstream: upstreamOf(upstream, { credentials: keys }),
    ...rest,
  });
}

export function standing(known: Partial<RouteStanding> = {}): RouteStanding {
  return {
    breaker: "closed",
    allowsTrial: false,
    ramp: 1,
    ttftMs: undefined,
    tokensPerSecond: undefined,
    errorRate: 0,
    inflight: 0,
    ...known,
  };
}

export function planned(one: Route, credential = 0): PlannedAttempt {
  const chosen = one.upstream.credentials[credential];
  if (chosen === undefined) throw new Error("no such credential");
  return { route: one, credential: chosen, why: "drawn" };
}

/** All numbers that `ROUTING_TUNING` sets. */
export const TUNING: Tuning = { ...ROUTING_TUNING, ...HEALTH_TUNING };

/** An isolate with a clock that the test moves, and with chance always in the middle. */
export function isolate(overrides: Partial<Tuning> = {}) {
  const clock = { nowMs: START_MS };
  const notices: Notice[] = [];
  const tuning = { ...TUNING, ...overrides };
  const local = new LocalHealth({
    isolate: "one",
    tuning,
    now: () => clock.nowMs,
    random: () => 0.5,
    notice: (notice) => notices.push(notice),
  });
  const budget = new RetryBudget(tuning);
  /** The probes that suspicions asked for, as `<candidate> <outcome>`. */
  const probes: string[] = [];
  const prober: Prober = {
    canProbe: () => true,
    judge: ({ route: { id }, credential }, { outcome }) =>
      void probes.push(`${id}${credential.id.slice(-1)} ${outcome}`),
  };
  /** The attempts of a request with this plan. Only with `account`, the routes can be probed. */
  const attempts = (plan: Partial<Plan>, { stream = true, account }: { stream?: boolean; account?: string } = {}) =>
    new Attempts(
      { order: [], cooling: [], open: [], allOpen: false, ...plan },
      {
        local,
        budget,
        tuning,
        stream,
        onChange: () => undefined,
        ...(account === undefined ? {} : { account, prober }),
      },
    );
  return { clock, local, notices, attempts, probes };
}
