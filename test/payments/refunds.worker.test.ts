/** What refunds and disputes do to the account, whatever becomes of them at the service. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { readOrder } from "../../src/accounts/orders.ts";
import { closeMatter, takeDispute, winDispute } from "../../src/payments/disputes.ts";
import { ProviderError } from "../../src/payments/payment-provider.ts";
import { Payments } from "../../src/payments/payments.ts";
import { refundOrder, refundsOf, resumeRefunds, settleRefund } from "../../src/payments/refunds.ts";
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
    stage.provider.refusesRefunds = true;
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

  it("that was given at the service while ours was on its way is booked, and ours is undone", async () => {
    const order = await stage.credited();
    stage.provider.isAway = true;
    const wish = { minor: 1000, afterMinor: 0, operator: "boss", force: false };
    await expect(refundOrder(stage.payments, order, wish)).rejects.toThrow(ProviderError);
    stage.provider.isAway = false;
    stage.provider.giveBack(1000);
    await stage.payments.look(await readOrder(stage.store, order.id));
    expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "refunded", refundedMinor: 1000 });
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: 0 });
    expect(await refundsOf(stage.store, order)).toMatchObject([
      { state: "done", operator: null },
      { state: "failed", operator: "boss" },
    ]);
    await expectSound(order.accountId);
  });

  it("of more than was paid takes no more than the credit", async () => {
    const order = await stage.credited();
    stage.provider.refundedMinor = 1030;
    await stage.payments.look(order);
    expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "refunded", refundedMinor: 1000 });
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: 0 });
  });

  it("of which the service does not say how much takes nothing, and calls a person", async () => {
    const order = await stage.credited();
    vi.spyOn(stage.provider, "ask").mockResolvedValue({
      ...(await stage.provider.ask(order)),
      refundedMinor: null,
    });
    await stage.payments.look(order);
    expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "credited", flagged: true });
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: CREDIT });
    await closeMatter(stage.store, order);
    expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "credited", flagged: false });
  });

  it("takes nothing for a service that is switched off", async () => {
    const order = await stage.credited();
    const off = new Payments(stage.store, []);
    const wish = { minor: 1000, afterMinor: 0, operator: "boss", force: false };
    await expect(refundOrder(off, order, wish)).rejects.toMatchObject({ kind: "resource_not_found" });
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: CREDIT });
  });

  it("that nobody answers is looked after each hour, and a person says what became of it", async () => {
    const order = await stage.credited();
    stage.provider.losesAnswers = true;
    const wish = { minor: 1000, afterMinor: 0, operator: "boss", force: false };
    await expect(refundOrder(stage.payments, order, wish)).rejects.toThrow(ProviderError);
    await expect(stage.payments.look(await readOrder(stage.store, order.id))).rejects.toThrow(ProviderError);
    expect(await readOrder(stage.store, order.id)).toMatchObject({ nextCheckAt: stage.clock.nowMs + 3_600_000 });
    const [refund] = await refundsOf(stage.store, order);
    const id = refund?.id ?? "";
    await settleRefund(stage.store, await readOrder(stage.store, order.id), { id, isPaidOut: true });
    expect(await refundsOf(stage.store, order)).toMatchObject([{ state: "done" }]);
    await expect(settleRefund(stage.store, order, { id, isPaidOut: false })).rejects.toMatchObject({
      kind: "conflict",
    });
    expect(await account(order.accountId)).toMatchObject({ balanceNanos: 0 });
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
    stage.provider.refusesRefunds = true;
    await resumeRefunds(stage.payments, await readOrder(stage.store, order.id));
    stage.provider.refusesRefunds = false;
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

  it("that is won leaves the account disabled for another one, which enables it in its turn", async () => {
    const first = await stage.credited();
    const second = await stage.credited(first.accountId);
    await takeDispute(stage.store, first, undefined);
    await takeDispute(stage.store, second, undefined);
    await winDispute(stage.store, first);
    expect(await account(first.accountId)).toMatchObject({ balanceNanos: CREDIT, disabled: true });
    await winDispute(stage.store, second);
    expect(await account(first.accountId)).toMatchObject({ balanceNanos: 2 * CREDIT, disabled: false });
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
