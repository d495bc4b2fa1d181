/**
 * Giving back: the account pays first, then the service is asked. What was given back at the service itself is found by asking
 * it. A balance never goes below zero for it: what is missing is remembered, and the account is disabled.
 */
import { eq, sql, type SQL } from "drizzle-orm";
import { orderRefunds } from "../../schema/index.ts";
import type { AccountStore } from "../accounts/store.ts";
import { auditStatements } from "../accounts/audit-log.ts";
import { adjust } from "../billing/ledger.ts";
import { batch, databaseMessage, int, run } from "../billing/storage.ts";
import { Fault } from "../core/fault.ts";
import { log } from "../core/log.ts";
import { shareOf } from "./currency.ts";
import { readOrder } from "../accounts/orders.ts";
import { freeNanos } from "./order-store.ts";
import type { Payments } from "./payments.ts";
import type { GivenRefund, Order, OrderRefund, RefundState, Report } from "./payment-provider.ts";

const TRIES = 5;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface RefundWish {
  readonly minor: number;
  /** What was given back before: a wish that is sent twice is granted once. */
  readonly afterMinor: number;
  /** Who gives it back. */
  readonly operator: string;
  /** Also what the account has spent; the rest is the operator's loss until the account has paid it. */
  readonly force: boolean;
}

/** The latest first. */
export async function refundsOf({ db }: AccountStore, { id }: Pick<Order, "id">): Promise<OrderRefund[]> {
  const rows = await db.select().from(orderRefunds).where(eq(orderRefunds.orderId, id));
  return rows.toSorted((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? 1 : -1));
}

/**
 * @throws Fault `conflict` (nothing to give back, or the bank has taken the payment), `invalid_parameter` (more than is left),
 *   `insufficient_balance` (the account has spent it)
 */
export async function refundOrder(
  payments: Payments,
  order: Order,
  { minor, afterMinor, operator, force }: RefundWish,
): Promise<Order> {
  const { store } = payments;
  // Nothing is taken for a service that cannot give it back.
  payments.provider(order.provider);
  if (order.disputed) throw new Fault("conflict");
  const left = order.payMinor - afterMinor;
  if (!Number.isSafeInteger(minor) || minor < 1 || minor > left)
    throw new Fault("invalid_parameter", { param: "minor" });
  const taking = { minor, afterMinor, state: "asked", operator, force, providerRefund: null } as const;
  const refund = await takeBack(store, order, taking);
  const state = await giveBack(payments, await readOrder(store, order.id), { refund, isRepeat: false });
  // The service may have given it back by itself meanwhile.
  const now = await readOrder(store, order.id);
  return state === "failed" ? (await payments.look(now)).order : now;
}

/**
 * Goes on with refunds of which nobody knows what came of them.
 * @throws ProviderError
 */
export async function resumeRefunds(payments: Payments, order: Order): Promise<void> {
  const { store } = payments;
  const waiting = (await refundsOf(store, order)).toReversed().filter(({ state }) => state === "asked");
  if (waiting.length > 0) {
    const next = int(store.now() + HOUR_MS);
    await run(store.d1, sql`UPDATE orders SET next_check_at = ${next} WHERE id = ${order.id}`);
  }
  for (const refund of waiting) {
    const state = await giveBack(payments, await readOrder(store, order.id), { refund, isRepeat: true });
    const isLate = state === "asked" && store.now() - refund.createdAt > DAY_MS;
    if (isLate && !order.flagged) await payments.review(order, `nobody knows what became of the refund ${refund.id}`);
  }
}

/** Writes down what was given back at the service, and what it could not give back after all. */
export async function bookRefunds(payments: Payments, order: Order, report: Report): Promise<void> {
  const { store } = payments;
  if (report.refunds !== undefined) return bookEach(payments, order, report.refunds);
  const { refundedMinor: known, payMinor } = await readOrder(store, order.id);
  if (report.refundedMinor === null) {
    // The service does not say how much, so nothing is taken unasked.
    if (known === 0 && !order.flagged) await payments.review(order, "something was given back at the payment service");
    return;
  }
  // Ours that wait are in `known`. The service may count them already, or not: what is more than they was given elsewhere.
  const minor = Math.min(report.refundedMinor, payMinor) - known;
  if (minor > 0) await takeFound(store, order, { minor, afterMinor: known, ref: null });
}

