/** Rows that the account API answers with. */
import type { JsonObject } from "../../../core/json.ts";
import { COUNTED_UNITS, UNIT_NAMES, UNITS } from "../../../core/units.ts";
import { CHARGE_ID, ORDER_ID, VIDEO_ID } from "./sample-ids.ts";

const AMOUNT = { amount_nanos: 5460, amount: "0.00000546" };
const COUNTS = { input_tokens: 1, output_tokens: 19 };

/** The column of each unit that is counted, with the count of those that a sample leaves out. */
function counted(others: 0 | null): JsonObject {
  return { ...Object.fromEntries(COUNTED_UNITS.map((unit) => [UNITS[unit].column, others])), ...COUNTS };
}

export const ACCOUNT: JsonObject = {
  id: "acc_0199f2a1",
  name: "Ada",
  balance_nanos: 12_500_000_000,
  balance: "12.50",
  held_nanos: 0,
  held: "0",
  available_nanos: 12_500_000_000,
  available: "12.50",
  unlimited: false,
  overflow: false,
  plan: null,
  key: {
    id: "key_0199f2a1",
    name: "my program",
    prefix: "sk-w46jBEQI",
    expires_at: null,
    group_id: null,
    ratio_ppm: 1_000_000,
    allowed_models: null,
    requests_per_minute: null,
    quota_total_nanos: null,
    quota_total: null,
    quota_day_nanos: null,
    quota_day: null,
    quota_month_nanos: null,
    quota_month: null,
    quota_left_nanos: null,
    quota_left: null,
    manages_account: true,
  },
};

/** A row of usage by model. */
export function usageOf(model: string): JsonObject {
  return { group: model, requests: 1, ...AMOUNT, ...counted(0) };
}

/** A price by tokens alone. */
export function priceOf(model: string): JsonObject {
  const none = UNIT_NAMES.flatMap((unit) => [
    [`${UNITS[unit].price}_nanos`, null],
    [UNITS[unit].price, null],
  ]);
  return {
    model,
    effective_at: "2026-11-01T00:00:00.000Z",
    ratio_ppm: 1_000_000,
    ...Object.fromEntries(none),
    input_nanos: 140_000,
    input: "0.00014",
    output_nanos: 280_000,
    output: "0.00028",
    rates: [
      { unit: "input", when: {}, price_nanos: 140_000, price: "0.00014" },
      { unit: "output", when: {}, price_nanos: 280_000, price: "0.00028" },
    ],
  };
}

export const CHARGE: JsonObject = {
  id: "0199f2a1",
  state: "settled",
  created_at: "2026-11-27T08:00:00.000Z",
  settled_at: "2026-11-27T08:00:01.000Z",
  day: "2026-11-27",
  key_id: "key_0199f2a1",
  model: "",
  funding: "balance",
  ...AMOUNT,
  ...counted(null),
  estimated: false,
  ending: "complete",
  request: { endpoint: "POST /v1/chat/completions", asked: "auto", stream: false, status: 200 },
};

export function receiptOf(model: string): JsonObject {
  return {
    ...CHARGE,
    model,
    price_version: "2026-11-01T00:00:00.000Z",
    ratio_ppm: 1_000_000,
    lines: [
      { class: "input_tokens", count: 1, unit_nanos: 140_000, unit: "0.00014", per: 1000, nanos: "140" },
      { class: "output_tokens", count: 19, unit_nanos: 280_000, unit: "0.00028", per: 1000, nanos: "5320" },
    ],
    attributes: {},
    sum_nanos: 5460,
    sum: "0.00000546",
    written_off_nanos: 0,
    written_off: "0",
    attempts: [{ outcome: "answered", ms: 845 }],
  };
}

export const ORDER: JsonObject = {
  id: ORDER_ID,
  kind: "top_up",
  provider: "stripe",
  method: "card",
  state: "credited",
  pay_minor: 1000,
  pay_currency: "cny",
  rate: null,
  credit_nanos: 10_000_000_000,
  credit: "10",
  plan_id: null,
  plan_step: null,
  refunded_minor: 0,
  created_at: "2026-11-27T08:00:00.000Z",
  expires_at: "2026-11-27T09:00:00.000Z",
  paid_at: "2026-11-27T08:01:00.000Z",
  credited_at: "2026-11-27T08:01:00.000Z",
};

/** @param origin of the site */
export function taskOf(model: string, origin: string): JsonObject {
  return {
    id: VIDEO_ID,
    operation: "video",
    model,
    progress: 100,
    seconds: 4,
    created_at: "2026-11-28T08:00:00.000Z",
    finished_at: "2026-11-28T08:01:35.000Z",
    key_id: "key_0199f2a1",
    charge_id: CHARGE_ID.replace("req_", ""),
    amount_nanos: 2_800_000_000,
    amount: "2.80",
    state: "succeeded",
    expires_at: "2027-02-27T08:00:00.000Z",
    results_expire_at: "2026-12-05T08:02:00.000Z",
    error: null,
    urls: [`${origin}/v1/videos/${VIDEO_ID}/content?token=YOUR-LINK`],
  };
}
