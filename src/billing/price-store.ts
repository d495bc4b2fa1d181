/** Prices, read from D1 as a whole and kept per isolate. */
import { asc } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { prices } from "../../schema/index.ts";
import { StaleCache } from "../core/cache.ts";
import { priceAt, priceVersion, type PriceVersion } from "./price-list.ts";

const PRICE_CACHE = { freshMs: 10_000, staleMs: 60_000, maxEntries: 1 };

/** Finds the price of a model that is in effect; undefined = it has none yet, and requests for it cannot be charged. */
export type PriceLookUp = (model: string) => PriceVersion | undefined;

export class PriceStore {
  readonly #db: DrizzleD1Database;
  readonly #now: () => number;
  readonly #cache: StaleCache<ReadonlyMap<string, readonly PriceVersion[]>>;

  constructor(db: DrizzleD1Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    this.#cache = new StaleCache({ ...PRICE_CACHE, now });
  }

  async current(defer: (work: Promise<unknown>) => void): Promise<PriceLookUp> {
    const versions = await this.#cache.get("", async () => this.#read(), defer);
    const nowMs = this.#now();
    return (model) => priceAt(versions.get(model) ?? [], nowMs);
  }

  /** The next request reads D1: an operator has changed something here. */
  forget(): void {
    this.#cache.delete("");
  }

  async #read(): Promise<ReadonlyMap<string, readonly PriceVersion[]>> {
    const rows = await this.#db.select().from(prices).orderBy(asc(prices.modelId), asc(prices.effectiveAt));
    const byModel = Map.groupBy(rows, (row) => row.modelId);
    return new Map([...byModel].map(([model, ofModel]) => [model, ofModel.map(priceVersion)]));
  }
}
