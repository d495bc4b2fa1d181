/** Epay in both versions: what credits an order, and what does not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectCredited, expectNothing, Operator } from "./expectations.ts";
import { PaymentStage, PID, UNIT, type Payer } from "./payment-stage.ts";

describe.each([1, 2] as const)("Epay, version %i", (epayVersion) => {
  let stage: PaymentStage;
  let payer: Payer;

  beforeAll(async () => {
    stage = await PaymentStage.start({ epayVersion });
  });
  // Each test has a payer of its own: orders are counted by account.
  beforeEach(async () => {
    payer = await stage.payer();
  });
  afterAll(async () => {
    await stage.close();
  });

  it("credits what was paid, once, however often it is said", async () => {
    const order = await payer.begin("epay:alipay", "12.50");
    expect(order).toMatchObject({ state: "created", payMinor: 1250, payCurrency: "cny", creditNanos: 12.5 * UNIT });
    expect(stage.epay.order(order.id)).toMatchObject({ fen: 1250, type: "alipay" });
    expect(await stage.epay.pay(order.id)).toBe("success");
    await expectCredited(stage, order);
    expect(await Promise.all(Array.from({ length: 20 }, async () => stage.epay.notify(order.id)))).toEqual(
      Array.from({ length: 20 }, () => "success"),
    );
    await expectCredited(stage, order);
    expect(await payer.page(order.id)).toContain("paid and credited");
  });

  it("credits once when 20 callbacks come at the same time", async () => {
    const order = await payer.begin("epay:wxpay");
    stage.epay.order(order.id).status = 1;
    await Promise.all(Array.from({ length: 20 }, async () => stage.epay.notify(order.id)));
    await expectCredited(stage, order);
  });

  it.each([
    ["a fen less", -1],
    ["a fen more", 1],
  ])("credits nothing for %s than ordered, and calls a person", async (_, difference) => {
    const order = await payer.begin("epay:alipay");
    stage.epay.order(order.id).fen += difference;
    expect(await stage.epay.pay(order.id)).toBe("fail");
    await expectNothing(stage, order, "review");
    expect(stage.gateway.logged("payment_mismatch").at(-1)).toMatchObject({ order: order.id });
    expect(await payer.page(order.id)).toContain("not as it was ordered");
  });

  it("blocks no order for a signed notice of another amount: a key may have leaked", async () => {
    const order = await payer.begin("epay:alipay", "5");
    expect(await stage.epay.notify(order.id, { money: "1" })).toBe("fail");
    await expectNothing(stage, order, "created");
    expect(await stage.epay.pay(order.id)).toBe("success");
    await expectCredited(stage, order);
  });

  it("believes no amount of a callback that the platform does not repeat", async () => {
    const order = await payer.begin("epay:alipay", "5");
    // A signed notice of the ordered amount, while the platform knows of no payment: a leaked key.
    expect(await stage.epay.notify(order.id)).toBe("fail");
    await expectNothing(stage, order, "created");
  });

  it.each([
    ["a wrong signature", { sign: "0".repeat(32) }],
    ["no signature", { sign: "" }],
    ["another kind of signature", { sign_type: epayVersion === 1 ? "RSA" : "MD5" }],
    ["another amount than was signed", { money: "9999" }],
    ["another merchant than was signed", { pid: "1" }],
  ])("refuses %s", async (_, change) => {
    const order = await payer.begin("epay:alipay", "5");
    stage.epay.order(order.id).status = 1;
    const sent = stage.epay.notice(order.id);
    for (const [name, value] of Object.entries(change)) sent.set(name, value);
    const answer = await fetch(`${stage.gateway.url}/pay/epay/notify/${order.id}?${sent.toString()}`);
    expect(await answer.text()).toBe("fail");
    await expectNothing(stage, order, "created");
  });

  it.each([
    ["another merchant", { pid: "1001" }],
    ["another state", { trade_status: "TRADE_CLOSED" }],
  ])("credits nothing for a signed notice of %s", async (_, change) => {
    const order = await payer.begin("epay:alipay", "5");
    stage.epay.order(order.id).status = 1;
    expect(await stage.epay.notify(order.id, change)).toBe("fail");
    await expectNothing(stage, order, "created");
  });

  it("refuses a notice at another order's address, and a name that comes twice", async () => {
    const [mine, other] = [
      await payer.begin("epay:alipay", "5"),
      await (await stage.payer()).begin("epay:alipay", "5"),
    ];
    stage.epay.order(mine.id).status = 1;
    const sent = stage.epay.notice(mine.id).toString();
    for (const path of [`${other.id}?${sent}`, `${mine.id}?${sent}&money=5`, `${"0".repeat(32)}?${sent}`]) {
      const answer = await fetch(`${stage.gateway.url}/pay/epay/notify/${path}`);
      expect(await answer.text(), path).toBe("fail");
    }
    await expectNothing(stage, mine, "created");
    await expectNothing(stage, other, "created");
  });

  it("takes a field that the platform has added, and a callback by POST", async () => {
    const order = await payer.begin("epay:alipay", "5");
    stage.epay.order(order.id).status = 1;
    const sent = stage.epay.notice(order.id, { buyer: "b@example.com" });
    const answer = await fetch(`${stage.gateway.url}/pay/epay/notify/${order.id}`, { method: "POST", body: sent });
    expect(await answer.text()).toBe("success");
    await expectCredited(stage, order);
  });

  it("keeps a signed payment until the platform can be asked; the job credits it", async () => {
    const order = await payer.begin("epay:alipay", "5");
    stage.epay.order(order.id).status = 1;
    stage.epay.isAway = true;
    expect(await stage.epay.notify(order.id)).toBe("fail");
    await expectNothing(stage, order, "paid");
    await stage.makeDue(order.id);
    await stage.runJobs();
    await expectNothing(stage, order, "paid");
    stage.epay.isAway = false;
    await stage.makeDue(order.id);
    await stage.runJobs();
    await expectCredited(stage, order);
  });

  it("credits what was paid and never told: the job asks, and so does the page", async () => {
    const [first, second] = [await payer.begin("epay:alipay", "5"), await payer.begin("epay:alipay", "6")];
    for (const { id } of [first, second]) stage.epay.order(id).status = 1;
    await stage.makeDue(first.id);
    await stage.runJobs();
    await expectCredited(stage, first);
    expect(await payer.page(second.id)).toContain("paid and credited");
    await expectCredited(stage, second);
  });

  it("expires what nobody paid, and credits it all the same when the money comes", async () => {
    const order = await payer.begin("epay:alipay", "5");
    await payer.client.post(`/app/billing/orders/${order.id}/cancel`);
    await expectNothing(stage, order, "expired");
    expect(await stage.epay.pay(order.id)).toBe("success");
    await expectCredited(stage, order);
  });

  it("gives back a part, then the rest, and the account first", async () => {
    const order = await payer.begin("epay:alipay", "10");
    await stage.epay.pay(order.id);
    const before = (await stage.account(order.accountId)).balanceNanos;
    const operator = new Operator(stage);
    expect((await operator.refund(order.id, 400, 0)).status).toBe(200);
    expect(await stage.order(order.id)).toMatchObject({ state: "refunded", refundedMinor: 400 });
    expect((await stage.account(order.accountId)).balanceNanos).toBe(before - 4 * UNIT);
    expect(stage.epay.order(order.id).refundedFen).toBe(400);
    // The same form again.
    expect((await operator.refund(order.id, 400, 0)).status).toBe(409);
    expect((await operator.refund(order.id, 700, 400)).status).toBe(400);
    expect((await operator.refund(order.id, 600, 400)).status).toBe(200);
    expect(stage.epay.order(order.id)).toMatchObject({ refundedFen: 1000, status: 2 });
    // To ask changes nothing, though version 1 does not say how much it gave back.
    await stage.makeDue(order.id);
    expect((await operator.post(order.id, "check")).status).toBe(200);
    expect((await stage.account(order.accountId)).balanceNanos).toBe(before - 10 * UNIT);
    expect(await stage.refunds(order.id)).toMatchObject([{ state: "done" }, { state: "done" }]);
    expect(await stage.broken(order.accountId)).toEqual([]);
  });

  it("gives back once, though its answer was lost", async () => {
    const order = await payer.begin("epay:alipay", "10");
    await stage.epay.pay(order.id);
    stage.epay.losesAnswers = true;
    expect((await new Operator(stage).refund(order.id, 400, 0)).status).toBe(502);
    stage.epay.losesAnswers = false;
    expect(await stage.refunds(order.id)).toMatchObject([{ state: "asked" }]);
    await stage.makeDue(order.id);
    await stage.runJobs();
    expect(await stage.refunds(order.id)).toMatchObject([{ state: "done", minor: 400 }]);
    expect(stage.epay.order(order.id).refundedFen).toBe(400);
    expect(await stage.order(order.id)).toMatchObject({ state: "refunded", refundedMinor: 400 });
  });

  it("gives back later what it could not be asked for", async () => {
    const order = await payer.begin("epay:alipay", "10");
    await stage.epay.pay(order.id);
    stage.epay.isAway = true;
    expect((await new Operator(stage).refund(order.id, 400, 0)).status).toBe(502);
    stage.epay.isAway = false;
    await stage.makeDue(order.id);
    await stage.runJobs();
    expect(await stage.refunds(order.id)).toMatchObject([{ state: "done" }]);
    expect(stage.epay.order(order.id).refundedFen).toBe(400);
  });

  it("takes what was given back at the platform, or calls a person where it does not say how much", async () => {
    const order = await payer.begin("epay:alipay", "10");
    await stage.epay.pay(order.id);
    const before = (await stage.account(order.accountId)).balanceNanos;
    Object.assign(stage.epay.order(order.id), { status: 2, refundedFen: 300 });
    await stage.makeDue(order.id);
    await stage.runJobs();
    const { balanceNanos } = await stage.account(order.accountId);
    expect(await stage.order(order.id)).toMatchObject(
      epayVersion === 1 ? { state: "credited", flagged: true } : { state: "refunded", refundedMinor: 300 },
    );
    expect(before - balanceNanos).toBe(epayVersion === 1 ? 0 : 3 * UNIT);
  });

  it("has no address without its settings", async () => {
    expect(PID).toBe("1000");
    const answer = await fetch(`${stage.gateway.url}/pay/other/notify`);
    expect([answer.status, await answer.text()]).toEqual([404, "not found"]);
  });
});
