import { expect, it } from "vitest";
import { judge } from "../../src/payments/judge.ts";
import type { Report } from "../../src/payments/payment-provider.ts";
import { orderRow } from "./orders.ts";

const ORDER = orderRow();

function report(change: Partial<Report> = {}): Report {
  return {
    state: "paid",
    orderId: ORDER.id,
    ref: "cs_1",
    payment: "pi_1",
    minor: 1000,
    currency: "usd",
    livemode: false,
    refundedMinor: 0,
    oddities: [],
    words: "",
    ...change,
  };
}

it("credits what was paid as ordered, also late", () => {
  expect(judge(ORDER, report(), 0)).toEqual({ kind: "credit" });
  expect(judge(ORDER, report(), ORDER.expiresAt + 1)).toEqual({ kind: "credit" });
});

it("takes a reference and a payment that the order has not yet", () => {
  expect(judge(orderRow({ providerRef: null }), report(), 0)).toEqual({ kind: "credit" });
});

it("waits until the time is over", () => {
  expect(judge(ORDER, report({ state: "unpaid" }), ORDER.expiresAt - 1)).toEqual({ kind: "wait" });
  expect(judge(ORDER, report({ state: "unpaid" }), ORDER.expiresAt)).toEqual({ kind: "expire" });
  expect(judge(ORDER, report({ state: "over" }), 0)).toEqual({ kind: "expire" });
});

it.each<[what: string, change: Partial<Report>]>([
  ["order", { orderId: "0".repeat(32) }],
  ["amount", { minor: 999 }],
  ["amount", { minor: 1001 }],
  ["amount", { minor: null }],
  ["currency", { currency: "jpy" }],
  ["live mode", { livemode: true }],
  ["reference", { ref: "cs_2" }],
  ["given back", { refundedMinor: 1 }],
  ["given back", { refundedMinor: null }],
  ["discount", { oddities: ["discount"] }],
])("calls a person when the %s differs", (what, change) => {
  const judgement = judge(ORDER, report(change), 0);
  expect(judgement).toMatchObject({ kind: "review", note: expect.stringContaining(what) });
});

it("calls a person when another payment pays an order that has one", () => {
  const judgement = judge(orderRow({ providerPayment: "pi_0" }), report(), 0);
  expect(judgement).toMatchObject({ kind: "review", note: "payment: ordered pi_0, paid pi_1" });
});
