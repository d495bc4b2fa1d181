import { uuidv7 } from "../../src/core/id.ts";
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { accounts } from "../../schema/index.ts";
import { brokenInvariantsOf } from "../../src/billing/invariants.ts";
import { refund } from "../../src/billing/ledger.ts";
import { newChargeRef, type ChargeRef } from "../../src/billing/wallet.ts";
import { sweepExpired } from "../../src/jobs/sweep.ts";
import {
  account,
  addAccount,
  addPlan,
  addQuotaKey,
  ask,
  charge,
  db,
  expectSound,
  HOUR,
  keyRow,
  NOON,
  outboxes,
  settlement,
  WatchedD1,
  walletAt,
} from "../billing/support.ts";

const clock = { nowMs: NOON };
const wallet = walletAt(clock);
const LEASE = 60_000;

beforeEach(() => {
  clock.nowMs = NOON;
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

/** A hold of 1,000 on a balance of 5,000. */
async function held(values: Parameters<typeof ask>[1] = {}) {
  const id = await addAccount({ balance: 5000 });
  const request = ask(id, values);
  expect(await wallet.hold(request)).toMatchObject({ kind: "held" });
  return { id, request };
}

/** While an account is without limit, its balance may pass zero. */
async function spendBelowZero(id: string): Promise<void> {
  const request = ask(id, { estimateNanos: 9000 });
  await db.update(accounts).set({ unlimited: true }).where(eq(accounts.id, id));
  await wallet.hold(request);
  await wallet.settle(request, settlement(9000));
  await db.update(accounts).set({ unlimited: false }).where(eq(accounts.id, id));
  expect((await account(id)).balanceNanos).toBeLessThan(0);
}

describe("an expired lease", () => {
  it("is charged the amount of its last checkpoint", async () => {
    const { id, request } = await held();
    await wallet.checkpoint(request, settlement(200, { costNanos: 9, usage: { input: 7, output: 1 } }));
    await wallet.checkpoint(
      request,
      settlement(350, { costNanos: 11, usage: { input: 7, output: 5 }, estimated: true }),
    );
    expect(await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes })).toEqual({ settled: 1, voided: 0 });
    expect(await charge(request)).toMatchObject({
      state: "settled",
      ending: "swept",
      amountNanos: 350,
      costNanos: 11,
      inputTokens: 7,
      outputTokens: 5,
      estimated: true,
      model: "m",
      priceVersion: 0,
    });
    expect(await account(id)).toMatchObject({ balanceNanos: 4650, heldNanos: 0, openCharges: 0 });
    await expectSound(id);
    expect(await sweepExpired(env.DB, NOON + LEASE + 2, { outboxes })).toEqual({ settled: 0, voided: 0 });
  });

  it("is voided without a checkpoint", async () => {
    const { id, request } = await held();
    expect(await wallet.checkpoint(request)).toBe(1000);
    expect(await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes })).toEqual({ settled: 0, voided: 1 });
    expect(await charge(request)).toMatchObject({ state: "void", ending: "swept", amountNanos: 0 });
    expect(await account(id)).toMatchObject({ balanceNanos: 5000, heldNanos: 0, openCharges: 0 });
    await expectSound(id);
  });

  it("is charged no more than its hold", async () => {
    const { id, request } = await held();
    await wallet.checkpoint(request, settlement(4000));
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    expect(await charge(request)).toMatchObject({ amountNanos: 1000, writtenOffNanos: 3000 });
    await expectSound(id);
  });
});

it("leaves what is running, settled or just extended", async () => {
  const { id, request } = await held();
  expect(await sweepExpired(env.DB, NOON + LEASE, { outboxes })).toEqual({ settled: 0, voided: 0 });
  clock.nowMs = NOON + LEASE;
  expect(await wallet.checkpoint(request, settlement(100))).toBe(1000);
  expect(await sweepExpired(env.DB, NOON + 2 * LEASE, { outboxes })).toEqual({ settled: 0, voided: 0 });
  await wallet.settle(request, settlement(100));
  expect(await sweepExpired(env.DB, NOON + 9 * LEASE, { outboxes })).toEqual({ settled: 0, voided: 0 });
  expect(await account(id)).toMatchObject({ balanceNanos: 4900 });
});

