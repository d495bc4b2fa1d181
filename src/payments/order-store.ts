/** Rows of `orders`: how they are made, and each way in which they change. `schema/README.md` says what the triggers refuse. */
import { and, asc, eq, isNotNull, lte, sql, type SQL } from "drizzle-orm";
import { orders } from "../../schema/index.ts";
import type { AccountStore } from "../accounts/store.ts";
import { topUp } from "../billing/ledger.ts";
import { databaseMessage, int, rowsOf, run } from "../billing/storage.ts";
import type { Order, Report } from "./payment-provider.ts";

/** More would be asked about for nothing. */
export const MOST_OPEN = 5;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** After an order was made; then daily for a week, because money may come late. */
const CHECKS_AFTER_MS = [1, 3, 10, 30, 120, 360, 1440].map((minutes) => minutes * MINUTE_MS);
const LAST_CHECK_MS = 7 * DAY_MS;
/** Nobody asks a service more often about one order. */
const ASK_EVERY_MS = 10_000;

export type NewOrder = Pick<
  Order,
  | "id"
  | "accountId"
  | "kind"
  | "provider"
  | "method"
  | "payMinor"
  | "payCurrency"
  | "rate"
  | "creditNanos"
  | "planId"
  | "language"
  | "formId"
  | "livemode"
  | "createdAt"
  | "expiresAt"
>;

/**
 * The order of this form, which may have been made before.
 * @returns undefined when the account has {@link MOST_OPEN} open orders already
 */
export async function addOrder({ d1, db }: AccountStore, order: NewOrder): Promise<Order | undefined> {
  const { id, accountId, formId, createdAt } = order;
  await run(
    d1,
    sql`INSERT INTO orders (id, account_id, kind, provider, method, pay_minor, pay_currency, rate, credit, plan_id, language,
      form_id, livemode, created_at, expires_at, next_check_at)
    SELECT ${id}, ${accountId}, ${order.kind}, ${order.provider}, ${order.method}, ${int(order.payMinor)},
      ${order.payCurrency}, ${order.rate}, ${int(order.creditNanos)}, ${order.planId}, ${order.language}, ${formId},
      ${int(Number(order.livemode))}, ${int(createdAt)}, ${int(order.expiresAt)}, ${int(createdAt + (CHECKS_AFTER_MS[0] ?? 0))}
    WHERE (SELECT count(*) FROM orders WHERE account_id = ${accountId} AND state = 'created'
      AND expires_at > ${int(createdAt)}) < ${int(MOST_OPEN)}
    ON CONFLICT (account_id, form_id) DO NOTHING`,
  );
  const [row] = await db
    .select()
    .from(orders)
    .where(and(eq(orders.accountId, accountId), eq(orders.formId, formId)));
  return row;
}

/** The order that this payment paid; undefined = none of ours. */
export async function orderOfPayment(
  { db }: AccountStore,
  provider: Order["provider"],
  payment: string,
): Promise<Order | undefined> {
  const [row] = await db
    .select()
    .from(orders)
    .where(and(eq(orders.provider, provider), eq(orders.providerPayment, payment)));
  return row;
}

/** Those about which the job should ask, the longest due first. */
export async function dueOrders({ db, now }: AccountStore, limit: number): Promise<Order[]> {
  return db
    .select()
    .from(orders)
    .where(and(isNotNull(orders.nextCheckAt), lte(orders.nextCheckAt, now())))
    .orderBy(asc(orders.nextCheckAt))
    .limit(limit);
}

/** Takes the order's turn: its next check is set before this one is made. @returns false when somebody else has it */
export async function takeTurn({ d1, now }: AccountStore, order: Order): Promise<boolean> {
  const next = nextCheckAt(order, now());
  const { meta } = await run(
    d1,
    sql`UPDATE orders SET checks = checks + 1, next_check_at = ${int(next)}
    WHERE id = ${order.id} AND next_check_at IS ${int(order.nextCheckAt)}`,
  );
  return meta.changes > 0;
}

/** @returns false when the service was asked a moment ago */
export async function mayAsk({ d1, now }: AccountStore, { id }: Order): Promise<boolean> {
  const { meta } = await run(
    d1,
    sql`UPDATE orders SET asked_at = ${int(now())}
    WHERE id = ${id} AND (asked_at IS NULL OR asked_at <= ${int(now() - ASK_EVERY_MS)})`,
  );
  return meta.changes > 0;
}

