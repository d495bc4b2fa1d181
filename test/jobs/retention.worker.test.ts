import { uuidv7 } from "../../src/core/id.ts";
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { accounts, dailyUsage, entries } from "../../schema/index.ts";
import { newChargeRef, type HoldRequest } from "../../src/billing/wallet.ts";
import { AUDIT_QUERIES, auditMoney } from "../../src/jobs/audit.ts";
import { RETENTION_QUERIES, rollUpOldCharges } from "../../src/jobs/retention.ts";
import {
  account,
  addAccount,
  addPlan,
  addQuotaKey,
  ask,
  chargesOf,
  db,
  expectSound,
  HOUR,
  NOON,
  settlement,
  walletAt,
  ZONE,
} from "../billing/support.ts";
import { auditAll, rollUpAll } from "./rounds.ts";

const DAY = 24 * HOUR;
const clock = { nowMs: NOON };
const wallet = walletAt(clock, { leaseMs: 100 * DAY });
const options = { nowMs: NOON, timeZone: ZONE, days: 30 };

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

afterEach(async () => {
  await env.DB.exec("DROP TRIGGER IF EXISTS test_failure");
});

async function spend(
  accountId: string,
  daysAgo: number,
  amount: number,
  { model = "m", ...values }: Partial<HoldRequest> & { model?: string } = {},
) {
  clock.nowMs = NOON - daysAgo * DAY;
  const request = ask(accountId, { ...newChargeRef(accountId, uuidv7(clock.nowMs)), ...values });
  expect(await wallet.hold(request)).toMatchObject({ kind: "held" });
  await wallet.settle(request, settlement(amount, { model, costNanos: 1, usage: { input: 10, cachedRead: 3 } }));
  return request;
}

/** Charges of 40, 35 and 1 days ago, paid by the balance and by an allowance, with and without a key. */
async function fill() {
  const id = await addAccount({ balance: 50_000, overflow: true, planId: await addPlan({ allowanceRequests: 1 }) });
  const keyId = await addQuotaKey(id, { quotaTotalNanos: 90_000 });
  clock.nowMs = NOON - 40 * DAY;
  const [released, open] = [
    ask(id, newChargeRef(id, uuidv7(clock.nowMs))),
    ask(id, newChargeRef(id, uuidv7(clock.nowMs))),
  ];
  await wallet.hold(released);
  await wallet.release(released, { ending: "failed", costNanos: 5 });
  for (const daysAgo of [40, 35, 1]) {
    await spend(id, daysAgo, 100, { keyId });
    await spend(id, daysAgo, 200, { keyId });
    await spend(id, daysAgo, 300, { model: "other" });
    await spend(id, daysAgo, 400, { model: "other" });
    if (daysAgo === 40) await wallet.hold(open);
  }
  clock.nowMs = NOON;
  return { id, keyId, open };
}

async function usageOf(accountId: string) {
  return db.select().from(dailyUsage).where(eq(dailyUsage.accountId, accountId));
}

async function rollupsOf(accountId: string) {
  const rows = await db.select().from(entries).where(eq(entries.accountId, accountId));
  return rows.filter(({ kind }) => kind === "rollup").map(({ reference, amountNanos }) => [reference, amountNanos]);
}

