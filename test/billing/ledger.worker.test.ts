import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { entries, redeemCodes } from "../../schema/index.ts";
import { createCodes, redeem } from "../../src/billing/codes.ts";
import { adjust, chargeBack, purchasePlan, refund, reverseChargeBack, topUp } from "../../src/billing/ledger.ts";
import { MAX_NANOS } from "../../src/core/money.ts";
import { account, addAccount, addPlan, ask, db, expectSound, HOUR, NOON, settlement, walletAt } from "./support.ts";

const DAY = 24 * HOUR;
const wallet = walletAt({ nowMs: NOON });
const common = (accountId: string, id = "e1") => ({ accountId, id, nowMs: NOON, actor: "operator" });

async function entriesOf(accountId: string) {
  return db.select().from(entries).where(eq(entries.accountId, accountId));
}

describe("top-ups and adjustments", () => {
  it("move the balance once, however often they are sent", async () => {
    const id = await addAccount();
    const request = { ...common(id), amountNanos: 5000, reference: "payment 1" };
    const first = await topUp(env.DB, request);
    expect(first).toMatchObject({ replayed: false, entry: { kind: "top_up", amountNanos: 5000, actor: "operator" } });
    const again = await Promise.all([topUp(env.DB, request), topUp(env.DB, request)]);
    expect(again.map(({ replayed }) => replayed)).toEqual([true, true]);
    expect(again[0]?.entry).toEqual(first.entry);
    expect((await account(id)).balanceNanos).toBe(5000);
    await expect(topUp(env.DB, { ...request, amountNanos: 5001 })).rejects.toMatchObject({ kind: "conflict" });
    await expectSound(id);
  });

  it("may make the balance of an unlimited account negative", async () => {
    const id = await addAccount({ unlimited: true });
    await adjust(env.DB, { accountId: id, id: "a", amountNanos: -5, reason: "owed", nowMs: NOON });
    expect(await account(id)).toMatchObject({ balanceNanos: -5 });
    await expectSound(id);
  });

  it("take at most what the balance has and does not hold", async () => {
    const id = await addAccount({ balance: 5000 });
    await wallet.hold(ask(id, { estimateNanos: 2000 }));
    const take = { ...common(id), amountNanos: -3001, reason: "mistake" };
    await expect(adjust(env.DB, take)).rejects.toMatchObject({ kind: "insufficient_balance" });
    expect(await adjust(env.DB, { ...take, amountNanos: -3000 })).toMatchObject({ entry: { reason: "mistake" } });
    // A replay is acknowledged, although the balance would not cover it twice.
    expect(await adjust(env.DB, { ...take, amountNanos: -3000 })).toMatchObject({ replayed: true });
    expect((await account(id)).balanceNanos).toBe(2000);
    await expectSound(id);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5" as unknown as number])(
    "refuse %s, and write nothing",
    async (amountNanos) => {
      const id = await addAccount();
      const refused = topUp(env.DB, { ...common(id), amountNanos });
      await expect(refused).rejects.toMatchObject({ kind: "invalid_parameter", options: { param: "amount" } });
      expect(await entriesOf(id)).toEqual([]);
    },
  );

  it("refuse amounts that the balance cannot hold, unknown accounts, and an empty reason", async () => {
    const id = await addAccount({ balance: 1 });
    const invalid = { kind: "invalid_parameter" };
    await expect(topUp(env.DB, { ...common(id), amountNanos: MAX_NANOS })).rejects.toMatchObject(invalid);
    await expect(adjust(env.DB, { ...common(id), amountNanos: 1, reason: " " })).rejects.toMatchObject(invalid);
    await expect(adjust(env.DB, { ...common(id), amountNanos: 0, reason: "x" })).rejects.toMatchObject(invalid);
    await expect(topUp(env.DB, { ...common(id, ""), amountNanos: 1 })).rejects.toMatchObject(invalid);
    const nobody = topUp(env.DB, { ...common("nobody"), amountNanos: 1 });
    await expect(nobody).rejects.toMatchObject({ kind: "resource_not_found" });
    expect(await entriesOf(id)).toHaveLength(1);
    await expectSound(id);
  });

  it("are never changed or deleted", async () => {
    const id = await addAccount({ balance: 5000 });
    const mine = eq(entries.accountId, id);
    const frozen = { cause: { message: expect.stringContaining("entry_is_frozen") as string } };
    await expect(db.update(entries).set({ amountNanos: 1 }).where(mine)).rejects.toMatchObject(frozen);
    await expect(db.delete(entries).where(mine)).rejects.toMatchObject(frozen);
  });
});

describe("refunds", () => {
  it("give a charge back once, at most in full", async () => {
    const id = await addAccount({ balance: 5000 });
    const request = ask(id);
    await wallet.hold(request);
    const wanted = { accountId: id, chargeId: request.id, nowMs: NOON, reason: "task failed" };
    await expect(refund(env.DB, wanted)).rejects.toMatchObject({ kind: "invalid_parameter" });
    await wallet.settle(request, settlement(800));
    const tooMuch = refund(env.DB, { ...wanted, amountNanos: 801 });
    await expect(tooMuch).rejects.toMatchObject({ kind: "invalid_parameter" });
    const both = await Promise.all([refund(env.DB, wanted), refund(env.DB, wanted)]);
    expect(both.map(({ replayed }) => replayed).toSorted()).toEqual([false, true]);
    await expect(refund(env.DB, { ...wanted, amountNanos: 1 })).rejects.toMatchObject({ kind: "conflict" });
    expect((await account(id)).balanceNanos).toBe(5000);
    await expectSound(id);
  });

  it("are refused for charges of other accounts, and for charges that an allowance paid", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceRequests: 5 }) });
    const request = ask(id);
    await wallet.hold(request);
    await wallet.settle(request, settlement(800));
    const wanted = { accountId: id, chargeId: request.id, nowMs: NOON };
    await expect(refund(env.DB, wanted)).rejects.toMatchObject({ kind: "invalid_parameter" });
    const other = refund(env.DB, { ...wanted, accountId: await addAccount() });
    await expect(other).rejects.toMatchObject({ kind: "resource_not_found" });
    await expectSound(id);
  });
});

