/** A charge as its payer and as the operator see it: what was consumed, what it costs, and how that sum came about. */
import { and, desc, eq, lt } from "drizzle-orm";
import {
  array,
  boolean,
  enum as oneOf,
  extend,
  literal,
  nullable,
  object,
  optional,
  string,
  union,
  unknown,
  record,
} from "zod/mini";
import { charges, prices } from "../../../schema/index.ts";
import { receiptOf, usageOf } from "../../billing/price-list.ts";
import { readAttributes } from "../../billing/rates.ts";
import { Fault } from "../../core/fault.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { COUNTED_UNITS, UNITS } from "../../core/units.ts";
import type { Services } from "../../services.ts";
import { viewOf } from "./views.ts";
import { count, decimal, flag, id, maybeMoney, money, time, toIsoOrNull, withDecimals } from "./fields.ts";
import { readCursor, toPage } from "./page-fields.ts";
import { attributesView } from "./price-fields.ts";

/** Counts in disjoint units; null = not reported. */
const usageFields = Object.fromEntries(COUNTED_UNITS.map((unit) => [UNITS[unit].column, nullable(count())])) as Record<
  string,
  ReturnType<typeof nullable<ReturnType<typeof count>>>
>;

/** What a list shows. */
export const chargeView = object({
  id: id(),
  state: oneOf(["held", "settled", "void"]),
  created_at: time(),
  settled_at: nullable(time()),
  day: string(),
  key_id: nullable(id()),
  model: nullable(string()),
  funding: oneOf(["allowance", "balance"]),
  ...money("amount"),
  ...usageFields,
  /** The usage was counted by the gateway, not reported by the model's service. */
  estimated: flag(),
  ending: nullable(oneOf(["complete", "failed", "abandoned", "swept"])),
});

const line = object({
  class: string(),
  count: count(),
  ...money("unit"),
  per: union([literal(1), literal(1000)]),
  /** `unit_nanos × count / per`, exact. */
  nanos: decimal(),
});

/** `sum` is the lines' sum times the ratio, rounded once; `amount` = `sum` − `written_off`. */
const receiptFields = {
  price_version: nullable(time()),
  ratio_ppm: nullable(count()),
  lines: array(line),
  /** What the price depended on. */
  attributes: attributesView,
  ...money("sum", "written_off"),
};

export const receiptView = extend(chargeView, {
  ...receiptFields,
  attempts: array(object({ outcome: oneOf(["answered", "failed"]), ms: nullable(count()) })),
  request: object({
    endpoint: optional(string()),
    stream: optional(boolean()),
    status: optional(count()),
    fault: optional(string()),
    ttft_ms: optional(count()),
    duration_ms: optional(count()),
    client_request_id: optional(string()),
  }),
});

/** For the operator alone: who served, and at what cost. */
export const operatorChargeView = extend(chargeView, {
  ...receiptFields,
  mode: oneOf(["strict", "expected"]),
  lease_until: time(),
  ...money("estimate"),
  ...maybeMoney("cost", "checkpoint_amount"),
  route: nullable(string()),
  upstream: nullable(string()),
  attempts: array(unknown()),
  request: record(string(), unknown()),
});

/** The charges of an account, the latest first. */
export async function listCharges(
  { db }: Services,
  accountId: string,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
) {
  const before = readCursor(cursor, string());
  const rows = await db
    .select()
    .from(charges)
    .where(and(eq(charges.accountId, accountId), before === undefined ? undefined : lt(charges.id, before)))
    .orderBy(desc(charges.id))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    (row) => row.id,
    (row) => viewOf(chargeView, row, countsOf(row)),
  );
}

/** @throws Fault `resource_not_found`, also for a charge of another account */
export async function readReceipt(services: Services, accountId: string, chargeId: string) {
  const { row, fields } = await itemised(services, accountId, chargeId);
  const attempts = objectsOf(parsed(row.attempts)).map((attempt) => ({
    outcome: attempt["outcome"] === "answered" ? "answered" : "failed",
    ms: typeof attempt["ms"] === "number" ? attempt["ms"] : null,
  }));
  const request = parsed(row.request);
  const shown = Object.keys(receiptView.shape.request.shape);
  return viewOf(receiptView, row, {
    ...fields,
    attempts,
    request: Object.fromEntries(
      Object.entries(isObject(request) ? request : {}).filter(([name]) => shown.includes(name)),
    ),
  });
}

/** @throws Fault `resource_not_found` */
export async function readChargeForOperator(services: Services, accountId: string, chargeId: string) {
  const { row, fields } = await itemised(services, accountId, chargeId);
  const [attempts, request] = [parsed(row.attempts), parsed(row.request)];
  return viewOf(operatorChargeView, row, {
    ...fields,
    lease_until: toIsoOrNull(row.leaseUntil),
    attempts: Array.isArray(attempts) ? attempts : [],
    request: isObject(request) ? request : {},
  });
}

/** @param chargeId also as the `x-request-id` of its request */
async function itemised(
  { db }: Services,
  accountId: string,
  chargeId: string,
): Promise<{ row: typeof charges.$inferSelect; fields: JsonObject }> {
  const [found] = await db
    .select({ row: charges, price: prices })
    .from(charges)
    .leftJoin(prices, and(eq(prices.modelId, charges.model), eq(prices.effectiveAt, charges.priceVersion)))
    .where(and(eq(charges.accountId, accountId), eq(charges.id, chargeId.replace(/^req_/, ""))));
  if (found === undefined) throw new Fault("resource_not_found", { param: "id" });
  const { row, price } = found;
  const { lines, amountNanos } =
    row.state === "settled" && price !== null
      ? receiptOf(row, price)
      : { lines: [], amountNanos: row.amountNanos + row.writtenOffNanos };
  return {
    row,
    fields: {
      ...countsOf(row),
      attributes: readAttributes(row.attributes) ?? {},
      price_version: toIsoOrNull(row.priceVersion),
      sum_nanos: amountNanos,
      lines: lines.map(({ unit, count, unitNanos, per, nanos }) =>
        withDecimals({ class: UNITS[unit].column ?? unit, count, unit_nanos: unitNanos, per, nanos }),
      ),
    },
  };
}

function countsOf(row: typeof charges.$inferSelect): JsonObject {
  const usage = usageOf(row);
  return Object.fromEntries(COUNTED_UNITS.map((unit) => [UNITS[unit].column, usage[unit] ?? null]));
}

function parsed(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
