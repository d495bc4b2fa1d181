/** What a refund does to the account, whatever becomes of it at the service. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import { readOrder } from "../../src/accounts/orders.ts";
import { Payments } from "../../src/payments/payments.ts";
import { ProviderError, type Order } from "../../src/payments/payment-provider.ts";
import { refundOrder, refundsOf, resumeRefunds } from "../../src/payments/refunds.ts";
import { account, addAccount, db, expectSound, NOON, ZONE } from "../billing/support.ts";
import { PlainProvider } from "./plain-provider.ts";

const store = { db, d1: env.DB, now: () => NOON, timeZone: ZONE };
let provider: PlainProvider;
let payments: Payments;

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  provider = new PlainProvider();
  payments = new Payments(store, [provider]);
});

async function credited(): Promise<Order> {
  const order = await payments.begin({
    accountId: await addAccount(),
    formId: crypto.randomUUID(),
    provider: "epay",
    method: "alipay",
    language: "en",
    buys: { nanos: 10_000_000_000 },
  });
  if (order === undefined) throw new Error("no order");
  provider.paidMinor = order.payMinor;
  return payments.check(order);
}

it("is undone once, however often it is found that it failed", async () => {
  const order = await credited();
  provider.isAway = true;
  const wish = { minor: 300, afterMinor: 0, operator: "boss", force: false };
  await expect(refundOrder(payments, order, wish)).rejects.toThrow(ProviderError);
  expect(await account(order.accountId)).toMatchObject({ balanceNanos: 7_000_000_000 });
  provider.isAway = false;
  // Nothing is left there to give back.
  provider.refundedMinor = 1000;
  const now = await readOrder(store, order.id);
  await Promise.all([resumeRefunds(payments, now), resumeRefunds(payments, now), resumeRefunds(payments, now)]);
  expect(await readOrder(store, order.id)).toMatchObject({ state: "credited", refundedMinor: 0 });
  expect(await account(order.accountId)).toMatchObject({ balanceNanos: 10_000_000_000 });
  await expectSound(order.accountId);
});

it("is one refund when the form is sent twice, though the service is slow", async () => {
  const order = await credited();
  const wish = { minor: 300, afterMinor: 0, operator: "boss", force: false };
  const both = await Promise.allSettled([refundOrder(payments, order, wish), refundOrder(payments, order, wish)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(provider.refundedMinor).toBe(300);
  expect(await refundsOf(store, order)).toMatchObject([{ minor: 300, state: "done" }]);
});

it("in three parts takes the whole credit, to the last nano", async () => {
  const order = await credited();
  let afterMinor = 0;
  for (const minor of [333, 333, 334]) {
    await refundOrder(payments, order, { minor, afterMinor, operator: "boss", force: false });
    afterMinor += minor;
  }
  expect(await account(order.accountId)).toMatchObject({ balanceNanos: 0 });
  expect(await readOrder(store, order.id)).toMatchObject({ state: "refunded", refundedMinor: 1000 });
});
