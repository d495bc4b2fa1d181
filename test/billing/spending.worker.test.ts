/**
 * The worst that any mix of requests can do, on a real database: several keys and models, any caps and numbers of choices,
 * thought that is hidden, reports that lie, kills, refunds. Nothing is below zero, and no allowance and no quota is passed.
 */
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { affordableCap, holdSize, LEAST_OUTPUT, type BillableDemand, type Offer } from "../../src/billing/estimate.ts";
import { refund } from "../../src/billing/ledger.ts";
import { cost, RATIO_ONE } from "../../src/billing/price.ts";
import { RollingHold, stretchTokens } from "../../src/billing/rolling-hold.ts";
import type { HoldRequest } from "../../src/billing/wallet.ts";
import { sweepExpired } from "../../src/jobs/sweep.ts";
import { plain } from "./prices.ts";
import {
  account,
  addAccount,
  addPlan,
  addQuotaKey,
  ask,
  chargesOf,
  expectSound,
  NOON,
  outboxes,
  settlement,
  walletAt,
} from "./support.ts";

const CHECKPOINT_MS = 20_000;
const UNKNOWN = { usualOutput: null, imageTokens: 1000, audioTokens: null, fileTokens: null };
const MODELS: readonly Offer[] = [
  { maxOutput: 4096, contextLength: 16_000, maxTokensPerSecond: null, output: 10 },
  { maxOutput: null, contextLength: 8000, maxTokensPerSecond: 20, output: 40 },
  { maxOutput: 64_000, contextLength: null, maxTokensPerSecond: 100, output: 3 },
].map(({ output, ...limits }) => ({
  limits: { ...UNKNOWN, ...limits },
  price: plain({ input: 2000, output: output * 1000, reasoning: output * 1500 }),
  ratioPpm: RATIO_ONE,
}));

interface Running {
  readonly request: HoldRequest;
  readonly offer: Offer;
  readonly rolling: RollingHold | undefined;
  readonly state: { visible: number };
}

const which = fc.oneof(fc.constant(0), fc.nat(5));
const demand = fc.record({
  promptBytes: fc.nat(20_000),
  pictures: fc.nat(3),
  maxOutput: fc.option(fc.oneof(fc.nat(300), fc.constant(Number.MAX_SAFE_INTEGER)), { nil: undefined }),
  choices: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 128 })),
});
const tokens = fc.oneof(fc.nat(500), fc.nat(100_000), fc.constant(100_000_000));
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("begin" as const),
      key: fc.nat(2),
      model: fc.nat(2),
      others: fc.boolean(),
      demand,
      streams: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("run" as const), which, visible: tokens }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("settle" as const), which, output: tokens, reasoning: tokens }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refund" as const), which }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const setting = fc.record({
  balance: fc.nat(3_000_000),
  allowanceNanos: fc.option(fc.nat(1_000_000)),
  overflow: fc.boolean(),
  quotas: fc.tuple(fc.option(fc.nat(500_000)), fc.option(fc.nat(2_000_000))),
});
type Setting = typeof setting extends fc.Arbitrary<infer Value> ? Value : never;

async function play({ balance, allowanceNanos, overflow, quotas }: Setting, steps: readonly Step[]): Promise<void> {
  const clock = { nowMs: NOON };
  const wallet = walletAt(clock, { maxOpen: 20, lossLimitNanos: 5_000_000 });
  const planId = await addPlan({ allowanceNanos });
  const accountId = await addAccount({ balance, overflow, planId });
  const keys: (string | null)[] = [null];
  for (const quotaDayNanos of quotas) keys.push(await addQuotaKey(accountId, { quotaDayNanos }));
  const running: Running[] = [];
  const one = (position: number) => running.at(-1 - (position % Math.max(1, running.length)));

  async function begin({ key, model, others, demand: asked, streams }: Extract<Step, { do: "begin" }>): Promise<void> {
    const { pictures, ...sizes } = asked;
    const wish: BillableDemand = { ...sizes, needs: new Map([["image", pictures]]) };
    const offers = others ? MODELS : MODELS.slice(model, model + 1);
    const offer = MODELS[model] ?? offers[0];
    if (offer === undefined) return;
    const size = holdSize(wish, offers, streams ? (limits) => stretchTokens(limits, CHECKPOINT_MS) : undefined);
    const request = ask(accountId, {
      keyId: keys[key] ?? null,
      estimateNanos: size.wanted,
      leastNanos: size.least,
      ceilingNanos: size.ceiling,
    });
    const outcome = await wallet.hold(request);
    if (outcome.kind !== "held") return;
    const cap = outcome.nanos < size.wanted ? affordableCap(wish, offers, outcome.nanos) : undefined;
    if (cap !== undefined) expect(cap).toBeGreaterThanOrEqual(LEAST_OUTPUT);
    const state = { visible: 0 };
    const rolling = new RollingHold({
      demand: wish,
      offer,
      outputCap: cap,
      checkpointMs: CHECKPOINT_MS,
      heldNanos: outcome.nanos,
      produced: () => state.visible,
      now: () => clock.nowMs,
      startedAtMs: clock.nowMs,
    });
    running.push({ request, offer, rolling: streams ? rolling : undefined, state });
  }

  async function take(next: Step): Promise<void> {
    if (next.do === "begin") return begin(next);
    if (next.do === "kill") {
      clock.nowMs += 61_000;
      await sweepExpired(env.DB, clock.nowMs, { outboxes });
      return;
    }
    const chosen = one(next.which);
    if (chosen === undefined) return;
    const { request, offer, rolling, state } = chosen;
    switch (next.do) {
      case "run": {
        clock.nowMs += CHECKPOINT_MS;
        state.visible += next.visible;
        const amount = cost({ input: 10, output: state.visible }, offer.price, RATIO_ONE);
        const held = await wallet.checkpoint(request, settlement(amount), rolling?.next());
        if (held !== undefined) rolling?.raised(held);
        break;
      }
      case "settle": {
        const usage = { input: 10, output: next.output, reasoning: next.reasoning };
        const closed = await wallet.settle(request, settlement(cost(usage, offer.price, RATIO_ONE), { usage }));
        expect(closed.kind).toBe("closed");
        break;
      }
      case "release":
        expect((await wallet.release(request, { ending: "failed" })).kind).toBe("closed");
        break;
      case "refund":
        await refund(env.DB, { accountId, chargeId: request.id, nowMs: clock.nowMs }).catch(() => undefined);
    }
  }

  for (const next of steps) {
    await take(next);
    // The sums, and that nothing is below zero or beyond its limit.
    await expectSound(accountId);
    const { balanceNanos, heldNanos } = await account(accountId);
    expect(balanceNanos - heldNanos).toBeGreaterThanOrEqual(0);
  }
  for (const { amountNanos, estimateNanos } of await chargesOf(accountId)) {
    expect(amountNanos).toBeLessThanOrEqual(estimateNanos);
  }
}

it("whatever is asked, nobody spends what is not there", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  await fc.assert(fc.asyncProperty(setting, fc.array(step, { minLength: 5, maxLength: 30 }), play), { numRuns: 60 });
}, 120_000);
