/** Disputes: the payer's bank takes a payment back. The account is charged at once, also below zero, and disabled. */
import { sql } from "drizzle-orm";
import { auditStatements } from "../accounts/audit-log.ts";
import type { AccountStore } from "../accounts/store.ts";
import { chargeBack, reverseChargeBack } from "../billing/ledger.ts";
import { batch, rowsOf } from "../billing/storage.ts";
import { Fault } from "../core/fault.ts";
import { log } from "../core/log.ts";
import { shareOf } from "./currency.ts";
import { entryOf } from "./order-store.ts";
import type { Order } from "./payment-provider.ts";
import { disabling } from "./refunds.ts";

/** @param minor what the bank has taken; undefined = all */
export async function takeDispute(store: AccountStore, order: Order, minor: number | undefined): Promise<void> {
  if (order.state !== "credited" && order.state !== "refunded") return;
  const [taken] = await rowsOf(
    store.d1,
    sql`SELECT 1 FROM entries WHERE account_id = ${order.accountId} AND id = ${`chargeback:${entryOf(order)}`}`,
  );
  // An operator may have closed the matter since.
  if (taken !== undefined) return;
  const share = shareOf(order.creditNanos, Math.min(minor ?? order.payMinor, order.payMinor), order.payMinor);
  await batch(store.d1, [sql`UPDATE orders SET disputed = 1 WHERE id = ${order.id}`, ...disabling(order)]);
  await chargeBack(store.d1, { ...posting(store, order), amountNanos: share, reason: `dispute of order ${order.id}` });
  log("error", "payment_disputed", { order: order.id, account: order.accountId });
}

/** The bank has returned the payment: the account gets it back, and works again if it was this dispute that disabled it. */
export async function winDispute(store: AccountStore, order: Order): Promise<void> {
  try {
    await reverseChargeBack(store.d1, { ...posting(store, order), reason: `dispute of order ${order.id} won` });
  } catch (error) {
    // Nothing was taken.
    if (!(error instanceof Fault) || error.kind !== "resource_not_found") throw error;
  }
  const { id, accountId } = order;
  const otherMatter = sql`(SELECT id FROM orders WHERE account_id = ${accountId} AND id <> ${id} AND (disputed = 1 OR shortfall > 0) LIMIT 1)`;
  const disabledByThis = sql`EXISTS (SELECT 1 FROM orders WHERE id = ${id} AND disputed = 1 AND disabled_account = 1 AND shortfall = 0)`;
  await batch(store.d1, [
    // Another matter keeps it disabled, and enables it in its turn.
    sql`UPDATE orders SET disabled_account = 1 WHERE id = ${otherMatter} AND ${disabledByThis}`,
    sql`UPDATE accounts SET disabled = 0 WHERE id = ${accountId} AND ${disabledByThis} AND ${otherMatter} IS NULL`,
    sql`UPDATE orders SET disputed = 0, disabled_account = 0 WHERE id = ${id} AND disputed = 1`,
  ]);
  log("warn", "payment_dispute_won", { order: order.id, account: order.accountId });
}

/** An operator has seen to what needed a look: it is not shown any more. What was not credited by then is given up. */
export async function closeMatter(store: AccountStore, { id }: Order): Promise<void> {
  await batch(store.d1, [
    sql`UPDATE orders SET disputed = 0, shortfall = 0, disabled_account = 0, flagged = 0,
      state = iif(state = 'review', 'expired', state) WHERE id = ${id}`,
    ...auditStatements(store),
  ]);
}

function posting({ now }: AccountStore, order: Order) {
  return { accountId: order.accountId, topUpId: entryOf(order), actor: order.provider, nowMs: now() } as const;
}
