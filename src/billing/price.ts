/** What usage costs. Pure, exact: whole numbers and BigInt, rounded half up once. */
import { formatDecimal, toNanos } from "../core/money.ts";
import type { Usage, UsageClass } from "../core/usage.ts";

/**
 * Nanos for 1,000 tokens or characters, and for one second, image or request. A token class without a price costs what
 * its parent does ({@link PARENT}); the others cost nothing.
 */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cachedRead?: number | null;
  readonly cacheWrite?: number | null;
  readonly inputAudio?: number | null;
  readonly inputImage?: number | null;
  readonly reasoning?: number | null;
  readonly outputAudio?: number | null;
  readonly request?: number | null;
  readonly image?: number | null;
  readonly second?: number | null;
  readonly character?: number | null;
}

export type PriceClass = keyof Price;

/** Parts per million; the price itself. */
export const RATIO_ONE = 1_000_000;

export const PARENT: Partial<Record<PriceClass, "input" | "output">> = {
  cachedRead: "input",
  cacheWrite: "input",
  inputAudio: "input",
  inputImage: "input",
  reasoning: "output",
  outputAudio: "output",
};

/** How a count becomes money: `price × count / per`. */
interface Measure {
  readonly count: UsageClass | "request";
  readonly price: PriceClass;
  readonly per: 1 | 1000;
}

const MEASURES: readonly Measure[] = [
  { count: "input", price: "input", per: 1000 },
  { count: "cachedRead", price: "cachedRead", per: 1000 },
  { count: "cacheWrite", price: "cacheWrite", per: 1000 },
  { count: "inputAudio", price: "inputAudio", per: 1000 },
  { count: "inputImage", price: "inputImage", per: 1000 },
  { count: "output", price: "output", per: 1000 },
  { count: "reasoning", price: "reasoning", per: 1000 },
  { count: "outputAudio", price: "outputAudio", per: 1000 },
  { count: "characters", price: "character", per: 1000 },
  // Counted in milliseconds, priced by the second.
  { count: "durationMs", price: "second", per: 1000 },
  { count: "images", price: "image", per: 1 },
  { count: "request", price: "request", per: 1 },
];

/** The sum of a cost is kept in these before the one rounding: nanos × 1,000 × 1,000,000. */
const SCALE = 1_000_000_000n;

/** The price of a class, its parent's if it has none of its own. */
export function unitPrice(price: Price, name: PriceClass): number {
  const own = price[name];
  if (own !== undefined && own !== null) return own;
  const parent = PARENT[name];
  return parent === undefined ? 0 : price[parent];
}

/**
 * What `usage` costs, unrounded, in 1e-9 nanos.
 * @param ratioPpm parts per million of the price
 */
export function exactCost(usage: Usage, price: Price, ratioPpm: number): bigint {
  let sum = 0n;
  for (const { count, price: name, per } of MEASURES) {
    const amount = count === "request" ? 1 : (usage[count] ?? 0);
    if (amount > 0) sum += BigInt(amount) * BigInt(unitPrice(price, name)) * BigInt(1000 / per);
  }
  return sum * BigInt(ratioPpm);
}

/**
 * What `usage` costs, in nanos, rounded half up.
 * @throws RangeError beyond 2^53
 */
export function cost(usage: Usage, price: Price, ratioPpm: number): number {
  return round(exactCost(usage, price, ratioPpm));
}

/** 1e-9 nanos as nanos, half up. */
export function round(exact: bigint): number {
  return toNanos((2n * exact + SCALE) / (2n * SCALE));
}

export interface ReceiptLine {
  readonly class: UsageClass | "request";
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

/** The sum line by line, from the counts and the frozen price of a charge. Classes that cost nothing are left out. */
export function receipt(usage: Usage, price: Price, ratioPpm: number): Receipt {
  const lines = MEASURES.flatMap(({ count: name, price: priceName, per }): ReceiptLine[] => {
    const count = name === "request" ? 1 : (usage[name] ?? 0);
    const unitNanos = unitPrice(price, priceName);
    if (count === 0 || (unitNanos === 0 && name === "request")) return [];
    return [{ class: name, count, unitNanos, per, nanos: formatDecimal(lineMilliNanos(count, unitNanos, per), 3) }];
  });
  const sum = lines.reduce((total, line) => total + lineMilliNanos(line.count, line.unitNanos, line.per), 0n);
  return { lines, ratioPpm, amountNanos: round(sum * BigInt(ratioPpm)) };
}

function lineMilliNanos(count: number, unitNanos: number, per: 1 | 1000): bigint {
  return (BigInt(count) * BigInt(unitNanos) * 1000n) / BigInt(per);
}
