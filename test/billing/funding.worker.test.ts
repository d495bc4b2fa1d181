/** Plans with daily allowances, and quotas of keys: who pays, and which requests are refused. */
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { accounts, apiKeys, plans } from "../../schema/index.ts";
import { dayOf, nextMidnightMs } from "../../src/billing/calendar.ts";
import { freeNanos } from "../../src/billing/known-funds.ts";
import {
  account,
  addAccount,
  addPlan,
  addQuotaKey,
  ask,
  charge,
  chargesOf,
  db,
  expectSound,
  HOUR,
  keyRow,
  NOON,
  settlement,
  tally,
  walletAt,
  ZONE,
} from "./support.ts";

const clock = { nowMs: NOON };
const wallet = walletAt(clock);
const MIDNIGHT = nextMidnightMs(NOON, ZONE);

beforeEach(() => {
  clock.nowMs = NOON;
});

const limited = { kind: "refused", refusal: "daily_limit_reached" };
const exhausted = { kind: "refused", refusal: "key_quota_exhausted" };
const byAllowance = { kind: "held", funding: "allowance" };
const byBalance = { kind: "held", funding: "balance" };

describe("a daily allowance", () => {
  it("pays first; when it is used up, the balance does not pay", async () => {
    const id = await addAccount({ balance: 10_000, planId: await addPlan({ allowanceNanos: 1500 }) });
    const first = ask(id);
    expect(await wallet.hold(first)).toMatchObject(byAllowance);
    expect(await wallet.hold(ask(id))).toEqual(limited);
    await wallet.settle(first, settlement(300));
    expect(await account(id)).toMatchObject({ balanceNanos: 10_000, allowanceUsedNanos: 300, allowanceRequests: 1 });
    expect(await wallet.hold(ask(id))).toMatchObject(byAllowance);
    await expectSound(id);
  });

  it("overflows to the balance only where the account opted in", async () => {
    const planId = await addPlan({ allowanceNanos: 1500 });
    const id = await addAccount({ balance: 1000, planId, overflow: true });
    expect(await wallet.hold(ask(id))).toMatchObject(byAllowance);
    expect(await wallet.hold(ask(id))).toMatchObject(byBalance);
    expect(await wallet.hold(ask(id))).toEqual({ kind: "refused", refusal: "insufficient_balance" });
    expect(await account(id)).toMatchObject({ heldNanos: 1000, allowanceUsedNanos: 1000, allowanceRequests: 1 });
    await expectSound(id);
  });

  it("may be counted in requests, and a released one does not count", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceRequests: 2 }) });
    const requests = [ask(id), ask(id), ask(id)] as const;
    expect(await wallet.hold(requests[0])).toMatchObject(byAllowance);
    expect(await wallet.hold(requests[1])).toMatchObject(byAllowance);
    expect(await wallet.hold(requests[2])).toEqual(limited);
    await wallet.settle(requests[0], settlement(0));
    expect(await wallet.hold(requests[2])).toEqual(limited);
    await wallet.release(requests[1], { ending: "failed" });
    expect(await wallet.hold(requests[2])).toMatchObject(byAllowance);
    await expectSound(id);
  });

  it("overflows to the balance when its requests are used up, too", async () => {
    const planId = await addPlan({ allowanceRequests: 1 });
    const id = await addAccount({ balance: 1000, planId, overflow: true });
    expect(await wallet.hold(ask(id))).toMatchObject(byAllowance);
    expect(await wallet.hold(ask(id))).toMatchObject(byBalance);
  });

  it("starts again at midnight; a settlement after midnight counts for the day of its hold", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceNanos: 1000, allowanceRequests: 1 }) });
    const late = ask(id);
    clock.nowMs = MIDNIGHT - 1;
    expect(await wallet.hold(late)).toMatchObject({ ...byAllowance, day: "2026-05-10" });
    expect(await wallet.hold(ask(id))).toEqual(limited);
    clock.nowMs = MIDNIGHT;
    const early = ask(id);
    expect(await wallet.hold(early)).toMatchObject({ ...byAllowance, day: "2026-05-11" });
    await wallet.settle(late, settlement(900));
    const counters = { allowanceDay: "2026-05-11", allowanceUsedNanos: 1000, allowanceRequests: 1 };
    expect(await account(id)).toMatchObject(counters);
    await wallet.settle(early, settlement(400));
    expect(await account(id)).toMatchObject({ ...counters, allowanceUsedNanos: 400 });
    await expectSound(id);
  });

  it("does not get back a request of yesterday that is released today", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceRequests: 1 }) });
    const late = ask(id);
    await wallet.hold(late);
    clock.nowMs = MIDNIGHT;
    await wallet.hold(ask(id));
    await wallet.release(late, { ending: "failed" });
    expect(await account(id)).toMatchObject({ allowanceRequests: 1 });
    expect(await wallet.hold(ask(id))).toEqual(limited);
    await expectSound(id);
  });

  it("still counts a settlement after midnight while no newer hold was made", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceNanos: 1000 }) });
    const late = ask(id);
    await wallet.hold(late);
    clock.nowMs = MIDNIGHT + HOUR;
    await wallet.settle(late, settlement(900));
    expect(await account(id)).toMatchObject({ allowanceDay: "2026-05-10", allowanceUsedNanos: 900 });
    expect(await free(id, await addQuotaKey(id))).toBe(1000);
    await expectSound(id);
  });

  it("never goes back a day, whatever a clock says", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceNanos: 1500 }) });
    clock.nowMs = MIDNIGHT;
    await wallet.hold(ask(id));
    clock.nowMs = MIDNIGHT - 1;
    expect(await wallet.hold(ask(id))).toEqual(limited);
    expect(await wallet.hold(ask(id, { estimateNanos: 500 }))).toMatchObject({ day: "2026-05-11" });
    await expectSound(id);
  });

  it("is exact under concurrency", async () => {
    const id = await addAccount({ balance: 20_000, overflow: true, planId: await addPlan({ allowanceNanos: 30_000 }) });
    const requests = Array.from({ length: 100 }, () => ask(id));
    const outcomes = await Promise.all(requests.map(async (request) => wallet.hold(request)));
    expect(tally(outcomes)).toEqual({ held: 50, insufficient_balance: 50 });
    const rows = await chargesOf(id);
    expect(rows.filter(({ funding }) => funding === "allowance")).toHaveLength(30);
    await expectSound(id);
  });

  it("ends with its plan", async () => {
    const planId = await addPlan({ allowanceNanos: 1500 });
    const id = await addAccount({ balance: 1000, planId, planExpiresAt: NOON + 1 });
    expect(await wallet.hold(ask(id))).toMatchObject(byAllowance);
    clock.nowMs = NOON + 1;
    expect(await wallet.hold(ask(id))).toMatchObject(byBalance);
    await expectSound(id);
  });

  it("is no allowance when the plan has none", async () => {
    const id = await addAccount({ balance: 1000, planId: await addPlan({ tier: 3 }) });
    expect(await wallet.hold(ask(id))).toMatchObject(byBalance);
  });

  it("is held to its end, where less is of use too", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceNanos: 1500 }) });
    expect(await wallet.hold(ask(id, { leastNanos: 10 }))).toMatchObject({ ...byAllowance, nanos: 1000 });
    expect(await wallet.hold(ask(id, { leastNanos: 10 }))).toMatchObject({ ...byAllowance, nanos: 500 });
    expect(await wallet.hold(ask(id, { leastNanos: 10 }))).toEqual(limited);
    await expectSound(id);
  });

  it("gives way to the balance where that has more of what is wanted", async () => {
    const planId = await addPlan({ allowanceNanos: 300 });
    const id = await addAccount({ balance: 700, planId, overflow: true });
    expect(await wallet.hold(ask(id, { leastNanos: 10 }))).toMatchObject({ ...byBalance, nanos: 700 });
    expect(await wallet.hold(ask(id, { leastNanos: 10 }))).toMatchObject({ ...byAllowance, nanos: 300 });
    await expectSound(id);
  });

  it("is not raised after midnight, when its counter has gone on", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceNanos: 5000 }) });
    const late = ask(id);
    await wallet.hold(late);
    expect(await wallet.checkpoint(late, undefined, 2000)).toBe(2000);
    clock.nowMs = MIDNIGHT;
    expect(await wallet.checkpoint(late, undefined, 3000)).toBe(3000);
    await wallet.hold(ask(id));
    expect(await wallet.checkpoint(late, undefined, 4000)).toBe(3000);
    await expectSound(id);
  });

  it("is raised no further than it goes", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceNanos: 2500 }) });
    const [one, other] = [ask(id), ask(id)];
    await wallet.hold(one);
    await wallet.hold(other);
    expect(await wallet.checkpoint(one, undefined, 9000)).toBe(1500);
    expect(await wallet.checkpoint(other, undefined, 9000)).toBe(1000);
    await wallet.settle(one, settlement(100));
    expect(await wallet.checkpoint(other, undefined, 9000)).toBe(2400);
    await expectSound(id);
  });
});

