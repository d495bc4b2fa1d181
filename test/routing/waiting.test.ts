/** Where all candidates cool for a moment, a request waits instead of failing. */
import { expect, it } from "vitest";
import type { AttemptEnd } from "../../src/health/attempt-end.ts";
import { Router } from "../../src/routing/router.ts";
import type { Route } from "../../src/routing/route.ts";
import { planned, route, START_MS, TUNING } from "../support/isolate.ts";

const only = route({ id: "a" });

/** A router whose clock its own pauses move. Its upstreams' objects do not answer. */
function setUp() {
  const clock = { nowMs: START_MS };
  const pauses: number[] = [];
  /** What happens during the next pause. */
  const meanwhile: (() => void)[] = [];
  const router = new Router({
    isolate: "one",
    tuning: { ...TUNING, firstUseMs: 0 },
    now: () => clock.nowMs,
    random: () => 0.5,
    connect: () => ({ exchange: async () => Promise.reject(new Error("no object")) }),
    sleep: async (ms) => {
      // The router's own patience with the objects is no pause of a request.
      if (ms <= 0 || ms === TUNING.exchangeTimeoutMs) return;
      pauses.push(ms);
      const endMs = clock.nowMs + ms;
      meanwhile.shift()?.();
      await Promise.resolve();
      clock.nowMs = Math.max(clock.nowMs, endMs);
    },
    failed: () => undefined,
  });
  const cool = (retryAfterMs: number, routes: readonly Route[] = [only]) => {
    const end: AttemptEnd = { outcome: "rate_limited", status: 429, retryAfterMs };
    for (const one of routes) router.local.cool(planned(one), end, clock.nowMs);
  };
  const start = async (routes: readonly Route[] = [only]) =>
    router.start({ routes, serving: { wires: ["openai.chat"] }, byAuto: false, stream: true }, () => undefined);
  return { pauses, meanwhile, cool, start };
}

it("a request waits for a cooling that ends within two seconds", async () => {
  const { pauses, cool, start } = setUp();
  cool(1500);
  const attempts = await start();
  expect(pauses).toEqual([1500]);
  expect(attempts.next()?.planned.route.id).toBe("a");
});

it("a request does not wait longer, nor where another candidate is free", async () => {
  const { pauses, cool, start } = setUp();
  cool(2001);
  expect((await start()).next()).toBeUndefined();
  expect((await start([only, route({ id: "b" })])).next()?.planned.route.id).toBe("b");
  expect(pauses).toEqual([]);
});

it("a request waits once", async () => {
  const { pauses, cool, start, meanwhile } = setUp();
  cool(1000);
  meanwhile.push(() => cool(1900));
  expect((await start()).next()).toBeUndefined();
  expect(pauses).toEqual([1000]);
});

it("those that wait go on one after the other, and no more of them than fit into the time", async () => {
  const { pauses, cool, start } = setUp();
  cool(1500);
  await Promise.all(Array.from({ length: 20 }, async () => start()));
  expect(pauses).toEqual([1500, 1600, 1700, 1800, 1900, 2000]);
});
