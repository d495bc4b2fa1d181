/** Turns rows of `prices` and `charges` into prices, usage and receipts. Pure. */
import { getTableColumns } from "drizzle-orm";
import { charges, type prices } from "../../schema/index.ts";
import { COUNTED_UNITS, UNITS, type CountedUnit, type Usage } from "../core/units.ts";
import { RATIO_ONE, receipt, type Price, type Receipt } from "./price.ts";
import { priceFrom, readAttributes, readRates } from "./rates.ts";

export type PriceRow = typeof prices.$inferSelect;
export type ChargeRow = typeof charges.$inferSelect;

/** A price and the version by which charges name it. */
export interface PriceVersion {
  /** `effectiveAt` of its row. */
  readonly version: number;
  readonly price: Price;
  /** What the operator pays; undefined = not known. */
  readonly operator: Price | undefined;
}

/** The price of a model at a moment, from all its versions; undefined = it has none yet. */
export function priceAt(versions: readonly PriceVersion[], nowMs: number): PriceVersion | undefined {
  let latest: PriceVersion | undefined;
  for (const one of versions) {
    if (one.version <= nowMs && (latest === undefined || one.version > latest.version)) latest = one;
  }
  return latest;
}

export function priceVersion({ effectiveAt, rates }: PriceRow): PriceVersion {
  const stored = readRates(rates);
  return { version: effectiveAt, price: priceFrom(stored, "nanos") ?? {}, operator: priceFrom(stored, "costNanos") };
}

/** For each unit the property of its column in `charges`. */
const USAGE_PROPERTIES = Object.fromEntries(
  COUNTED_UNITS.map((unit) => {
    const [property] =
      Object.entries(getTableColumns(charges)).find(([, { name }]) => name === UNITS[unit].column) ?? [];
    if (property === undefined) throw new Error(`charges has no column for ${unit}`);
    return [unit, property];
  }),
) as Record<CountedUnit, keyof ChargeRow>;

export function usageOf(charge: ChargeRow): Usage {
  const counts = COUNTED_UNITS.map((unit) => [unit, charge[USAGE_PROPERTIES[unit]] ?? null] as const);
  return Object.fromEntries(counts.filter(([, count]) => count !== null));
}

/**
 * The receipt of a settled charge, recomputed from its frozen price: its sum is `amount + written off`.
 * @param row the price that `charge.model` and `charge.priceVersion` name
 */
export function receiptOf(charge: ChargeRow, row: PriceRow): Receipt {
  const attributes = readAttributes(charge.attributes);
  return receipt(usageOf(charge), priceVersion(row).price, charge.ratioPpm ?? RATIO_ONE, attributes);
}
