/**
 * The endpoints that balance widgets read, in the shapes of New API. Their floating-point amounts are for display only.
 * @see https://github.com/QuantumNous/new-api
 */
import { boolean, int, literal, looseObject, number, object, optional, string } from "zod/mini";
import { readBudget } from "../../../accounts/overview.ts";
import { amountSpent } from "../../../accounts/usage-report.ts";
import { NANOS_PER_UNIT } from "../../../core/money.ts";
import { day } from "../fields.ts";
import { apiEndpoint, callerOf, seenBy, type ApiEndpoint, type ApiRequest } from "../api-endpoint.ts";

/** Widgets divide quota units by 500,000 to get the amount in the currency. */
const NANOS_PER_QUOTA_UNIT = NANOS_PER_UNIT / 500_000;
/** The limit that widgets show for an unlimited account. */
const UNLIMITED_UNITS = 100_000_000;

const common = { method: "GET", tag: "widgets", access: "key" } as const;

export const widgetEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    path: "/api/usage/token",
    summary: "What the key may spend and has spent, in units of which 500,000 are one of the currency",
    result: object({
      code: literal(true),
      message: string(),
      data: object({
        name: string(),
        total_granted: number().check(int()),
        total_used: number().check(int()),
        total_available: number().check(int()),
        unlimited_quota: boolean(),
        /** Unix seconds; 0 = never. */
        expires_at: number().check(int()),
      }),
    }),
    async handle(request) {
      const { key, usedNanos, availableNanos, unlimited } = await budgetOf(request);
      const [usedUnits, leftUnits] = [units(usedNanos), units(availableNanos)];
      return {
        code: true as const,
        message: "ok",
        data: {
          name: key.name,
          total_granted: usedUnits + leftUnits,
          total_used: usedUnits,
          total_available: leftUnits,
          unlimited_quota: unlimited,
          expires_at: Math.floor((key.expiresAt ?? 0) / 1000),
        },
      };
    },
  }),
  apiEndpoint({
    ...common,
    path: "/dashboard/billing/subscription",
    aliases: ["/v1/dashboard/billing/subscription"],
    summary: "What may be spent in all, spent or not, in the currency",
    result: object({
      object: literal("billing_subscription"),
      hard_limit_usd: number(),
      soft_limit_usd: number(),
      /** Unix seconds; 0 = never ends. */
      access_until: number().check(int()),
    }),
    async handle(request) {
      const { key, usedNanos, availableNanos, unlimited } = await budgetOf(request);
      const limit = unlimited ? UNLIMITED_UNITS : (usedNanos + availableNanos) / NANOS_PER_UNIT;
      return {
        object: "billing_subscription" as const,
        hard_limit_usd: limit,
        soft_limit_usd: limit,
        access_until: Math.floor((key.expiresAt ?? 0) / 1000),
      };
    },
  }),
  apiEndpoint({
    ...common,
    path: "/dashboard/billing/usage",
    aliases: ["/v1/dashboard/billing/usage"],
    summary: "What was spent, in hundredths of the currency: between two days, or ever",
    query: looseObject({ start_date: optional(day()), end_date: optional(day()) }),
    result: object({ object: literal("list"), total_usage: number() }),
    async handle(request) {
      const { start_date: from, end_date: to } = request.query;
      const nanos =
        from === undefined && to === undefined
          ? (await budgetOf(request)).usedNanos
          : await amountSpent(request.services, seenBy(request), {
              from: from ?? "0000-01-01",
              to: to ?? "9999-12-31",
            });
      return { object: "list" as const, total_usage: (nanos * 100) / NANOS_PER_UNIT };
    },
  }),
];

async function budgetOf(request: ApiRequest) {
  return readBudget(request.services, callerOf(request).keyId);
}

function units(nanos: number): number {
  return Math.floor(nanos / NANOS_PER_QUOTA_UNIT);
}
