/** The only place that orders routes. Pure: no clock, no storage; time, chance and what is known are passed in. */
import { Fault } from "../core/fault.ts";
import { type Demand, promptTokensOf } from "../operation/demand.ts";
import { INPUT_FIELDS, isForAuto, SERVED_BY, type Capability } from "../operation/operations.ts";
import { candidateKey } from "../health/identity.ts";
import type { Catalogue } from "./catalogue.ts";
import { orderWithin } from "./order.ts";
import type { Plan, PlanRequest, Serving } from "./plan-types.ts";
import { type Candidate, type Route, candidatesOf } from "./route.ts";

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
 * @throws Fault `model_not_found`; `model_endpoint_mismatch` when no model takes such input; `context_length_exceeded` when
 *   the prompt is too long for all of them
 */
export function candidates(catalogue: Catalogue, demand: Demand, serving: Serving): Route[] {
  const speaks = (route: Route) => serving.wires.includes(route.wire);
  if (demand.model === undefined || isAuto(demand.model)) {
    const routes = [...catalogue.models.values()]
      .filter(({ autoWeight, operation }) => autoWeight > 0 && isForAuto(demand.operation, operation))
      .flatMap((model) => catalogue.routes.get(model.id) ?? [])
      .filter(speaks);
    return fitting(routes, demand);
  }
  const model = catalogue.models.get(demand.model);
  if (model === undefined) throw new Fault("model_not_found", { param: "model", values: { model: demand.model } });
  if (!SERVED_BY[demand.operation].includes(model.operation)) {
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

/**
 * The routes whose models can serve the request as it is. If none can, those that can with a lower cap on the output. A
 * request that no model can serve is not an outage: it is refused by the limit that it exceeds.
 */
function fitting(routes: readonly Route[], demand: Demand): Route[] {
  const needs = [...demand.needs.keys()];
  const able = routes.filter(({ model }) => needs.every((need) => model.capabilities.has(need)));
  if (able.length === 0 && routes.length > 0) throw unable(needs, demand);
  // A prompt of several is at least as long as they are on average.
  const promptTokens = Math.ceil(promptTokensOf(demand) / (demand.prompts ?? 1));
  const holds = ({ model: { contextLength } }: Route, output: number) =>
    contextLength === null || promptTokens + output <= contextLength;
  const capped = able.filter((route) => holds(route, 0));
  if (capped.length === 0 && able.length > 0) throw tooLong(able, demand);
  const output = demand.maxOutput ?? 0;
  const whole = capped.filter((route) => holds(route, output) && (route.model.maxOutput ?? output) >= output);
  return whole.length > 0 ? whole : capped;
}

function unable(needs: readonly Capability[], { operation }: Demand): Fault {
  return new Fault("model_endpoint_mismatch", {
    param: INPUT_FIELDS[operation],
    values: { needs: needs.join(", ") },
    detail: {
      en: "No model behind 'auto' takes all of this input: {needs}.",
      zh: "'auto' 可用的模型均不支持该输入：{needs}。",
    },
  });
}

function tooLong(routes: readonly Route[], { operation }: Demand): Fault {
  const longest = Math.max(...routes.map(({ model }) => model.contextLength ?? 0));
  return new Fault("context_length_exceeded", {
    param: INPUT_FIELDS[operation],
    values: { longest },
    detail: {
      en: "The prompt is too long: the longest context of the models behind 'auto' is {longest} tokens.",
      zh: "输入过长：'auto' 可用模型的最大上下文为 {longest} 个 token。",
    },
  });
}
