/** Prices in effect, read from D1 as a whole and kept per isolate. */
import { asc } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { prices } from "../../schema/index.ts";
import { StaleCache } from "../core/cache.ts";
import type { Price } from "./price.ts";

/** What a model costs from a moment on, and what it costs the operator. */
export interface PriceVersion {
  /** Unix milliseconds; names the version on a charge. */
  readonly effectiveAt: number;
  readonly price: Price;
  /** undefined = the operator's own price is unknown. */
  readonly cost: Price | undefined;
}

/** Every version of each model's price, the oldest first. */
export type PriceList = ReadonlyMap<string, readonly PriceVersion[]>;

const PRICE_CACHE = { freshMs: 10_000, staleMs: 60_000, maxEntries: 1 };

export class PriceStore {
  readonly #db: DrizzleD1Database;
  readonly #cache: StaleCache<PriceList>;

  constructor(db: DrizzleD1Database, now: () => number) {
    this.#db = db;
    this.#cache = new StaleCache({ ...PRICE_CACHE, now });
  }

  async current(defer: (work: Promise<unknown>) => void): Promise<PriceList> {
    return this.#cache.get("", async () => this.#read(), defer);
  }

  async #read(): Promise<PriceList> {
    const rows = await this.#db.select().from(prices).orderBy(asc(prices.modelId), asc(prices.effectiveAt));
    const byModel = Map.groupBy(rows, (row) => row.modelId);
    return new Map([...byModel].map(([model, versions]) => [model, versions.map(toPriceVersion)]));
  }
}

/** The price of a model at a moment; undefined = it has none yet, and cannot be charged. */
export function priceAt(list: PriceList, model: string, nowMs: number): PriceVersion | undefined {
  return list.get(model)?.findLast(({ effectiveAt }) => effectiveAt <= nowMs);
}

type PriceRow = typeof prices.$inferSelect;

export function toPriceVersion(row: PriceRow): PriceVersion {
  const price: Price = {
    input: row.inputNanos,
    output: row.outputNanos,
    cachedRead: row.cachedReadNanos,
    cacheWrite: row.cacheWriteNanos,
    inputAudio: row.inputAudioNanos,
    inputImage: row.inputImageNanos,
    reasoning: row.reasoningNanos,
    outputAudio: row.outputAudioNanos,
    request: row.requestNanos,
    image: row.imageNanos,
    second: row.secondNanos,
    character: row.characterNanos,
  };
  return { effectiveAt: row.effectiveAt, price, cost: costPrice(row) };
}

function costPrice(row: PriceRow): Price | undefined {
  if (row.costInputNanos === null && row.costRequestNanos === null) return undefined;
  return {
    input: row.costInputNanos ?? 0,
    output: row.costOutputNanos ?? 0,
    cachedRead: row.costCachedReadNanos,
    cacheWrite: row.costCacheWriteNanos,
    inputAudio: row.costInputAudioNanos,
    inputImage: row.costInputImageNanos,
    reasoning: row.costReasoningNanos,
    outputAudio: row.costOutputAudioNanos,
    request: row.costRequestNanos,
    image: row.costImageNanos,
    second: row.costSecondNanos,
    character: row.costCharacterNanos,
  };
}
