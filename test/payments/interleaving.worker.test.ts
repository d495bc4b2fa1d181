/**
 * Whatever happens to one order, in whatever order and at the same time: it is credited once or not at all, the books are
 * right, and once the service answers again, both sides agree on what was given back.
 */
import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { readOrder } from "../../src/accounts/orders.ts";
import { adjust } from "../../src/billing/ledger.ts";
import { Fault } from "../../src/core/fault.ts";
import { shareOf } from "../../src/payments/currency.ts";
import { takeDispute, winDispute } from "../../src/payments/disputes.ts";
import { mayAsk } from "../../src/payments/order-store.ts";
import { isOpen } from "../../src/payments/payments.ts";
import { ProviderError } from "../../src/payments/payment-provider.ts";
import { refundOrder, refundsOf } from "../../src/payments/refunds.ts";
import { account, expectSound } from "../billing/support.ts";
import { PaymentsStage } from "./stage.ts";

const PAID_MINOR = 1000;
/** A credit that does not divide evenly. */
const CREDIT = 10_000_000_007;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pay" as const), extra: fc.constantFrom(0, 0, 0, 0, 1, -1) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("callback" as const, "page" as const, "job" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("refund" as const),
      minor: fc.integer({ min: 1, max: 1100 }),
      force: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("refund there" as const), minor: fc.integer({ min: 1, max: 700 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("away" as const, "mute" as const, "back" as const, "dispute" as const, "won" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("spend" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function play(rounds: readonly (readonly Step[])[]): Promise<void> {
  const stage = new PaymentsStage();
  const { clock, store, provider, payments } = stage;
  const order = await stage.begin({ balance: 3_000_000_000 });
  // What is sold may be any amount, such as after a rate.
  const id = order.id.replace(/.{4}$/, "beef");
  await env.DB.prepare(
    `INSERT INTO orders (id, account_id, kind, provider, method, pay_minor, pay_currency, credit, title, origin, language, form_id,
      livemode, created_at, expires_at, next_check_at)
    SELECT ?, account_id, kind, provider, method, ?, pay_currency, ?, title, origin, language, 'copy', livemode, created_at,
      expires_at, next_check_at FROM orders WHERE id = ?`,
  )
    .bind(id, PAID_MINOR, CREDIT, order.id)
    .run();
  const { accountId } = order;
  const now = async () => readOrder(store, id);

  const doing = async (next: Step): Promise<unknown> => {
    switch (next.do) {
      case "pay":
        return void (provider.paidMinor ??= PAID_MINOR + next.extra);
      case "callback":
        return payments.look(await now());
      case "page":
        return (await mayAsk(store, await now())) ? payments.look(await now()) : undefined;
      case "job":
        return payments.look(await now());
      case "refund": {
        const { refundedMinor } = await now();
        const wish = { minor: next.minor, afterMinor: refundedMinor, operator: "boss", force: next.force };
        return refundOrder(payments, await now(), wish);
      }
      case "refund there":
        // Only what was credited here can be told of here; else a person is called.
        if (isOpen(await now())) return undefined;
        provider.giveBack(next.minor);
        return payments.look(await now());
      case "spend": {
        const { balanceNanos } = await account(accountId);
        const amountNanos = -Math.floor(Math.max(0, balanceNanos) * next.share);
        const entry = { accountId, id: crypto.randomUUID(), reason: "spent", nowMs: clock.nowMs };
        return amountNanos === 0 ? undefined : adjust(env.DB, { ...entry, amountNanos });
      }
      case "dispute":
        return takeDispute(store, await now(), undefined);
      case "won":
        return winDispute(store, await now());
      case "away":
      case "mute":
      case "back":
        return void Object.assign(provider, { isAway: next.do === "away", losesAnswers: next.do === "mute" });
    }
  };

  for (const round of rounds) {
    clock.nowMs += 11_000;
    await Promise.all(round.map(async (next) => orRefused(doing(next))));
    await expectSound(accountId);
  }
  provider.isAway = false;
  provider.losesAnswers = false;
  // Each round may need the one before: a refund that fails, then one that is found.
  for (let round = 0; round < 3; round++) {
    clock.nowMs += 11_000;
    await payments.look(await now());
  }
  await expectSound(accountId);
  const end = await now();
  const refunds = await refundsOf(store, end);
  expect(refunds.filter(({ state }) => state === "asked")).toEqual([]);
  const given = refunds.filter(({ state }) => state === "done");
  expect(end.refundedMinor).toBe(given.reduce((sum, { minor }) => sum + minor, 0));
  if (provider.paidMinor === PAID_MINOR) {
    expect(end.state).toBe(end.refundedMinor > 0 ? "refunded" : "credited");
    expect(end.refundedMinor).toBe(provider.refundedMinor);
    const taken = given.reduce((sum, { debitNanos, shortfallNanos }) => sum + debitNanos + shortfallNanos, 0);
    expect(taken).toBe(shareOf(CREDIT, end.refundedMinor, PAID_MINOR));
  } else {
    expect(end.state).toBe(provider.paidMinor === undefined ? "created" : "review");
    expect(refunds).toEqual([]);
  }
}

async function orRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const isRefused = error instanceof Fault && error.kind !== "internal_error";
    if (!isRefused && !(error instanceof ProviderError)) throw error;
  }
}

it("credits once or not at all, and gives back what was given back", async () => {
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  const round = fc.array(step, { minLength: 1, maxLength: 4 });
  await fc.assert(fc.asyncProperty(fc.array(round, { minLength: 3, maxLength: 10 }), play), { numRuns: 100 });
}, 120_000);
