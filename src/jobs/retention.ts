/**
 * Turns old charges into sums. Each batch is one transaction over one range of one account's charges: it adds what the
 * balance paid as a `rollup` entry (which moves nothing), adds all counts to `daily_usage`, and deletes the range. A
 * batch that failed has changed nothing; a batch that runs twice finds nothing the second time.
 */
import { log } from "../core/log.ts";
import { sql, type SQL } from "drizzle-orm";
import { dayOf, daysBefore } from "../billing/calendar.ts";
import { batch, int, prepare, rowsOf } from "../billing/storage.ts";
import { COUNTED_UNITS, UNITS } from "../core/units.ts";
import { uuidv7Floor } from "../core/id.ts";

export interface RetentionOptions {
  readonly nowMs: number;
  /** `BILLING_TIMEZONE`. */
  readonly timeZone: string;
  /** The number of days for which a charge is kept. */
  readonly days: number;
  /** Charges in one step. */
  readonly batchSize?: number;
  /**
   * Above this size charges are kept for half as long. D1's limit is 10 GB.
   * @see https://developers.cloudflare.com/d1/platform/limits/
   */
  readonly fullBytes?: number;
}

/** How far a round has come. */
interface Progress {
  /** The number of days for which charges are kept at the size that the database had when the round began. */
  readonly days: number;
  /** The account whose charges are next. */
  readonly account: string;
  readonly deleted: number;
}

const DAY_MS = 86_400_000;
const FULL_BYTES = 8_000_000_000;
/** Keeps the rows that today's counters and yesterday's late settlements need. */
const LEAST_DAYS = 2;
/** Of one step: the size of the database, the account, the range, three in the transaction. */
export const RETENTION_QUERIES = 6;

/** Rolls up one range of one account. A step of a long job; see `long-jobs.ts` for the cursor. */
export async function rollUpOldCharges(
  db: D1Database,
  options: RetentionOptions,
  cursor: string,
): Promise<string | undefined> {
  const { nowMs, timeZone, batchSize = 1000, fullBytes = FULL_BYTES } = options;
  const progress =
    cursor === ""
      ? { days: await affordableDays(db, options.days, fullBytes), account: "", deleted: 0 }
      : (JSON.parse(cursor) as Progress);
  const { days } = progress;
  const firstKept = daysBefore(dayOf(nowMs, timeZone), days);
  // Ids sort by time: no charge of a day before the first kept is younger than this.
  const ceiling = uuidv7Floor(nowMs - (days - 2) * DAY_MS);
  const [account] = await rowsOf<{ id: string }>(
    db,
    sql`SELECT a.id FROM accounts a WHERE a.id >= ${progress.account} AND EXISTS (SELECT 1 FROM charges c
      WHERE c.account_id = a.id AND c.id < ${ceiling} AND c.day < ${firstKept} AND c.state <> 'held') ORDER BY a.id LIMIT 1`,
  );
  const range = account && (await nextRange(db, { accountId: account.id, ceiling, firstKept }, batchSize));
  if (range === undefined) {
    if (progress.deleted > 0) log("info", "charges_rolled_up", { deleted: progress.deleted, days });
    return undefined;
  }
  const results = await batch(db, [rollupEntries(range, nowMs), addToDailyUsage(range), deleteCharges(range)]);
  const deleted = progress.deleted + (results.at(-1)?.meta.changes ?? 0);
  return JSON.stringify({ days, account: range.accountId, deleted } satisfies Progress);
}

/** Fewer days when the database is nearly full. This is logged, because the operator has to act. */
async function affordableDays(db: D1Database, days: number, fullBytes: number): Promise<number> {
  const { meta } = await prepare(db, sql`SELECT 1`).all();
  const bytes = meta.size_after;
  if (bytes <= fullBytes) return Math.max(LEAST_DAYS, days);
  const fewer = Math.max(LEAST_DAYS, Math.ceil(days / 2));
  log("warn", "database_nearly_full", { bytes, days: fewer });
  return fewer;
}

/** The charges of an account that are old enough. */
interface Old {
  readonly accountId: string;
  /** Ids of old charges are below it. */
  readonly ceiling: string;
  /** The first day whose charges are kept. */
  readonly firstKept: string;
}

interface Range extends Omit<Old, "ceiling"> {
  readonly first: string;
  readonly last: string;
}

async function nextRange(db: D1Database, old: Old, size: number): Promise<Range | undefined> {
  const { accountId, ceiling, firstKept } = old;
  const [row] = await rowsOf<{ first: string | null; last: string | null }>(
    db,
    sql`SELECT min(id) AS first, max(id) AS last FROM (SELECT id FROM charges WHERE account_id = ${accountId}
      AND id < ${ceiling} AND day < ${firstKept} AND state <> 'held' ORDER BY id LIMIT ${int(size)})`,
  );
  if (row === undefined || row.first === null || row.last === null) return undefined;
  return { accountId, first: row.first, last: row.last, firstKept };
}

/** The condition for the rows of a range, the same in each statement of a batch. */
function within({ accountId, first, last, firstKept }: Range): SQL {
  return sql`account_id = ${accountId} AND id BETWEEN ${first} AND ${last} AND day < ${firstKept} AND state <> 'held'`;
}

function rollupEntries(range: Range, nowMs: number): SQL {
  return sql`INSERT INTO entries (account_id, id, kind, amount, reference, created_at)
  SELECT account_id, 'rollup:' || day || ':' || min(id), 'rollup', -sum(iif(funding = 'balance', amount, 0)), day, ${int(nowMs)}
  FROM charges WHERE ${within(range)}
  GROUP BY account_id, day HAVING sum(iif(funding = 'balance', amount, 0)) > 0`;
}

/** For each column of `daily_usage` its sum over charges. */
const SUMS: Readonly<Record<string, string>> = {
  requests: "sum(state <> 'void')",
  voided: "sum(state = 'void')",
  estimated: "sum(iif(state = 'settled', estimated, 0))",
  allowance_requests: "sum(funding = 'allowance' AND state <> 'void')",
  amount: "sum(amount)",
  balance_amount: "sum(iif(funding = 'balance', amount, 0))",
  counted_amount: "sum(iif(key_counted, amount, 0))",
  written_off: "sum(written_off)",
  cost: "sum(coalesce(cost, 0))",
  ...Object.fromEntries(
    COUNTED_UNITS.map((unit) => UNITS[unit].column).map((column) => [
      column,
      `sum(iif(state = 'settled', coalesce(${column}, 0), 0))`,
    ]),
  ),
};

function addToDailyUsage(range: Range): SQL {
  const columns = Object.keys(SUMS);
  return sql`INSERT INTO daily_usage (account_id, day, key_id, model, ${sql.raw(columns.join(", "))})
  SELECT account_id, day, coalesce(key_id, ''), coalesce(model, ''), ${sql.raw(Object.values(SUMS).join(", "))}
  FROM charges WHERE ${within(range)}
  GROUP BY account_id, day, coalesce(key_id, ''), coalesce(model, '')
  ON CONFLICT DO UPDATE SET ${sql.raw(columns.map((column) => `${column} = ${column} + excluded.${column}`).join(", "))}`;
}

function deleteCharges(range: Range): SQL {
  return sql`DELETE FROM charges WHERE ${within(range)}`;
}
