/** Every movement of a balance that is not a charge: a row in `entries`. A trigger books it. */
import { sql, type SQL } from "drizzle-orm";
import { Fault } from "../core/fault.ts";
import { MAX_NANOS } from "../core/money.ts";
import { batch, databaseMessage, int, raised, rowsOf } from "./storage.ts";

/** The last two are adjustments in the table, with their kind in the column `dispute`. */
export const ENTRY_KINDS = [
  "top_up",
  "redeem",
  "adjustment",
  "refund",
  "plan_purchase",
  "rollup",
  "chargeback",
  "chargeback_reversal",
] as const;
type Dispute = "chargeback" | "chargeback_reversal";

export interface Entry {
  readonly accountId: string;
  readonly id: string;
  readonly kind: (typeof ENTRY_KINDS)[number];
  readonly amountNanos: number;
  readonly reason: string | null;
  readonly reference: string | null;
  readonly actor: string | null;
  readonly planExpiresAt: number | null;
  readonly createdAt: number;
}

export interface Posted {
  readonly entry: Entry;
  /** An entry with this id and content existed; nothing moved now. */
  readonly replayed: boolean;
}

interface Common {
  readonly accountId: string;
  readonly nowMs: number;
  /** Who does it: an operator, a payment service, the account itself. */
  readonly actor?: string;
  /** Statements for the same transaction, such as the row of an audit log. */
  readonly also?: readonly SQL[];
}

/** An entry that moves money once, however often it is sent. */
interface Identified extends Common {
  /** An id that the caller makes, such as a payment's. */
  readonly id: string;
}

/** @throws Fault `invalid_parameter`, `resource_not_found` (the account), `conflict` (the id stands for another entry) */
export async function topUp(
  db: D1Database,
  { amountNanos, reference, ...common }: Identified & { readonly amountNanos: number; readonly reference?: string },
): Promise<Posted> {
  checkAmount(amountNanos, 1);
  return post(db, { ...common, kind: "top_up", amountNanos, reference });
}

/**
 * Adds to the balance (positive) or takes from it (negative), at most what is not held.
 * @throws what {@link topUp} throws; Fault `insufficient_balance`
 */
export async function adjust(
  db: D1Database,
  { amountNanos, reason, ...common }: Identified & { readonly amountNanos: number; readonly reason: string },
): Promise<Posted> {
  checkAmount(amountNanos, -MAX_NANOS);
  if (amountNanos === 0) throw invalid("amount");
  if (reason.trim() === "") throw invalid("reason");
  return post(db, { ...common, kind: "adjustment", amountNanos, reason: reason.trim() });
}

/**
 * Gives back what a settled charge took from the balance, or the given part of it; once per charge.
 * @throws Fault `resource_not_found`, `invalid_parameter` (more than was charged, or nothing to give back), `conflict`
 */
export async function refund(
  db: D1Database,
  charge: Common & { readonly chargeId: string; readonly amountNanos?: number; readonly reason?: string },
): Promise<Posted> {
  const { accountId, chargeId, reason } = charge;
  const [found] = await rowsOf<{ amount: number }>(
    db,
    sql`SELECT amount FROM charges WHERE account_id = ${accountId} AND id = ${chargeId}`,
  );
  if (found === undefined) throw new Fault("resource_not_found");
  const amountNanos = charge.amountNanos ?? found.amount;
  checkAmount(amountNanos, 1);
  const id = `refund:${chargeId}`;
  return post(db, { ...charge, id, kind: "refund", amountNanos, reason, reference: chargeId });
}

/**
 * Takes back a top-up, or the given part of it, because the payer's bank has; once per top-up. The money may be spent: the
 * balance may pass below zero. The account is disabled in the same transaction.
 * @throws Fault `resource_not_found`, `invalid_parameter` (no top-up, or more than it was), `conflict`
 */
export async function chargeBack(db: D1Database, dispute: Disputed): Promise<Posted> {
  const topUpNanos = await entryAmount(db, dispute.accountId, dispute.topUpId);
  const amountNanos = dispute.amountNanos ?? topUpNanos;
  checkAmount(amountNanos, 1);
  return postDispute(db, dispute, { kind: "chargeback", amountNanos: -amountNanos });
}

/**
 * Gives back what a charge-back took: the bank has returned the payment. The account stays disabled until it is enabled.
 * @throws Fault `resource_not_found` (no such charge-back), `conflict`
 */
export async function reverseChargeBack(db: D1Database, dispute: Omit<Disputed, "amountNanos">): Promise<Posted> {
  const takenNanos = await entryAmount(db, dispute.accountId, `chargeback:${dispute.topUpId}`);
  return postDispute(db, dispute, { kind: "chargeback_reversal", amountNanos: -takenNanos });
}

interface Disputed extends Common {
  /** The id of the top-up's entry. */
  readonly topUpId: string;
  readonly amountNanos?: number;
  readonly reason?: string;
}

async function postDispute(
  db: D1Database,
  { topUpId, reason, ...common }: Disputed,
  { kind, amountNanos }: { readonly kind: Dispute; readonly amountNanos: number },
): Promise<Posted> {
  const id = `${kind}:${topUpId}`;
  return post(db, { ...common, id, kind, amountNanos, reason: reason ?? kind, reference: topUpId });
}

