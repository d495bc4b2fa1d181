import { describe, expect, it } from "vitest";
import { VirtualTime } from "../../src/cli/simulation/time.ts";
import type { AttemptEnd } from "../../src/health/attempt-end.ts";
import { FleetHealth } from "../../src/health/fleet-health.ts";
import type { Report, Standing } from "../../src/health/report.ts";
import type { Attempt } from "../../src/routing/attempt.ts";
import type { Route } from "../../src/routing/route.ts";
import { Router } from "../../src/routing/router.ts";
import { SERVING, START_MS, TUNING, route } from "../support/isolate.ts";

const [a, b] = ["a", "b"].map((id) => route({ id })) as [Route, Route];

/** A router and the objects behind it, in virtual time. */
function setUp(
  answer: (report: Report, well: () => Standing, time: VirtualTime) => Promise<Standing> = async (_, well) => well(),
  time = new VirtualTime(START_MS),
  sleep = time.sleep,
) {
  const states = new Map<string, FleetHealth>();
  const calls: { upstream: string; atS: number; report: Report }[] = [];
  const failed: string[] = [];
  const router = new Router({
    isolate: "one",
    tuning: TUNING,
    now: time.now,
    random: () => 0.5,
    sleep,
    failed: (upstream) => failed.push(upstream),
    connect: (upstream) => ({
      exchange: async (report) => {
        calls.push({ upstream, atS: (time.nowMs - START_MS) / 1000, report: structuredClone(report) });
        const state = states.get(upstream) ?? new FleetHealth(TUNING, () => 0.5);
        states.set(upstream, state);
        return answer(report, () => state.exchange(report, time.nowMs), time);
      },
    }),
  });
  const deferred: Promise<unknown>[] = [];
  /**
   * Makes one request.
   * @param begun the answer began before its end
   * @returns how long it waited before its first attempt
   */
  const request = async (routes: readonly Route[], end?: AttemptEnd, begun = false): Promise<number> => {
    const fromMs = time.nowMs;
    const attempts = await router.start({ routes, serving: SERVING, byAuto: false, stream: true }, (work) =>
      deferred.push(work),
    );
    const waitedMs = time.nowMs - fromMs;
    const attempt = attempts.next();
    if (end === undefined) {
      attempt?.answered();
      attempt?.finished();
    } else if (begun) {
      attempt?.answered();
      attempt?.brokeOff(end);
    } else attempt?.failed(end);
    return waitedMs;
  };
  const at = async (seconds: number, routes: readonly Route[] = [a], end?: AttemptEnd, begun = false) => {
    await time.runUntil(START_MS + seconds * 1000);
    let waitedMs = -1;
    void request(routes, end, begun).then((ms) => (waitedMs = ms));
    await time.runUntil(START_MS + seconds * 1000);
    return waitedMs;
  };
  return { time, router, calls, failed, at, request, states, deferred };
}