describe("a key's quota", () => {
  it.each(["quotaTotalNanos", "quotaDayNanos", "quotaMonthNanos"] as const)("is never exceeded: %s", async (limit) => {
    const id = await addAccount({ balance: 100_000 });
    const keyId = await addQuotaKey(id, { [limit]: 2500 });
    const first = ask(id, { keyId });
    expect(await wallet.hold(first)).toMatchObject(byBalance);
    expect(await wallet.hold(ask(id, { keyId }))).toMatchObject(byBalance);
    expect(await wallet.hold(ask(id, { keyId }))).toEqual(exhausted);
    await wallet.settle(first, settlement(400));
    expect(await wallet.hold(ask(id, { keyId }))).toMatchObject(byBalance);
    expect(await keyRow(keyId)).toMatchObject({ usedTotalNanos: 2400, usedDayNanos: 2400, usedMonthNanos: 2400 });
    await expectSound(id);
  });

  it("starts again with each day and month, but not in total", async () => {
    const id = await addAccount({ balance: 100_000 });
    const limits = { quotaTotalNanos: 3000, quotaDayNanos: 1000, quotaMonthNanos: 2000 };
    const keyId = await addQuotaKey(id, limits);
    const spend = async () => {
      const request = ask(id, { keyId });
      const held = await wallet.hold(request);
      if (held.kind === "held") await wallet.settle(request, settlement(1000));
      return held;
    };
    const day = 24 * HOUR;
    expect(await spend()).toMatchObject(byBalance);
    expect(await spend()).toEqual(exhausted);
    clock.nowMs = NOON + day;
    expect(await spend()).toMatchObject(byBalance);
    clock.nowMs = NOON + 2 * day;
    expect(await spend()).toEqual(exhausted);
    clock.nowMs = NOON + 31 * day;
    expect(await spend()).toMatchObject(byBalance);
    clock.nowMs = NOON + 62 * day;
    expect(await spend()).toEqual(exhausted);
    expect(await keyRow(keyId)).toMatchObject({ usedTotalNanos: 3000, usedDayNanos: 1000, usedMonthNanos: 1000 });
    await expectSound(id);
  });

  it("settles across midnight for the day of the hold", async () => {
    const id = await addAccount({ balance: 100_000 });
    const keyId = await addQuotaKey(id, { quotaDayNanos: 1000 });
    const late = ask(id, { keyId });
    await wallet.hold(late);
    clock.nowMs = MIDNIGHT;
    const early = ask(id, { keyId, estimateNanos: 700 });
    expect(await wallet.hold(early)).toMatchObject(byBalance);
    await wallet.settle(late, settlement(800));
    expect(await keyRow(keyId)).toMatchObject({ usedDayNanos: 700, usedMonthNanos: 1500, periodDay: "2026-05-11" });
    await wallet.release(early, { ending: "failed" });
    expect(await keyRow(keyId)).toMatchObject({ usedDayNanos: 0, usedMonthNanos: 800, usedTotalNanos: 800 });
    await expectSound(id);
  });

  it("counts from when it was set, and a charge is counted to its end", async () => {
    const id = await addAccount({ balance: 100_000 });
    const keyId = await addQuotaKey(id);
    const before = ask(id, { keyId });
    await wallet.hold(before);
    await db.update(apiKeys).set({ quotaTotalNanos: 1000 }).where(eq(apiKeys.id, keyId));
    const after = ask(id, { keyId });
    expect(await wallet.hold(after)).toMatchObject(byBalance);
    await db.update(apiKeys).set({ quotaTotalNanos: null }).where(eq(apiKeys.id, keyId));
    await wallet.settle(before, settlement(900));
    await wallet.settle(after, settlement(200));
    expect(await keyRow(keyId)).toMatchObject({ usedTotalNanos: 200 });
    await expectSound(id);
  });

  it("also limits what an allowance pays and what an unlimited account spends", async () => {
    for (const values of [{ unlimited: true }, { planId: await addPlan({ allowanceRequests: 100 }) }]) {
      const id = await addAccount(values);
      const keyId = await addQuotaKey(id, { quotaTotalNanos: 1000 });
      expect(await wallet.hold(ask(id, { keyId }))).toMatchObject({ kind: "held" });
      expect(await wallet.hold(ask(id, { keyId }))).toEqual(exhausted);
      await expectSound(id);
    }
  });

  it("bounds holds and raised holds of its key alone", async () => {
    const id = await addAccount({ balance: 100_000 });
    const keyId = await addQuotaKey(id, { quotaTotalNanos: 2500 });
    const [one, other] = [ask(id, { keyId }), ask(id, { keyId, estimateNanos: 9000, leastNanos: 1 })];
    await wallet.hold(one);
    expect(await wallet.checkpoint(one, undefined, 2000)).toBe(2000);
    expect(await wallet.hold(other)).toMatchObject({ ...byBalance, nanos: 500 });
    expect(await wallet.checkpoint(one, undefined, 9000)).toBe(2000);
    expect(await wallet.hold(ask(id, { estimateNanos: 50_000 }))).toMatchObject(byBalance);
    await expectSound(id);
  });

  it("lets free requests pass, even if it was lowered below what is used", async () => {
    const id = await addAccount({ balance: 100_000 });
    const keyId = await addQuotaKey(id, { quotaTotalNanos: 1000 });
    expect(await wallet.hold(ask(id, { keyId }))).toMatchObject(byBalance);
    await db.update(apiKeys).set({ quotaTotalNanos: 500 }).where(eq(apiKeys.id, keyId));
    expect(await wallet.hold(ask(id, { keyId, estimateNanos: 0 }))).toMatchObject(byBalance);
    expect(await wallet.hold(ask(id, { keyId, estimateNanos: 1 }))).toEqual(exhausted);
  });

  it("settles across the end of a month for the month of the hold", async () => {
    const id = await addAccount({ balance: 100_000 });
    const keyId = await addQuotaKey(id, { quotaMonthNanos: 1000 });
    const [late, early] = [ask(id, { keyId }), ask(id, { keyId, estimateNanos: 700 })];
    await wallet.hold(late);
    clock.nowMs = NOON + 31 * 24 * HOUR;
    await wallet.hold(early);
    await wallet.settle(late, settlement(800));
    expect(await keyRow(keyId)).toMatchObject({ usedMonthNanos: 700, periodMonth: "2026-06" });
    await expectSound(id);
  });

  it("is exact under concurrency", async () => {
    const id = await addAccount({ balance: 1_000_000 });
    const keyId = await addQuotaKey(id, { quotaMonthNanos: 30_000 });
    const requests = Array.from({ length: 100 }, () => ask(id, { keyId }));
    const outcomes = await Promise.all(requests.map(async (request) => wallet.hold(request)));
    expect(tally(outcomes)).toEqual({ held: 30, key_quota_exhausted: 70 });
    await expectSound(id);
  });
});