describe("plans", () => {
  it("are paid by the balance; a second purchase starts at the end of the first", async () => {
    const planId = await addPlan({ priceNanos: 2000, periodDays: 30, allowanceNanos: 10 });
    const id = await addAccount({ balance: 5000 });
    const first = await purchasePlan(env.DB, { ...common(id, "p1"), planId });
    expect(first.entry).toMatchObject({ amountNanos: -2000, planExpiresAt: NOON + 30 * DAY });
    expect(await purchasePlan(env.DB, { ...common(id, "p1"), planId })).toMatchObject({ replayed: true });
    await purchasePlan(env.DB, { ...common(id, "p2"), planId });
    expect(await account(id)).toMatchObject({ planId, planExpiresAt: NOON + 60 * DAY, balanceNanos: 1000 });
    const third = purchasePlan(env.DB, { ...common(id, "p3"), planId });
    await expect(third).rejects.toMatchObject({ kind: "insufficient_balance" });
    expect(await account(id)).toMatchObject({ planExpiresAt: NOON + 60 * DAY, balanceNanos: 1000 });
    await expectSound(id);
  });

  it("start at once when the account had another plan or an ended one, and may have no end", async () => {
    const [old, endless] = [await addPlan({ periodDays: 1 }), await addPlan({ priceNanos: 1 })];
    const id = await addAccount({ balance: 5, planId: old, planExpiresAt: NOON - 5 * DAY });
    await purchasePlan(env.DB, { ...common(id, "p1"), planId: old });
    expect(await account(id)).toMatchObject({ planId: old, planExpiresAt: NOON + DAY });
    await purchasePlan(env.DB, { ...common(id, "p2"), planId: endless });
    expect(await account(id)).toMatchObject({ planId: endless, planExpiresAt: null, balanceNanos: 4 });
  });

  it("are not bought when they are unknown or no longer sold", async () => {
    const id = await addAccount({ balance: 5 });
    const missing = { kind: "resource_not_found" };
    await expect(purchasePlan(env.DB, { ...common(id), planId: "none" })).rejects.toMatchObject(missing);
    const planId = await addPlan({ disabled: true });
    await expect(purchasePlan(env.DB, { ...common(id), planId })).rejects.toMatchObject(missing);
  });
});

