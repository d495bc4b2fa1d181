import { uuidv7 } from "../../src/core/id.ts";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { newChargeRef } from "../../src/billing/wallet.ts";
import { sweepExpired } from "../../src/jobs/sweep.ts";
import {
  account,
  addAccount,
  addPlan,
  addQuotaKey,
  ask,
  charge,
  expectSound,
  HOUR,
  keyRow,
  NOON,
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

/** An expected hold, whose charge may exceed the balance. */
async function expectBelowZero(id: string): Promise<void> {
  const spender = walletAt(clock, { fundedThresholdNanos: 0 });
  const request = ask(id, { mode: "expected", estimateNanos: 1 });
  await spender.hold(request);
  await spender.settle(request, settlement(9000));
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
    expect(await sweepExpired(env.DB, NOON + LEASE + 1)).toEqual({ settled: 1, voided: 0 });
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
    expect(await sweepExpired(env.DB, NOON + LEASE + 2)).toEqual({ settled: 0, voided: 0 });
  });

  it("is voided without a checkpoint", async () => {
    const { id, request } = await held();
    expect(await wallet.checkpoint(request)).toBe(true);
    expect(await sweepExpired(env.DB, NOON + LEASE + 1)).toEqual({ settled: 0, voided: 1 });
    expect(await charge(request)).toMatchObject({ state: "void", ending: "swept", amountNanos: 0 });
    expect(await account(id)).toMatchObject({ balanceNanos: 5000, heldNanos: 0, openCharges: 0 });
    await expectSound(id);
  });

  it("is charged no more than its strict hold", async () => {
    const { id, request } = await held();
    await wallet.checkpoint(request, settlement(4000));
    await sweepExpired(env.DB, NOON + LEASE + 1);
    expect(await charge(request)).toMatchObject({ amountNanos: 1000, writtenOffNanos: 3000 });
    await expectSound(id);
  });
});

it("leaves what is running, settled or just extended", async () => {
  const { id, request } = await held();
  expect(await sweepExpired(env.DB, NOON + LEASE)).toEqual({ settled: 0, voided: 0 });
  clock.nowMs = NOON + LEASE;
  expect(await wallet.checkpoint(request, settlement(100))).toBe(true);
  expect(await sweepExpired(env.DB, NOON + 2 * LEASE)).toEqual({ settled: 0, voided: 0 });
  await wallet.settle(request, settlement(100));
  expect(await sweepExpired(env.DB, NOON + 9 * LEASE)).toEqual({ settled: 0, voided: 0 });
  expect(await account(id)).toMatchObject({ balanceNanos: 4900 });
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
    await sweepExpired(env.DB, NOON + LEASE + 1);
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
    await sweepExpired(env.DB, NOON + LEASE + 1);
    expect(await wallet.release(request, { ending: "failed" })).toMatchObject({ state: "void", replayed: false });
    expect(await account(id)).toMatchObject({ balanceNanos: 5000 });
    await expectSound(id);
  });

  it("takes no more than the account has left by then", async () => {
    const id = await addAccount({ balance: 1000 });
    const [swept, next] = [ask(id), ask(id, { estimateNanos: 900 })];
    await wallet.hold(swept);
    await sweepExpired(env.DB, NOON + LEASE + 1);
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
    await sweepExpired(env.DB, NOON + LEASE + 1);
    await wallet.hold(next);
    expect(await wallet.settle(swept, settlement(600))).toMatchObject({ amountNanos: 350, writtenOffNanos: 250 });
    await wallet.release(next, { ending: "failed" });
    await expectSound(id);
  });

  it("keeps what the sweep has charged, even if the balance is negative", async () => {
    const { id, request } = await held();
    await wallet.checkpoint(request, settlement(350));
    await sweepExpired(env.DB, NOON + LEASE + 1);
    await expectBelowZero(id);
    expect(await wallet.settle(request, settlement(600))).toMatchObject({ amountNanos: 350, writtenOffNanos: 250 });
    await expectSound(id);
  });

  it.each([
    ["an allowance", async () => addAccount({ planId: await addPlan({ allowanceNanos: 1000 }) })],
    ["an unlimited account", async () => addAccount({ unlimited: true })],
  ])("of %s does not depend on the balance", async (_, add) => {
    const id = await add();
    const request = ask(id);
    await wallet.hold(request);
    await sweepExpired(env.DB, NOON + LEASE + 1);
    expect(await wallet.settle(request, settlement(1600))).toMatchObject({ amountNanos: 1000, writtenOffNanos: 600 });
    await expectSound(id);
  });

  it("acknowledges no hold that was swept", async () => {
    const { request } = await held();
    await sweepExpired(env.DB, NOON + LEASE + 1);
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
  expect(await sweepExpired(env.DB, later)).toEqual({ settled: 0, voided: 12 });
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
  expect(await sweepExpired(counting, NOON + LEASE + 1)).toMatchObject({ voided: 1 });
  expect(rowsRead).toBeLessThan(150);
});

it("sweeps at most its limit, and the rest next time", async () => {
  for (let count = 0; count < 5; count++) await held();
  expect(await sweepExpired(env.DB, NOON + LEASE + 1, 3)).toEqual({ settled: 0, voided: 3 });
  expect(await sweepExpired(env.DB, NOON + LEASE + 1, 3)).toEqual({ settled: 0, voided: 2 });
});

it("costs a checkpoint one written row", async () => {
  const watched = new WatchedD1();
  const { request } = await held();
  await walletAt(clock, {}, watched.db).checkpoint(request, settlement(3));
  expect(watched.rowsWritten).toBe(1);
});