describe("an outbox", () => {
  it("that keeps the end of a charge is left to deliver it", async () => {
    const { request } = await held();
    await wallet.checkpoint(request, settlement(200));
    const end = { kind: "settle", settlement: settlement(300) } as const;
    await outboxes.post({ charge: request, end });
    expect(await sweepExpired(env.DB, NOON + 9 * LEASE, { outboxes })).toEqual({ settled: 0, voided: 0 });
    expect(await charge(request)).toMatchObject({ state: "held" });
    await wallet.settle(request, end.settlement);
  });

  it("that does not answer keeps its charges waiting for an hour", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const { request } = await held();
    const dead = { holding: async () => ({ ids: new Set<string>(), unknown: new Set([request.id]) }) };
    const sweepAfter = async (ms: number) => sweepExpired(env.DB, NOON + LEASE + ms, { outboxes: dead });
    expect(await sweepAfter(HOUR)).toEqual({ settled: 0, voided: 0 });
    expect(String(error.mock.lastCall)).toContain("outbox_unreachable");
    expect(await sweepAfter(HOUR + 1)).toEqual({ settled: 0, voided: 1 });
  });

  it("is not asked where no lease has run out", async () => {
    const holding = vi.fn(outboxes.holding.bind(outboxes));
    await sweepExpired(env.DB, NOON, { outboxes: { holding } });
    expect(holding).not.toHaveBeenCalled();
  });
});

it("does not close a charge whose lease was extended after it was found", async () => {
  const { request } = await held();
  // The sweeper first finds the charge, then updates it. A checkpoint comes between the two.
  const swept = sweepExpired(
    {
      prepare: (query: string) => env.DB.prepare(query),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await env.DB.batch(statements);
        clock.nowMs = NOON + 2 * LEASE;
        await wallet.checkpoint(request);
        return results;
      },
    } as unknown as D1Database,
    NOON + LEASE + 1,
    { outboxes },
  );
  expect(await swept).toEqual({ settled: 0, voided: 0 });
  expect(await charge(request)).toMatchObject({ state: "held" });
  await wallet.release(request, { ending: "failed" });
});

