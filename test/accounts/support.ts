/** The functions of `accounts` on the test's D1, without HTTP, and with a clock that only the test moves. */
import { env } from "cloudflare:workers";
import { createAccount } from "../../src/accounts/accounts.ts";
import { postEntry } from "../../src/accounts/entries.ts";
import type { Page, PageRequest } from "../../src/accounts/paging.ts";
import type { AccountStore } from "../../src/accounts/store.ts";
import { newChargeRef, type Settlement } from "../../src/billing/wallet.ts";
import { uuidv7 } from "../../src/core/id.ts";
import { ask, db, NOON, settlement, walletAt, ZONE, type Clock } from "../billing/support.ts";

export const clock: Clock = { nowMs: NOON };
export const store: AccountStore = { db, d1: env.DB, now: () => clock.nowMs, timeZone: ZONE };
const wallet = walletAt(clock);

export async function openAccount(balanceNanos = 0): Promise<string> {
  const { id } = await createAccount(store, { name: "Test" });
  if (balanceNanos > 0) {
    const who = { accountId: id, by: "test" };
    await postEntry(store, who, { kind: "top_up", id: "first", amountNanos: balanceNanos });
  }
  return id;
}

/** A request that was held, served and settled. */
export async function served(
  { accountId, keyId = null }: { readonly accountId: string; readonly keyId?: string | null },
  values: Partial<Settlement> & { readonly amountNanos: number },
  request: object = {},
): Promise<string> {
  const ref = newChargeRef(accountId, uuidv7(clock.nowMs));
  const hold = { ...ask(accountId), ...ref, keyId, estimateNanos: values.amountNanos };
  const { kind } = await wallet.hold({ ...hold, request: { ...request } });
  if (kind !== "held") throw new Error(`not held: ${kind}`);
  await wallet.settle(ref, settlement(values.amountNanos, values));
  return ref.id;
}

/** Every row of a list, page by page. */
export async function allPages<Row>(list: (page: PageRequest) => Promise<Page<Row>>, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    const page = await list({ limit, ...(cursor === undefined ? {} : { cursor }) });
    if (page.rows.length > limit) throw new Error(`a page of ${page.rows.length} rows, not ${limit}`);
    rows.push(...page.rows);
    cursor = page.next;
    if (cursor === undefined) break;
    if (cursors.has(cursor)) throw new Error("the same page comes again");
    cursors.add(cursor);
  }
  return rows;
}