/** null = no more: whatever comes later, a callback or a person has to bring it. */
function nextCheckAt({ createdAt, checks, state }: Order, nowMs: number): number | null {
  // A refund that waits for the service.
  if (state === "refunded") return nowMs + HOUR_MS;
  const planned = CHECKS_AFTER_MS[checks + 1];
  const next = Math.max(planned === undefined ? nowMs + DAY_MS : createdAt + planned, nowMs + MINUTE_MS);
  return next - createdAt > LAST_CHECK_MS ? null : next;
}

export async function keepReference({ d1 }: AccountStore, { id }: Order, ref: string): Promise<void> {
  await run(d1, sql`UPDATE orders SET provider_ref = ${ref} WHERE id = ${id} AND provider_ref IS NULL`);
}

/** The service has signed that it is paid, and could not be asked: the job asks again at once. */
export async function markPaid(store: AccountStore, { id }: Order): Promise<void> {
  await change(
    store,
    id,
    ["created", "expired"],
    sql`state = 'paid', paid_at = ${int(store.now())}, next_check_at = ${int(store.now())}`,
  );
}

/** Nothing was paid, whatever was said before. */
export async function markUnpaid(store: AccountStore, { id }: Order, state: "created" | "expired"): Promise<void> {
  await change(store, id, ["created", "paid", "expired"], sql`state = ${state}, paid_at = NULL`);
}

/** @param note which figures differ */
export async function markForReview(store: AccountStore, { id }: Order, note: string): Promise<void> {
  await change(
    store,
    id,
    ["created", "paid", "expired", "review"],
    sql`state = 'review', note = ${note.slice(0, 500)}, next_check_at = NULL`,
  );
}

/** @param note null = nothing to say; the step is over */
export async function endPlanStep(store: AccountStore, { id }: Order, note: string | null): Promise<void> {
  await change(store, id, ["credited"], sql`next_check_at = NULL, note = ${note}`);
}

async function change({ d1 }: AccountStore, id: string, from: readonly Order["state"][], set: SQL): Promise<void> {
  const states = sql.join(
    from.map((state) => sql`${state}`),
    sql`, `,
  );
  await run(d1, sql`UPDATE orders SET ${set} WHERE id = ${id} AND state IN (${states})`);
}

/**
 * Adds the credit to the balance and marks the order, in one transaction; however often it is called, once.
 * @returns false when the payment paid another order already
 */
export async function credit(store: AccountStore, order: Order, { ref, payment }: Report): Promise<boolean> {
  const nowMs = store.now();
  const mark = sql`UPDATE orders SET state = 'credited', note = NULL, paid_at = coalesce(paid_at, ${int(nowMs)}),
      credited_at = ${int(nowMs)}, provider_ref = coalesce(provider_ref, ${ref}),
      provider_payment = coalesce(provider_payment, ${payment}),
      next_check_at = iif(kind = 'plan', ${int(nowMs)}, NULL)
    WHERE id = ${order.id} AND state IN ('created', 'paid', 'expired', 'review')`;
  try {
    await topUp(store.d1, {
      accountId: order.accountId,
      id: entryOf(order),
      amountNanos: order.creditNanos,
      reference: `${order.provider}:${payment ?? ref ?? order.id}`,
      actor: order.provider,
      nowMs,
      also: [mark],
    });
  } catch (error) {
    if (databaseMessage(error)?.includes("UNIQUE constraint failed: orders") === true) return false;
    throw error;
  }
  return true;
}

/** The id of the entry that credits an order. */
export function entryOf({ id }: Order): string {
  return `order:${id}`;
}

/** What the account can give back now: what no open request holds. An account without limits gives all. */
export async function freeNanos({ d1 }: AccountStore, accountId: string): Promise<number> {
  const [row] = await rowsOf<{ free: number }>(
    d1,
    sql`SELECT iif(unlimited = 1, ${int(Number.MAX_SAFE_INTEGER)}, max(0, balance - held)) AS free FROM accounts WHERE id = ${accountId}`,
  );
  return row?.free ?? 0;
}
