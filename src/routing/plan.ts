/** The only place that orders routes. Pure: no clock, no storage; chance is passed in. */
import { Fault } from "../core/fault.ts";
import type { Ask, Operation } from "../operation/operation.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Model, Route } from "./types.ts";

/** The model name that leaves the choice to the gateway. */
export const AUTO = "auto";

/** What a client's wire can be served by: upstream wires in order of preference. */
export interface Serving {
  readonly operations: readonly Operation[];
  readonly wires: readonly string[];
}

/**
 * The routes that may serve a request, before their order.
 * @throws Fault `model_not_found`, `model_endpoint_mismatch`
 */
export function candidates(catalogue: Catalogue, ask: Ask, serving: Serving): Route[] {
  const speaks = (route: Route) => serving.wires.includes(route.wire);
  if (ask.model === undefined || ask.model === AUTO) {
    return [...catalogue.models.values()]
      .filter((model) => model.autoWeight > 0 && serving.operations.includes(model.operation) && fits(model, ask))
      .flatMap((model) => catalogue.routes.get(model.id) ?? [])
      .filter(speaks);
  }
  const model = catalogue.models.get(ask.model);
  if (model === undefined) throw new Fault("model_not_found", { param: "model", values: { model: ask.model } });
  if (!serving.operations.includes(model.operation)) {
    throw new Fault("model_endpoint_mismatch", { param: "model", values: { model: ask.model } });
  }
  return (catalogue.routes.get(model.id) ?? []).filter(speaks);
}

/**
 * In the order in which they are to be tried: by priority, and within one by a draw on weights. Of a model's routes
 * on one upstream the preferred wire comes first.
 * @param random gives numbers in [0, 1)
 */
export function plan(routes: readonly Route[], serving: Serving, byAuto: boolean, random: () => number): Route[] {
  const weight = (route: Route) =>
    Math.max(route.weight, 0) * (byAuto ? route.model.autoWeight / weightOfModel(routes, route) : 1);
  const preference = (route: Route) => serving.wires.indexOf(route.wire);
  // An exponential draw divided by the weight: the smallest of them wins in proportion to the weights (Efraimidis and Spirakis).
  const drawn = routes.map((route) => ({
    route,
    rank: weight(route) > 0 ? -Math.log(1 - random()) / weight(route) : Number.POSITIVE_INFINITY,
  }));
  return drawn
    .toSorted(
      (a, b) =>
        b.route.priority - a.route.priority || preference(a.route) - preference(b.route) || compare(a.rank, b.rank),
    )
    .map(({ route }) => route);
}

/** Of all routes of a route's model in its priority: a model has its share, however many routes it has. */
function weightOfModel(routes: readonly Route[], { model, priority }: Route): number {
  const siblings = routes.filter((route) => route.model.id === model.id && route.priority === priority);
  return siblings.reduce((sum, route) => sum + Math.max(route.weight, 0), 0) || 1;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A token is about 3.5 bytes of text; the estimate decides only which models `auto` looks at. */
const BYTES_PER_TOKEN = 3.5;

function fits(model: Model, ask: Ask): boolean {
  const tokens = ask.promptBytes / BYTES_PER_TOKEN + (ask.maxOutput ?? 0);
  return (
    [...ask.needs.keys()].every((capability) => model.capabilities.has(capability)) &&
    (model.contextLength === null || tokens <= model.contextLength) &&
    (model.maxOutput === null || (ask.maxOutput ?? 0) <= model.maxOutput)
  );
}
