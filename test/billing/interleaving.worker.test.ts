/**
 * Whatever happens in whatever order, the books are right: after every step each counter is the sum of its rows, nothing is
 * below zero, and no allowance or quota is passed.
 */
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import { adjust, purchasePlan, refund, topUp } from "../../src/billing/ledger.ts";
import type { HoldRequest } from "../../src/billing/wallet.ts";
import { rollUpAll } from "../jobs/rounds.ts";
import { sweepExpired } from "../../src/jobs/sweep.ts";
import {
  account,
  addAccount,
  addPlan,
  addQuotaKey,
  ask,
  expectSound,
  HOUR,
  NOON,
  outboxes,
  settlement,
  walletAt,
  ZONE,
} from "./support.ts";

/** Chooses a charge, mostly the latest. */
const which = fc.oneof(fc.constant(0), fc.nat(7));
const amount = fc.nat(3000);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("hold" as const),
      key: fc.nat(2),
      estimate: fc.nat(2000),
      // From nothing to all of the estimate is of use.
      use: fc.constantFrom(0, 0.3, 1),
      ceiling: fc.integer({ min: 2000, max: 4000 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("checkpoint" as const), which, amount, hold: fc.nat(5000) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("settle" as const), which, amount }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.constantFrom(0.02, 13, 24, 24 * 20) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("sweep" as const) }) },
  // A request that dies after a checkpoint, and is swept; it may still settle.
  { weight: 4, arbitrary: fc.record({ do: fc.constant("die" as const), which, amount }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("top-up" as const), amount: fc.integer({ min: 1, max: 4000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("take" as const), amount: fc.integer({ min: 1, max: 4000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refund" as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("buy" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("roll up" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const setting = fc.record({
  balance: fc.nat(6000),
  plan: fc.option(
    fc.record({
      allowanceNanos: fc.option(fc.nat(4000)),
      allowanceRequests: fc.option(fc.nat(4)),
      priceNanos: fc.nat(500),
      periodDays: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
  ),
  overflow: fc.boolean(),
  quotas: fc.array(
    fc.option(
      fc.record({
        quotaTotalNanos: fc.option(fc.nat(9000)),
        quotaDayNanos: fc.option(fc.nat(3000)),
        quotaMonthNanos: fc.option(fc.nat(6000)),
      }),
    ),
    { minLength: 2, maxLength: 2 },
  ),
});
type Setting = typeof setting extends fc.Arbitrary<infer Value> ? Value : never;

async function play({ balance, plan, overflow, quotas }: Setting, steps: readonly Step[]): Promise<void> {
  const clock = { nowMs: NOON };
  const wallet = walletAt(clock, { maxOpen: 6, lossLimitNanos: 4000 });
  const planId = await addPlan(plan ?? {});
  const accountId = await addAccount({ balance, overflow, ...(plan === null ? {} : { planId }) });
  const keys: (string | null)[] = [null];
  for (const quota of quotas) keys.push(await addQuotaKey(accountId, quota ?? {}));
  const held: HoldRequest[] = [];
  const one = (position: number) => held.at(-1 - (position % Math.max(1, held.length)));
  for (const [position, next] of steps.entries()) {
    const common = { accountId, id: `step ${position}`, nowMs: clock.nowMs };
    switch (next.do) {
      case "hold": {
        const request = ask(accountId, {
          keyId: keys[next.key] ?? null,
          estimateNanos: next.estimate,
          leastNanos: Math.floor(next.estimate * next.use),
          ceilingNanos: next.ceiling,
        });
        const outcome = await wallet.hold(request);
        if (outcome.kind === "held") held.push(request);
        break;
      }
      case "checkpoint": {
        const charge = one(next.which);
        if (charge !== undefined) await wallet.checkpoint(charge, settlement(next.amount), next.hold);
        break;
      }
      case "die": {
        const charge = one(next.which);
        if (charge !== undefined) await wallet.checkpoint(charge, settlement(next.amount));
        clock.nowMs += 0.02 * HOUR;
        await sweepExpired(env.DB, clock.nowMs, { outboxes });
        break;
      }
      case "settle": {
        const charge = one(next.which);
        if (charge !== undefined) await wallet.settle(charge, settlement(next.amount));
        break;
      }
      case "release": {
        const charge = one(next.which);
        if (charge !== undefined) await wallet.release(charge, { ending: "abandoned" });
        break;
      }
      case "wait":
        clock.nowMs += next.hours * HOUR;
        break;
      case "sweep":
        await sweepExpired(env.DB, clock.nowMs, { outboxes });
        break;
      case "top-up":
        await topUp(env.DB, { ...common, amountNanos: next.amount });
        break;
      case "take":
        await orRefused(adjust(env.DB, { ...common, amountNanos: -next.amount, reason: "test" }));
        break;
      case "refund": {
        const charge = one(next.which);
        if (charge !== undefined) await orRefused(refund(env.DB, { ...common, chargeId: charge.id }));
        break;
      }
      case "buy":
        await orRefused(purchasePlan(env.DB, { ...common, planId }));
        break;
      case "roll up":
        await rollUpAll(env.DB, { nowMs: clock.nowMs, timeZone: ZONE, days: 3, batchSize: 2 });
        break;
    }
    await expectSound(accountId);
    const { balanceNanos, heldNanos, openCharges, writtenOffNanos } = await account(accountId);
    expect(balanceNanos - heldNanos).toBeGreaterThanOrEqual(0);
    expect(openCharges).toBeLessThanOrEqual(6);
    // Twice the limit, and what the six requests that are open by then may add, each at most 3,000.
    expect(writtenOffNanos).toBeLessThan(2 * 4000 + 6 * 3000);
  }
  clock.nowMs += HOUR;
  await sweepExpired(env.DB, clock.nowMs, { outboxes });
  expect(await account(accountId)).toMatchObject({ heldNanos: 0, openCharges: 0 });
  await expectSound(accountId);
}

async function orRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind === "internal_error") throw error;
  }
}

it("keeps the books, and every limit", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "log").mockImplementation(() => {});
  await fc.assert(fc.asyncProperty(setting, fc.array(step, { minLength: 10, maxLength: 40 }), play), { numRuns: 100 });
}, 120_000);
