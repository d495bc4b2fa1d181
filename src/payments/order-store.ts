/** Rows of `orders`: how they are made, and each way in which they change. `schema/README.md` says what the triggers refuse. */
import { and, asc, eq, inArray, isNotNull, lte, sql, type SQL } from "drizzle-orm";
import { orders } from "../../schema/index.ts";
import { auditStatements } from "../accounts/audit-log.ts";
import type { AccountStore } from "../accounts/store.ts";
import { topUp } from "../billing/ledger.ts";
import { databaseMessage, int, rowsOf, run } from "../billing/storage.ts";
import type { Order, Report } from "./payment-provider.ts";

/** More would be asked about for nothing. */
export const MOST_OPEN = 5;
const MOST_A_DAY = 50;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const days = (...numbers: readonly number[]) => numbers.map((number) => number * DAY_MS);
/** When the job asks, counted from when the payer was led to the service: for a day, then daily, because money may come late. */
const UNPAID_MS = [...[1, 3, 10, 30, 120, 360].map((minutes) => minutes * MINUTE_MS), ...days(1, 2, 3, 4, 5, 6, 7)];
/** Counted from the credit: what was given back at the service, and nobody told. */
const CREDITED_MS = days(1, 3, 7, 15, 30);
/** How long the money of a plan may be held by requests. */
const PLAN_MS = 2 * 60 * MINUTE_MS;
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
  | "title"
  | "origin"
  | "language"
  | "formId"
  | "livemode"
  | "createdAt"
  | "expiresAt"
>;

/**
 * The order of this form, which may have been made before. The job looks at it when its time is over, or sooner once the payer
 * was led to the service.
 * @returns undefined when the account has {@link MOST_OPEN} open orders already, or has made too many today
 */
export async function addOrder({ d1, db }: AccountStore, order: NewOrder): Promise<Order | undefined> {
  const { id, accountId, formId, createdAt } = order;
  await run(
    d1,
    sql`INSERT INTO orders (id, account_id, kind, provider, method, pay_minor, pay_currency, rate, credit, plan_id, title, origin,
      language, form_id, livemode, created_at, expires_at, next_check_at)
    SELECT ${id}, ${accountId}, ${order.kind}, ${order.provider}, ${order.method}, ${int(order.payMinor)},
      ${order.payCurrency}, ${order.rate}, ${int(order.creditNanos)}, ${order.planId}, ${order.title}, ${order.origin},
      ${order.language}, ${formId}, ${int(Number(order.livemode))}, ${int(createdAt)}, ${int(order.expiresAt)}, ${int(order.expiresAt)}
    WHERE (SELECT count(*) FROM orders WHERE account_id = ${accountId} AND state = 'created'
        AND expires_at > ${int(createdAt)}) < ${int(MOST_OPEN)}
      AND (SELECT count(*) FROM orders WHERE account_id = ${accountId} AND created_at > ${int(createdAt - DAY_MS)}) < ${int(MOST_A_DAY)}
    ON CONFLICT (account_id, form_id) DO NOTHING`,
  );
  const [row] = await db
    .select()
    .from(orders)
    .where(and(eq(orders.accountId, accountId), eq(orders.formId, formId)));
  return row;
}

