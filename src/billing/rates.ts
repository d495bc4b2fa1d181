/** The rates of a price as they are stored: read, sorted, and checked before they are saved. Pure. */
import { isObject, objectsOf } from "../core/json.ts";
import { ATTRIBUTES, parentOf, UNIT_NAMES, type Attributes, type Unit } from "../core/units.ts";
import { conflict, contains, type Price, type Rate } from "./price.ts";

/** An element of `prices.rates`: what clients pay for a unit, what the operator pays for it, or both. */
export interface StoredRate {
  readonly unit: Unit;
  /** Only for requests that have all these attributes. */
  readonly when?: Attributes;
  readonly nanos?: number;
  readonly costNanos?: number;
}

/** Which of a rate's two amounts. */
export type Amount = "nanos" | "costNanos";

export const MAX_RATES = 100;

/** @param text JSON; rates of units that this release does not know are left out, because it cannot count them */
export function readRates(text: string): StoredRate[] {
  return objectsOf(JSON.parse(text)).flatMap((rate): StoredRate[] => {
    const unit = UNIT_NAMES.find((name) => name === rate["unit"]);
    if (unit === undefined) return [];
    const { when, nanos, costNanos } = rate;
    return [
      {
        unit,
        ...(isObject(when) ? { when } : {}),
        ...(typeof nanos === "number" ? { nanos } : {}),
        ...(typeof costNanos === "number" ? { costNanos } : {}),
      },
    ];
  });
}

/** The clients' price (`nanos`) or the operator's (`costNanos`); undefined = no rate has that amount. */
export function priceFrom(rates: readonly StoredRate[], amount: Amount): Price | undefined {
  const price: Partial<Record<Unit, Rate[]>> = {};
  for (const { unit, when = {}, [amount]: nanos } of rates) {
    if (nanos !== undefined) (price[unit] ??= []).push({ nanos, when });
  }
  const lists = Object.values(price);
  // Of two equally specific rates the dearer comes first. `rateProblem` prevents that such rates are saved.
  for (const list of lists) list.sort((a, b) => sizeOf(b.when) - sizeOf(a.when) || b.nanos - a.nanos);
  return lists.length === 0 ? undefined : price;
}

export interface RateProblem {
  readonly unit: Unit;
  /** `ambiguous`: a request can fit two rates that are equally specific. `partial`: a request can fit none. */
  readonly kind: "ambiguous" | "partial";
  /** The attributes of the rates concerned. */
  readonly when: readonly Attributes[];
}

/** Why the rates are no valid price, or undefined: each request must find exactly one rate for each unit. */
export function rateProblem(rates: readonly StoredRate[]): RateProblem | undefined {
  for (const amount of ["nanos", "costNanos"] as const) {
    for (const [unit, list] of Object.entries(priceFrom(rates, amount) ?? {}) as [Unit, readonly Rate[]][]) {
      const when = list.map((rate) => rate.when);
      const clash = ambiguous(when);
      if (clash !== undefined) return { unit, kind: "ambiguous", when: clash };
      if (parentOf(unit) === undefined && when.every((attributes) => sizeOf(attributes) > 0)) {
        return { unit, kind: "partial", when };
      }
    }
  }
  return undefined;
}

/** Two equally specific rates that one request can fit, without a more specific rate that decides between them. */
function ambiguous(when: readonly Attributes[]): [Attributes, Attributes] | undefined {
  for (const [position, one] of when.entries()) {
    for (const other of when.slice(position + 1)) {
      if (sizeOf(one) !== sizeOf(other) || conflict(one, other)) continue;
      const both = { ...one, ...other };
      if (!when.some((third) => sizeOf(third) > sizeOf(one) && contains(both, third))) return [one, other];
    }
  }
  return undefined;
}

function sizeOf(attributes: Attributes): number {
  return Object.keys(attributes).length;
}

/** A request's attributes for its charge, as JSON; null = it has none. */
export function writeAttributes(attributes: Attributes | undefined): string | null {
  if (attributes === undefined) return null;
  const known = ATTRIBUTES.flatMap((name): [string, string][] => {
    const value = attributes[name];
    return value === undefined ? [] : [[name, value]];
  });
  return known.length === 0 ? null : JSON.stringify(Object.fromEntries(known));
}

/** The reverse of {@link writeAttributes}. */
export function readAttributes(text: string | null): Attributes | undefined {
  if (text === null) return undefined;
  const attributes: unknown = JSON.parse(text);
  return isObject(attributes) ? attributes : undefined;
}
