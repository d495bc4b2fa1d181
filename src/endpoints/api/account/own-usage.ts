/** What the account consumed, by day, model or key: charges, and the sums of those that were rolled up. */
import { sql, type SQL } from "drizzle-orm";
import { _default, enum as oneOf, nullable, object, optional, strictObject, string, array } from "zod/mini";
import { dayOf, daysBefore } from "../../../billing/calendar.ts";
import { int, rowsOf } from "../../../billing/storage.ts";
import { Fault } from "../../../core/fault.ts";
import { COUNTED_UNITS, UNITS } from "../../../core/units.ts";
import { count, day, money, withDecimals } from "../fields.ts";
import { apiEndpoint, callerOf, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, readCursor, writeCursor } from "../page-fields.ts";

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;
const DEFAULT_DAYS = 30;

const COLUMNS = COUNTED_UNITS.map((unit) => UNITS[unit].column);

/** A column of both tables; null of a charge is the empty text of a sum. */
const GROUPS = { day: sql.raw("day"), model: sql.raw("model"), key: sql.raw("key_id") } as const;

const rowView = object({
  /** The day, the model, or the key's id; empty = not known. */
  group: string(),
  requests: count(),
  ...money("amount"),
  ...(Object.fromEntries(COLUMNS.map((column) => [column, count()])) as Record<string, ReturnType<typeof count>>),
});

interface Range {
  readonly accountId: string;
  readonly from: string;
  readonly to: string;
}

/** Rows of one shape from both tables: `grp`, `requests`, `amount` and the counts. */
export function usageRows({ accountId, from, to }: Range, group: SQL): SQL {
  const counts = sql.raw(COLUMNS.map((column) => `, coalesce(${column}, 0) AS ${column}`).join(""));
  // Ids sort by time, so only charges from about the first day on are read.
  const floor = idFloor(Date.parse(`${from}T00:00:00Z`) - DAY_MS);
  return sql`SELECT coalesce(${group}, '') AS grp, 1 AS requests, amount${counts} FROM charges
    WHERE account_id = ${accountId} AND id >= ${floor} AND day BETWEEN ${from} AND ${to} AND state <> 'void'
  UNION ALL SELECT ${group} AS grp, requests, amount${counts} FROM daily_usage
    WHERE account_id = ${accountId} AND day BETWEEN ${from} AND ${to}`;
}

/** Less than the id of any charge made at that moment or later. */
function idFloor(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

export const usageEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/api/usage",
    summary: "Requests, tokens and amounts by day, model or key; days are of the site's time zone",
    tag: "account",
    access: "key",
    query: strictObject({
      from: optional(day()),
      to: optional(day()),
      group: _default(oneOf(["day", "model", "key"]), "day"),
      ...pageFields,
    }),
    result: object({ from: day(), to: day(), data: array(rowView), next_cursor: nullable(string()) }),
    async handle(request) {
      const { query, services } = request;
      const today = dayOf(services.now(), services.settings.BILLING_TIMEZONE);
      const to = query.to ?? today;
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
      const after = readCursor(query.cursor, string());
      const sums = sql.raw(["requests", "amount", ...COLUMNS].map((name) => `sum(${name}) AS ${name}`).join(", "));
      const range = { accountId: callerOf(request).accountId, from, to };
      const rows = await rowsOf<{ grp: string; requests: number; amount: number }>(
        services.d1,
        sql`SELECT grp, ${sums} FROM (${usageRows(range, GROUPS[query.group])})
        ${after === undefined ? sql`` : sql`WHERE grp > ${after}`} GROUP BY grp ORDER BY grp LIMIT ${int(query.limit + 1)}`,
      );
      const shown = rows.slice(0, query.limit);
      const last = shown.at(-1);
      return {
        from,
        to,
        data: shown.map(({ grp, amount, ...counts }) => withDecimals({ group: grp, amount_nanos: amount, ...counts })),
        next_cursor: rows.length > query.limit && last !== undefined ? writeCursor(last.grp) : null,
      };
    },
  }),
];
