/** The routes that a client's preferences leave, in the order that it wishes. Pure. */
import { dearestPrice, RATIO_ONE } from "../billing/price.ts";
import type { PriceVersion } from "../billing/price-list.ts";
import { Fault } from "../core/fault.ts";
import type { Attributes, Unit } from "../core/units.ts";
import type { Preferences } from "../operation/preferences.ts";
import type { Model, Route } from "../routing/route.ts";

interface Priced {
  readonly prices: ReadonlyMap<Model, PriceVersion>;
  readonly ratioPpm: number;
  readonly attributes: Attributes | undefined;
}

/** @throws Fault `invalid_parameter` when none is left */
export function allowedRoutes(routes: readonly Route[], wishes: Preferences, priced: Priced): Route[] {
  const { order, only, ignore, hasFallbacks, maxPromptPrice, maxOutputPrice } = wishes;
  const isIn = (labels: readonly string[] | undefined, { upstream: { label } }: Route) =>
    label !== null && labels?.includes(label.toLowerCase()) === true;
  const isWithin = ({ model }: Route, unit: Unit, most: number | undefined) =>
    most === undefined || priceOf(model, unit, priced) <= most;
  const allowed = routes.filter(
    (route) =>
      (only === undefined || isIn(only, route)) &&
      !isIn(ignore, route) &&
      (hasFallbacks || order === undefined || isIn(order, route)) &&
      isWithin(route, "input", maxPromptPrice) &&
      isWithin(route, "output", maxOutputPrice),
  );
  if (allowed.length === 0 && routes.length > 0) {
    throw new Fault("invalid_parameter", {
      param: "provider",
      detail: {
        en: "'{param}' leaves no upstream of this model.",
        zh: "没有符合 '{param}' 要求的上游。",
      },
    });
  }
  return allowed;
}

/** In groups: first the upstreams that `order` names, one after the other, then the others. */
export function inOrder(routes: readonly Route[], { order }: Preferences): Route[][] {
  if (order === undefined) return [[...routes]];
  const placeOf = ({ upstream: { label } }: Route) => {
    const place = label === null ? -1 : order.indexOf(label.toLowerCase());
    return place < 0 ? order.length : place;
  };
  return [...Map.groupBy(routes, placeOf)].toSorted(([a], [b]) => a - b).map(([, group]) => group);
}

/** In units of the site's currency for a million tokens. */
function priceOf(model: Model, unit: Unit, { prices, ratioPpm, attributes }: Priced): number {
  const version = prices.get(model);
  if (version === undefined) return Number.POSITIVE_INFINITY;
  // Rates are in nanos for a thousand tokens.
  return (dearestPrice(version.price, unit, attributes) * ratioPpm) / RATIO_ONE / 1_000_000;
}
