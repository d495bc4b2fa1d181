/** Stripe Checkout: what credits an order, what does not, and what takes a credit back. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectCredited, expectNothing, Operator } from "./expectations.ts";
import { PaymentStage, UNIT, type OrderRow, type Payer } from "./payment-stage.ts";

const OLD_SECRET = "whsec_of_before";

describe("Stripe", () => {
  let stage: PaymentStage;
  let payer: Payer;

  beforeAll(async () => {
    stage = await PaymentStage.start({ vars: { STRIPE_WEBHOOK_SECRET_OLD: OLD_SECRET } });
  });
  beforeEach(async () => {
    payer = await stage.payer();
  });
  afterAll(async () => {
    await stage.close();
  });

  const begin = async (amount = "10") => payer.begin("stripe:card", amount);
  const completed = (order: OrderRow) =>
    stage.stripe.event("checkout.session.completed", stage.stripe.sessionOf(order.id));
  const tell = async (event: object) => (await stage.webhook(event)).status;

  async function credited(amount = "10"): Promise<{ order: OrderRow; intent: string }> {
    const order = await begin(amount);
    const session = stage.stripe.pay(order.id);
    expect(await tell(completed(order))).toBe(200);
    await expectCredited(stage, order);
    return { order, intent: String(session["payment_intent"]) };
  }

  /** Gives back at Stripe itself, as in its dashboard. */
  async function refundAtStripe(intent: string, minor: number): Promise<number> {
    const { id } = stage.stripe.giveBack(intent, minor);
    return tell(stage.stripe.event("charge.refunded", { id, payment_intent: intent }));
  }

  function disputed(intent: string, fields: object = {}) {
    const dispute = {
      id: `dp_${intent}`,
      payment_intent: intent,
      status: "needs_response",
      currency: "cny",
      ...fields,
    };
    stage.stripe.disputes.set(dispute.id, dispute);
    return dispute;
  }

  describe("credits", () => {
    it("what was paid, once, however often and in whatever order it is said", async () => {
      const order = await begin("12.50");
      const session = stage.stripe.sessionOf(order.id);
      expect(session).toMatchObject({ amount_total: 1250, currency: "cny", metadata: { order_id: order.id } });
      expect(session["success_url"]).toBe(`${stage.gateway.url}/app/billing/orders/${order.id}`);
      stage.stripe.pay(order.id);
      // The later event first: what it says of the session is older than the session.
      const late = stage.stripe.event("checkout.session.expired", session);
      const event = completed(order);
      expect([await tell(event), await tell(late), await tell(event), await tell(completed(order))]).toEqual([
        200, 200, 200, 200,
      ]);
      await expectCredited(stage, order);
      expect(await payer.page(order.id)).toContain("paid and credited");
    });

    it("once when 20 events come at the same time", async () => {
      const order = await begin();
      stage.stripe.pay(order.id);
      const events = Array.from({ length: 20 }, () => completed(order));
      expect(new Set(await Promise.all(events.map(tell)))).toEqual(new Set([200]));
      await expectCredited(stage, order);
    });

    it("when the payer comes back before the event, when the job asks, and when an operator asks", async () => {
      const orders = [await begin(), await begin(), await begin()] as const;
      for (const { id } of orders) stage.stripe.pay(id);
      const [first, second, third] = orders;
      expect(await payer.page(first.id)).toContain("paid and credited");
      await stage.makeDue(second.id);
      await stage.runJobs();
      expect((await new Operator(stage).post(third.id, "check")).status).toBe(200);
      for (const order of orders) await expectCredited(stage, order);
    });

    it("what the job finds among the events that never arrived", async () => {
      const order = await begin();
      stage.stripe.pay(order.id);
      completed(order);
      await stage.makeDailyJobsDue();
      await stage.runJobs();
      await expectCredited(stage, order);
    });

    it("what was paid after the order was given up", async () => {
      const order = await begin();
      await payer.client.post(`/app/billing/orders/${order.id}/cancel`);
      await expectNothing(stage, order, "expired");
      stage.stripe.pay(order.id);
      expect(await tell(completed(order))).toBe(200);
      await expectCredited(stage, order);
    });

    it("a method that pays later, when it has paid", async () => {
      const order = await begin();
      stage.stripe.pay(order.id, { payment_status: "unpaid" });
      expect(await tell(completed(order))).toBe(200);
      await expectNothing(stage, order, "created");
      const session = stage.stripe.pay(order.id);
      expect(await tell(stage.stripe.event("checkout.session.async_payment_succeeded", session))).toBe(200);
      await expectCredited(stage, order);
    });

    it("with the secret of before, while it is changed", async () => {
      const order = await begin();
      stage.stripe.pay(order.id);
      expect((await stage.webhook(completed(order), OLD_SECRET)).status).toBe(200);
      await expectCredited(stage, order);
    });

    it("after Stripe or the database was away: the event is refused, and comes again", async () => {
      const order = await begin();
      stage.stripe.pay(order.id);
      const event = completed(order);
      stage.stripe.isAway = true;
      expect(await tell(event)).toBe(500);
      await stage.makeDue(order.id);
      await stage.runJobs();
      await expectNothing(stage, order, "created");
      stage.stripe.isAway = false;
      await stage.gateway.database.prepare("ALTER TABLE orders RENAME TO orders_away").run();
      expect(await tell(event)).toBe(500);
      await stage.gateway.database.prepare("ALTER TABLE orders_away RENAME TO orders").run();
      expect(await tell(event)).toBe(200);
      await expectCredited(stage, order);
    });
  });

  describe("credits nothing", () => {
    it.each([
      ["a cent less than ordered", { amount_total: 999 }],
      ["a cent more than ordered", { amount_total: 1001 }],
      ["another currency", { currency: "jpy" }],
      ["money of a test", { livemode: false }],
      ["a payment that is disputed already", {}],
      ["a discount", { total_details: { amount_discount: 1 } }],
      ["a subscription", { mode: "subscription" }],
      ["another order in the metadata", { metadata: { order_id: "0".repeat(32) } }],
    ])("for %s, and calls a person", async (what, change) => {
      const order = await begin();
      const session = stage.stripe.pay(order.id, change);
      stage.stripe.charge(String(session["payment_intent"]))["disputed"] = what.includes("disputed");
      expect(await tell(completed(order))).toBe(200);
      await expectNothing(stage, order, "review");
      expect(stage.gateway.logged("payment_mismatch").at(-1)).toMatchObject({ order: order.id });
    });

    it.each([
      ["an unpaid session", { payment_status: "unpaid" }, "created"],
      ["nothing to pay", { payment_status: "no_payment_required" }, "created"],
      ["an open session", { status: "open", payment_status: "paid" }, "created"],
      ["an expired session", { status: "expired", payment_status: "unpaid" }, "expired"],
    ] as const)("for %s", async (_, change, state) => {
      const order = await begin();
      stage.stripe.pay(order.id, change);
      expect(await tell(completed(order))).toBe(200);
      await expectNothing(stage, order, state);
    });

    it.each<[what: string, sent: { secret?: string; age?: number }]>([
      ["a wrong secret", { secret: "whsec_of_somebody" }],
      ["an empty secret", { secret: "" }],
      ["an old signature", { age: 301 }],
    ])("for an event with %s", async (_, { secret, age = 0 }) => {
      const order = await begin();
      stage.stripe.pay(order.id);
      const answer = await stage.webhook(completed(order), secret, Math.floor(Date.now() / 1000) - age);
      expect(answer.status).toBe(400);
      await expectNothing(stage, order, "created");
    });

    it("for an event that was changed, or has no signature", async () => {
      const order = await begin();
      stage.stripe.pay(order.id);
      const { payload, header } = await stage.stripe.signed(completed(order));
      for (const [body, signature] of [
        [payload.replace("evt_", "evt-"), header],
        [payload, ""],
      ] as const) {
        const answer = await fetch(`${stage.gateway.url}/pay/stripe/webhook`, {
          method: "POST",
          headers: { "stripe-signature": signature },
          body,
        });
        expect(answer.status).toBe(400);
      }
      await expectNothing(stage, order, "created");
    });

    it("for an order of another service, an unknown one, and a session that does not exist", async () => {
      const order = await begin();
      const foreign = await payer.begin("epay:alipay", "10");
      const { id } = stage.stripe.pay(order.id);
      const sessions = [
        { id, client_reference_id: foreign.id },
        { id, client_reference_id: "0".repeat(32) },
        { id: "cs_unknown", client_reference_id: null },
      ];
      for (const session of sessions) {
        expect(await tell(stage.stripe.event("checkout.session.completed", session))).toBe(200);
      }
      await expectNothing(stage, foreign, "created");
      await expectNothing(stage, order, "created");
    });

    it("twice for one payment that names two orders", async () => {
      const [first, second] = [await begin(), await begin()];
      const intent = String(stage.stripe.pay(first.id)["payment_intent"]);
      stage.stripe.pay(second.id, { payment_intent: intent });
      expect([await tell(completed(first)), await tell(completed(second))]).toEqual([200, 200]);
      await expectCredited(stage, first);
      await expectNothing(stage, second, "review");
    });

    it("for somebody else's order at their address", async () => {
      const order = await begin();
      const other = await stage.payer();
      expect((await other.client.get(`/app/billing/orders/${order.id}`)).status).toBe(404);
      expect((await other.client.post(`/app/billing/orders/${order.id}/cancel`)).status).toBe(404);
      await expectNothing(stage, order, "created");
    });
  });

  describe("takes back", () => {
    it("a part, then the rest; a form sent twice is one refund", async () => {
      const { order, intent } = await credited("10");
      const before = (await stage.account(order.accountId)).balanceNanos;
      const operator = new Operator(stage);
      const twice = await Promise.all([operator.refund(order.id, 333, 0), operator.refund(order.id, 333, 0)]);
      expect(twice.map(({ status }) => status).toSorted()).toEqual([200, 409]);
      await expectCredited(stage, order, "refunded");
      expect(stage.stripe.charge(intent)["amount_refunded"]).toBe(333);
      expect((await operator.refund(order.id, 668, 333)).status).toBe(400);
      expect((await operator.refund(order.id, 667, 333)).status).toBe(200);
      expect((await stage.account(order.accountId)).balanceNanos).toBe(before - 10 * UNIT);
      expect(stage.stripe.charge(intent)["amount_refunded"]).toBe(1000);
      await expectCredited(stage, order, "refunded");
    });

    it("no more than is free, unless an operator insists: then the account is disabled", async () => {
      const { order, intent } = await credited("10");
      const operator = new Operator(stage);
      await stage.spend(order.accountId, 4 * UNIT);
      expect((await operator.refund(order.id, 1000, 0)).status).toBe(402);
      expect(await stage.order(order.id)).toMatchObject({ state: "credited", refundedMinor: 0 });
      expect((await operator.refund(order.id, 1000, 0, true)).status).toBe(200);
      const account = await stage.account(order.accountId);
      expect(account).toMatchObject({ disabled: true });
      expect(account.balanceNanos).toBe(0);
      expect(stage.stripe.charge(intent)["amount_refunded"]).toBe(1000);
      expect((await stage.order(order.id)).shortfallNanos).toBeGreaterThan(0);
      expect(stage.gateway.logged("payment_shortfall").at(-1)).toMatchObject({ order: order.id });
      await expectCredited(stage, order, "refunded");
      expect((await operator.post(order.id, "close")).status).toBe(200);
      expect((await stage.order(order.id)).shortfallNanos).toBe(0);
    });

    it("what Stripe has given back by itself, when it refuses ours", async () => {
      const { order, intent } = await credited("10");
      const before = (await stage.account(order.accountId)).balanceNanos;
      // Somebody gave half of it back in the dashboard, and the event is late.
      const { id } = stage.stripe.giveBack(intent, 500);
      expect((await new Operator(stage).refund(order.id, 1000, 0)).status).toBe(200);
      expect(await stage.refunds(order.id)).toMatchObject([{ state: "failed" }, { state: "done", minor: 500 }]);
      expect(await tell(stage.stripe.event("charge.refunded", { id, payment_intent: intent }))).toBe(200);
      expect((await stage.account(order.accountId)).balanceNanos).toBe(before - 5 * UNIT);
      await expectCredited(stage, order, "refunded");
    });

    it("once, when nobody knows what came of it: the job asks", async () => {
      const { order, intent } = await credited("10");
      stage.stripe.isAway = true;
      expect((await new Operator(stage).refund(order.id, 1000, 0)).status).toBe(502);
      expect(await stage.refunds(order.id)).toMatchObject([{ state: "asked" }]);
      await stage.makeDue(order.id);
      await stage.runJobs();
      expect(await stage.refunds(order.id)).toMatchObject([{ state: "asked" }]);
      stage.stripe.isAway = false;
      await stage.makeDue(order.id);
      await stage.runJobs();
      await stage.makeDue(order.id);
      await stage.runJobs();
      expect(await stage.refunds(order.id)).toMatchObject([{ state: "done" }]);
      expect(stage.stripe.charge(intent)["amount_refunded"]).toBe(1000);
      await expectCredited(stage, order, "refunded");
    });

    it("what failed at Stripe after it had been given is the account's again", async () => {
      const { order } = await credited("10");
      const before = (await stage.account(order.accountId)).balanceNanos;
      expect((await new Operator(stage).refund(order.id, 400, 0)).status).toBe(200);
      const [refund] = stage.stripe.refunds;
      if (refund === undefined) throw new Error("no refund");
      stage.stripe.failRefund(refund);
      const event = stage.stripe.event("refund.failed", refund);
      expect([await tell(event), await tell(stage.stripe.event("refund.updated", refund))]).toEqual([200, 200]);
      expect((await stage.account(order.accountId)).balanceNanos).toBe(before);
      await expectCredited(stage, order);
    });

    it("what was given back in Stripe's own dashboard, in parts, once", async () => {
      const { order, intent } = await credited("10");
      const before = (await stage.account(order.accountId)).balanceNanos;
      expect(await refundAtStripe(intent, 250)).toBe(200);
      expect(await refundAtStripe(intent, 250)).toBe(200);
      expect(await refundAtStripe(intent, 0)).toBe(200);
      expect((await stage.account(order.accountId)).balanceNanos).toBe(before - 5 * UNIT);
      expect(await stage.order(order.id)).toMatchObject({ state: "refunded", refundedMinor: 500 });
      await expectCredited(stage, order, "refunded");
    });

    it("of two refunds in the dashboard, the one that did not fail", async () => {
      const { order, intent } = await credited("10");
      const before = (await stage.account(order.accountId)).balanceNanos;
      expect([await refundAtStripe(intent, 300), await refundAtStripe(intent, 300)]).toEqual([200, 200]);
      const [refund] = stage.stripe.refunds;
      if (refund === undefined) throw new Error("no refund");
      stage.stripe.failRefund(refund);
      for (const type of ["refund.updated", "refund.failed", "refund.failed"]) {
        expect(await tell(stage.stripe.event(type, refund))).toBe(200);
      }
      expect((await stage.account(order.accountId)).balanceNanos).toBe(before - 3 * UNIT);
      expect(await stage.order(order.id)).toMatchObject({ state: "refunded", refundedMinor: 300 });
      await expectCredited(stage, order, "refunded");
    });

    it("what the dashboard gave back and the account has spent: the rest is remembered", async () => {
      const { order, intent } = await credited("10");
      const account = await stage.account(order.accountId);
      await stage.spend(order.accountId, account.balanceNanos - UNIT);
      expect(await refundAtStripe(intent, 1000)).toBe(200);
      expect(await stage.order(order.id)).toMatchObject({ shortfallNanos: 9 * UNIT, disabledAccount: true });
      expect(await stage.account(order.accountId)).toMatchObject({ balanceNanos: 0, disabled: true });
      await expectCredited(stage, order, "refunded");
    });

    it("a disputed payment, and gives it back when the dispute is won", async () => {
      const { order, intent } = await credited("10");
      const before = (await stage.account(order.accountId)).balanceNanos;
      const dispute = disputed(intent, { amount: 1000 });
      const created = stage.stripe.event("charge.dispute.created", dispute);
      expect([await tell(created), await tell(created)]).toEqual([200, 200]);
      expect(await stage.account(order.accountId)).toMatchObject({
        disabled: true,
        balanceNanos: before - 10 * UNIT,
      });
      expect((await new Operator(stage).refund(order.id, 1000, 0)).status).toBe(409);
      disputed(intent, { amount: 1000, status: "won" });
      expect(await tell(stage.stripe.event("charge.dispute.closed", dispute))).toBe(200);
      expect(await stage.account(order.accountId)).toMatchObject({ disabled: false, balanceNanos: before });
      await expectCredited(stage, order);
    });

    it("nothing for a bank's question", async () => {
      const { order, intent } = await credited("10");
      const before = await stage.account(order.accountId);
      const question = disputed(intent, { status: "warning_needs_response", amount: 1000 });
      expect(await tell(stage.stripe.event("charge.dispute.created", question))).toBe(200);
      expect(await stage.account(order.accountId)).toEqual(before);
    });

    it("nothing for payments that were not made here", async () => {
      disputed("pi_elsewhere", { amount: 1000 });
      for (const type of ["charge.dispute.created", "charge.refunded", "refund.failed"]) {
        const event = stage.stripe.event(type, { id: "dp_pi_elsewhere", payment_intent: "pi_elsewhere" });
        expect(await tell(event), type).toBe(200);
      }
    });
  });

  it("leads back to the same page as long as it can be paid, and says so afterwards", async () => {
    const order = await begin();
    const { url } = stage.stripe.sessionOf(order.id);
    expect(await payer.page(order.id, "?pay=1")).toContain(String(url));
    const created = stage.stripe.asked.filter((request) => request === "POST /v1/checkout/sessions").length;
    expect(await payer.page(order.id, "?pay=1")).toContain(String(url));
    expect(stage.stripe.asked.filter((request) => request === "POST /v1/checkout/sessions")).toHaveLength(created);
    await payer.client.post(`/app/billing/orders/${order.id}/cancel`);
    expect(await payer.page(order.id, "?pay=1")).not.toContain(String(url));
  });

  it("asks Stripe no more often than each ten seconds, whatever the payer clicks", async () => {
    stage.stripe.isAway = true;
    const form = { amount: "10", method: "stripe:card", form: crypto.randomUUID() };
    const answer = await payer.client.post("/app/billing/top-up", form);
    const path = String(answer.headers.get("location"));
    const before = stage.stripe.asked.length;
    const pages = await Promise.all([1, 2, 3, 4, 5].map(async () => (await payer.client.get(path)).text()));
    expect(pages.every((page) => page.includes("does not answer"))).toBe(true);
    // The library tries thrice.
    expect(stage.stripe.asked.length - before).toBe(3);
    stage.stripe.isAway = false;
    const id = /orders\/(\w+)/.exec(path)?.[1] ?? "";
    for (const action of ["cancel", "check", "cancel", "check"]) {
      await payer.client.post(`/app/billing/orders/${id}/${action}`);
      await payer.page(id);
    }
    expect(stage.stripe.asked.length - before).toBe(3);
  });

  it("credits what an operator says, of a payment that was not as ordered; or gives it up", async () => {
    const orders = [await begin(), await begin()] as const;
    for (const order of orders) {
      stage.stripe.pay(order.id, { amount_total: 999 });
      expect(await tell(completed(order))).toBe(200);
      await expectNothing(stage, order, "review");
    }
    const operator = new Operator(stage);
    expect((await operator.post(orders[0].id, "credit")).status).toBe(200);
    await expectCredited(stage, orders[0]);
    expect((await operator.post(orders[0].id, "credit")).status).toBe(409);
    expect((await operator.post(orders[1].id, "close")).status).toBe(200);
    await expectNothing(stage, orders[1], "expired");
    expect((await operator.post(orders[1].id, "credit")).status).toBe(409);
  });

  it("makes no second order of a form whose content has changed", async () => {
    const form = crypto.randomUUID();
    await payer.begin("epay:alipay", "25", { form });
    const answer = await payer.client.post("/app/billing/top-up", { amount: "10", method: "stripe:card", form });
    const page = await answer.text();
    expect([answer.status, page.includes("another payment already")]).toEqual([422, true]);
    expect(page).not.toContain(form);
  });

  it("makes one order and one session of a form that is sent twice", async () => {
    const form = crypto.randomUUID();
    const both = await Promise.all([
      payer.client.post("/app/billing/top-up", { amount: "10", method: "stripe:card", form }),
      payer.client.post("/app/billing/top-up", { amount: "10", method: "stripe:card", form }),
    ]);
    const places = both.map(({ headers }) => headers.get("location"));
    expect(new Set(places).size).toBe(1);
    const again = await payer.begin("stripe:card", "10", { form });
    expect(places[0]).toContain(again.id);
    expect([...stage.stripe.sessions.values()].filter((row) => row["client_reference_id"] === again.id)).toHaveLength(
      1,
    );
  });

  it("makes no order beyond five open ones, nor of amounts that are not allowed", async () => {
    for (const amounts of [
      ["0.99", "10000.01", "1.005"],
      ["-5", "abc", "1e3"],
    ]) {
      const other = await stage.payer();
      for (const amount of amounts) {
        await expect(other.begin("stripe:card", amount), amount).rejects.toThrow(/no order: 422/);
      }
    }
    const [{ id }] = [await begin()];
    await stage.copyOrder(id, 4);
    await expect(begin("6")).rejects.toThrow(/no order: 422/);
  });
});
