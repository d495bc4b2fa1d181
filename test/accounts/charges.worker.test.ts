/** What the payer of a charge sees of it, and what the operator sees. */
import { beforeAll, describe, expect, it } from "vitest";
import { models, prices } from "../../schema/index.ts";
import { listCharges, readChargeForOperator, readReceipt } from "../../src/accounts/charges.ts";
import { createKey } from "../../src/accounts/keys.ts";
import { changeAccount } from "../../src/accounts/accounts.ts";
import { createPlan } from "../../src/accounts/plans.ts";
import { readAccountOverview, readBudget, readKeyOverview } from "../../src/accounts/overview.ts";
import { amountSpent, reportUsage } from "../../src/accounts/usage-report.ts";
import { db, HOUR } from "../billing/support.ts";
import { allPages, clock, openAccount, served, store } from "./support.ts";

const SECRETS = {
  route: "secret-route",
  upstream: "secret-upstream",
  costNanos: 987_654,
  attempts: [
    { route: "secret-route", upstream: "secret-upstream", credential: "secret", outcome: "rate_limited", ms: 5 },
  ],
};

beforeAll(async () => {
  await db.insert(models).values({ id: "priced", operation: "chat", createdAt: 0 });
  const rates = [
    { unit: "input", nanos: 140_001 },
    { unit: "output", nanos: 280_000 },
  ];
  await db.insert(prices).values({ modelId: "priced", effectiveAt: 0, rates: JSON.stringify(rates) });
});

describe("a receipt", () => {
  it("adds up: its lines times the ratio are the sum, the sum is what was charged", async () => {
    const accountId = await openAccount(1_000_000);
    const usage = { input: 1000, output: 333 };
    // (1000 × 140,001 + 333 × 280,000) / 1000 × 1.5, rounded half up.
    const settled = { model: "priced", usage, ratioPpm: 1_500_000, amountNanos: 349_862 };
    const chargeId = await served({ accountId }, settled);
    const receipt = await readReceipt(store, { accountId, chargeId });
    expect(receipt.lines.map(({ unit, nanos }) => [unit, nanos])).toEqual([
      ["input", "140001"],
      ["output", "93240"],
    ]);
    const lines = receipt.lines.reduce((sum, { nanos }) => sum + Number(nanos), 0);
    expect(receipt.sumNanos).toBe(Math.round((lines * (receipt.ratioPpm ?? 0)) / 1_000_000));
    expect(receipt.amountNanos + receipt.writtenOffNanos).toBe(receipt.sumNanos);
    expect(receipt).toMatchObject({ state: "settled", usage, priceVersion: 0, ending: "complete" });
    expect(await readReceipt(store, { accountId, chargeId: `req_${chargeId}` })).toEqual(receipt);
  });

  it("names no upstream or route, and none of the operator's costs", async () => {
    const accountId = await openAccount(1_000_000);
    const request = { endpoint: "POST /v1/chat/completions", stream: true, upstream_host: "secret.example" };
    const chargeId = await served({ accountId }, { ...SECRETS, model: "priced", amountNanos: 5 }, request);
    const receipt = await readReceipt(store, { accountId, chargeId });
    const [listed] = (await listCharges(store, { accountId }, { limit: 1 })).rows;
    expect(listed).toMatchObject({ id: chargeId, amountNanos: 5 });
    for (const shown of [receipt, listed])
      expect(JSON.stringify(shown)).not.toMatch(/secret|987654|rate_limited|nonce/);
    expect(receipt.attempts).toEqual([{ outcome: "failed", ms: 5 }]);
    expect(receipt.request).toEqual({ endpoint: "POST /v1/chat/completions", stream: true });
    const whole = await readChargeForOperator(store, { accountId, chargeId });
    expect(whole).toMatchObject({ ...SECRETS, request });
  });

  it("has no lines where its price is gone, but keeps its sum", async () => {
    const accountId = await openAccount(1000);
    const chargeId = await served({ accountId }, { model: "priceless", amountNanos: 700 });
    const receipt = await readReceipt(store, { accountId, chargeId });
    expect(receipt).toMatchObject({ state: "settled", lines: [], sumNanos: 700, writtenOffNanos: 0 });
  });

  it("is found by its payer alone", async () => {
    const [payer, other] = [await openAccount(1000), await openAccount(1000)];
    const chargeId = await served({ accountId: payer }, { amountNanos: 1 });
    const missing = { kind: "resource_not_found", options: { param: "chargeId" } };
    await expect(readReceipt(store, { accountId: other, chargeId })).rejects.toMatchObject(missing);
    await expect(readChargeForOperator(store, { accountId: other, chargeId })).rejects.toMatchObject(missing);
    expect((await listCharges(store, { accountId: other }, { limit: 9 })).rows).toEqual([]);
  });
});

