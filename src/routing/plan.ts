/** The only place that orders routes. Pure: no clock, no storage; time, chance and what is known are passed in. */
import { Fault } from "../core/fault.ts";
import type { Demand } from "../operation/demand.ts";
import { candidateKey } from "../health/identity.ts";
import type { Catalogue } from "./catalogue.ts";
import { orderWithin } from "./order.ts";
import type { Plan, PlanRequest, Serving } from "./plan-types.ts";
import { type Candidate, type Model, type Route, candidatesOf } from "./route.ts";

/** The model name that leaves the choice to the gateway. */
export const AUTO = "auto";
/** The same, with a wish: the route that is quickest now, or the cheapest model that works. */
export const AUTO_FAST = "auto:fast";
export const AUTO_CHEAP = "auto:cheap";

export function isAuto(name: string | undefined): boolean {
  return name === undefined || name === AUTO || name === AUTO_FAST || name === AUTO_CHEAP;
}

/**
 * The routes that may serve a request, before their order.
 * @throws Fault `model_not_found`, `model_endpoint_mismatch`
 */
export function candidates(catalogue: Catalogue, demand: Demand, serving: Serving): Route[] {
  const speaks = (route: Route) => serving.wires.includes(route.wire);
  if (demand.model === undefined || isAuto(demand.model)) {
    return [...catalogue.models.values()]
      .filter((model) => model.autoWeight > 0 && serving.operations.includes(model.operation) && fits(model, demand))
      .flatMap((model) => catalogue.routes.get(model.id) ?? [])
      .filter(speaks);
  }
  const model = catalogue.models.get(demand.model);
  if (model === undefined) throw new Fault("model_not_found", { param: "model", values: { model: demand.model } });
  if (!serving.operations.includes(model.operation)) {
    throw new Fault("model_endpoint_mismatch", { param: "model", values: { model: demand.model } });
  }
  return (catalogue.routes.get(model.id) ?? []).filter(speaks);
}

/**
 * Filters and orders. Cooling candidates are left out, even if none remains. Routes with an open breaker are left out
 * unless that would leave none. The rest is ordered by step and priority, and within a priority by weight, latency, load and
 * errors (`order.ts`). Candidates that rest under a suspicion come after all others.
 * @param random gives numbers in [0, 1)
 */
export function plan(request: PlanRequest, random: () => number, nowMs: number): Plan {
  const { routes, standings } = request;
  const all = routes.flatMap(candidatesOf);
  const isCooling = (candidate: Candidate) =>
    standings.coolingUntilMs.size > 0 &&
    (standings.coolingUntilMs.get(candidateKey(candidate)) ?? Number.NEGATIVE_INFINITY) > nowMs;
  const warm = all.filter((candidate) => !isCooling(candidate));
  const warmRoutes = new Set(warm.map(({ route }) => route));
  const access = Map.groupBy(warmRoutes, (route) => accessTo(route, request));
  const [closed, onTrial, barred] = [access.get("closed") ?? [], access.get("trial") ?? [], access.get("barred")];
  const allOpen = barred !== undefined && barred.length === warmRoutes.size;
  // One route on trial is enough, for its attempt is likely to fail; all of them, if there is nothing better.
  const trials = closed.length > 0 ? onePerPriority(onTrial, random) : onTrial;
  const usable = new Set([...closed, ...trials, ...((allOpen ? barred : undefined) ?? [])]);
  const stepOf = ({ route }: Candidate) => request.steps?.get(route) ?? 0;
  const steps = Map.groupBy(
    warm.filter(({ route }) => usable.has(route)),
    stepOf,
  );
  const classes = [...steps]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, step]) =>
      [...Map.groupBy(step, ({ route }) => route.priority)].toSorted(([a], [b]) => b - a).map(([, members]) => members),
    );
  const order = classes.flatMap((members) => orderWithin({ ...request, candidates: members, trials }, random));
  const rests = (candidate: Candidate) => standings.resting.size > 0 && standings.resting.has(candidateKey(candidate));
  return {
    order: [...order.filter((each) => !rests(each)), ...order.filter(rests)],
    cooling: all.filter(isCooling),
    open: warm.filter(({ route }) => !usable.has(route)),
    allOpen,
  };
}

function accessTo(route: Route, { standings, isProbed }: PlanRequest): "closed" | "trial" | "barred" {
  const standing = standings.routes.get(route.id);
  if (standing === undefined || standing.breaker === "closed") return "closed";
  return standing.allowsTrial && isProbed?.(route) !== true ? "trial" : "barred";
}

function onePerPriority(routes: readonly Route[], random: () => number): Route[] {
  return [...Map.groupBy(routes, (route) => route.priority).values()].flatMap(
    (some) => some[Math.floor(random() * some.length)] ?? [],
  );
}

/** A token is about 3.5 bytes of text; the estimate decides only which models `auto` looks at. */
const BYTES_PER_TOKEN = 3.5;

function fits(model: Model, demand: Demand): boolean {
  const tokens = demand.promptBytes / BYTES_PER_TOKEN + (demand.maxOutput ?? 0);
  return (
    [...demand.needs.keys()].every((capability) => model.capabilities.has(capability)) &&
    (model.contextLength === null || tokens <= model.contextLength) &&
    (model.maxOutput === null || (demand.maxOutput ?? 0) <= model.maxOutput)
  );
}
