/**
 * A price in our own API: a field `<unit>_nanos` for each unit's rate without `when`, and `rates` with all rates. The
 * fields derive from `core/units.ts`.
 */
import { array, enum as oneOf, maxLength, minLength, object, optional, strictObject, string } from "zod/mini";
import type { infer as Infer } from "zod/mini";
import { MAX_RATES, rateProblem, readRates, type Amount, type StoredRate } from "../../billing/rates.ts";
import { Fault } from "../../core/fault.ts";
import { ATTRIBUTES, parentOf, sideOf, UNIT_NAMES, UNITS, type PriceName } from "../../core/units.ts";
import { maybe, maybeMoney, money, nanos, rule, withDecimals } from "./fields.ts";

/** A price must have the units that count tokens and have no parent: without a rate they would be free. */
const REQUIRED_UNITS = UNIT_NAMES.filter((unit) => sideOf(unit) !== undefined && parentOf(unit) === undefined);
const REQUIRED = REQUIRED_UNITS.map((unit) => UNITS[unit].price);
const OPTIONAL = UNIT_NAMES.filter((unit) => !REQUIRED_UNITS.includes(unit)).map((unit) => UNITS[unit].price);
const PRICE_NAMES = UNIT_NAMES.map((unit) => UNITS[unit].price);

const attribute = () => optional(string().check(minLength(1), maxLength(100)));
const attributes = Object.fromEntries(ATTRIBUTES.map((name) => [name, attribute()])) as Record<
  (typeof ATTRIBUTES)[number],
  ReturnType<typeof attribute>
>;

/** In answers: the attributes that a request must have for the rate; empty = any request. */
export const attributesView = object(attributes);

/** What clients pay. */
export const priceView = {
  ...money(...REQUIRED),
  ...maybeMoney(...OPTIONAL),
  rates: array(object({ unit: oneOf(PRICE_NAMES), when: attributesView, ...maybeMoney("price") })),
};

/** What clients pay and what the operator pays. */
export const operatorPriceView = {
  ...priceView,
  ...maybeMoney(...PRICE_NAMES.map((name) => `cost_${name}` as const)),
  rates: array(object({ unit: oneOf(PRICE_NAMES), when: attributesView, ...maybeMoney("price", "cost") })),
};

function amounts<Name extends string, Field>(names: readonly Name[], field: () => Field) {
  return Object.fromEntries(names.map((name) => [`${name}_nanos`, field()])) as Record<`${Name}_nanos`, Field>;
}

/** The body of a request that sets a price. */
export const priceInput = {
  ...amounts(REQUIRED, nanos),
  ...amounts(OPTIONAL, () => maybe(nanos())),
  ...amounts(
    PRICE_NAMES.map((name) => `cost_${name}` as const),
    () => maybe(nanos()),
  ),
  rates: optional(
    array(
      strictObject({
        unit: oneOf(PRICE_NAMES),
        when: optional(strictObject(attributes)),
        price_nanos: maybe(nanos()),
        cost_nanos: maybe(nanos()),
      }).check(
        rule(({ price_nanos: price, cost_nanos: cost }) => (price ?? cost ?? null) !== null, {
          en: "must have 'price_nanos', 'cost_nanos' or both",
          zh: "必须包含 'price_nanos' 或 'cost_nanos'",
        }),
      ),
    ).check(maxLength(MAX_RATES)),
  ),
};
const inputObject = object(priceInput);

/** What the operator pays on one route, in a request and in answers. */
export const costsInput = () =>
  array(
    strictObject({ unit: oneOf(PRICE_NAMES), when: optional(strictObject(attributes)), cost_nanos: nanos() }),
  ).check(maxLength(MAX_RATES));
export const costsView = () => array(object({ unit: oneOf(PRICE_NAMES), when: attributesView, ...money("cost") }));

/**
 * The column `routes.costs`. undefined = the request does not set it.
 * @throws Fault `invalid_parameter` as {@link ratesOf}
 */
export function costsColumn(costs: Infer<ReturnType<typeof costsInput>> | null | undefined): string | null | undefined {
  if (costs === undefined || costs === null) return costs;
  return JSON.stringify(checked(costs.flatMap(storedRate), "costs"));
}

