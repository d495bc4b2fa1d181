/** Prices as tests write them. */
import { priceFrom, type StoredRate } from "../../src/billing/rates.ts";
import type { Price } from "../../src/billing/price.ts";
import type { Unit } from "../../src/core/units.ts";

/** A rate for all requests of each unit. */
export function plain(nanos: Readonly<Partial<Record<Unit, number>>>): Price {
  const entries = Object.entries(nanos) as [Unit, number][];
  return priceOf(...entries.map(([unit, amount]) => ({ unit, nanos: amount })));
}

export function priceOf(...rates: StoredRate[]): Price {
  return priceFrom(rates, "nanos") ?? {};
}
