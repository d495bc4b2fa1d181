/** Reads the books for tests of money. */
import { and, asc, eq } from "drizzle-orm";
import { accounts, apiKeys, charges } from "../../../schema/index.ts";
import { keyRecord } from "../../../src/core/api-key.ts";
import { brokenInvariants } from "../../../src/billing/invariants.ts";
import { expect } from "vitest";
import type { Gateway } from "../../support/gateway.ts";

export type ChargeRow = typeof charges.$inferSelect;
export type AccountRow = typeof accounts.$inferSelect;

export async function accountOf({ db }: Gateway, key: string): Promise<AccountRow> {
  const { hash } = await keyRecord(key);
  const [row] = await db
    .select()
    .from(accounts)
    .innerJoin(apiKeys, eq(apiKeys.accountId, accounts.id))
    .where(eq(apiKeys.hash, hash));
  if (row === undefined) throw new Error("no such key");
  return row.accounts;
}

/** An account's charges, the oldest first. */
export async function chargesOf(gateway: Gateway, key: string): Promise<ChargeRow[]> {
  const { id } = await accountOf(gateway, key);
  return gateway.db.select().from(charges).where(eq(charges.accountId, id)).orderBy(asc(charges.id));
}

/** The charge of an answer, once it is closed. */
export async function closedCharge(gateway: Gateway, key: string, answer: Response): Promise<ChargeRow> {
  const { id: accountId } = await accountOf(gateway, key);
  const id = answer.headers.get("x-request-id")?.replace("req_", "") ?? "";
  for (let attempt = 0; attempt < 400; attempt++) {
    const [row] = await gateway.db
      .select()
      .from(charges)
      .where(and(eq(charges.accountId, accountId), eq(charges.id, id)));
    if (row !== undefined && row.state !== "held") return row;
    await pause(25);
  }
  throw new Error(`charge ${id} was not closed`);
}

/** Waits until nothing is held, then checks every invariant. */
export async function expectSoundBooks(gateway: Gateway): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const rows = await gateway.db.select().from(accounts);
    if (rows.every(({ openCharges, heldNanos }) => openCharges === 0 && heldNanos === 0)) break;
    await pause(25);
  }
  const rows = await gateway.db.select().from(accounts);
  expect(rows.filter(({ openCharges, heldNanos }) => openCharges !== 0 || heldNanos !== 0)).toEqual([]);
  expect(rows.filter(({ balanceNanos }) => balanceNanos < 0)).toEqual([]);
  expect((await brokenInvariants(gateway.database, {})).broken).toEqual([]);
}

export async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
