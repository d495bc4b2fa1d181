/** What the key consumed, or its account if the key manages that: by day, model or key. */
import { _default, enum as oneOf, extend, object, optional, strictObject, string } from "zod/mini";
import { reportUsage, type UsageSum } from "../../../accounts/usage-report.ts";
import { COUNTED_UNITS, UNITS } from "../../../core/units.ts";
import { apiEndpoint, seenBy, type ApiEndpoint } from "../api-endpoint.ts";
import { count, day, money, withDecimals } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";

const COLUMNS = COUNTED_UNITS.map((unit) => UNITS[unit].column);

const rowView = object({
  /** The day, the model, or the key's id; empty = not known. */
  group: string(),
  requests: count(),
  ...money("amount"),
  ...(Object.fromEntries(COLUMNS.map((column) => [column, count()])) as Record<string, ReturnType<typeof count>>),
});

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
    result: extend(object({ from: day(), to: day() }), pageOf(rowView).shape),
    async handle(request) {
      const { from, to, group: by } = request.query;
      const report = await reportUsage(request.services, { ...seenBy(request), from, to, by }, request.query);
      return { from: report.from, to: report.to, ...pageView(report.page, show) };
    },
  }),
];

function show({ group, requests, amountNanos, counts }: UsageSum) {
  const columns = COUNTED_UNITS.map((unit) => [UNITS[unit].column, counts[unit]] as const);
  return withDecimals({ group, amount_nanos: amountNanos, requests, ...Object.fromEntries(columns) });
}