/** @returns undefined when there is none, or another service's */
export async function orderOf(
  { db }: AccountStore,
  provider: Order["provider"],
  id: string,
): Promise<Order | undefined> {
  const [row] = await db
    .select()
    .from(orders)
    .where(and(eq(orders.provider, provider), eq(orders.id, id)));
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

/**
 * Those about which the job should ask these services: payments that are made first, then the longest due.
 * @param providers those that are set up; orders of others wait
 */
export async function dueOrders(
  { db, now }: AccountStore,
  providers: readonly Order["provider"][],
  limit: number,
): Promise<Order[]> {
  return db
    .select()
    .from(orders)
    .where(and(isNotNull(orders.nextCheckAt), lte(orders.nextCheckAt, now()), inArray(orders.provider, providers)))
    .orderBy(sql`state IN ('created', 'expired')`, asc(orders.nextCheckAt))
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
function nextCheckAt({ createdAt, creditedAt, checks, planStep }: Order, nowMs: number): number | null {
  const soonest = nowMs + MINUTE_MS;
  if (planStep === "due") return soonest + checks * MINUTE_MS;
  const wait = creditedAt === null ? UNPAID_MS[checks + 1] : CREDITED_MS[checks + 1];
  return wait === undefined ? null : Math.max((creditedAt ?? createdAt) + wait, soonest);
}

/** The payer is led to the service: from now on it may be paid at any moment. @param at where the payer pays, if that is known */
export async function markLed(
  { d1, now }: AccountStore,
  { id }: Order,
  at: { readonly ref: string; readonly url: string } | undefined,
): Promise<void> {
  await run(
    d1,
    sql`UPDATE orders SET provider_ref = coalesce(provider_ref, ${at?.ref ?? null}),
      checkout_url = coalesce(checkout_url, ${at?.url ?? null}), asked_at = NULL,
      next_check_at = iif(checks = 0, min(next_check_at, ${int(now() + (UNPAID_MS[0] ?? 0))}), next_check_at)
    WHERE id = ${id} AND state = 'created'`,
  );
}

/** The payer does not want to pay. What was paid all the same is credited all the same: the job looks once more. */
export async function markCanceled(store: AccountStore, { id }: Order): Promise<void> {
  const next = store.now() + 10 * MINUTE_MS;
  await change(
    store,
    id,
    ["created"],
    sql`state = 'expired', checks = ${int(UNPAID_MS.length)}, next_check_at = ${int(next)}`,
  );
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

/** @param note what a person should know. An order that was credited stays so. */
export async function markForReview({ d1 }: AccountStore, { id }: Order, note: string): Promise<void> {
  await run(
    d1,
    sql`UPDATE orders SET note = ${note.slice(0, 500)}, flagged = 1,
      state = iif(state IN ('credited', 'refunded'), state, 'review'),
      next_check_at = iif(state IN ('credited', 'refunded'), next_check_at, NULL) WHERE id = ${id}`,
  );
}

export async function endPlanStep(store: AccountStore, { id }: Order, step: "bought" | "not_bought"): Promise<void> {
  const next = store.now() + (CREDITED_MS[0] ?? 0);
  await change(store, id, ["credited", "refunded"], sql`plan_step = ${step}, checks = 0, next_check_at = ${int(next)}`);
}

/** Whether the money of a plan has been held by other requests for too long. */
export function isPlanLate({ now }: AccountStore, { creditedAt }: Order): boolean {
  return now() - (creditedAt ?? 0) >= PLAN_MS;
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
export async function credit(
  store: AccountStore,
  order: Order,
  { ref, payment }: Pick<Report, "ref" | "payment">,
): Promise<boolean> {
  const nowMs = store.now();
  const mark = sql`UPDATE orders SET state = 'credited', note = NULL, flagged = 0, checks = 0, paid_at = coalesce(paid_at, ${int(nowMs)}),
      credited_at = ${int(nowMs)}, provider_ref = coalesce(provider_ref, ${ref}),
      provider_payment = coalesce(provider_payment, ${payment}),
      plan_step = iif(kind = 'plan', 'due', NULL),
      next_check_at = iif(kind = 'plan', ${int(nowMs)}, ${int(nowMs + (CREDITED_MS[0] ?? 0))})
    WHERE id = ${order.id} AND state IN ('created', 'paid', 'expired', 'review')`;
  try {
    await topUp(store.d1, {
      accountId: order.accountId,
      id: entryOf(order),
      amountNanos: order.creditNanos,
      reference: `${order.provider}:${payment ?? ref ?? order.id}`,
      actor: order.provider,
      nowMs,
      also: [mark, ...auditStatements(store)],
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
