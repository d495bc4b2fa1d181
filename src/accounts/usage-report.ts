/** What an account consumed, by day, model or key: its charges, and the sums of those that were rolled up. */
import { sql, type SQL } from "drizzle-orm";
import { dayOf, daysBefore } from "../billing/calendar.ts";
import { int, rowsOf } from "../billing/storage.ts";
import { Fault } from "../core/fault.ts";
import { uuidv7Floor } from "../core/id.ts";
import { COUNTED_UNITS, UNITS, type CountedUnit } from "../core/units.ts";
import type { ChargesOf } from "./charges.ts";
import { mapPage, readPage, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;
const DEFAULT_DAYS = 30;

const COLUMNS = COUNTED_UNITS.map((unit) => UNITS[unit].column);

/** The column to group by, in both tables. A null in `charges` counts as the empty text that `daily_usage` has. */
const GROUPS = { day: sql.raw("day"), model: sql.raw("model"), key: sql.raw("key_id") } as const;

/** Days such as `2026-01-31`, of the site's time zone, both included. */
interface Days {
  readonly from: string;
  readonly to: string;
}

interface UsageQuery extends ChargesOf {
  readonly by: keyof typeof GROUPS;
  /** undefined = the first of the thirty days that end with `to`. */
  readonly from?: string | undefined;
  /** undefined = today. */
  readonly to?: string | undefined;
}

export interface UsageSum {
  /** The day, the model, or the key's id; empty = not known. */
  readonly group: string;
  readonly requests: number;
  readonly amountNanos: number;
  /** A count that was not reported is 0. */
  readonly counts: Readonly<Record<CountedUnit, number>>;
}

/** The sums in the order of their groups. @throws Fault `invalid_parameter` for days that are too far apart */
export async function reportUsage(
  store: AccountStore,
  query: UsageQuery,
  page: PageRequest,
): Promise<Days & { readonly page: Page<UsageSum> }> {
  const to = query.to ?? dayOf(store.now(), store.timeZone);
  const from = query.from ?? daysBefore(to, DEFAULT_DAYS - 1);
  if (from > to || daysBefore(to, MAX_DAYS) > from) {
    throw new Fault("invalid_parameter", {
      param: "from",
      detail: {
        en: `'{param}' must not be after 'to', nor more than ${MAX_DAYS} days before it.`,
        zh: `'{param}' 不能晚于 'to',且相距不能超过 ${MAX_DAYS} 天。`,
      },
    });
  }
  const sums = sql.raw(["requests", "amount", ...COLUMNS].map((name) => `sum(${name}) AS ${name}`).join(", "));
  const all = usageRows({ accountId: query.accountId, keyId: query.keyId, from, to }, GROUPS[query.by]);
  const rows = await readPage<SumRow>(page, {
    order: [{ column: sql.raw("grp") }],
    keyOf: ({ grp }) => [grp],
    read: async ({ where, orderBy, limit }) =>
      rowsOf(
        store.d1,
        sql`SELECT grp, ${sums} FROM (${all}) ${where === undefined ? sql`` : sql`WHERE ${where}`}
        GROUP BY grp ORDER BY ${sql.join(orderBy, sql`, `)} LIMIT ${int(limit)}`,
      ),
  });
  return { from, to, page: mapPage(rows, sumOf) };
}

/** What an account, or one of its keys, was charged on some days, in nanos. */
export async function amountSpent({ d1 }: AccountStore, of: ChargesOf, days: Days): Promise<number> {
  const rows = usageRows({ ...of, ...days }, GROUPS.day);
  const [row] = await rowsOf<{ amount: number | null }>(d1, sql`SELECT sum(amount) AS amount FROM (${rows})`);
  return row?.amount ?? 0;
}

type SumRow = { readonly grp: string; readonly requests: number; readonly amount: number } & Readonly<
  Record<(typeof UNITS)[CountedUnit]["column"], number>
>;

function sumOf(row: SumRow): UsageSum {
  const counts = COUNTED_UNITS.map((unit) => [unit, row[UNITS[unit].column]] as const);
  return {
    group: row.grp,
    requests: row.requests,
    amountNanos: row.amount,
    counts: Object.fromEntries(counts) as Record<CountedUnit, number>,
  };
}

/** Rows of one shape from both tables: `grp`, `requests`, `amount` and the counts. */
function usageRows({ accountId, keyId, from, to }: Days & ChargesOf, group: SQL): SQL {
  const ofKey = keyId === undefined ? sql`` : sql` AND key_id = ${keyId}`;
  const counts = sql.raw(COLUMNS.map((column) => `, coalesce(${column}, 0) AS ${column}`).join(""));
  // Ids sort by time, so only charges from about the first day on are read.
  const floor = uuidv7Floor(Date.parse(`${from}T00:00:00Z`) - DAY_MS);
  return sql`SELECT coalesce(${group}, '') AS grp, 1 AS requests, amount${counts} FROM charges
    WHERE account_id = ${accountId} AND id >= ${floor} AND day BETWEEN ${from} AND ${to} AND state <> 'void'${ofKey}
  UNION ALL SELECT ${group} AS grp, requests, amount${counts} FROM daily_usage
    WHERE account_id = ${accountId} AND day BETWEEN ${from} AND ${to}${ofKey}`;
}