async function bookEach({ store }: Payments, order: Order, given: readonly GivenRefund[]): Promise<void> {
  for (const { ref, id, minor, state } of given) {
    const rows = await refundsOf(store, order);
    const row = rows.find((refund) => refund.id === id || refund.providerRefund === ref);
    const { refundedMinor, payMinor } = await readOrder(store, order.id);
    if (row !== undefined && row.state !== "failed" && row.state !== state) await finish(store, order, row, state);
    const part = Math.min(minor, payMinor - refundedMinor);
    if (row === undefined && state !== "failed" && part > 0)
      await takeFound(store, order, { minor: part, afterMinor: refundedMinor, ref });
  }
}

async function takeFound(
  store: AccountStore,
  order: Order,
  { minor, afterMinor, ref }: { readonly minor: number; readonly afterMinor: number; readonly ref: string | null },
): Promise<void> {
  await takeBack(store, order, { minor, afterMinor, state: "done", operator: null, force: true, providerRefund: ref });
  log("warn", "payment_refunded_elsewhere", { order: order.id, account: order.accountId, minor });
}

/** An operator has found out what became of a refund. @throws Fault `resource_not_found`, `conflict` (that is known already) */
export async function settleRefund(
  store: AccountStore,
  order: Order,
  { id, isPaidOut }: { readonly id: string; readonly isPaidOut: boolean },
): Promise<void> {
  const refund = (await refundsOf(store, order)).find((row) => row.id === id);
  if (refund === undefined) throw new Fault("resource_not_found", { param: "refund" });
  if (refund.state !== "asked") throw new Fault("conflict");
  await finish(store, order, refund, isPaidOut ? "done" : "failed");
}

interface Taking {
  readonly minor: number;
  /** What was given back before; if it is something else by now, somebody was faster. */
  readonly afterMinor: number;
  readonly state: "asked" | "done";
  readonly operator: string | null;
  readonly force: boolean;
  /** The service's own id. */
  readonly providerRefund: string | null;
}

/**
 * Debits the account and writes the refund down, in one transaction.
 * @throws Fault `conflict`, `insufficient_balance`
 */
async function takeBack(store: AccountStore, order: Order, taking: Taking): Promise<OrderRefund> {
  for (let tried = 1; ; tried++) {
    try {
      return await tryToTakeBack(store, order.id, taking);
    } catch (error) {
      // A request took the money meanwhile.
      if (!taking.force || tried === TRIES || !isShort(error)) throw error;
    }
  }
}

async function tryToTakeBack(
  store: AccountStore,
  orderId: string,
  { minor, afterMinor, state, operator, force, providerRefund }: Taking,
): Promise<OrderRefund> {
  // The number before the sum: whoever is slower either sees another sum, or finds the number taken.
  const before = await refundsOf(store, { id: orderId });
  const order = await readOrder(store, orderId);
  if (order.refundedMinor !== afterMinor || (order.state !== "credited" && order.state !== "refunded")) {
    throw new Fault("conflict");
  }
  // All parts of a payment make up its whole credit, however each was rounded.
  const taken = before
    .filter((refund) => refund.state !== "failed")
    .reduce((sum, refund) => sum + refund.debitNanos + refund.shortfallNanos, 0);
  const whole = Math.max(0, shareOf(order.creditNanos, order.refundedMinor + minor, order.payMinor) - taken);
  const debitNanos = force ? Math.min(whole, await freeNanos(store, order.accountId)) : whole;
  const refund: OrderRefund = {
    id: `pay-refund:${order.id}:${before.length + 1}`,
    orderId: order.id,
    minor,
    debitNanos,
    shortfallNanos: whole - debitNanos,
    state,
    providerRefund,
    operator,
    createdAt: store.now(),
  };
  const also = [...refundRows(order, refund), ...auditStatements(store, refund.id)];
  try {
    if (debitNanos === 0) await batch(store.d1, also);
    else await debit(store, order, refund, also);
  } catch (error) {
    throw databaseMessage(error)?.includes("UNIQUE constraint failed") === true ? new Fault("conflict") : error;
  }
  if (refund.shortfallNanos > 0) {
    log("error", "payment_shortfall", { order: order.id, account: order.accountId, nanos: refund.shortfallNanos });
  }
  return refund;
}

