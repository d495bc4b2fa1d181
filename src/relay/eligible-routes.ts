/** Which routes a request may take: by the names it asks for, its key's scope, and whether there is a price. */
import { checkModel, mayUseModel, mayUseUpstream, type Scope } from "../access/scope.ts";
import { usualCost } from "../billing/estimate.ts";
import { coveredFees } from "../billing/price.ts";
import type { PriceVersion } from "../billing/price-list.ts";
import type { PriceLookUp } from "../billing/price-store.ts";
import { Fault } from "../core/fault.ts";
import type { Demand } from "../operation/demand.ts";
import { resolveName } from "../routing/aliases.ts";
import type { Catalogue } from "../routing/catalogue.ts";
import type { Serving } from "../routing/plan-types.ts";
import { AUTO, AUTO_CHEAP, AUTO_FAST, candidates, isAuto } from "../routing/plan.ts";
import type { Model, Route } from "../routing/route.ts";
import { REALTIME_WIRES, TASK_WIRES, WIRE_NAMES, type WireRegistry } from "../wire/index.ts";
import { wiresServing } from "../wire/passage.ts";
import type { Shape } from "../wire/types.ts";
import { allowedRoutes, inOrder } from "./preferred-routes.ts";
import type { RelayServices } from "./relay-services.ts";
import type { RelayRequestOptions } from "./relay-request.ts";

export interface EligibleRoutes {
  /** Not yet in order. */
  readonly routes: readonly Route[];
  /** Routes of a lower step are tried first: earlier names in the request, and cheaper models for `auto:cheap`. */
  readonly steps: ReadonlyMap<Route, number>;
  /** The wires that can serve the client's wire. */
  readonly serving: Serving;
  readonly byAuto: boolean;
  readonly fastest: boolean;
  /** The models of the routes, each with its price in effect. */
  readonly prices: ReadonlyMap<Model, PriceVersion>;
}

/** A request, of whatever wire. */
interface Asking {
  readonly options: Pick<RelayRequestOptions, "scope" | "payer" | "defer">;
  readonly asked: { readonly demand: Demand; readonly wire: Shape };
}

interface Search {
  readonly catalogue: Catalogue;
  readonly priceOf: PriceLookUp;
  readonly demand: Demand;
  readonly scope: Scope;
  readonly ratioPpm: number;
  readonly serving: Serving;
}

/**
 * Looks up the names of the request in order. A name that cannot be used is skipped if another can.
 * @throws Fault `model_not_found`, `model_endpoint_mismatch`, `key_scope_denied`, `tier_not_allowed`, `no_route`
 */
export async function eligibleRoutes(services: RelayServices, request: Asking): Promise<EligibleRoutes> {
  const { scope, payer, defer } = request.options;
  const { demand, wire } = request.asked;
  const [catalogue, priceOf] = await Promise.all([services.catalogue.current(defer), services.prices.current(defer)]);
  const serving = servingOf(wire, services.wires);
  const search: Search = { catalogue, priceOf, demand, scope, ratioPpm: payer.ratioPpm, serving };
  const names = [demand.model ?? AUTO, ...demand.fallbacks].map((name) => resolveName(catalogue, name));
  const prices = new Map<Model, PriceVersion>();
  const steps = new Map<Route, number>();
  let step = 0;
  let refusal: Fault | undefined;
  for (const name of names) {
    try {
      for (const group of groupsOf(search, name, prices)) {
        for (const route of group) if (!steps.has(route)) steps.set(route, step);
        step++;
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refusal ??= error;
    }
  }
  if (steps.size === 0) throw refusal ?? new Fault("no_route", { reason: "no route" });
  const sort = demand.preferences?.sort;
  const fastest = names[0] === AUTO_FAST || sort === "latency" || sort === "throughput";
  return {
    routes: ableToAll([...steps.keys()], prices, demand),
    steps,
    prices,
    serving,
    byAuto: names.some(isAuto),
    fastest,
  };
}

/** The routes whose models have prices for all fees that the request asks for, if there are any. */
function ableToAll(
  routes: readonly Route[],
  prices: ReadonlyMap<Model, PriceVersion>,
  demand: Demand,
): readonly Route[] {
  const { fees } = demand;
  if (fees === undefined) return routes;
  const able = routes.filter(({ model }) => coveredFees(prices.get(model)?.price, demand).size === fees.size);
  return able.length > 0 ? able : routes;
}

/** Conversations over a socket and tasks are carried by the wires of their operation. */
function servingOf({ name, operation }: Shape, registry: WireRegistry): Serving {
  const wire = registry[name];
  if (wire !== undefined) return { wires: wiresServing(wire, registry) };
  const others = Object.values<Shape>({ ...REALTIME_WIRES, ...TASK_WIRES });
  return { wires: others.filter((one) => one.operation === operation).map((one) => one.name) };
}

/** Of this release. */
const KNOWN: ReadonlySet<string> = new Set(WIRE_NAMES);

/** The routes behind a name, in the groups in which they are tried. */
function groupsOf(search: Search, name: string, prices: Map<Model, PriceVersion>): Route[][] {
  const { catalogue, demand, scope, serving, priceOf } = search;
  const fitting = withinScope(candidates(catalogue, { ...demand, model: name }, serving), scope, isAuto(name));
  // Those of the model may answer later alone, or at once alone.
  if (fitting.length === 0 && catalogue.routes.get(name)?.every(({ wire }) => KNOWN.has(wire)) === true)
    throw new Fault("model_endpoint_mismatch", { param: "model", values: { model: name } });
  for (const { model } of fitting) {
    const version = priceOf(model.id);
    if (version !== undefined) prices.set(model, version);
  }
  const priced = fitting.filter(({ model }) => prices.has(model));
  if (priced.length === 0) throw new Fault("no_route", { reason: fitting.length > 0 ? "no price" : "no route" });
  const { preferences: wishes, attributes } = demand;
  if (wishes === undefined) return name === AUTO_CHEAP ? byCost(search, priced, prices) : [priced];
  const allowed = allowedRoutes(priced, wishes, { prices, ratioPpm: search.ratioPpm, attributes });
  const isByCost = name === AUTO_CHEAP || wishes.sort === "price";
  return inOrder(allowed, wishes).flatMap((group) => (isByCost ? byCost(search, group, prices) : [group]));
}

/** The cheapest models first. */
function byCost(search: Search, routes: readonly Route[], prices: ReadonlyMap<Model, PriceVersion>): Route[][] {
  const groups = Map.groupBy(routes, ({ model }) => costOf(search, model, prices));
  return [...groups].toSorted(([a], [b]) => a - b).map(([, group]) => group);
}

/** What a request like this usually costs, in nanos. */
function costOf({ demand, ratioPpm }: Search, model: Model, prices: ReadonlyMap<Model, PriceVersion>): number {
  const version = prices.get(model);
  if (version === undefined) return Number.POSITIVE_INFINITY;
  return usualCost(demand, { limits: model, price: version.price, ratioPpm });
}

/** @throws Fault when the key may not use the named model, or none of its routes */
function withinScope(routes: readonly Route[], scope: Scope, byAuto: boolean): Route[] {
  const [first] = routes;
  if (!byAuto && first !== undefined) checkModel(scope, first.model);
  const within = routes.filter(
    ({ model, upstream }) => mayUseModel(scope, model) && mayUseUpstream(scope, upstream.groups),
  );
  if (within.length === 0 && routes.length > 0) throw new Fault("key_scope_denied", { param: "model" });
  return within;
}
