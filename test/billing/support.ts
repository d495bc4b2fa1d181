/** Accounts with money, a wallet with a clock that tests move, and a D1 that counts written rows. */
import { uuidv7 } from "../../src/core/id.ts";
import { env } from "cloudflare:workers";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { expect } from "vitest";
import { accounts, apiKeys, charges, entries, plans } from "../../schema/index.ts";
import { and, eq } from "drizzle-orm";
import { D1Wallet, type WalletOptions } from "../../src/billing/d1-wallet.ts";
import { brokenInvariantsOf } from "../../src/billing/invariants.ts";
import { Outboxes } from "../../src/billing/outboxes.ts";
import {
  newChargeRef,
  type ChargeRef,
  type HoldOutcome,
  type HoldRequest,
  type Settlement,
} from "../../src/billing/wallet.ts";

export const db: DrizzleD1Database = drizzle(env.DB);

/** 12:00 in Shanghai. */
export const NOON = Date.UTC(2026, 4, 10, 4);
export const HOUR = 3_600_000;
export const ZONE = "Asia/Shanghai";

export interface Clock {
  nowMs: number;
}

export function walletAt(clock: Clock, options: Partial<WalletOptions> = {}, database: D1Database = env.DB): D1Wallet {
  return new D1Wallet(database, {
    now: () => clock.nowMs,
    timeZone: ZONE,
    maxOpen: 1_000_000,
    lossLimitNanos: 1_000_000_000_000,
    leaseMs: 60_000,
    sleep: async () => {},
    random: () => 0.5,
    ...options,
  });
}

export const outboxes = new Outboxes((name) => env.OUTBOXES.getByName(name));

export async function addAccount(
  values: Partial<typeof accounts.$inferInsert> & { balance?: number } = {},
): Promise<string> {
  const { balance = 0, ...account } = values;
  const id = account.id ?? crypto.randomUUID();
  await db.insert(accounts).values({ id, name: "Test", createdAt: 0, ...account });
  if (balance > 0) {
    await db.insert(entries).values({ accountId: id, id: "first", kind: "top_up", amountNanos: balance, createdAt: 0 });
  }
  return id;
}

export async function addQuotaKey(
  accountId: string,
  values: Partial<typeof apiKeys.$inferInsert> = {},
): Promise<string> {
  const id = crypto.randomUUID();
  await db
    .insert(apiKeys)
    .values({ id, accountId, hash: id, prefix: "sk-test", name: "test", createdAt: 0, ...values });
  return id;
}

export async function addPlan(values: Partial<typeof plans.$inferInsert> = {}): Promise<string> {
  const id = crypto.randomUUID();
  await db.insert(plans).values({ id, name: "Plan", createdAt: 0, ...values });
  return id;
}

export function ask(accountId: string, values: Partial<HoldRequest> = {}): HoldRequest {
  return { ...newChargeRef(accountId, uuidv7(NOON)), keyId: null, estimateNanos: 1000, ...values };
}

export function settlement(amountNanos: number, values: Partial<Settlement> = {}): Settlement {
  return {
    model: "m",
    route: "r",
    upstream: "u",
    priceVersion: 0,
    ratioPpm: 1_000_000,
    usage: { input: 1, output: 2 },
    amountNanos,
    estimated: false,
    ending: "complete",
    ...values,
  };
}

export async function account(id: string) {
  const [row] = await db.select().from(accounts).where(eq(accounts.id, id));
  if (row === undefined) throw new Error(`no account ${id}`);
  return row;
}

export async function keyRow(id: string) {
  const [row] = await db.select().from(apiKeys).where(eq(apiKeys.id, id));
  if (row === undefined) throw new Error(`no key ${id}`);
  return row;
}

export async function charge({ accountId, id }: Pick<ChargeRef, "accountId" | "id">) {
  const [row] = await db
    .select()
    .from(charges)
    .where(and(eq(charges.accountId, accountId), eq(charges.id, id)));
  return row;
}

export async function chargesOf(accountId: string) {
  return db.select().from(charges).where(eq(charges.accountId, accountId));
}

export async function expectSound(accountId: string): Promise<void> {
  expect(await brokenInvariantsOf(env.DB, accountId)).toEqual([]);
}

/** How often each outcome came, such as `{ held: 300, insufficient_balance: 700 }`. */
export function tally(outcomes: readonly HoldOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = outcome.kind === "refused" ? outcome.refusal : outcome.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A D1 that adds up `meta.rows_written`, and fails before or after a statement when it is told to. */
export class WatchedD1 {
  rowsWritten = 0;
  statements = 0;
  /** How the next statements fail, in order: `lost` = it never ran, `unheard` = it ran, but the answer was lost. */
  failures: ("lost" | "unheard")[] = [];
  readonly db = { prepare: (query: string) => this.#watch(env.DB.prepare(query)) } as unknown as D1Database;

  #watch(statement: D1PreparedStatement): D1PreparedStatement {
    const run = async (call: () => Promise<D1Result>) => {
      this.statements++;
      const failure = this.failures.shift();
      if (failure === "lost") throw new Error("D1_ERROR: Network connection lost.");
      const result = await call();
      this.rowsWritten += result.meta.rows_written;
      if (failure === "unheard") throw new Error("D1_ERROR: Network connection lost.");
      return result;
    };
    return {
      bind: (...values: unknown[]) => this.#watch(statement.bind(...values)),
      all: async () => run(async () => statement.all()),
      run: async () => run(async () => statement.run()),
    } as unknown as D1PreparedStatement;
  }
}