async function debit(
  store: AccountStore,
  order: Order,
  { id, debitNanos, operator }: OrderRefund,
  also: readonly SQL[],
): Promise<void> {
  await adjust(store.d1, {
    accountId: order.accountId,
    id,
    amountNanos: -debitNanos,
    reason: `refund of order ${order.id}`,
    actor: operator ?? order.provider,
    nowMs: store.now(),
    also,
  });
}

function refundRows(order: Order, refund: OrderRefund): readonly SQL[] {
  const { id, minor, debitNanos, shortfallNanos, state, providerRefund, operator, createdAt } = refund;
  return [
    sql`INSERT INTO order_refunds (id, order_id, minor, debit, shortfall, state, provider_refund, operator, created_at)
      VALUES (${id}, ${order.id}, ${int(minor)}, ${int(debitNanos)}, ${int(shortfallNanos)}, ${state}, ${providerRefund}, ${operator},
        ${int(createdAt)})`,
    sql`UPDATE orders SET state = 'refunded', refunded_minor = refunded_minor + ${int(minor)},
      shortfall = shortfall + ${int(shortfallNanos)},
      next_check_at = iif(${state} = 'asked', ${int(createdAt + 60_000)}, next_check_at) WHERE id = ${order.id}`,
    ...(shortfallNanos > 0 ? disabling(order) : []),
  ];
}

/** Disables the account, and remembers whether it was this order that did. */
export function disabling({ id, accountId }: Order): readonly SQL[] {
  return [
    sql`UPDATE orders SET disabled_account = 1
      WHERE id = ${id} AND EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId} AND disabled = 0)`,
    sql`UPDATE accounts SET disabled = 1 WHERE id = ${accountId}`,
  ];
}

async function giveBack(
  payments: Payments,
  order: Order,
  { refund, isRepeat }: { readonly refund: OrderRefund; readonly isRepeat: boolean },
): Promise<RefundState> {
  const isFirst = order.refundedMinor === refund.minor;
  const state = await payments.provider(order.provider).refund(order, { refund, isFirst, isRepeat });
  await finish(payments.store, order, refund, state);
  return state;
}

async function finish(store: AccountStore, order: Order, refund: OrderRefund, state: RefundState): Promise<void> {
  if (state === "asked") return;
  if (state === "done") {
    await run(store.d1, sql`UPDATE order_refunds SET state = 'done' WHERE id = ${refund.id} AND state = 'asked'`);
    return;
  }
  log("warn", "payment_refund_failed", { order: order.id, account: order.accountId, refund: refund.id });
  const undoing = [
    sql`UPDATE orders SET refunded_minor = refunded_minor - ${int(refund.minor)},
        shortfall = max(0, shortfall - ${int(refund.shortfallNanos)}),
        state = iif(refunded_minor = ${int(refund.minor)}, 'credited', 'refunded')
      WHERE id = ${order.id} AND EXISTS (SELECT 1 FROM order_refunds WHERE id = ${refund.id} AND state <> 'failed')`,
    sql`UPDATE order_refunds SET state = 'failed' WHERE id = ${refund.id}`,
  ];
  if (refund.debitNanos === 0) {
    await batch(store.d1, undoing);
    return;
  }
  await adjust(store.d1, {
    accountId: order.accountId,
    id: `${refund.id}:void`,
    amountNanos: refund.debitNanos,
    reason: `refund of order ${order.id} failed`,
    actor: order.provider,
    nowMs: store.now(),
    also: undoing,
  });
}

function isShort(error: unknown): boolean {
  return error instanceof Fault && error.kind === "insufficient_balance";
}