describe("a late settlement", () => {
  it.each([
    ["more", 350, 600],
    ["less", 350, 100],
    ["what was voided", undefined, 600],
  ])("corrects %s, once", async (_, checkpoint, amount) => {
    const quota = { quotaTotalNanos: 90_000, quotaDayNanos: 90_000 };
    const id = await addAccount({ balance: 5000 });
    const keyId = await addQuotaKey(id, quota);
    const request = ask(id, { keyId });
    await wallet.hold(request);
    if (checkpoint !== undefined) await wallet.checkpoint(request, settlement(checkpoint));
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    await expectSound(id);
    expect(await wallet.settle(request, settlement(amount))).toMatchObject({ amountNanos: amount, replayed: false });
    expect(await account(id)).toMatchObject({ balanceNanos: 5000 - amount, heldNanos: 0, openCharges: 0 });
    expect(await keyRow(keyId)).toMatchObject({ usedTotalNanos: amount, usedDayNanos: amount });
    expect(await wallet.settle(request, settlement(999))).toMatchObject({ amountNanos: amount, replayed: true });
    expect(await charge(request)).toMatchObject({ ending: "complete", amountNanos: amount });
    await expectSound(id);
  });

  it("may be a release", async () => {
    const { id, request } = await held();
    await wallet.checkpoint(request, settlement(350));
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    expect(await wallet.release(request, { ending: "failed" })).toMatchObject({ state: "void", replayed: false });
    expect(await account(id)).toMatchObject({ balanceNanos: 5000 });
    await expectSound(id);
  });

  it("takes no more than the account has left by then", async () => {
    const id = await addAccount({ balance: 1000 });
    const [swept, next] = [ask(id), ask(id, { estimateNanos: 900 })];
    await wallet.hold(swept);
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    await wallet.hold(next);
    expect(await wallet.settle(swept, settlement(1000))).toMatchObject({ amountNanos: 100, writtenOffNanos: 900 });
    await wallet.settle(next, settlement(900));
    expect(await account(id)).toMatchObject({ balanceNanos: 0, heldNanos: 0 });
    await expectSound(id);
  });

  it("keeps what the sweep has charged, even if nothing is left", async () => {
    const id = await addAccount({ balance: 1000 });
    const [swept, next] = [ask(id), ask(id, { estimateNanos: 650 })];
    await wallet.hold(swept);
    await wallet.checkpoint(swept, settlement(350));
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    await wallet.hold(next);
    expect(await wallet.settle(swept, settlement(600))).toMatchObject({ amountNanos: 350, writtenOffNanos: 250 });
    await wallet.release(next, { ending: "failed" });
    await expectSound(id);
  });

  it("keeps what the sweep has charged, even if the balance is negative", async () => {
    const { id, request } = await held();
    await wallet.checkpoint(request, settlement(350));
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    await spendBelowZero(id);
    expect(await wallet.settle(request, settlement(600))).toMatchObject({ amountNanos: 350, writtenOffNanos: 250 });
    const free = "what is held is there, and the balance is not below zero but for charge-backs";
    expect(await brokenInvariantsOf(env.DB, id)).toMatchObject([{ invariant: free, stored: 4350, expected: 0 }]);
  });

  it.each([
    ["an allowance", { allowanceNanos: 1000 }, {}],
    ["a quota in all", {}, { quotaTotalNanos: 1000 }],
    ["a quota a day", {}, { quotaDayNanos: 1000 }],
    ["a quota a month", {}, { quotaMonthNanos: 1000 }],
  ])("takes no more than %s has left by then", async (_, plan, quota) => {
    const planId = await addPlan(plan);
    const id = await addAccount({ balance: 90_000, planId });
    const keyId = await addQuotaKey(id, quota);
    const [swept, next] = [ask(id, { keyId }), ask(id, { keyId, estimateNanos: 900 })];
    await wallet.hold(swept);
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    expect(await wallet.hold(next)).toMatchObject({ kind: "held" });
    expect(await wallet.settle(swept, settlement(1000))).toMatchObject({ amountNanos: 100, writtenOffNanos: 900 });
    await wallet.settle(next, settlement(900));
    await expectSound(id);
  });

  it.each([
    ["an allowance", { allowanceNanos: 1000 }, {}],
    ["a quota", {}, { quotaDayNanos: 1000 }],
  ])("takes nothing of %s of a day that is over: what was used on it is not known any more", async (_, plan, quota) => {
    const planId = await addPlan(plan);
    const id = await addAccount({ balance: 90_000, planId });
    const keyId = await addQuotaKey(id, quota);
    const [swept, next] = [ask(id, { keyId }), ask(id, { keyId, estimateNanos: 100 })];
    await wallet.hold(swept);
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    clock.nowMs = NOON + 24 * HOUR;
    expect(await wallet.hold(next)).toMatchObject({ kind: "held" });
    expect(await wallet.settle(swept, settlement(600))).toMatchObject({ amountNanos: 0, writtenOffNanos: 600 });
    await wallet.settle(next, settlement(100));
    await expectSound(id);
  });

  it("counts no request that the allowance has no room for by then", async () => {
    const id = await addAccount({ planId: await addPlan({ allowanceRequests: 1 }) });
    const [swept, next] = [ask(id), ask(id)];
    await wallet.hold(swept);
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    await wallet.hold(next);
    expect(await wallet.settle(swept, settlement(10, { costNanos: 7 }))).toMatchObject({
      state: "void",
      amountNanos: 0,
    });
    expect(await charge(swept)).toMatchObject({ costNanos: 7, ending: "complete" });
    await wallet.settle(next, settlement(1000));
    expect(await account(id)).toMatchObject({ allowanceRequests: 1 });
    await expectSound(id);
  });

  it("never takes back what was refunded meanwhile", async () => {
    for (const correct of [
      async (request: ChargeRef) => wallet.release(request, { ending: "failed" }),
      async (request: ChargeRef) => wallet.settle(request, settlement(100)),
    ]) {
      const { id, request } = await held();
      await wallet.checkpoint(request, settlement(400, { costNanos: 9 }));
      await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
      await refund(env.DB, { accountId: id, chargeId: request.id, amountNanos: 300, nowMs: NOON });
      expect(await correct(request)).toMatchObject({ state: "settled", amountNanos: 300, writtenOffNanos: 0 });
      expect(await account(id)).toMatchObject({ balanceNanos: 5000 });
      await expectSound(id);
    }
  });

  it("cannot give back what was refunded, not even by hand", async () => {
    const { id, request } = await held();
    await wallet.checkpoint(request, settlement(400));
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    await refund(env.DB, { accountId: id, chargeId: request.id, nowMs: NOON });
    const release = env.DB.prepare("UPDATE charges SET state = 'void', amount = 0, ending = 'failed' WHERE id = ?");
    await expect(release.bind(request.id).run()).rejects.toThrow("charge_is_refunded");
    await expectSound(id);
  });

  it("that releases keeps what the operator paid", async () => {
    const { request } = await held();
    await wallet.checkpoint(request, settlement(350, { costNanos: 9 }));
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    await wallet.release(request, { ending: "failed" });
    expect(await charge(request)).toMatchObject({ state: "void", amountNanos: 0, costNanos: 9 });
  });

  it.each([
    ["an allowance", async () => addAccount({ planId: await addPlan({ allowanceNanos: 1000 }) })],
    ["an unlimited account", async () => addAccount({ unlimited: true })],
  ])("of %s does not depend on the balance", async (_, add) => {
    const id = await add();
    const request = ask(id);
    await wallet.hold(request);
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    expect(await wallet.settle(request, settlement(1600))).toMatchObject({ amountNanos: 1000, writtenOffNanos: 600 });
    await expectSound(id);
  });

  it("acknowledges no hold that was swept", async () => {
    const { request } = await held();
    await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes });
    await expect(wallet.hold(request)).rejects.toMatchObject({ kind: "internal_error" });
  });
});

