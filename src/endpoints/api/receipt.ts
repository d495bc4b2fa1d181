/** A charge for its payer and for the operator: what was consumed, what it costs, and how the sum is computed. */
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
import type { Charge, OperatorCharge, Receipt } from "../../accounts/charges.ts";
import type { JsonObject } from "../../core/json.ts";
import { COUNTED_UNITS, UNITS, type Usage } from "../../core/units.ts";
import { count, decimal, flag, id, maybeMoney, money, time, toIsoOrNull, withDecimals } from "./fields.ts";
import { attributesView } from "./price-fields.ts";
import { viewOf } from "./views.ts";

/** Counts in disjoint units; null = not reported. */
const usageFields = Object.fromEntries(COUNTED_UNITS.map((unit) => [UNITS[unit].column, nullable(count())])) as Record<
  string,
  ReturnType<typeof nullable<ReturnType<typeof count>>>
>;

/** What is told of the request; a field that is not known is absent. */
const requestView = object({
  endpoint: optional(string()),
  /** The models that were asked for. */
  asked: optional(string()),
  stream: optional(boolean()),
  status: optional(count()),
  fault: optional(string()),
  funds_ended: optional(boolean()),
  ttft_ms: optional(count()),
  duration_ms: optional(count()),
  client_request_id: optional(string()),
  /** The id of the task that the request has made. */
  task: optional(string()),
});

/** A charge in a list. */
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
  /** The usage is the gateway's own count, not the upstream's report. */
  estimated: flag(),
  ending: nullable(oneOf(["complete", "failed", "abandoned", "swept"])),
  request: requestView,
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
  /** The attributes that the price depended on. */
  attributes: attributesView,
  ...money("sum", "written_off"),
};

export const receiptView = extend(chargeView, {
  ...receiptFields,
  attempts: array(object({ outcome: oneOf(["answered", "failed"]), ms: nullable(count()) })),
});

/** For the operator alone: who served, and at what cost. */
export const operatorChargeView = extend(chargeView, {
  ...receiptFields,
  lease_until: time(),
  ...money("estimate"),
  ...maybeMoney("cost", "checkpoint_amount"),
  route: nullable(string()),
  upstream: nullable(string()),
  attempts: array(unknown()),
  request: record(string(), unknown()),
});

/** One charge in a list. */
export function viewCharge(charge: Charge) {
  return viewOf(chargeView, charge, usageColumns(charge.usage));
}

/** For the payer. */
export function viewReceipt(receipt: Receipt) {
  return viewOf(receiptView, receipt, itemised(receipt));
}

export function viewOperatorCharge(charge: OperatorCharge) {
  return viewOf(operatorChargeView, charge, {
    ...itemised(charge),
    lease_until: toIsoOrNull(charge.leaseUntil),
  });
}

function itemised({ usage, priceVersion, lines }: Pick<Receipt, "usage" | "priceVersion" | "lines">): JsonObject {
  return {
    ...usageColumns(usage),
    price_version: toIsoOrNull(priceVersion),
    lines: lines.map(({ unit, count, unitNanos, per, nanos }) =>
      withDecimals({ class: UNITS[unit].column ?? unit, count, unit_nanos: unitNanos, per, nanos }),
    ),
  };
}

function usageColumns(usage: Usage): JsonObject {
  return Object.fromEntries(COUNTED_UNITS.map((unit) => [UNITS[unit].column, usage[unit] ?? null]));
}