async function entryAmount(db: D1Database, accountId: string, id: string): Promise<number> {
  const [found] = await rowsOf<{ amount: number }>(
    db,
    sql`SELECT amount FROM entries WHERE account_id = ${accountId} AND id = ${id}`,
  );
  if (found === undefined) throw new Fault("resource_not_found");
  return found.amount;
}

/**
 * Takes the plan's price and gives the plan. It starts now, or at the end of the same plan if that still runs.
 * @param mostNanos a plan that has become dearer is not bought
 * @throws Fault `resource_not_found` (account or plan), `insufficient_balance`, `conflict`
 */
export async function purchasePlan(
  db: D1Database,
  { planId, mostNanos, ...common }: Identified & { readonly planId: string; readonly mostNanos?: number },
): Promise<Posted> {
  const { accountId, id, actor, nowMs } = common;
  return insert(db, { ...common, kind: "plan_purchase", reference: planId }, [
    sql`SELECT a.id, ${id}, 'plan_purchase', NULL, -p.price, NULL, p.id, ${actor ?? null},
      p.period_days * 86400000 + max(${int(nowMs)}, iif(a.plan_id = p.id, coalesce(a.plan_expires_at, 0), 0)), ${int(nowMs)}
    FROM accounts a JOIN plans p ON p.id = ${planId} AND p.disabled = 0 AND p.price <= ${int(mostNanos ?? MAX_NANOS)}`,
    accountId,
    id,
  ]);
}

interface Wanted extends Identified {
  readonly kind: Entry["kind"];
  readonly amountNanos?: number | undefined;
  readonly reason?: string | undefined;
  readonly reference?: string | undefined;
}

async function post(db: D1Database, wanted: Wanted & { readonly amountNanos: number }): Promise<Posted> {
  const { accountId, id, kind, amountNanos, reason, reference, actor, nowMs } = wanted;
  const dispute = kind === "chargeback" || kind === "chargeback_reversal" ? kind : null;
  return insert(db, wanted, [
    sql`SELECT a.id, ${id}, ${dispute === null ? kind : "adjustment"}, ${dispute}, ${int(amountNanos)}, ${reason ?? null}, ${reference ?? null}, ${actor ?? null},
      NULL, ${int(nowMs)} FROM accounts a`,
    accountId,
    id,
  ]);
}

/**
 * A statement that adds an entry unless its id exists, and returns the row that it added.
 * @param source a SELECT from the account, named `a`
 */
export function entryStatement(source: SQL, accountId: string, id: string): SQL {
  return sql`INSERT INTO entries (account_id, id, kind, dispute, amount, reason, reference, actor, plan_expires_at, created_at)
  ${source} WHERE a.id = ${accountId}
    AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.account_id = ${accountId} AND e.id = ${id})
  RETURNING ${ENTRY_COLUMNS}`;
}

async function insert(db: D1Database, wanted: Wanted, statement: Parameters<typeof entryStatement>): Promise<Posted> {
  if (wanted.id === "" || wanted.id.length > 200) throw invalid("id");
  let added: Entry | undefined;
  try {
    const [result] = await batch(db, [entryStatement(...statement), ...(wanted.also ?? [])]);
    [added] = (result?.results ?? []) as Entry[];
  } catch (error) {
    throw asRefusal(error);
  }
  if (added !== undefined) return { entry: added, replayed: false };
  const [entry] = await rowsOf<Entry>(
    db,
    sql`SELECT ${ENTRY_COLUMNS} FROM entries WHERE account_id = ${wanted.accountId} AND id = ${wanted.id}`,
  );
  if (entry === undefined) throw new Fault("resource_not_found");
  const same =
    entry.kind === wanted.kind &&
    entry.amountNanos === (wanted.amountNanos ?? entry.amountNanos) &&
    entry.reference === (wanted.reference ?? null);
  if (!same) throw new Fault("conflict", { reason: `entry ${wanted.id} exists with other content` });
  return { entry, replayed: true };
}

const ENTRY_COLUMNS = sql.raw(
  `account_id AS accountId, id, coalesce(dispute, kind) AS kind, amount AS amountNanos, reason, reference, actor,
  plan_expires_at AS planExpiresAt, created_at AS createdAt`,
);

/** The fault for a refusal by the database. Any other error is returned unchanged. */
function asRefusal(error: unknown): unknown {
  switch (raised(error, ["insufficient_balance", "charge_not_refundable", "top_up_not_disputable"])) {
    case "insufficient_balance":
      return new Fault("insufficient_balance");
    case "charge_not_refundable":
      return invalid("amount", "the charge was not paid by the balance, or not so much of it");
    case "top_up_not_disputable":
      return invalid("amount", "there is no such top-up, or it was not so much");
    case undefined:
      // The sum of a balance and an amount may exceed 2^53.
      return databaseMessage(error)?.includes("CHECK constraint failed") === true ? invalid("amount") : error;
  }
}

function checkAmount(amountNanos: number, least: number): void {
  if (!Number.isSafeInteger(amountNanos) || amountNanos < least) throw invalid("amount");
}

function invalid(param: string, reason?: string): Fault {
  return new Fault("invalid_parameter", { param, ...(reason === undefined ? {} : { reason }) });
}