it("finds old leases beside young ones, in many accounts", async () => {
  const later = NOON + 30 * 24 * HOUR;
  const requests = [];
  for (const age of [30 * 24, 20 * 24, 30, 3, 0.5, 0.1]) {
    const id = await addAccount({ balance: 9000 });
    for (const madeAt of [later - age * HOUR, later - 0.2 * HOUR]) {
      clock.nowMs = madeAt;
      const request = ask(id, newChargeRef(id, uuidv7(madeAt)));
      await wallet.hold(request);
      requests.push(request);
    }
  }
  expect(await sweepExpired(env.DB, later, { outboxes })).toEqual({ settled: 0, voided: 12 });
  for (const request of requests) expect(await charge(request)).toMatchObject({ state: "void" });
});

it("reads no settled charges beyond its horizon, however many there are", async () => {
  const id = await addAccount({ balance: 1_000_000 });
  for (let past = 0; past < 200; past++) {
    clock.nowMs = NOON - 100 * HOUR + past * 1000;
    const request = ask(id, newChargeRef(id, uuidv7(clock.nowMs)));
    await wallet.hold(request);
    await wallet.settle(request, settlement(1));
  }
  clock.nowMs = NOON;
  await wallet.hold(ask(id, newChargeRef(id, uuidv7(NOON))));
  let rowsRead = 0;
  const counting = {
    prepare: (query: string) => env.DB.prepare(query),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await env.DB.batch(statements);
      for (const { meta } of results) rowsRead += meta.rows_read;
      return results;
    },
  } as unknown as D1Database;
  expect(await sweepExpired(counting, NOON + LEASE + 1, { outboxes })).toMatchObject({ voided: 1 });
  expect(rowsRead).toBeLessThan(150);
});

it("sweeps at most its limit, and the rest next time", async () => {
  for (let count = 0; count < 5; count++) await held();
  expect(await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes, limit: 3 })).toEqual({ settled: 0, voided: 3 });
  expect(await sweepExpired(env.DB, NOON + LEASE + 1, { outboxes, limit: 3 })).toEqual({ settled: 0, voided: 2 });
});

it("costs a checkpoint one written row", async () => {
  const watched = new WatchedD1();
  const { request } = await held();
  await walletAt(clock, {}, watched.db).checkpoint(request, settlement(3));
  expect(watched.rowsWritten).toBe(1);
});
