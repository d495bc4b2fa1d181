/** What refunds and disputes do to the account, whatever becomes of them at the service. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { readOrder } from "../../src/accounts/orders.ts";
import { takeDispute, winDispute } from "../../src/payments/disputes.ts";
import { ProviderError } from "../../src/payments/payment-provider.ts";
import { refundOrder, refundsOf, resumeRefunds } from "../../src/payments/refunds.ts";
import { account, expectSound } from "../billing/support.ts";
import { CREDIT, PaymentsStage } from "./stage.ts";

let stage: PaymentsStage;

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  stage = new PaymentsStage();
});

describe("a refund", () => {
  it("is undone once, however often it is found that it failed", async () => {
    const order = await stage.credited();
    stage.provider.isAway = true;
    const wish = { minor: 300, afterMinor: 0, operator: "boss", force: false };
    await expect(refundOrder(stage.payments, order, wish)).rejects.toThrow(ProviderError);
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: 7_000_000_000 });
    stage.provider.isAway = false;
    // Nothing is left there to give back.
    stage.provider.refundedMinor = 1000;
    const now = await readOrder(stage.store, order.id);
    await Promise.all([
      resumeRefunds(stage.payments, now),
      resumeRefunds(stage.payments, now),
      resumeRefunds(stage.payments, now),
    ]);
    expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "credited", refundedMinor: 0 });
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: 10_000_000_000 });
    await expectSound(order.accountId);
  });

  it("is one refund when the form is sent twice, though the service is slow", async () => {
    const order = await stage.credited();
    const wish = { minor: 300, afterMinor: 0, operator: "boss", force: false };
    const both = await Promise.allSettled([
      refundOrder(stage.payments, order, wish),
      refundOrder(stage.payments, order, wish),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(stage.provider.refundedMinor).toBe(300);
    expect(await refundsOf(stage.store, order)).toMatchObject([{ minor: 300, state: "done" }]);
  });

  it("in three parts takes the whole credit, to the last nano", async () => {
    const order = await stage.credited();
    let afterMinor = 0;
    for (const minor of [333, 333, 334]) {
      await refundOrder(stage.payments, order, { minor, afterMinor, operator: "boss", force: false });
      afterMinor += minor;
    }
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: 0 });
    expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "refunded", refundedMinor: 1000 });
  });

  it("of the rest takes the rest of the credit, to the last nano, though one before it failed", async () => {
    stage.provider.rate = "7.1234";
    const order = await stage.credited();
    const { accountId, payMinor } = order;
    const refund = async (minor: number, afterMinor: number) =>
      refundOrder(stage.payments, order, { minor, afterMinor, operator: "boss", force: false });
    await refund(1000, 0);
    stage.provider.isAway = true;
    await expect(refund(2000, 1000)).rejects.toThrow(ProviderError);
    stage.provider.isAway = false;
    await refund(501, 3000);
    stage.provider.paidMinor = 1501;
    await resumeRefunds(stage.payments, await readOrder(stage.store, order.id));
    stage.provider.paidMinor = payMinor;
    await refund(payMinor - 1501, 1501);
    expect(await account(accountId)).toMatchObject({ balanceNanos: 0 });
    expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "refunded", refundedMinor: payMinor });
    await expectSound(accountId);
  });
});

describe("a dispute", () => {
  it("disables the account, and enables it again when it is won", async () => {
    const order = await stage.credited();
    await takeDispute(stage.store, order, undefined);
    await takeDispute(stage.store, order, undefined);
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: 0, disabled: true });
    await winDispute(stage.store, order);
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: CREDIT, disabled: false });
    await expectSound(order.accountId);
  });

  it("that is won enables no account that an operator has disabled", async () => {
    const order = await stage.credited();
    await env.DB.prepare("UPDATE accounts SET disabled = 1 WHERE id = ?").bind(order.accountId).run();
    await takeDispute(stage.store, order, undefined);
    await winDispute(stage.store, order);
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: CREDIT, disabled: true });
  });

  it("over a part takes that part", async () => {
    const order = await stage.credited();
    await takeDispute(stage.store, order, 250);
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: 0.75 * CREDIT, disabled: true });
  });

  it("over an order that was not credited takes nothing", async () => {
    const order = await stage.begin({ balance: CREDIT });
    await takeDispute(stage.store, order, undefined);
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: CREDIT, disabled: false });
  });
});
