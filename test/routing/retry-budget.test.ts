import { expect, it } from "vitest";
import { RetryBudget } from "../../src/routing/retry-budget.ts";
import { ROUTING_TUNING } from "../../src/routing/tuning.ts";

/** Makes retries until the budget allows no more. @returns their number */
function spend(budget: RetryBudget, nowMs: number): number {
  let retries = 0;
  for (; budget.allows(nowMs); retries++) budget.retry(nowMs);
  return retries;
}

it("is a fifth of the requests of the last 10 s, in steps of a second", () => {
  const budget = new RetryBudget({ ...ROUTING_TUNING, retryBudgetFloorPerSecond: 0.1 });
  for (let n = 0; n < 100; n++) budget.request(n < 50 ? 0 : 5000);
  expect(spend(budget, 5000)).toBe(20);
  expect(spend(budget, 9999)).toBe(0);
  // The requests of the first second are no longer counted; the retries of 5 s are, up to 15 s.
  expect(spend(budget, 10_000)).toBe(0);
  expect(budget.allows(14_999)).toBe(false);
  expect(budget.allows(15_000)).toBe(true);
  for (let n = 0; n < 50; n++) budget.request(15_000);
  expect(spend(budget, 15_000)).toBe(10);
});

it("is at least 10 a second, however few the requests", () => {
  expect(spend(new RetryBudget(ROUTING_TUNING), 0)).toBe(100);
});