describe("a charge-back", () => {
  const dispute = (accountId: string) => ({ accountId, topUpId: "paid", nowMs: NOON, actor: "bank" });

  async function spender() {
    const id = await addAccount();
    await topUp(env.DB, { ...common(id, "paid"), amountNanos: 1000 });
    const [spent, running] = [ask(id, { estimateNanos: 700 }), ask(id, { estimateNanos: 200 })];
    await wallet.hold(spent);
    await wallet.settle(spent, settlement(700));
    await wallet.hold(running);
    return { id, running };
  }

  it("takes spent money below zero, stops the account, and lets what runs end", async () => {
    const { id, running } = await spender();
    const { entry, replayed } = await chargeBack(env.DB, dispute(id));
    expect(replayed).toBe(false);
    expect(entry).toMatchObject({ id: "chargeback:paid", kind: "chargeback", amountNanos: -1000, reference: "paid" });
    expect(await account(id)).toMatchObject({ balanceNanos: -700, heldNanos: 200, disabled: true });
    await expectSound(id);
    expect(await wallet.hold(ask(id, { estimateNanos: 1 }))).toMatchObject({ refusal: "insufficient_balance" });
    expect(await wallet.checkpoint(running, undefined, 300), "no hold is raised").toBe(200);
    expect(await wallet.settle(running, settlement(150))).toMatchObject({ amountNanos: 150 });
    expect(await account(id)).toMatchObject({ balanceNanos: -850, heldNanos: 0 });
    await expectSound(id);
  });

  it("happens once to a top-up, and at most in full", async () => {
    const { id } = await spender();
    await expect(chargeBack(env.DB, { ...dispute(id), amountNanos: 1001 })).rejects.toMatchObject({
      kind: "invalid_parameter",
    });
    const results = await Promise.all(
      Array.from({ length: 5 }, async () => chargeBack(env.DB, { ...dispute(id), amountNanos: 400 })),
    );
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await expect(chargeBack(env.DB, dispute(id))).rejects.toMatchObject({ kind: "conflict" });
    expect(await account(id)).toMatchObject({ balanceNanos: -100 });
    await expectSound(id);
  });

  it("is of a top-up of the account, of no other entry", async () => {
    const { id } = await spender();
    await adjust(env.DB, { ...common(id, "gift"), amountNanos: 50, reason: "gift" });
    await expect(chargeBack(env.DB, { ...dispute(id), topUpId: "gift" })).rejects.toMatchObject({
      kind: "invalid_parameter",
    });
    await expect(chargeBack(env.DB, { ...dispute(id), topUpId: "none" })).rejects.toMatchObject({
      kind: "resource_not_found",
    });
    const other = await addAccount({ balance: 10 });
    await expect(chargeBack(env.DB, dispute(other))).rejects.toMatchObject({ kind: "resource_not_found" });
    expect(await account(id)).toMatchObject({ balanceNanos: 350, disabled: false });
  });

  it("that is reversed gives all back, once; the account waits for its operator", async () => {
    const { id } = await spender();
    await expect(reverseChargeBack(env.DB, dispute(id))).rejects.toMatchObject({ kind: "resource_not_found" });
    await chargeBack(env.DB, { ...dispute(id), amountNanos: 900 });
    const [first, second] = [
      await reverseChargeBack(env.DB, dispute(id)),
      await reverseChargeBack(env.DB, dispute(id)),
    ];
    expect([first.replayed, second.replayed]).toEqual([false, true]);
    expect(second.entry).toMatchObject({ kind: "chargeback_reversal", amountNanos: 900 });
    expect(await account(id)).toMatchObject({ balanceNanos: 300, disabled: true });
    await expectSound(id);
  });

  it("is the only entry that takes what is not there", async () => {
    const { id } = await spender();
    await chargeBack(env.DB, dispute(id));
    await expect(adjust(env.DB, { ...common(id, "x"), amountNanos: -1, reason: "x" })).rejects.toMatchObject({
      kind: "insufficient_balance",
    });
    const forged = db.insert(entries).values({
      accountId: id,
      id: "chargeback:mine",
      kind: "adjustment",
      dispute: "chargeback",
      amountNanos: -1,
      reason: "x",
      reference: "mine",
      createdAt: NOON,
    });
    await expect(forged).rejects.toMatchObject({
      cause: { message: expect.stringContaining("not_disputable") as string },
    });
  });
});

