/** What is paid for: plans, amounts in another currency, and nothing at all where no service is set up. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plans, users } from "../../../schema/index.ts";
import { FormClient, startPortal } from "../portal/stage.ts";
import { STRIPE_KEY } from "../../support/fake-stripe.ts";
import { expectCredited } from "./expectations.ts";
import { PaymentStage, UNIT } from "./payment-stage.ts";

describe("plans", () => {
  let stage: PaymentStage;

  beforeAll(async () => {
    stage = await PaymentStage.start();
  });
  afterAll(async () => {
    await stage.close();
  });

  async function addPlan(): Promise<string> {
    const id = `plan-${crypto.randomUUID()}`;
    const plan = { id, name: "Month", priceNanos: 20 * UNIT, periodDays: 30, allowanceNanos: UNIT, createdAt: 0 };
    await stage.gateway.db.insert(plans).values(plan);
    return id;
  }

  it("are paid for, and begin; the money goes through the balance", async () => {
    const plan = await addPlan();
    const payer = await stage.payer();
    expect(await (await payer.client.get("/app/billing")).text()).toContain(`/app/billing/top-up?plan=${plan}`);
    const order = await payer.begin("epay:alipay", "", { plan });
    expect(order).toMatchObject({ kind: "plan", payMinor: 2000, creditNanos: 20 * UNIT });
    const before = (await stage.account(order.accountId)).balanceNanos;
    expect(await stage.epay.pay(order.id)).toBe("success");
    await Promise.all([1, 2, 3].map(async () => stage.epay.notify(order.id)));
    await expectCredited(stage, order);
    expect(await stage.account(order.accountId)).toMatchObject({ planId: plan, balanceNanos: before });
    const bought = (await stage.entriesOf(order.accountId)).filter(({ id }) => id === `plan:${order.id}`);
    expect(bought).toMatchObject([{ kind: "plan_purchase", amountNanos: -20 * UNIT }]);
  });

  it.each([
    ["withdrawn", { disabled: true }],
    ["dearer", { priceNanos: 21 * UNIT }],
  ])("that were %s meanwhile leave the money in the balance, and the payer is told", async (_, change) => {
    const plan = await addPlan();
    const payer = await stage.payer();
    const order = await payer.begin("epay:alipay", "", { plan });
    const before = (await stage.account(order.accountId)).balanceNanos;
    await stage.gateway.db.update(plans).set(change).where(eq(plans.id, plan));
    expect(await stage.epay.pay(order.id)).toBe("success");
    await expectCredited(stage, order);
    expect((await stage.account(order.accountId)).balanceNanos).toBe(before + 20 * UNIT);
    expect(await payer.page(order.id)).toContain("The plan was not bought");
  });

  it("cost what was agreed when they became cheaper: the rest stays in the balance", async () => {
    const plan = await addPlan();
    const payer = await stage.payer();
    const order = await payer.begin("epay:alipay", "", { plan });
    const before = (await stage.account(order.accountId)).balanceNanos;
    await stage.gateway.db
      .update(plans)
      .set({ priceNanos: 15 * UNIT })
      .where(eq(plans.id, plan));
    expect(await stage.epay.pay(order.id)).toBe("success");
    expect(await stage.account(order.accountId)).toMatchObject({ planId: plan, balanceNanos: before + 5 * UNIT });
  });

  it("are ordered at the price that their buyer saw, or not at all", async () => {
    const plan = await addPlan();
    const { client } = await stage.payer();
    const page = await (await client.get(`/app/billing/top-up?plan=${plan}`)).text();
    const [, price = ""] = /name="price" value="(\d+)"/.exec(page) ?? [];
    await stage.gateway.db
      .update(plans)
      .set({ priceNanos: 21 * UNIT })
      .where(eq(plans.id, plan));
    const form = { method: "epay:alipay", plan, form: crypto.randomUUID() };
    const refused = await client.post("/app/billing/top-up", { ...form, price });
    const said = await refused.text();
    expect([refused.status, said]).toEqual([422, expect.stringContaining("The price of this plan has changed")]);
    const [, now = ""] = /name="price" value="(\d+)"/.exec(said) ?? [];
    expect(Number(now)).toBe(21 * UNIT);
    expect((await client.post("/app/billing/top-up", { ...form, price: now })).status).toBe(303);
  });

  it("that are free, withdrawn or unknown cannot be paid for", async () => {
    const [free, gone] = [await addPlan(), await addPlan()];
    await stage.gateway.db.update(plans).set({ priceNanos: 0 }).where(eq(plans.id, free));
    await stage.gateway.db.update(plans).set({ disabled: true }).where(eq(plans.id, gone));
    const { client } = await stage.payer();
    for (const plan of [free, gone, "unknown"]) {
      const form = { method: "epay:alipay", plan, form: crypto.randomUUID() };
      expect((await client.post("/app/billing/top-up", form)).status, plan).toBe(404);
    }
  });
});

describe("another currency", () => {
  let stage: PaymentStage;

  beforeAll(async () => {
    stage = await PaymentStage.start({ vars: { CURRENCY: "USD", EPAY_RATE: "7.1234" } });
  });
  afterAll(async () => {
    await stage.close();
  });

  it("is paid at the rate that the order was made with, rounded up", async () => {
    const payer = await stage.payer();
    const order = await payer.begin("epay:alipay", "10");
    expect(order).toMatchObject({ payMinor: 7124, payCurrency: "cny", rate: "7.1234", creditNanos: 10 * UNIT });
    expect(await stage.epay.pay(order.id)).toBe("success");
    await expectCredited(stage, order);
    const receipt = await payer.page(order.id);
    expect(receipt).toContain("CN¥71.24");
    expect(receipt).toContain("7.1234");
    expect(await payer.begin("stripe:card", "10")).toMatchObject({ payMinor: 1000, payCurrency: "usd", rate: null });
  });
});

it("takes money of a test from operators alone", async () => {
  const stage = await PaymentStage.start({
    vars: { STRIPE_SECRET_KEY: "sk_test_fake", EPAY_URL: "", EPAY_PID: "", EPAY_KEY: "" },
  });
  try {
    const payer = await stage.payer();
    expect((await payer.client.get("/app/billing/top-up")).status).toBe(404);
    await expect(payer.begin("stripe:card")).rejects.toThrow(/no order: 404/);
    const operator = await stage.payer();
    await stage.gateway.db
      .update(users)
      .set({ role: "operator" })
      .where(eq(users.id, await stage.lastUser()));
    expect((await operator.client.get("/app/billing/top-up")).status).toBe(200);
    expect(await (await operator.client.get("/admin")).text()).toContain("only operators can pay with it");
  } finally {
    await stage.close();
  }
});

it.each([
  ["nothing is set up", {}],
  ["Stripe has no webhook secret", { STRIPE_SECRET_KEY: STRIPE_KEY, STRIPE_WEBHOOK_SECRET: "" }],
  ["Epay has no key", { EPAY_URL: "https://pay.example.com", EPAY_PID: "1" }],
])("there is nothing to pay with, and nobody to be called by, where %s", async (_, vars) => {
  const portal = await startPortal({ hasDemo: false, vars });
  try {
    const { url } = portal.gateway;
    const client = new FormClient(url);
    await client.signUp("Payer", "payer@example.com");
    expect((await client.get("/app/billing/top-up")).status).toBe(404);
    const form = { amount: "10", method: "stripe:card", form: crypto.randomUUID() };
    expect((await client.post("/app/billing/top-up", form)).status).toBe(404);
    expect(await (await client.get("/app/billing")).text()).not.toContain("/app/billing/top-up");
    for (const path of ["/pay/stripe/webhook", `/pay/epay/notify/${"0".repeat(32)}`]) {
      const answer = await fetch(url + path, { method: "POST", body: "{}" });
      expect([answer.status, await answer.text()], path).toEqual([404, "not found"]);
    }
    await portal.gateway.runSchedule("* * * * *");
    expect(portal.gateway.logged("job_failed")).toEqual([]);
  } finally {
    await portal.close();
  }
});
