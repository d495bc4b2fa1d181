/** What usage costs. Pure, exact: whole numbers and BigInt, rounded half up once. */
import { formatDecimal, toNanos } from "../core/money.ts";
import { COUNTED_UNITS, isUnit, parentOf, UNIT_NAMES, UNITS } from "../core/units.ts";
import type { Attributes, Fee, Unit, Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";

export interface Rate {
  /** Nanos for `per` of the unit, see {@link UNITS}. */
  readonly nanos: number;
  /** The rate is for requests that have all these attributes; none = for all requests. */
  readonly when: Attributes;
}

/**
 * Rates by unit, the most specific first (`rates.ts` makes them so): the first whose `when` the request's attributes
 * contain is the unit's price. A unit that no rate fits costs what its parent does; without a parent it costs nothing.
 */
export type Price = { readonly [U in Unit]?: readonly Rate[] };

/** Parts per million; the price itself. */
export const RATIO_ONE = 1_000_000;

const NO_ATTRIBUTES: Attributes = {};

/**
 * Before it is rounded, a cost is kept in 1e-9 nanos: 1e-3 for rates per 1,000, 1e-6 for ratios in parts per million.
 */
const SCALE = 1_000_000_000n;

export function unitPrice(price: Price, unit: Unit, attributes: Attributes = NO_ATTRIBUTES): number {
  for (let name: Unit | undefined = unit; name !== undefined; name = parentOf(name)) {
    const rate = rateFor(price, name, attributes);
    if (rate !== undefined) return rate.nanos;
  }
  return 0;
}

/** The rate of the unit itself, without its parents. */
function rateFor(price: Price, unit: Unit, attributes: Attributes): Rate | undefined {
  return price[unit]?.find(({ when }) => contains(attributes, when));
}

/** The most that a unit can cost while the upstream may still choose the attributes that are not `known`. */
export function dearestPrice(price: Price, unit: Unit, known: Attributes = NO_ATTRIBUTES): number {
  let dearest = 0;
  for (let name: Unit | undefined = unit; name !== undefined; name = parentOf(name)) {
    for (const { when, nanos } of price[name] ?? []) {
      if (conflict(known, when)) continue;
      dearest = Math.max(dearest, nanos);
      // This rate fits in any case, so no less specific rate applies.
      if (contains(known, when)) return dearest;
    }
  }
  return dearest;
}

/**
 * Those of a request's fees that a price names: a unit by a rate of its own, an attribute by a rate for the request's
 * value. A parent's rate does not count, because the operator did not price the fee.
 */
export function coveredFees(
  price: Price = {},
  { fees = NO_FEES, attributes = NO_ATTRIBUTES }: Asked,
): ReadonlySet<Fee> {
  if (fees.size === 0) return NO_FEES;
  const names = (fee: Fee) =>
    isUnit(fee)
      ? price[fee] !== undefined
      : attributes[fee] !== undefined &&
        Object.values(price).some((rates) => rates.some(({ when }) => when[fee] === attributes[fee]));
  return new Set([...fees].filter(names));
}

interface Made {
  readonly units: Usage;
  readonly attributes: Attributes;
}

/** Whether the rate that something is charged by is for all these attributes, and not only for some or for none. */
export function isPricedBy(price: Price, { units, attributes }: Made, names: readonly (keyof Attributes)[]): boolean {
  return UNIT_NAMES.some((unit) => {
    const count = unit === "request" ? 1 : (units[unit] ?? 0);
    const rate = count > 0 ? rateFor(price, unit, attributes) : undefined;
    return rate !== undefined && names.every((name) => rate.when[name] !== undefined);
  });
}

type Asked = Pick<Demand, "fees" | "attributes">;
const NO_FEES: ReadonlySet<Fee> = new Set();

/**
 * What `usage` costs, unrounded, in 1e-9 nanos.
 * @param ratioPpm parts per million of the price
 */
export function exactCost(usage: Usage, price: Price, ratioPpm: number, attributes?: Attributes): bigint {
  return weighed(usage, (unit) => unitPrice(price, unit, attributes)) * BigInt(ratioPpm);
}

/** Like {@link exactCost}, at the {@link dearestPrice} of each unit. */
export function dearestCost(usage: Usage, price: Price, ratioPpm: number, known?: Attributes): bigint {
  return weighed(usage, (unit) => dearestPrice(price, unit, known)) * BigInt(ratioPpm);
}

/** The cost before the ratio, in thousandths of nanos. */
function weighed(usage: Usage, nanosOf: (unit: Unit) => number): bigint {
  let sum = BigInt(nanosOf("request")) * 1000n;
  for (const unit of COUNTED_UNITS) {
    const count = usage[unit] ?? 0;
    if (count > 0) sum += lineMilliNanos(count, nanosOf(unit), UNITS[unit].per);
  }
  return sum;
}

/**
 * What `usage` costs, in nanos, rounded half up.
 * @throws RangeError beyond 2^53
 */
export function cost(usage: Usage, price: Price, ratioPpm: number, attributes?: Attributes): number {
  return round(exactCost(usage, price, ratioPpm, attributes));
}

/** Rounds 1e-9 nanos to nanos, half up. @throws RangeError beyond 2^53 */
function round(exact: bigint): number {
  return toNanos((2n * exact + SCALE) / (2n * SCALE));
}

interface ReceiptLine {
  readonly unit: Unit;
  readonly count: number;
  /** Nanos for `per` of the count. */
  readonly unitNanos: number;
  readonly per: 1 | 1000;
  /** `unitNanos × count / per`: exact nanos, as a decimal. */
  readonly nanos: string;
}

export interface Receipt {
  readonly lines: readonly ReceiptLine[];
  readonly ratioPpm: number;
  /** The sum of the lines times the ratio, rounded half up once. */
  readonly amountNanos: number;
}

/**
 * The sum line by line, from the counts, the frozen price and the attributes of a charge. Units without a count are left
 * out, and so is a request fee of 0.
 */
export function receipt(usage: Usage, price: Price, ratioPpm: number, attributes?: Attributes): Receipt {
  let sum = 0n;
  const lines = UNIT_NAMES.flatMap((unit): ReceiptLine[] => {
    const count = unit === "request" ? 1 : (usage[unit] ?? 0);
    const unitNanos = unitPrice(price, unit, attributes);
    if (count === 0 || (unitNanos === 0 && unit === "request")) return [];
    const { per } = UNITS[unit];
    const milliNanos = lineMilliNanos(count, unitNanos, per);
    sum += milliNanos;
    return [{ unit, count, unitNanos, per, nanos: formatDecimal(milliNanos, 3) }];
  });
  return { lines, ratioPpm, amountNanos: round(sum * BigInt(ratioPpm)) };
}

function lineMilliNanos(count: number, unitNanos: number, per: 1 | 1000): bigint {
  return BigInt(count) * BigInt(unitNanos) * BigInt(1000 / per);
}

/** Whether the attributes have all that `when` asks for. */
export function contains(attributes: Attributes, when: Attributes): boolean {
  for (const name in when) if (attributes[name as keyof Attributes] !== when[name as keyof Attributes]) return false;
  return true;
}

/** Whether no request can have both. */
export function conflict(one: Attributes, other: Attributes): boolean {
  for (const name in one) {
    const value = other[name as keyof Attributes];
    if (value !== undefined && value !== one[name as keyof Attributes]) return true;
  }
  return false;
}
