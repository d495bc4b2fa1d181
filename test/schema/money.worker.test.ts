/** Writes that the tables themselves refuse: broken numbers, and impossible rows. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { accounts, apiKeys, charges, models, plans, prices } from "../../schema/index.ts";
import { eq } from "drizzle-orm";
import {
  account,
  addAccount,
  addPlan,
  addQuotaKey,
  ask,
  db,
  expectSound,
  NOON,
  settlement,
  walletAt,
} from "../billing/support.ts";

const wallet = walletAt({ nowMs: NOON });

async function run(query: string, ...values: unknown[]) {
  return env.DB.prepare(query)
    .bind(...values)
    .run();
}

async function typesOf(table: string, columns: readonly string[], where: string, value: string) {
  const list = columns.map((column) => `typeof(${column}) AS ${column}`).join(", ");
  return env.DB.prepare(`SELECT ${list} FROM ${table} WHERE ${where} = ?`).bind(value).first();
}

it("stores whole numbers as integers, though D1 binds them as REAL", async () => {
  expect(await env.DB.prepare("SELECT typeof(?) AS type").bind(5).first("type")).toBe("real");
  const planId = await addPlan({ allowanceNanos: 10_000_000, allowanceRequests: 9, priceNanos: 5 });
  const id = await addAccount({ balance: 9_007_199_254_740_991, overflow: true });
  const keyId = await addQuotaKey(id, { quotaTotalNanos: 1e15, quotaDayNanos: 1e15, quotaMonthNanos: 1e15 });
  for (const plan of [null, planId]) {
    await db.update(accounts).set({ planId: plan }).where(eq(accounts.id, id));
    const request = ask(id, { keyId, estimateNanos: 50_000 });
    await wallet.hold(request);
    await wallet.checkpoint(request, settlement(10, { costNanos: 3 }));
    await wallet.settle(request, settlement(40_000, { costNanos: 7, usage: { input: 1, images: 2 } }));
    const integers = [
      "estimate",
      "amount",
      "written_off",
      "cost",
      "checkpoint_amount",
      "checkpoint_cost",
      "input_tokens",
    ];
    const moments = ["created_at", "lease_until", "settled_at", "price_version", "ratio_ppm", "images", "estimated"];
    const columns = [...integers, ...moments, "key_counted"];
    const types = await typesOf("charges", columns, "id", request.id);
    expect(types).toEqual(Object.fromEntries(columns.map((column) => [column, "integer"])));
  }
  const counters = ["balance", "held", "open_charges", "allowance_used", "allowance_requests"];
  expect(await typesOf("accounts", counters, "id", id)).toEqual(
    Object.fromEntries(counters.map((column) => [column, "integer"])),
  );
  const used = ["used_total", "used_day", "used_month", "quota_total"];
  expect(await typesOf("api_keys", used, "id", keyId)).toEqual(
    Object.fromEntries(used.map((column) => [column, "integer"])),
  );
  expect(await account(id)).toMatchObject({ balanceNanos: 9_007_199_254_740_991 - 40_000 });
  await expectSound(id);
});

describe("are refused", () => {
  let id = "";
  let chargeId = "";
  beforeEach(async () => {
    id = await addAccount({ balance: 5000 });
    const request = ask(id);
    chargeId = request.id;
    await wallet.hold(request);
  });

  it.each([
    ["half a nano", "UPDATE charges SET checkpoint_amount = 0.5 WHERE id = ?"],
    ["words for numbers", "UPDATE charges SET checkpoint_amount = 'much' WHERE id = ?"],
    ["more than 2^53", "UPDATE charges SET checkpoint_amount = 9007199254740992 WHERE id = ?"],
    ["negative usage", "UPDATE charges SET input_tokens = -1 WHERE id = ?"],
    [
      "a strict charge beyond its hold",
      "UPDATE charges SET state = 'settled', ending = 'complete', amount = 1001 WHERE id = ?",
    ],
    ["an amount without a settlement", "UPDATE charges SET amount = 1 WHERE id = ?"],
    ["a closed charge without an ending", "UPDATE charges SET state = 'void' WHERE id = ?"],
    ["the deletion of an open charge", "DELETE FROM charges WHERE id = ?"],
  ])("%s", async (_, query) => {
    await expect(run(query, chargeId)).rejects.toThrow("SQLITE_CONSTRAINT");
    expect(await db.select().from(charges).where(eq(charges.id, chargeId))).toMatchObject([{ state: "held" }]);
    await expectSound(id);
  });

  it.each([
    ["account_id", "'other'"],
    ["id", "'other'"],
    ["nonce", "'mine'"],
    ["mode", "'expected'"],
    ["threshold", "5"],
    ["funding", "'allowance'"],
    ["day", "'2026-05-11'"],
    ["month", "'2026-06'"],
    ["key_id", "'k'"],
    ["key_counted", "1"],
    ["created_at", "7"],
    ["estimate", "1"],
  ])("another %s than the hold's", async (column, value) => {
    const change = run(`UPDATE charges SET ${column} = ${value} WHERE id = ?`, chargeId);
    await expect(change).rejects.toThrow("charge_is_frozen");
  });

  it("charges of a day before that of the counters", async () => {
    const insert = async (day: string, keyId: string | null) =>
      run(
        `INSERT INTO charges (account_id, id, state, nonce, mode, funding, day, month, key_id, key_counted, created_at, lease_until, estimate)
         VALUES (?, ?, 'held', 'n', 'strict', 'balance', ?, '2026-05', ?, 0, 1, 2, 1)`,
        id,
        day,
        day,
        keyId,
      );
    await db.update(accounts).set({ allowanceDay: "2026-05-02" }).where(eq(accounts.id, id));
    const keyId = await addQuotaKey(id, { periodDay: "2026-05-04" });
    await expect(insert("2026-05-01", null)).rejects.toThrow("charge_of_the_past");
    await expect(insert("2026-05-03", keyId)).rejects.toThrow("charge_of_the_past");
    await insert("2026-05-02", null);
    await insert("2026-05-04", keyId);
  });

  it("charges that do not begin as holds, or that nobody can pay", async () => {
    const insert = (state: string, funding: string, estimate: number) =>
      run(
        `INSERT INTO charges (account_id, id, state, nonce, mode, funding, day, month, key_counted, created_at, lease_until, estimate, ending)
         VALUES (?, 'x', ?, 'n', 'strict', ?, '2026-05-10', '2026-05', 0, 1, 2, ?, ?)`,
        id,
        state,
        funding,
        estimate,
        state === "held" ? null : "complete",
      );
    await expect(insert("settled", "balance", 1)).rejects.toThrow("charge_not_held");
    await expect(insert("held", "allowance", 1)).rejects.toThrow("daily_limit_reached");
    const planId = await addPlan({ allowanceNanos: 900 });
    await db.update(accounts).set({ planId }).where(eq(accounts.id, id));
    await expect(insert("held", "allowance", 901)).rejects.toThrow("daily_limit_reached");
    await expect(insert("held", "balance", 4001)).rejects.toThrow("insufficient_balance");
    await expectSound(id);
  });

  it("changes of closed charges", async () => {
    await run("UPDATE charges SET state = 'settled', ending = 'complete', amount = 10 WHERE id = ?", chargeId);
    await expect(run("UPDATE charges SET amount = 11 WHERE id = ?", chargeId)).rejects.toThrow("charge_is_final");
    const reopened = run("UPDATE charges SET state = 'held', ending = NULL, amount = 0 WHERE id = ?", chargeId);
    await expect(reopened).rejects.toThrow("charge_is_final");
    await expectSound(id);
  });

  it("changes of swept charges, except the correction by their own request", async () => {
    await run("UPDATE charges SET state = 'settled', ending = 'swept', amount = 10 WHERE id = ?", chargeId);
    await expect(run("UPDATE charges SET amount = 11 WHERE id = ?", chargeId)).rejects.toThrow("charge_is_final");
    const reopened = run("UPDATE charges SET state = 'held', ending = NULL, amount = 0 WHERE id = ?", chargeId);
    await expect(reopened).rejects.toThrow("charge_is_final");
    await run("UPDATE charges SET ending = 'complete', amount = 11 WHERE id = ?", chargeId);
    await expect(run("UPDATE charges SET amount = 12 WHERE id = ?", chargeId)).rejects.toThrow("charge_is_final");
    await expectSound(id);
  });

  it("a code for another amount than its own", async () => {
    await run("INSERT INTO redeem_codes (hash, batch, amount, created_at) VALUES ('h', 'b', 700, 1)");
    const redeem = async (amount: number) =>
      run(
        "INSERT INTO entries (account_id, id, kind, amount, reference, created_at) VALUES (?, 'r', 'redeem', ?, 'h', 1)",
        id,
        amount,
      );
    await expect(redeem(701)).rejects.toThrow("code_not_redeemable");
    await redeem(700);
    await expectSound(id);
  });

  it("a second refund of a charge under another id, or one of another account's charge", async () => {
    await run("UPDATE charges SET state = 'settled', ending = 'complete', amount = 10 WHERE id = ?", chargeId);
    const refund = async (entryId: string) =>
      run(
        "INSERT INTO entries (account_id, id, kind, amount, reference, created_at) VALUES (?, ?, 'refund', 10, ?, 1)",
        id,
        entryId,
        chargeId,
      );
    const other = await addAccount();
    const foreign = run(
      "INSERT INTO entries (account_id, id, kind, amount, reference, created_at) VALUES (?, ?, 'refund', 10, ?, 1)",
      other,
      `refund:${chargeId}`,
      chargeId,
    );
    await expect(foreign).rejects.toThrow("charge_not_refundable");
    await refund(`refund:${chargeId}`);
    await expect(refund("again")).rejects.toThrow("charge_not_refundable");
    await expectSound(id);
  });

  it.each(["balance = 0.5", "held = -1", "balance = 9007199254740992", "allowance_used = -1", "open_charges = 0.1"])(
    "counters such as %s",
    async (set) => {
      await expect(run(`UPDATE accounts SET ${set} WHERE id = ?`, id)).rejects.toThrow("CHECK");
    },
  );

  it("limits, prices and ratios that are no whole numbers", async () => {
    const keyId = await addQuotaKey(id);
    const check = { cause: { message: expect.stringContaining("CHECK") as string } };
    await expect(db.update(apiKeys).set({ quotaDayNanos: 0.5 }).where(eq(apiKeys.id, keyId))).rejects.toMatchObject(
      check,
    );
    await expect(addPlan({ allowanceNanos: -1 })).rejects.toMatchObject(check);
    await expect(run("INSERT INTO groups (id, name, ratio_ppm, created_at) VALUES ('h', 'H', 1.5, 1)")).rejects.toThrow(
      "CHECK",
    );
    await db.insert(models).values({ id: "priced", operation: "chat", createdAt: 0 });
    const whole = { cause: { message: expect.stringContaining("price_not_whole") as string } };
    for (const rates of [
      "[]",
      '["input"]',
      '[{"nanos":1}]',
      '[{"unit":"input"}]',
      '[{"unit":"input","nanos":1.5}]',
      '[{"unit":"input","nanos":-1}]',
      '[{"unit":"input","nanos":"1"}]',
      '[{"unit":"input","nanos":9007199254740992}]',
      '[{"unit":"input","nanos":1},{"unit":"output","costNanos":-1}]',
      '[{"unit":"input","nanos":1,"costNanos":0.5}]',
      '[{"unit":"input","nanos":1,"when":"large"}]',
    ]) {
      const row = { modelId: "priced", effectiveAt: 1, rates };
      await expect(db.insert(prices).values(row), rates).rejects.toMatchObject(whole);
    }
    await expect(db.insert(prices).values({ modelId: "priced", effectiveAt: 1, rates: "{" })).rejects.toThrow();
    expect(await db.select().from(prices).where(eq(prices.modelId, "priced"))).toEqual([]);
  });

  it("changes of a price that charges may name; a future price may be deleted", async () => {
    await db.insert(models).values({ id: "frozen", operation: "chat", createdAt: 0 });
    const price = { modelId: "frozen", rates: '[{"unit":"input","nanos":1}]' };
    const future = Date.now() + 86_400_000;
    await db.insert(prices).values([
      { ...price, effectiveAt: 0 },
      { ...price, effectiveAt: future },
    ]);
    const mine = eq(prices.modelId, "frozen");
    const frozen = { cause: { message: expect.stringContaining("price_is_frozen") as string } };
    await expect(db.update(prices).set({ rates: '[{"unit":"input","nanos":9}]' }).where(mine)).rejects.toMatchObject(
      frozen,
    );
    await expect(db.delete(prices).where(eq(prices.effectiveAt, 0))).rejects.toMatchObject(frozen);
    await db.delete(prices).where(eq(prices.effectiveAt, future));
    expect(await db.select().from(prices).where(mine)).toMatchObject([{ effectiveAt: 0, rates: price.rates }]);
  });

  it("plans that accounts still name are not deleted", async () => {
    const planId = await addPlan();
    await addAccount({ planId });
    await expect(db.delete(plans).where(eq(plans.id, planId))).rejects.toMatchObject({
      cause: { message: expect.stringContaining("FOREIGN KEY") as string },
    });
  });
});
