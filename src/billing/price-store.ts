/** Prices, read from D1 as a whole and kept per isolate. */
import { asc } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { prices } from "../../schema/index.ts";
import { StaleCache } from "../core/cache.ts";
import { priceAt, type PriceRow, type PriceVersion } from "./price-list.ts";

const PRICE_CACHE = { freshMs: 10_000, staleMs: 60_000, maxEntries: 1 };

/** Finds the price of a model that is in effect; undefined = it has none yet, and cannot be charged. */
export type PriceLookUp = (model: string) => PriceVersion | undefined;

export class PriceStore {
  readonly #db: DrizzleD1Database;
  readonly #now: () => number;
  readonly #cache: StaleCache<ReadonlyMap<string, readonly PriceRow[]>>;

  constructor(db: DrizzleD1Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    this.#cache = new StaleCache({ ...PRICE_CACHE, now });
  }

  async current(defer: (work: Promise<unknown>) => void): Promise<PriceLookUp> {
    const rows = await this.#cache.get("", async () => this.#read(), defer);
    const nowMs = this.#now();
    return (model) => priceAt(rows.get(model) ?? [], nowMs);
  }

  async #read(): Promise<ReadonlyMap<string, readonly PriceRow[]>> {
    const rows = await this.#db.select().from(prices).orderBy(asc(prices.modelId), asc(prices.effectiveAt));
    return Map.groupBy(rows, (row) => row.modelId);
  }
}