describe("exchanging", () => {
  it("happens at most every 5 s per upstream, for the routes of the last minute", async () => {
    const { at, calls, router } = setUp();
    for (let second = 0; second < 30; second++) await at(second);
    expect(calls.map(({ atS }) => atS)).toEqual([0, 5, 10, 15, 20, 25]);
    await at(30, [b]);
    await at(80, [b]);
    await at(95, [b]);
    expect(calls.slice(6).map(({ upstream, atS }) => `${upstream} ${atS}`)).toEqual([
      "a 30",
      "b 30",
      "a 80",
      "b 80",
      "b 95",
    ]);
    expect(router.exchanger.calls).toBe(calls.length);
    expect(calls.at(-1)?.report.routes).toEqual({ b: { model: "model", inflight: 0 } });
  });

  it("happens in the background, kept alive by the request", async () => {
    const { at, deferred } = setUp();
    await at(0);
    await at(5);
    expect(deferred).toHaveLength(2);
    await expect(Promise.all(deferred)).resolves.toBeDefined();
  });

  it("happens at once when a breaker opens here", async () => {
    const { at, calls } = setUp();
    for (const second of [0, 1, 2]) await at(second, [a], { outcome: "error", status: 500 });
    expect(calls.map(({ atS }) => atS)).toEqual([0, 2]);
    expect(calls[1]?.report.deltas["a"]).toMatchObject({ failed: 3 });
    expect(calls[1]?.report.routes["a"]?.openWhy).toBe("3 failures in a row, the last: error (500)");
  });

  it("happens at once when a stream breaks off and opens a breaker here", async () => {
    const { at, calls } = setUp();
    for (const second of [0, 1, 2]) await at(second, [a], { outcome: "error" }, true);
    expect(calls.map(({ atS }) => atS)).toEqual([0, 2]);
  });

  it("happens at once when a trial is answered, whenever that is", async () => {
    const { at, calls, router, time } = setUp();
    for (const second of [0, 1, 2]) await at(second, [a], { outcome: "error" });
    await time.runUntil(START_MS + 8000);
    const request = { routes: [a], serving: SERVING, byAuto: false, stream: true };
    let trial: Attempt | undefined;
    void router.start(request, () => undefined).then((attempts) => (trial = attempts.next()));
    await time.runUntil(START_MS + 9000);
    trial?.answered();
    await time.runUntil(START_MS + 9000);
    expect([trial?.permit, calls.map(({ atS }) => atS)]).toEqual(["trial", [0, 2, 8, 9]]);
  });

  it("happens one at a time: an urgent report meanwhile follows at once", async () => {
    const { at, calls, time } = setUp(async (_, well, clock) => {
      await clock.sleep(1000);
      return well();
    });
    // The first request waits 250 ms for the new object; with the others it opens the breaker.
    for (const second of [0, 0.1, 0.2, 0.3]) await at(second, [a], { outcome: "error" });
    await at(0.6);
    await time.runUntil(START_MS + 4000);
    expect(calls.map(({ atS }) => atS)).toEqual([0, 1]);
  });

  it("keeps an interval of 250 ms when trial follows trial", async () => {
    const { at, calls } = setUp();
    for (const second of [0, 1, 2]) await at(second, [a], { outcome: "error" });
    // Trials at 8 s, 8.2 s and 8.25 s; then the breaker is closed.
    for (const second of [8, 8.2, 8.25, 8.5, 9]) await at(second);
    expect(calls.map(({ atS }) => atS)).toEqual([0, 2, 8, 8.25, 8.5]);
  });

  it("keeps the pace that the object asks for", async () => {
    const { at, calls } = setUp(async (_, well) => ({ ...well(), paceMs: 12_000 }));
    for (let second = 0; second < 30; second++) await at(second);
    expect(calls.map(({ atS }) => atS)).toEqual([0, 12, 24]);
  });

  it("makes the first request of an upstream wait, and only that one", async () => {
    const { at, time } = setUp(async (_, well, clock) => {
      await clock.sleep(100);
      return well();
    });
    await at(0);
    const second = await at(0.01);
    expect(second).toBe(0);
    await time.runUntil(START_MS + 5000);
    expect(await at(5)).toBe(0);
  });

  it("makes a request wait where a capacity is set, even right after the last exchange", async () => {
    const slow = async (_: Report, well: () => Standing, time: VirtualTime) => {
      await time.sleep(40);
      return well();
    };
    const limited = (id: string) => route({ id, upstream: "u", requestsPerMinute: 2 });
    const { at, time, calls, request } = setUp(slow);
    void request([limited("first")]);
    await time.runUntil(START_MS + 50);
    const waits: number[] = [];
    for (let n = 0; n < 3; n++) void request([limited("second")]).then((ms) => waits.push(ms));
    await time.runUntil(START_MS + 100);
    expect([calls.length, waits], "the first has asked for one place").toEqual([2, [40]]);
    await time.runUntil(START_MS + 10_000);
    expect(waits[1], "the others ask together").toBeLessThan(500);
    expect(waits[2], "but there is no third place within a minute").toBeLessThan(500);
    await at(20, [limited("second")]);
    expect(calls.at(-1)?.report.uses?.find(({ route: id }) => id === "second")).toMatchObject({ requests: 2 });
  });

  it("waits no longer than 250 ms for a slow object", async () => {
    const { request, time } = setUp(async (_, well, clock) => {
      await clock.sleep(1000);
      return well();
    });
    let waitedMs = -1;
    void request([a]).then((ms) => (waitedMs = ms));
    await time.runUntil(START_MS + 249);
    expect(waitedMs).toBe(-1);
    await time.runUntil(START_MS + 250);
    expect(waitedMs).toBe(250);
  });

  it("routes by the isolate's own knowledge when objects are broken, and does not call them more often", async () => {
    const { at, calls, failed, router } = setUp(async () => {
      throw new Error("broken");
    });
    for (let n = 0; n < 8; n++) await at(n / 2, [a], { outcome: "error" });
    expect(router.local.standings([a]).routes.get("a")?.breaker).toBe("open");
    expect(calls.map(({ atS }) => atS)).toEqual([0]);
    expect(failed).toEqual(["a"]);
    await at(5);
    expect(calls).toHaveLength(2);
  });

  it("starts another exchange after one that never ends", async () => {
    const { at, calls, failed } = setUp(async () => new Promise<never>(() => undefined));
    await at(0);
    await at(3);
    await at(5);
    expect([calls.length, failed]).toEqual([2, ["a"]]);
  });
});

describe("an exchange whose request is cancelled", () => {
  it("is given up, though neither the object nor any timer ever answers", async () => {
    const never = async () => new Promise<never>(() => undefined);
    const { at, calls } = setUp(never, undefined, never);
    await at(0);
    await at(4.9);
    expect(calls).toHaveLength(1);
    await at(5);
    expect(calls).toHaveLength(2);
  });
});

describe("deltas", () => {
  it("are sent again under their number until they are acknowledged, and counted once", async () => {
    let lost = true;
    const { at, calls, states } = setUp(async (_, well) => {
      const standing = well();
      if (lost) throw new Error("the answer was lost");
      return standing;
    });
    await at(0, [a, b]);
    await at(1, [a]);
    await at(5, [a]);
    lost = false;
    await at(10, [a]);
    await at(15, [a]);
    const ofA = calls
      .filter(({ upstream }) => upstream === "a")
      .map(({ report }) => [report.sequence, report.ageMs, report.deltas["a"]?.answered]);
    expect(ofA).toEqual([
      [1, 0, undefined],
      [1, 5000, undefined],
      [1, 10_000, undefined],
      [2, 0, expect.any(Number)],
    ]);
    const seen = states.get("a")?.describe(START_MS + 15_000).routes[0]?.window.answered;
    expect(seen).toBe(ofA[3]?.[2]);
  });

  it("never count twice when the object took them but its answer was lost", async () => {
    let lose = false;
    const { at, states, calls } = setUp(async (_, well) => {
      const standing = well();
      if (lose) throw new Error("the answer was lost");
      return standing;
    });
    await at(0);
    await at(1);
    lose = true;
    await at(5);
    lose = false;
    await at(10);
    await at(15);
    expect(calls.map(({ report }) => report.sequence)).toEqual([1, 2, 2, 3]);
    // All but the request of the last second, which has not been reported yet.
    expect(states.get("a")?.describe(START_MS + 15_000).routes[0]?.window).toEqual({ answered: 4, failed: 0 });
  });
});
