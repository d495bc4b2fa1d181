/** An order as it stands in the database. */
import type { Order } from "../../src/payments/payment-provider.ts";

export function orderRow(values: Partial<Order> = {}): Order {
  return {
    id: "0".repeat(31) + "1",
    accountId: "a",
    kind: "top_up",
    provider: "stripe",
    method: "card",
    payMinor: 1000,
    payCurrency: "usd",
    rate: null,
    creditNanos: 10_000_000_000,
    planId: null,
    language: "en",
    formId: "form",
    livemode: false,
    createdAt: 0,
    expiresAt: 1_860_000,
    state: "created",
    providerRef: "cs_1",
    providerPayment: null,
    paidAt: null,
    creditedAt: null,
    refundedMinor: 0,
    shortfallNanos: 0,
    disputed: false,
    disabledAccount: false,
    checks: 0,
    nextCheckAt: null,
    askedAt: null,
    note: null,
    ...values,
  };
}