describe("old charges", () => {
  it.each([1000, 2])("become sums, %i at a time; newer and open charges stay", async (batchSize) => {
    const { id, keyId, open } = await fill();
    const before = await account(id);
    expect(await rollUpAll(env.DB, { ...options, batchSize })).toBe(9);
    const left = await chargesOf(id);
    expect(left).toHaveLength(5);
    expect(left.filter(({ state }) => state === "held").map((row) => row.id)).toEqual([open.id]);
    expect(await account(id)).toEqual(before);
    await expectSound(id);

    const usage = await usageOf(id);
    const byKey = (day: string, key: string) => usage.find((row) => row.day === day && row.keyId === key);
    // The allowance pays the first request of a day.
    expect(byKey("2026-03-31", keyId)).toMatchObject({
      model: "m",
      requests: 2,
      allowanceRequests: 1,
      amountNanos: 300,
      balanceAmountNanos: 200,
      countedAmountNanos: 300,
      costNanos: 2,
      inputTokens: 20,
      cachedReadTokens: 6,
      outputTokens: 0,
    });
    expect(byKey("2026-04-05", "")).toMatchObject({
      model: "other",
      requests: 2,
      amountNanos: 700,
      countedAmountNanos: 0,
    });
    const released = usage.find(({ voided }) => voided > 0);
    expect(released).toMatchObject({
      day: "2026-03-31",
      model: "",
      requests: 0,
      voided: 1,
      amountNanos: 0,
      costNanos: 5,
    });
    const sums: Record<string, number> = {};
    for (const [day, amount] of await rollupsOf(id)) sums[String(day)] = (sums[String(day)] ?? 0) + Number(amount);
    expect(sums).toEqual({ "2026-03-31": -900, "2026-04-05": -900 });
  });

  it("become sums, even if nothing is left of the balance", async () => {
    const id = await addAccount({ balance: 1000 });
    await spend(id, 40, 1000);
    clock.nowMs = NOON;
    await rollUpAll(env.DB, options);
    expect(await chargesOf(id)).toEqual([]);
    expect(await rollupsOf(id)).toEqual([["2026-03-31", -1000]]);
    expect(await account(id)).toMatchObject({ balanceNanos: 0 });
    await expectSound(id);
  });

  it("are rolled up once, even if the job runs again", async () => {
    const { id } = await fill();
    await rollUpAll(env.DB, options);
    const [usage, rollups] = [await usageOf(id), await rollupsOf(id)];
    expect(await rollUpAll(env.DB, options)).toBe(0);
    expect([await usageOf(id), await rollupsOf(id)]).toEqual([usage, rollups]);
  });

  it("are added to the sums of their day when they come late", async () => {
    const { id, open } = await fill();
    await rollUpAll(env.DB, options);
    await wallet.settle(open, settlement(50, { model: "late" }));
    expect(await rollUpAll(env.DB, options)).toBe(1);
    expect((await usageOf(id)).find(({ model }) => model === "late")).toMatchObject({ amountNanos: 50, requests: 1 });
    await expectSound(id);
  });

  it.each([
    ["the entry", "BEFORE INSERT ON entries"],
    ["the sums", "BEFORE INSERT ON daily_usage"],
    ["the deletion", "BEFORE DELETE ON charges"],
  ])("are unchanged when %s fails, and are rolled up the next time", async (_, moment) => {
    const { id } = await fill();
    const before = [await chargesOf(id), await account(id)];
    await env.DB.exec(`CREATE TRIGGER test_failure ${moment} BEGIN SELECT RAISE(ABORT, 'out of order'); END;`);
    await expect(rollUpAll(env.DB, options)).rejects.toThrow("out of order");
    expect([await chargesOf(id), await account(id)]).toEqual(before);
    expect([await usageOf(id), await rollupsOf(id)]).toEqual([[], []]);
    await expectSound(id);
    await env.DB.exec("DROP TRIGGER test_failure");
    expect(await rollUpAll(env.DB, options)).toBe(9);
    await expectSound(id);
  });

  it("are rolled up once when the answer to a batch is lost", async () => {
    const { id } = await fill();
    const deaf = {
      prepare: (query: string) => env.DB.prepare(query),
      batch: async (statements: D1PreparedStatement[]) => {
        await env.DB.batch(statements);
        throw new Error("D1_ERROR: Network connection lost.");
      },
    } as unknown as D1Database;
    await expect(rollUpAll(deaf, options)).rejects.toThrow("lost");
    expect(await rollUpAll(env.DB, options)).toBe(0);
    expect((await usageOf(id)).reduce((sum, { amountNanos }) => sum + amountNanos, 0)).toBe(2000);
    await expectSound(id);
  });

  it("are rolled up earlier when the database is nearly full, and the log says so", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const id = await addAccount({ balance: 50_000 });
    await spend(id, 20, 100);
    expect(await rollUpAll(env.DB, options)).toBe(0);
    expect(await rollUpAll(env.DB, { ...options, fullBytes: 1 })).toBe(1);
    expect(warn.mock.lastCall?.[0]).toContain("database_nearly_full");
    await expectSound(id);
  });

  it("wait for the next run when there are too many", async () => {
    const { id } = await fill();
    const cursor = await rollUpOldCharges(env.DB, { ...options, batchSize: 4 }, "");
    expect(JSON.parse(cursor ?? "")).toEqual({ days: 30, account: id, deleted: 4 });
    await expectSound(id);
    expect(await rollUpAll(env.DB, options)).toBe(5);
    await expectSound(id);
  });

  it("of the first day that is kept all stay", async () => {
    const id = await addAccount({ balance: 50_000 });
    await spend(id, 30, 100);
    await spend(id, 31, 100);
    expect(await rollUpAll(env.DB, options)).toBe(1);
    expect((await chargesOf(id)).map(({ day }) => day)).toEqual(["2026-04-10"]);
  });
});

describe("the audit", () => {
  it("finds nothing in sound books, page by page", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    for (let count = 0; count < 45; count++) await addAccount({ balance: 10 });
    expect(await auditAll(env.DB)).toBeGreaterThanOrEqual(3);
    expect(error).not.toHaveBeenCalled();
  });

  it("makes no more queries in a step than it says", async () => {
    for (let count = 0; count < 25; count++) await addAccount({ balance: 10 });
    let queries = 0;
    const counting = {
      prepare(query: string) {
        queries++;
        return env.DB.prepare(query);
      },
      batch: async (statements: D1PreparedStatement[]) => env.DB.batch(statements),
    } as unknown as D1Database;
    await auditMoney(counting, "");
    expect(queries).toBe(AUDIT_QUERIES);
    const { id } = await fill();
    queries = 0;
    await rollUpOldCharges(counting, options, "");
    expect(queries).toBe(RETENTION_QUERIES);
    await rollUpAll(env.DB, options);
    await expectSound(id);
  });

  it("names the account and its broken invariant", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const { id, keyId } = await fill();
    await db
      .update(accounts)
      .set({ balanceNanos: 1, heldNanos: 2, openCharges: 3, allowanceUsedNanos: 4, allowanceRequests: 5 })
      .where(eq(accounts.id, id));
    await env.DB.prepare("UPDATE api_keys SET used_total = 6, used_day = 7, used_month = 8 WHERE id = ?")
      .bind(keyId)
      .run();
    await auditAll(env.DB);
    expect(error).toHaveBeenCalledTimes(10);
    const lines = error.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    expect(new Set(lines.map((line) => line["account"]))).toEqual(new Set([id]));
    expect(lines.map((line) => [line["stored"], line["expected"]])).toEqual([
      [1, 47_300],
      [2, 1000],
      [3, 1],
      [4, 100],
      [5, 1],
      // A balance of 1 does not cover what is held, and a plan of 4 requests does not allow 5.
      [1, 0],
      [4, 0],
      [6, 900],
      [7, 300],
      [8, 300],
    ]);
    expect(lines[7]).toMatchObject({ event: "money_invariant_broken", level: "error", key: keyId });
    await env.DB.prepare("DELETE FROM api_keys WHERE id = ?").bind(keyId).run();
  });
});