describe("usage", () => {
  it("has the same total by day, model and key, page by page: the amount that was spent", async () => {
    const accountId = await openAccount(1_000_000);
    const keys = [await createKey(store, accountId, { name: "a" }), await createKey(store, accountId, { name: "b" })];
    let spent = 0;
    for (let n = 1; n <= 7; n++) {
      clock.nowMs += 9 * HOUR;
      spent += n;
      const keyId = keys[n % 2]?.key.id ?? null;
      await served({ accountId, keyId }, { model: `model-${n % 3}`, amountNanos: n, usage: { input: n, output: 1 } });
    }
    for (const by of ["day", "model", "key"] as const) {
      const sums = await allPages(async (page) => (await reportUsage(store, { accountId, by }, page)).page, 2);
      const total = (of: (sum: (typeof sums)[number]) => number) => sums.reduce((sum, row) => sum + of(row), 0);
      expect(
        total(({ amountNanos }) => amountNanos),
        by,
      ).toBe(spent);
      expect(
        total(({ requests }) => requests),
        by,
      ).toBe(7);
      expect(
        total(({ counts }) => counts.input),
        by,
      ).toBe(28);
      expect(
        total(({ counts }) => counts.output),
        by,
      ).toBe(7);
      expect(new Set(sums.map(({ group }) => group)).size, by).toBe(sums.length);
    }
    expect(await amountSpent(store, { accountId }, { from: "2000-01-01", to: "2099-12-31" })).toBe(spent);
  });

  it("is refused for too many days, and for a first day after the last", async () => {
    const accountId = await openAccount();
    for (const [from, to] of [
      ["2026-05-02", "2026-05-01"],
      ["2025-04-30", "2026-05-02"],
    ] as const) {
      const refused = reportUsage(store, { accountId, by: "day", from, to }, { limit: 1 });
      await expect(refused).rejects.toMatchObject({ kind: "invalid_parameter", options: { param: "from" } });
    }
  });
});

describe("what a key may spend", () => {
  it("is never more than its account has, nor more than its quota leaves", async () => {
    const accountId = await openAccount(1000);
    const { key } = await createKey(store, accountId, { name: "limited", quotaTotalNanos: 600 });
    const { key: free } = await createKey(store, accountId, { name: "free" });
    await served({ accountId, keyId: key.id }, { amountNanos: 250 });
    expect(await readBudget(store, key.id)).toMatchObject({ usedNanos: 250, availableNanos: 350, unlimited: false });
    await served({ accountId, keyId: free.id }, { amountNanos: 600 });
    expect(await readBudget(store, key.id)).toMatchObject({ usedNanos: 250, availableNanos: 150 });
    expect(await readBudget(store, free.id)).toMatchObject({ usedNanos: 850, availableNanos: 150 });
    expect(await readKeyOverview(store, key.id)).toMatchObject({
      availableNanos: 150,
      quotaLeftNanos: 350,
      plan: null,
    });
    await expect(readKeyOverview(store, "no-such")).rejects.toMatchObject({ kind: "invalid_key" });
  });
});

describe("what an account has", () => {
  it("is the same without a key: its balance, and its plan as long as the plan runs", async () => {
    const accountId = await openAccount(1000);
    const { key } = await createKey(store, accountId, { name: "any" });
    const { id: planId } = await createPlan(store, { name: "Daily", allowanceNanos: 500 });
    await changeAccount(store, accountId, { planId, planExpiresAt: clock.nowMs + HOUR });
    await served({ accountId, keyId: key.id }, { amountNanos: 200 });
    const overview = await readAccountOverview(store, accountId);
    expect(overview).toMatchObject({ availableNanos: 1000, plan: { id: planId } });
    expect(overview.allowance).toMatchObject({ limitNanos: 500, leftNanos: 300, limitRequests: null });
    expect(await readKeyOverview(store, key.id)).toMatchObject(overview);
    clock.nowMs += HOUR;
    expect(await readAccountOverview(store, accountId)).toMatchObject({ plan: null, allowance: null });
    const nobody = readAccountOverview(store, "no-such");
    await expect(nobody).rejects.toMatchObject({ kind: "resource_not_found", options: { param: "accountId" } });
  });
});
