/** Redeem codes, made in batches. A code is shown once, when its batch is made, and pays once. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { accounts, redeemCodes } from "../../schema/index.ts";
import { createCodes, redeem } from "../billing/codes.ts";
import type { Entry } from "../billing/ledger.ts";
import { Fault } from "../core/fault.ts";
import { auditStatements, written } from "./audit-log.ts";
import { readPage, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

interface CodeBatch {
  readonly batch: string;
  readonly codes: number;
  readonly redeemed: number;
  /** The amount of each code. */
  readonly amountNanos: number;
  /** Unix milliseconds; null = never. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

interface NewCodeBatch extends Pick<CodeBatch, "batch" | "amountNanos"> {
  readonly count: number;
  /** Unix milliseconds; undefined = never. */
  readonly expiresAt?: number | undefined;
}

/** The code itself is not stored; its hash names it. */
type RedeemCode = typeof redeemCodes.$inferSelect;

export async function listCodeBatches(store: AccountStore, page: PageRequest): Promise<Page<CodeBatch>> {
  return readPage<CodeBatch>(page, {
    order: [{ column: redeemCodes.batch }],
    keyOf: ({ batch }) => [batch],
    read: async ({ where, orderBy, limit }) =>
      batches(store)
        .where(where)
        .groupBy(redeemCodes.batch)
        .orderBy(...orderBy)
        .limit(limit),
  });
}

/**
 * @returns the codes, which cannot be read again
 * @throws Fault `conflict` (the batch exists), `invalid_parameter`
 */
export async function createCodeBatch(
  store: AccountStore,
  { batch, count, amountNanos, expiresAt }: NewCodeBatch,
): Promise<readonly string[]> {
  const expiry = expiresAt === undefined ? {} : { expiresAtMs: expiresAt };
  const also = auditStatements(store, batch);
  return createCodes(store.d1, { batch, count, amountNanos, ...expiry, nowMs: store.now(), also });
}

/** The codes of a batch, and who used them. @throws Fault `resource_not_found` */
export async function listCodes(store: AccountStore, batch: string, page: PageRequest): Promise<Page<RedeemCode>> {
  await mustBeThere(store, batch);
  return readPage<RedeemCode>(page, {
    order: [{ column: redeemCodes.hash }],
    keyOf: ({ hash }) => [hash],
    read: async ({ where, orderBy, limit }) =>
      store.db
        .select()
        .from(redeemCodes)
        .where(and(eq(redeemCodes.batch, batch), where))
        .orderBy(...orderBy)
        .limit(limit),
  });
}

/**
 * Changes when the unused codes of a batch expire; a time that is past withdraws them.
 * @param expiresAt Unix milliseconds; null = never
 * @throws Fault `resource_not_found`
 */
export async function changeCodeExpiry(
  store: AccountStore,
  batch: string,
  expiresAt: number | null,
): Promise<CodeBatch> {
  await mustBeThere(store, batch);
  const update = store.db
    .update(redeemCodes)
    .set({ expiresAt })
    .where(and(eq(redeemCodes.batch, batch), isNull(redeemCodes.redeemedBy)));
  await written(store, update);
  const [row] = await batches(store).where(eq(redeemCodes.batch, batch)).groupBy(redeemCodes.batch);
  if (row === undefined) throw new Fault("resource_not_found", { param: "batch" });
  return row;
}

/**
 * Adds a code's amount to the balance of an account. Of several calls with the same code, one succeeds.
 * @throws Fault `resource_not_found` (no such code or account), `invalid_parameter` (used or expired)
 */
export async function redeemCode(
  { db, d1, now }: AccountStore,
  { accountId, code }: { readonly accountId: string; readonly code: string },
): Promise<{ readonly entry: Entry; readonly balanceNanos: number }> {
  const entry = await redeem(d1, { accountId, code, nowMs: now() });
  const [account] = await db
    .select({ balanceNanos: accounts.balanceNanos })
    .from(accounts)
    .where(eq(accounts.id, accountId));
  return { entry, balanceNanos: account?.balanceNanos ?? 0 };
}

function batches({ db }: AccountStore) {
  return db
    .select({
      batch: redeemCodes.batch,
      codes: sql<number>`count(*)`,
      redeemed: sql<number>`count(${redeemCodes.redeemedBy})`,
      amountNanos: sql<number>`min(${redeemCodes.amountNanos})`,
      expiresAt: sql<number | null>`max(${redeemCodes.expiresAt})`,
      createdAt: sql<number>`min(${redeemCodes.createdAt})`,
    })
    .from(redeemCodes);
}

async function mustBeThere(store: AccountStore, batch: string): Promise<void> {
  if (!(await exists(store, batch))) throw new Fault("resource_not_found", { param: "batch" });
}

async function exists({ db }: AccountStore, batch: string): Promise<boolean> {
  const rows = await db
    .select({ batch: redeemCodes.batch })
    .from(redeemCodes)
    .where(eq(redeemCodes.batch, batch))
    .limit(1);
  return rows.length > 0;
}