/** What is known to be free, as the rows say now. */
async function free(accountId: string, keyId: string): Promise<number> {
  const [row] = await db
    .select({ account: accounts, plan: plans, key: apiKeys })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .leftJoin(plans, eq(plans.id, accounts.planId))
    .where(eq(apiKeys.id, keyId));
  if (row === undefined) throw new Error(`no key ${keyId} of ${accountId}`);
  return freeNanos(row, dayOf(clock.nowMs, ZONE));
}

/** Whatever is known to be free is held, and no more. */
async function expectHeld(accountId: string, keyId: string): Promise<number> {
  const known = await free(accountId, keyId);
  const all = ask(accountId, { keyId, estimateNanos: 1_000_000, leastNanos: 1 });
  const outcome = await wallet.hold(all);
  expect(outcome.kind === "held" ? outcome.nanos : 0).toBe(Math.min(1_000_000, known));
  await wallet.release(all, { ending: "failed" });
  return known;
}

describe("known funds", () => {
  it("are what the wallet holds, by balance, allowance and quota", async () => {
    const planId = await addPlan({ allowanceNanos: 5000, allowanceRequests: 3 });
    const id = await addAccount({ balance: 10_000, planId, overflow: true });
    const keyId = await addQuotaKey(id, { quotaTotalNanos: 90_000, quotaDayNanos: 7000 });
    const open = await addQuotaKey(id);
    await wallet.hold(ask(id, { keyId }));
    await wallet.hold(ask(id, { keyId, estimateNanos: 4001 }));
    expect(await expectHeld(id, keyId)).toBe(1999);
    expect(await expectHeld(id, open)).toBe(5999);
    await db.update(accounts).set({ overflow: false }).where(eq(accounts.id, id));
    expect(await expectHeld(id, open)).toBe(4000);
    await wallet.hold(ask(id));
    await wallet.hold(ask(id));
    expect(await expectHeld(id, open)).toBe(0);
    clock.nowMs = MIDNIGHT;
    expect(await expectHeld(id, open)).toBe(5000);
    const poor = await addAccount();
    expect(await expectHeld(poor, await addQuotaKey(poor))).toBe(0);
    const rich = await addAccount({ unlimited: true });
    expect(await expectHeld(rich, await addQuotaKey(rich))).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("count a quota of a new day or month from the start", async () => {
    const id = await addAccount({ balance: 100_000 });
    const daily = await addQuotaKey(id, { quotaDayNanos: 1500 });
    const monthly = await addQuotaKey(id, { quotaMonthNanos: 1600 });
    for (const keyId of [daily, monthly]) {
      const request = ask(id, { keyId });
      await wallet.hold(request);
      await wallet.settle(request, settlement(1000));
    }
    const left = async () => [await expectHeld(id, daily), await expectHeld(id, monthly)];
    expect(await left()).toEqual([500, 600]);
    clock.nowMs = MIDNIGHT;
    expect(await left()).toEqual([1500, 600]);
    clock.nowMs = NOON + 31 * 24 * HOUR;
    expect(await left()).toEqual([1500, 1600]);
  });

  it("ignore the key of another account", async () => {
    const id = await addAccount({ balance: 10_000 });
    const keyId = await addQuotaKey(await addAccount(), { quotaTotalNanos: 0 });
    const request = ask(id, { keyId });
    expect(await wallet.hold(request)).toMatchObject({ kind: "held" });
    expect(await charge(request)).toMatchObject({ keyCounted: false });
  });
});
