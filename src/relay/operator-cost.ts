/** What usage costs the operator: by the route's own rates, else by those of its model. */
import { cost, RATIO_ONE, type Price } from "../billing/price.ts";
import type { PriceVersion } from "../billing/price-list.ts";
import { priceFrom, readRates } from "../billing/rates.ts";
import { log } from "../core/log.ts";
import type { Attributes, Usage } from "../core/units.ts";
import type { Route } from "../routing/route.ts";

/** A route lives as long as the catalogue that it is of. */
const known = new WeakMap<Route, Price | undefined>();

/**
 * In nanos; undefined = not known.
 * @param usage called only where the cost is known, because it may have to count
 */
export function operatorCost(
  route: Route,
  version: PriceVersion | undefined,
  usage: () => Usage,
  attributes?: Attributes,
): number | undefined {
  const price = ownPrice(route) ?? version?.operator;
  return price === undefined ? undefined : cost(usage(), price, RATIO_ONE, attributes);
}

function ownPrice(route: Route): Price | undefined {
  if (route.costs === null) return undefined;
  if (!known.has(route)) known.set(route, readPrice(route));
  return known.get(route);
}

function readPrice({ id, costs }: Route): Price | undefined {
  try {
    return priceFrom(readRates(costs ?? "[]"), "costNanos");
  } catch {
    log("warn", "route_costs_unreadable", { route: id });
    return undefined;
  }
}