/** The fields of {@link costsView}. */
export function costsFields(column: string | null): readonly Readonly<Record<string, unknown>>[] | null {
  if (column === null) return null;
  return readRates(column).map(({ unit, when = {}, costNanos = 0 }) =>
    withDecimals({ unit: UNITS[unit].price, when, cost_nanos: costNanos }),
  );
}

/**
 * The rates that a request sets, for `prices.rates`.
 * @throws Fault `invalid_parameter` when a request for the model could fit two rates equally well, or none
 */
export function ratesOf(input: Infer<typeof inputObject>): StoredRate[] {
  const { rates = [], ...fields } = input;
  const amount = (name: string) => (fields as Readonly<Record<string, number | null | undefined>>)[`${name}_nanos`];
  const plain = PRICE_NAMES.map((name) => ({
    unit: name,
    price_nanos: amount(name),
    cost_nanos: amount(`cost_${name}`),
  }));
  return checked(
    [...plain, ...rates].flatMap((rate) => storedRate(rate)),
    "rates",
  );
}

function checked(stored: readonly StoredRate[], param: string): StoredRate[] {
  const problem = rateProblem(stored);
  if (problem === undefined) return [...stored];
  const { unit, kind, when } = problem;
  throw new Fault("invalid_parameter", {
    param,
    values: { unit: UNITS[unit].price, when: when.map((one) => JSON.stringify(one)).join(", ") },
    detail: PROBLEMS[kind],
  });
}

const PROBLEMS = {
  ambiguous: {
    en: "'{param}': a request can fit several rates of '{unit}' equally well: {when}. Add one that has the attributes of both.",
    zh: "'{param}':同一请求可能同样符合'{unit}'的多个价格:{when}。请再加一个同时包含这些属性的价格。",
  },
  partial: {
    en: "'{param}': a request that fits none of {when} would pay nothing for '{unit}'. Add a rate without 'when'.",
    zh: "'{param}':不符合 {when} 的请求将不为'{unit}'付费。请再加一个不含 'when' 的价格。",
  },
} as const;

function storedRate(rate: {
  readonly unit: PriceName;
  readonly when?: Readonly<Record<string, string | undefined>> | undefined;
  readonly price_nanos?: number | null | undefined;
  readonly cost_nanos?: number | null | undefined;
}): StoredRate[] {
  const unit = UNIT_NAMES.find((name) => UNITS[name].price === rate.unit);
  const { when = {}, price_nanos: price = null, cost_nanos: cost = null } = rate;
  if (unit === undefined || (price === null && cost === null)) return [];
  return [
    {
      unit,
      ...(Object.keys(when).length === 0 ? {} : { when }),
      ...(price === null ? {} : { nanos: price }),
      ...(cost === null ? {} : { costNanos: cost }),
    },
  ];
}

/** The fields of {@link priceView}. */
export function priceFields(rates: readonly StoredRate[]): Readonly<Record<string, unknown>> {
  return {
    ...plainFields(rates, "", "nanos"),
    rates: rates
      .filter(({ nanos: price }) => price !== undefined)
      .map(({ unit, when = {}, nanos: price }) =>
        withDecimals({ unit: UNITS[unit].price, when, price_nanos: price ?? null }),
      ),
  };
}

/** The fields of {@link operatorPriceView}. */
export function operatorPriceFields(rates: readonly StoredRate[]): Readonly<Record<string, unknown>> {
  return {
    ...plainFields(rates, "", "nanos"),
    ...plainFields(rates, "cost_", "costNanos"),
    rates: rates.map(({ unit, when = {}, nanos: price = null, costNanos = null }) =>
      withDecimals({ unit: UNITS[unit].price, when, price_nanos: price, cost_nanos: costNanos }),
    ),
  };
}

function plainFields(rates: readonly StoredRate[], prefix: string, amount: Amount): Record<string, number | null> {
  const fields = UNIT_NAMES.map((unit): [string, number | null] => {
    const rate = rates.find((one) => one.unit === unit && one.when === undefined && one[amount] !== undefined);
    return [`${prefix}${UNITS[unit].price}_nanos`, rate?.[amount] ?? null];
  });
  return Object.fromEntries(fields);
}
