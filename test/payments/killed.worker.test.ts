/** A Worker that is killed between two steps: the job takes the next one. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import { readOrder } from "../../src/accounts/orders.ts";
import { credit, dueOrders, markCanceled, markPaid, takeTurn } from "../../src/payments/order-store.ts";
import { account, addPlan, expectSound } from "../billing/support.ts";
import { PaymentsStage } from "./stage.ts";

let stage: PaymentsStage;

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  stage = new PaymentsStage();
});

/** What the job does in one minute. */
async function runJob(): Promise<void> {
  for (const order of await dueOrders(stage.store, ["epay"], 20)) {
    if (await takeTurn(stage.store, order)) await stage.payments.look(order);
  }
}

it("between the notice and the credit", async () => {
  const order = await stage.begin();
  stage.provider.paidMinor = order.payMinor;
  await markPaid(stage.store, order);
  await runJob();
  expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "credited", planStep: null });
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
  expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "credited", planStep: "bought" });
  await expectSound(order.accountId);
});

it("gives a plan up whose money is held for hours: it stays in the balance", async () => {
  const planId = await addPlan({ priceNanos: 10_000_000_000, periodDays: 30 });
  const order = await stage.begin({ planId });
  stage.provider.paidMinor = order.payMinor;
  await credit(stage.store, order, await stage.provider.ask(order));
  await env.DB.prepare("UPDATE accounts SET held = 1 WHERE id = ?").bind(order.accountId).run();
  for (let minute = 0; minute < 130; minute++) {
    await runJob();
    stage.clock.nowMs += 60_000;
  }
  expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "credited", planStep: "not_bought" });
  expect(await account(order.accountId)).toMatchObject({ planId: null, balanceNanos: 10_000_000_000 });
});

it("looks at a credited payment for a month, and no longer", async () => {
  const order = await stage.credited();
  const days: number[] = [];
  for (let now = await readOrder(stage.store, order.id); now.nextCheckAt !== null;) {
    days.push((now.nextCheckAt - order.createdAt) / 86_400_000);
    stage.clock.nowMs = now.nextCheckAt;
    expect(await takeTurn(stage.store, now)).toBe(true);
    await stage.payments.look(now);
    now = await readOrder(stage.store, order.id);
  }
  expect(days).toEqual([1, 3, 7, 15, 30]);
});

it("looks once at an order whose payer was led nowhere, and once at one that was canceled", async () => {
  const [idle, canceled] = [await stage.begin(), await stage.begin()];
  expect(idle.nextCheckAt).toBe(idle.expiresAt);
  await stage.payments.checkout(canceled);
  await markCanceled(stage.store, canceled);
  for (const { id } of [idle, canceled]) {
    const now = await readOrder(stage.store, id);
    stage.clock.nowMs = now.nextCheckAt ?? 0;
    await takeTurn(stage.store, now);
    await stage.payments.look(now);
    expect(await readOrder(stage.store, id)).toMatchObject({ state: "expired" });
  }
  expect(await readOrder(stage.store, canceled.id)).toMatchObject({ nextCheckAt: null });
});

it("comes to payments that are made before those that are not", async () => {
  const unpaid = await stage.begin();
  const paid = await stage.begin();
  await markPaid(stage.store, paid);
  await env.DB.prepare("UPDATE orders SET next_check_at = 1 WHERE id = ?").bind(unpaid.id).run();
  stage.clock.nowMs += 1;
  const ids = (await dueOrders(stage.store, ["epay"], 20)).map(({ id }) => id);
  expect(ids.indexOf(paid.id)).toBeLessThan(ids.indexOf(unpaid.id));
  expect(await dueOrders(stage.store, ["stripe"], 20)).toEqual([]);
});

it("asks ever more rarely, and at last no more", async () => {
  const order = await stage.begin();
  await stage.payments.checkout(order);
  const waits: number[] = [];
  let next = (await readOrder(stage.store, order.id)).nextCheckAt;
  while (next !== null) {
    waits.push((next - order.createdAt) / 60_000);
    stage.clock.nowMs = next;
    const due = await readOrder(stage.store, order.id);
    expect(await takeTurn(stage.store, due)).toBe(true);
    expect(await takeTurn(stage.store, due)).toBe(false);
    await stage.payments.look(due);
    next = (await readOrder(stage.store, order.id)).nextCheckAt;
  }
  expect(waits).toEqual([1, 3, 10, 30, 120, 360, 1440, 2880, 4320, 5760, 7200, 8640, 10_080]);
  expect(await readOrder(stage.store, order.id)).toMatchObject({ state: "expired" });
});
