/** The prices of models that are in effect now. */
import { and, eq, lte, sql } from "drizzle-orm";
import { apiKeys, groups, models, prices } from "../../schema/index.ts";
import { RATIO_ONE } from "../billing/price.ts";
import { readRates, type StoredRate } from "../billing/rates.ts";
import { mapPage, readPage, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

interface CurrentPrice {
  readonly model: string;
  /** Unix milliseconds. */
  readonly effectiveAt: number;
  /** What clients pay, without what the operator pays. */
  readonly rates: readonly Omit<StoredRate, "costNanos">[];
  /** The ratio of the key's group, in parts per million of the price. */
  readonly ratioPpm: number;
}

/**
 * The prices in effect of the models that are served, in the order of their names.
 * @param keyId null = a reader without a key, who belongs to no group
 */
export async function listCurrentPrices(
  { db, now }: AccountStore,
  keyId: string | null,
  page: PageRequest,
): Promise<Page<CurrentPrice>> {
  const ratioPpm = keyId === null ? RATIO_ONE : await readRatio(db, keyId);
  const current = db
    .select({ modelId: prices.modelId, at: sql<number>`max(${prices.effectiveAt})`.as("at") })
    .from(prices)
    .where(lte(prices.effectiveAt, now()))
    .groupBy(prices.modelId)
    .as("current");
  const rows = await readPage<{ readonly row: typeof prices.$inferSelect }>(page, {
    order: [{ column: prices.modelId }],
    keyOf: ({ row }) => [row.modelId],
    read: async ({ where, orderBy, limit }) =>
      db
        .select({ row: prices })
        .from(prices)
        .innerJoin(current, and(eq(current.modelId, prices.modelId), eq(current.at, prices.effectiveAt)))
        .innerJoin(models, and(eq(models.id, prices.modelId), eq(models.disabled, false)))
        .where(where)
        .orderBy(...orderBy)
        .limit(limit),
  });
  return mapPage(rows, ({ row }) => ({
    model: row.modelId,
    effectiveAt: row.effectiveAt,
    rates: readRates(row.rates).flatMap(({ costNanos: _cost, ...rate }) => (rate.nanos === undefined ? [] : [rate])),
    ratioPpm,
  }));
}

async function readRatio(db: AccountStore["db"], keyId: string): Promise<number> {
  const [group] = await db
    .select({ ratioPpm: groups.ratioPpm })
    .from(apiKeys)
    .innerJoin(groups, eq(groups.id, apiKeys.groupId))
    .where(eq(apiKeys.id, keyId));
  return group?.ratioPpm ?? RATIO_ONE;
}
