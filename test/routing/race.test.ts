/** The race of attempts: the next upstream is started beside one that is late, and the first to answer is kept. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Attempt } from "../../src/routing/attempt.ts";
import type { PlannedAttempt } from "../../src/routing/plan-types.ts";
import { race } from "../../src/routing/race.ts";
import { isolate, planned, route, START_MS, TUNING } from "../support/isolate.ts";

beforeEach(() => vi.useFakeTimers({ now: START_MS }));
afterEach(() => vi.useRealTimers());

const [a, b, c] = ["a", "b", "c"].map((id) => planned(route({ id }))) as [
  PlannedAttempt,
  PlannedAttempt,
  PlannedAttempt,
];

interface Script {
  /** When the call ends; absent = never. */
  readonly atMs?: number;
  readonly fails?: boolean;
  readonly aliveAtMs?: number;
}

/** Runs a race over scripted calls. @returns its result, when it ended, and what became of each call */
async function run(scripts: Readonly<Record<string, Script>>, overrides = {}, order = [a, b, c]) {
  const here = isolate(overrides);
  const startMs = Date.now();
  const began: string[] = [];
  const stops: string[] = [];
  const attempts = here.attempts({ order });
  const racing = race(attempts, {
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    start: (attempt: Attempt) => {
      const { id } = attempt.planned.route;
      began.push(`${id} ${Date.now() - startMs}`);
      const { atMs, fails = false, aliveAtMs } = scripts[id] ?? {};
      if (aliveAtMs !== undefined) setTimeout(() => attempt.alive(), aliveAtMs);
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      if (atMs !== undefined) {
        setTimeout(() => {
          if (fails) attempt.failed({ outcome: "error" });
          else attempt.answered();
          resolve(fails ? undefined : id);
        }, atMs);
      }
      return {
        answer: promise,
        stop: (why) => {
          stops.push(`${id} ${why}`);
          attempt.failed({ outcome: why === "late" ? "outpaced" : "abandoned" });
          resolve(undefined);
        },
      };
    },
  });
  const ends: { answer: string | undefined; atMs: number }[] = [];
  void racing.then((answer) => ends.push({ answer, atMs: Date.now() - startMs }));
  for (let n = 0; n < 1000 && ends.length === 0; n++) {
    here.clock.nowMs += 100;
    await vi.advanceTimersByTimeAsync(100);
  }
  return { ...ends[0], began, stops, local: here.local };
}

it("asks one upstream while it is not late", async () => {
  const { answer, began, stops } = await run({ a: { atMs: 900 } });
  expect([answer, began, stops]).toEqual(["a", ["a 0"], []]);
});

it("starts the next beside one that is late, keeps the first answer, and stops the other", async () => {
  const { answer, began, stops, local } = await run({ b: { atMs: 500 } });
  const lateMs = TUNING.hedgeUnknownMs;
  expect([answer, began, stops]).toEqual(["b", ["a 0", `b ${lateMs}`], ["a late"]]);
  expect(local.standings([a.route, b.route]).routes.get("a")).toMatchObject({ inflight: 0 });
});

it("stops the later one if the first answers after all, and holds nothing against it", async () => {
  const { answer, stops, local } = await run({ a: { atMs: 10_500 }, b: { atMs: 9000 } });
  expect([answer, stops]).toEqual(["a", ["b not needed"]]);
  expect(local.standings([b.route]).routes.get("b")).toMatchObject({ breaker: "closed", errorRate: 0, inflight: 0 });
});

it("starts each further one sooner, so that several hanging upstreams cost little more than one", async () => {
  const { answer, atMs, began } = await run({ c: { atMs: 100 } });
  expect([answer, began]).toEqual(["c", ["a 0", "b 10000", "c 15000"]]);
  expect(atMs).toBeLessThan(2 * TUNING.hedgeUnknownMs);
});

it("starts none beside a late one on the same upstream", async () => {
  const two = route({ id: "a", credentials: ["1", "2"] });
  const { answer, began } = await run({ b: { atMs: 500 } }, {}, [planned(two), planned(two, 1), b]);
  expect([answer, began]).toEqual(["b", ["a 0", `b ${TUNING.hedgeUnknownMs}`]]);
});

it("goes on at once when one fails", async () => {
  const { answer, began } = await run({
    a: { atMs: 200, fails: true },
    b: { atMs: 200, fails: true },
    c: { atMs: 100 },
  });
  expect([answer, began]).toEqual(["c", ["a 0", "b 200", "c 400"]]);
});

it("has no answer when all fail", async () => {
  const { answer, atMs } = await run({
    a: { atMs: 1, fails: true },
    b: { atMs: 1, fails: true },
    c: { atMs: 1, fails: true },
  });
  expect([answer, atMs]).toEqual([undefined, expect.any(Number)]);
});

it("waits longer for an upstream that has shown life", async () => {
  const { began } = await run({ a: { aliveAtMs: 500, atMs: 19_000 }, b: { atMs: 100 } });
  expect(began).toEqual(["a 0"]);
});

it("starts no other call on the same upstream, and none beyond the budget", async () => {
  const sameUpstream = planned(route({ id: "s", upstream: "a" }));
  expect((await run({ a: { atMs: 30_000 } }, {}, [a, sameUpstream])).began).toEqual(["a 0"]);
  const spent = { retryBudgetFloorPerSecond: 1e-9, retryBudgetShare: 1e-9 };
  expect((await run({ a: { atMs: 30_000 }, b: { atMs: 29_000 } }, spent)).began).toEqual(["a 0", "b 10000"]);
});