describe("redeem codes", () => {
  const batch = { batch: "spring", count: 3, amountNanos: 700, nowMs: NOON };

  it("can be redeemed once, by one of many who try at the same time", async () => {
    const [code = ""] = await createCodes(env.DB, batch);
    const ids = await Promise.all(Array.from({ length: 20 }, async () => addAccount()));
    const tries = ids.flatMap((accountId) => [accountId, accountId]);
    const results = await Promise.allSettled(
      tries.map(async (accountId) => redeem(env.DB, { accountId, code, nowMs: NOON })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ kind: "invalid_parameter" });
    }
    const balances = await Promise.all(ids.map(async (id) => (await account(id)).balanceNanos));
    expect(balances.toSorted((one, other) => one - other)).toEqual([...Array<number>(19).fill(0), 700]);
    for (const id of ids) await expectSound(id);
  });

  it("come once for each batch, however often it is asked for", async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 3 }, async () => createCodes(env.DB, { ...batch, batch: "parallel" })),
    );
    const refused = made.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    expect(refused).toMatchObject([{ kind: "conflict" }, { kind: "conflict" }]);
    expect(await db.$count(redeemCodes, eq(redeemCodes.batch, "parallel"))).toBe(3);
  });

  it("are stored as hashes only, and read as people type them", async () => {
    const codes = await createCodes(env.DB, { ...batch, batch: "typed" });
    expect(new Set(codes).size).toBe(3);
    const rows = await db.select().from(redeemCodes).where(eq(redeemCodes.batch, "typed"));
    expect(rows).toHaveLength(3);
    for (const code of codes) {
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
      expect(JSON.stringify(rows)).not.toContain(code.slice(0, 11));
    }
    const accountId = await addAccount();
    const typed = (codes[0] ?? "").toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");
    expect(await redeem(env.DB, { accountId, code: typed, nowMs: NOON })).toMatchObject({ amountNanos: 700 });
  });

  it("expire, with another error than unknown codes", async () => {
    const accountId = await addAccount();
    const [code = ""] = await createCodes(env.DB, { ...batch, batch: "expiring", expiresAtMs: NOON + 1 });
    const late = redeem(env.DB, { accountId, code, nowMs: NOON + 1 });
    await expect(late).rejects.toMatchObject({ options: { detail: { en: "The code has expired." } } });
    const never = redeem(env.DB, { accountId, code: "AAAAA-AAAAA", nowMs: NOON });
    await expect(never).rejects.toMatchObject({ kind: "resource_not_found" });
    expect(await redeem(env.DB, { accountId, code, nowMs: NOON })).toMatchObject({ kind: "redeem" });
    const again = redeem(env.DB, { accountId, code, nowMs: NOON });
    await expect(again).rejects.toMatchObject({ options: { detail: { en: "The code was already used." } } });
    expect((await account(accountId)).balanceNanos).toBe(700);
  });

  it("give nothing to an unknown account, and can still be redeemed", async () => {
    const [code = ""] = await createCodes(env.DB, { ...batch, batch: "nobody's" });
    const nobody = redeem(env.DB, { accountId: "nobody", code, nowMs: NOON });
    await expect(nobody).rejects.toMatchObject({ kind: "resource_not_found" });
    const accountId = await addAccount();
    expect(await redeem(env.DB, { accountId, code, nowMs: NOON })).toMatchObject({ amountNanos: 700 });
  });

  it.each([
    { count: 0 },
    { count: 1001 },
    { count: 1.5 },
    { amountNanos: 0 },
    { amountNanos: 2 ** 53 },
    { batch: "" },
    { expiresAtMs: NOON },
  ])("are not made of %j", async (values) => {
    await expect(createCodes(env.DB, { ...batch, ...values })).rejects.toMatchObject({ kind: "invalid_parameter" });
  });

  it("are made up to a thousand at a time", async () => {
    expect(new Set(await createCodes(env.DB, { ...batch, batch: "large", count: 1000 })).size).toBe(1000);
  });
});
