/** Each law of the money is seen to be broken, once the trigger that keeps it is gone. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import { brokenInvariantsOf } from "../../src/billing/invariants.ts";
import { refund } from "../../src/billing/ledger.ts";
import { addAccount, addPlan, addQuotaKey, ask, NOON, settlement, walletAt } from "./support.ts";

const wallet = walletAt({ nowMs: NOON });
let dropped: string[] = [];

/** Drops triggers until the end of the test. */
async function without(...names: string[]): Promise<void> {
  for (const name of names) {
    const sql = await env.DB.prepare("SELECT sql FROM sqlite_schema WHERE name = ?").bind(name).first<string>("sql");
    dropped.push(sql ?? "");
    await env.DB.prepare(`DROP TRIGGER ${name}`).run();
  }
}

afterEach(async () => {
  for (const sql of dropped) await env.DB.prepare(sql).run();
  dropped = [];
});

async function brokenOf(id: string): Promise<[string, number][]> {
  return (await brokenInvariantsOf(env.DB, id)).map(({ invariant, stored, expected }) => [
    invariant,
    stored - expected,
  ]);
}

it("a hold that is not there", async () => {
  const id = await addAccount({ balance: 1000 });
  await without("charges_balance");
  await wallet.hold(ask(id, { estimateNanos: 5000 }));
  expect(await brokenOf(id)).toEqual([
    ["what is held is there, and the balance is not below zero but for charge-backs", 4000],
  ]);
});

it("a late settlement beyond the allowance", async () => {
  const id = await addAccount({ planId: await addPlan({ allowanceNanos: 1000, allowanceRequests: 1 }) });
  const late = ask(id);
  await wallet.hold(late);
  const sweep = "UPDATE charges SET state = 'void', ending = 'swept' WHERE id = ?";
  await env.DB.prepare(sweep).bind(late.id).run();
  const next = ask(id);
  await wallet.hold(next);
  await wallet.settle(next, settlement(1000));
  await without("charges_more_allowance", "charges_more_requests");
  const settle = "UPDATE charges SET state = 'settled', amount = 700, ending = 'complete' WHERE id = ?";
  await env.DB.prepare(settle).bind(late.id).run();
  expect(await brokenOf(id)).toEqual([
    ["allowance_used is within the plan's allowance", 700],
    ["allowance_requests is within the plan's allowance", 1],
  ]);
});

it("a hold beyond a key's quota", async () => {
  const id = await addAccount({ balance: 9000 });
  const keyId = await addQuotaKey(id, { quotaMonthNanos: 1000 });
  await wallet.hold(ask(id, { keyId }));
  await without("charges_quota");
  await wallet.hold(ask(id, { keyId, estimateNanos: 600 }));
  expect(await brokenOf(id)).toEqual([["what is used is within the key's quotas", 600]]);
});

it("a charge that gives back what was refunded", async () => {
  const id = await addAccount({ balance: 10_000 });
  const charge = ask(id, { estimateNanos: 4000 });
  await wallet.hold(charge);
  const sweep = "UPDATE charges SET state = 'settled', amount = 4000, ending = 'swept' WHERE id = ?";
  await env.DB.prepare(sweep).bind(charge.id).run();
  await refund(env.DB, { accountId: id, chargeId: charge.id, nowMs: NOON });
  await without("charges_refunded");
  await env.DB.prepare("UPDATE charges SET state = 'void', amount = 0, ending = 'failed' WHERE id = ?")
    .bind(charge.id)
    .run();
  expect(await brokenOf(id)).toEqual([["no refund exceeds its charge", 4000]]);
});

it("a loss that is not counted", async () => {
  const id = await addAccount({ balance: 10_000 });
  for (const isCounted of [true, false]) {
    const charge = ask(id);
    await wallet.hold(charge);
    if (!isCounted) await without("charges_write_off");
    await wallet.settle(charge, settlement(1500));
  }
  expect(await brokenOf(id)).toEqual([["written_off = sum(written off on its day)", -500]]);
});

it("a payment that was credited otherwise than it says", async () => {
  const id = await addAccount();
  const ids = ["a", "b", "c"].map((letter) => letter.repeat(32));
  for (const [at, order] of ids.entries()) {
    await env.DB.prepare(
      `INSERT INTO orders (id, account_id, kind, provider, method, pay_minor, pay_currency, credit, title, origin, language,
        form_id, livemode, created_at, expires_at) VALUES (?, ?, 'top_up', 'epay', 'alipay', 100, 'cny', 1000, '', '', 'zh', ?, 1, 0, 0)`,
    )
      .bind(order, id, String(at))
      .run();
  }
  await without("orders_credited", "entries_order");
  const entry = "INSERT INTO entries (account_id, id, kind, amount, created_at) VALUES (?, ?, 'top_up', ?, 0)";
  // One without its entry, one with another amount; and an entry of an order that is not credited.
  await env.DB.prepare("UPDATE orders SET state = 'credited' WHERE id IN (?, ?)").bind(ids[0], ids[1]).run();
  await env.DB.prepare(entry).bind(id, `order:${ids[1]}`, 999).run();
  expect(await brokenOf(id)).toEqual([
    ["credited payments = entries of payments", 1],
    ["a credited payment has one entry, of its credit", 2],
  ]);
  await env.DB.prepare(entry).bind(id, `order:${ids[2]}`, 1000).run();
  expect(await brokenOf(id)).toEqual([["a credited payment has one entry, of its credit", 2]]);
});
