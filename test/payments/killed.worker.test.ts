/** A Worker that is killed between two steps: the job takes the next one. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import { readOrder } from "../../src/accounts/orders.ts";
import { credit, dueOrders, markPaid, takeTurn } from "../../src/payments/order-store.ts";
import { lookAfter } from "../../src/payments/reconcile.ts";
import { account, addPlan, expectSound } from "../billing/support.ts";
import { PaymentsStage } from "./stage.ts";

let stage: PaymentsStage;

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  stage = new PaymentsStage();
});

/** What the job does in one minute. */
async function runJob(): Promise<void> {
  for (const order of await dueOrders(stage.store, 20)) {
    if (await takeTurn(stage.store, order)) await lookAfter(stage.payments, order);
  }
}

it("between the notice and the credit", async () => {
  const order = await stage.begin();
  stage.provider.paidMinor = order.payMinor;
  await markPaid(stage.store, order);
  await runJob();
  expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "credited", nextCheckAt: null });
  expect(await account(order.accountId)).toMatchObject({ balanceNanos: 10_000_000_000 });
});

it("between the credit and the plan; and when the money is held for a moment", async () => {
  const planId = await addPlan({ priceNanos: 10_000_000_000, periodDays: 30 });
  const order = await stage.begin({ planId });
  stage.provider.paidMinor = order.payMinor;
  await credit(stage.store, order, await stage.provider.ask(order));
  expect(await account(order.accountId)).toMatchObject({ planId: null, balanceNanos: 10_000_000_000 });
  // A request holds some of it.
  await env.DB.prepare("UPDATE accounts SET held = 1 WHERE id = ?").bind(order.accountId).run();
  await runJob();
  expect(await account(order.accountId)).toMatchObject({ planId: null });
  await env.DB.prepare("UPDATE accounts SET held = 0 WHERE id = ?").bind(order.accountId).run();
  stage.clock.nowMs += 86_400_000;
  await runJob();
  expect(await account(order.accountId)).toMatchObject({ planId, balanceNanos: 0 });
  expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "credited", nextCheckAt: null, note: null });
  await expectSound(order.accountId);
});

it("asks ever more rarely, and at last no more", async () => {
  const order = await stage.begin();
  const waits: number[] = [];
  let next = order.nextCheckAt;
  while (next !== null) {
    waits.push((next - order.createdAt) / 60_000);
    stage.clock.nowMs = next;
    const due = await readOrder(stage.store, order.id);
    expect(await takeTurn(stage.store, due)).toBe(true);
    expect(await takeTurn(stage.store, due)).toBe(false);
    await lookAfter(stage.payments, due);
    next = (await readOrder(stage.store, order.id)).nextCheckAt;
  }
  expect(waits).toEqual([1, 3, 10, 30, 120, 360, 1440, 2880, 4320, 5760, 7200, 8640, 10_080]);
  expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "expired" });
});
