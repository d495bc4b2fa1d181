/**
 * Closes charges whose request is gone: their lease has run out, because nobody extended or settled them. The amount of
 * the last checkpoint is charged. Without a checkpoint nothing was delivered, and nothing is charged. If the request
 * settles after all, it corrects the charge.
 */
import { log } from "../core/log.ts";
import { sql, type SQL } from "drizzle-orm";
import type { Outboxes } from "../billing/outboxes.ts";
import { batch, int } from "../billing/storage.ts";
import { uuidv7Floor } from "../core/id.ts";

interface Swept {
  readonly settled: number;
  readonly voided: number;
}

interface Expired {
  readonly account_id: string;
  readonly id: string;
  readonly lease_until: number;
}

interface SweepOptions {
  /** A charge whose closing an outbox keeps is left to it. */
  readonly outboxes: Pick<Outboxes, "holding">;
  /** Charges of one run. */
  readonly limit?: number;
}

const HOUR_MS = 3_600_000;
/** Ids sort by time. Most open charges are young; the search goes further back only where older charges are open. */
const HORIZONS_MS = [HOUR_MS, 48 * HOUR_MS, Number.POSITIVE_INFINITY];
const BATCH_SIZE = 50;

export async function sweepExpired(
  db: D1Database,
  nowMs: number,
  { outboxes, limit = 500 }: SweepOptions,
): Promise<Swept> {
  let settled = 0;
  let voided = 0;
  const expired = await abandoned(await findExpired(db, nowMs, limit), outboxes, nowMs);
  for (let start = 0; start < expired.length; start += BATCH_SIZE) {
    const results = await batch(
      db,
      expired.slice(start, start + BATCH_SIZE).map((charge) => sweepStatement(charge, nowMs)),
    );
    for (const { results: rows } of results as D1Result<{ state: string }>[]) {
      settled += rows.filter(({ state }) => state === "settled").length;
      voided += rows.filter(({ state }) => state === "void").length;
    }
  }
  if (settled + voided > 0) log("warn", "charges_swept", { settled, voided });
  return { settled, voided };
}

/** Those whose closings no outbox keeps. Where an outbox does not answer, its charges wait for an hour. */
async function abandoned(
  expired: readonly Expired[],
  outboxes: SweepOptions["outboxes"],
  nowMs: number,
): Promise<Expired[]> {
  if (expired.length === 0) return [];
  const { ids, unknown } = await outboxes.holding(expired.map(({ account_id: accountId, id }) => ({ accountId, id })));
  if (unknown.size > 0) log("error", "outbox_unreachable", { charges: unknown.size });
  return expired.filter(
    ({ id, lease_until: leaseUntil }) => !ids.has(id) && (!unknown.has(id) || leaseUntil < nowMs - HOUR_MS),
  );
}

/** Reads older charges only where `open_charges` shows that a horizon did not contain all open charges. */
async function findExpired(db: D1Database, nowMs: number, limit: number): Promise<Expired[]> {
  const found: Expired[] = [];
  let accounts: SQL = sql`SELECT id, open_charges FROM accounts WHERE open_charges > 0`;
  for (const horizonMs of HORIZONS_MS) {
    const floor = uuidv7Floor(nowMs - horizonMs);
    const expired = sql`SELECT c.account_id, c.id, c.lease_until FROM (${accounts}) a
      CROSS JOIN charges c ON c.account_id = a.id AND c.id >= ${floor}
      WHERE c.state = 'held' AND c.lease_until < ${int(nowMs)} LIMIT ${int(limit)}`;
    const older = sql`SELECT a.id FROM (${accounts}) a WHERE a.open_charges > (
      SELECT count(*) FROM charges c WHERE c.account_id = a.id AND c.id >= ${floor} AND c.state = 'held')`;
    const [expiredRows, olderRows] = await batch(db, [expired, older]);
    const known = new Set(found.map(({ id }) => id));
    found.push(...((expiredRows?.results ?? []) as Expired[]).filter(({ id }) => !known.has(id)));
    const ids = ((olderRows?.results ?? []) as { id: string }[]).map(({ id }) => id);
    if (ids.length === 0 || found.length >= limit) break;
    accounts = sql`SELECT id, open_charges FROM accounts WHERE id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  }
  return found.slice(0, limit);
}

/** Checks the lease again: it may have been extended since the charge was found. */
function sweepStatement({ account_id, id }: Expired, nowMs: number): SQL {
  return sql`UPDATE charges SET
    state = iif(checkpoint_amount IS NULL, 'void', 'settled'),
    amount = min(coalesce(checkpoint_amount, 0), estimate), written_off = max(coalesce(checkpoint_amount, 0) - estimate, 0),
    cost = checkpoint_cost, ending = 'swept', settled_at = ${int(nowMs)}
  WHERE account_id = ${account_id} AND id = ${id} AND state = 'held' AND lease_until < ${int(nowMs)}
  RETURNING state`;
}
