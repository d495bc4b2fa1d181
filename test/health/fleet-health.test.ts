import { describe, expect, it } from "vitest";
import { FleetHealth } from "../../src/health/fleet-health.ts";
import { statusOfModels, summarise } from "../../src/health/history.ts";
import { type Report, type RouteDelta, emptyDelta, probeReport, clearingReport } from "../../src/health/report.ts";
import { START_MS, TUNING } from "../support/isolate.ts";

/** An object's state, and isolates that report to it; time in seconds. */
function setUp() {
  let state = new FleetHealth(TUNING, () => 0.5);
  let nowMs = START_MS;
  const sequences = new Map<string, number>();
  const report = (isolate: string, delta: Partial<RouteDelta> = {}, more: Partial<Report> = {}): Report => {
    const sequence = (sequences.get(isolate) ?? 0) + 1;
    sequences.set(isolate, sequence);
    return {
      isolate,
      sequence,
      ageMs: 0,
      deltas: { r: { ...emptyDelta(), ...delta } },
      routes: { r: { model: "m", inflight: 0 } },
      coolings: [],
      ...more,
    };
  };
  const exchange = (isolate: string, delta: Partial<RouteDelta> = {}, more: Partial<Report> = {}) => {
    const standing = state.exchange(report(isolate, delta, more), nowMs);
    const route = standing.routes["r"];
    if (route === undefined) throw new Error("the route is not in the standing");
    return { ...standing, ...route };
  };
  return {
    report,
    exchange,
    replay: (one: Report) => state.exchange(one, nowMs),
    wait: (seconds: number) => void (nowMs += seconds * 1000),
    state: () => state,
    now: () => nowMs,
    evict: () => void (state = new FleetHealth(TUNING, () => 0.5, structuredClone(state.store(nowMs)))),
  };
}

describe("the object's breaker", () => {
  it.each<[answered: number, failed: number, state: string]>([
    [10, 10, "open"],
    [11, 10, "closed"],
    [0, 19, "closed"],
    [0, 20, "open"],
  ])("after %i answers and %i failures in 30 s follows the rule of the window", (answered, failed, state) => {
    expect(setUp().exchange("one", { answered, failed }).breaker.state).toBe(state);
  });

  it("adds up what isolates saw, and forgets it after 30 s", () => {
    const { exchange, wait } = setUp();
    exchange("one", { failed: 10 });
    wait(31);
    expect(exchange("two", { failed: 10 }).breaker.state).toBe("closed");
    wait(20);
    expect(exchange("three", { failed: 10 }).breaker).toMatchObject({
      state: "open",
      why: "20 of 20 attempts failed",
      openForMs: 5000,
    });
  });

  it("counts a batch that comes late at the time of its attempts", () => {
    const { exchange } = setUp();
    expect(exchange("one", { failed: 20 }, { ageMs: 31_000 }).breaker.state).toBe("closed");
  });

  it("gives one isolate at a time the lease, which lapses after 15 s", () => {
    const { exchange, wait } = setUp();
    exchange("one", { failed: 20 });
    wait(5);
    expect(exchange("two").breaker).toMatchObject({ state: "half-open", leaseForMs: 15_000 });
    expect(exchange("three").breaker.leaseForMs).toBeUndefined();
    wait(5);
    expect(exchange("two").breaker.leaseForMs).toBe(10_000);
    wait(10);
    expect(exchange("three").breaker.leaseForMs).toBe(15_000);
    expect(exchange("two").breaker.leaseForMs).toBeUndefined();
  });

  it("closes after three trials that were answered", () => {
    const { exchange, wait } = setUp();
    exchange("one", { failed: 20 });
    wait(5);
    exchange("one");
    expect(exchange("one", { answered: 1, trialsAnswered: 1 }).breaker.leaseForMs).toBe(15_000);
    expect(exchange("two", { answered: 1, trialsAnswered: 1 }).breaker.state).toBe("half-open");
    expect(exchange("one", { answered: 1, trialsAnswered: 1 }).breaker).toMatchObject({
      state: "closed",
      closedForMs: 0,
    });
    wait(2);
    expect(exchange("three").breaker.closedForMs).toBe(2000);
    // Failures before the opening do not count again.
    expect(exchange("one", { failed: 10 }).breaker.state).toBe("closed");
  });

  it("opens for longer with each trial that fails: 5, 10, 20, 30, 30 s", () => {
    const { exchange, wait } = setUp();
    let forMs = exchange("one", { failed: 20 }).breaker.openForMs ?? 0;
    const lengths = [forMs];
    for (let n = 0; n < 4; n++) {
      wait(forMs / 1000);
      exchange("one");
      forMs = exchange("one", { failed: 1, trialsFailed: 1 }).breaker.openForMs ?? 0;
      lengths.push(forMs);
    }
    expect(lengths).toEqual([5000, 10_000, 20_000, 30_000, 30_000]);
  });

  it("opens for longer when it opens again within a minute, and for the shortest time after that", () => {
    const { exchange, wait } = setUp();
    const openForMs = () => exchange("one", { failed: 20 }).breaker.openForMs;
    const recover = (seconds: number) => {
      wait(seconds);
      exchange("one", { answered: 3, trialsAnswered: 3 });
    };
    expect(openForMs()).toBe(5000);
    recover(5);
    wait(59);
    expect(openForMs()).toBe(10_000);
    recover(10);
    wait(61);
    expect(openForMs()).toBe(5000);
  });

  it("is half-open before its back-off is over when an attempt was answered", () => {
    const { exchange } = setUp();
    exchange("one", { failed: 20 });
    expect(exchange("two", { answered: 1, trialsAnswered: 1 }).breaker).toMatchObject({
      state: "half-open",
      leaseForMs: 15_000,
    });
  });

  it("is not opened for longer by failures before its back-off is over", () => {
    const { exchange, wait } = setUp();
    exchange("one", { failed: 20 });
    wait(2);
    expect(exchange("two", { failed: 1, trialsFailed: 1 }).breaker).toMatchObject({ state: "open", openForMs: 3000 });
  });

  it("is half-open when its back-off is over, though nobody reports anything", () => {
    const { exchange, wait } = setUp();
    exchange("one", { failed: 20 });
    wait(5);
    expect(exchange("two", {}, { deltas: {} }).breaker.state).toBe("half-open");
  });

  it("opens again by a scheduled probe that fails when its back-off is over", () => {
    const { exchange, replay, wait, now } = setUp();
    exchange("one", { failed: 20 });
    wait(5);
    replay(probeReport({ route: "r", credential: "c~x" }, false, now()));
    expect(exchange("one").breaker).toMatchObject({ state: "open", openForMs: 10_000 });
  });

  it("is not closed by answers that were no trials", () => {
    const { exchange, wait } = setUp();
    exchange("one", { failed: 20 });
    wait(5);
    exchange("one");
    expect(exchange("one", { answered: 50 }).breaker.state).toBe("half-open");
  });

  it("opens by one probe that confirmed an isolate's suspicion", () => {
    const { exchange } = setUp();
    exchange("one", { answered: 50, probesFailed: 1 });
    expect(exchange("two").breaker).toMatchObject({ state: "open", why: "a probe failed" });
  });

  it("is closed by one answer to a scheduled probe, even before the back-off is over", () => {
    const { exchange, replay, now } = setUp();
    exchange("one", { failed: 20 });
    replay(probeReport({ route: "another", credential: "c~x" }, true, now()));
    expect(exchange("one").breaker.state).toBe("open");
    replay(probeReport({ route: "r", credential: "c~x" }, true, now()));
    expect(exchange("one").breaker).toMatchObject({ state: "closed", closedForMs: 0 });
  });
});

describe("a clearing", () => {
  const note = { credential: "c~x", route: null, forMs: 60_000, strikes: 1, why: "out_of_funds (402)" };
  const other = { ...note, credential: "d~y" };

  it("ends coolings, also those that an isolate reports that has not heard of it", () => {
    const { exchange, replay, wait, now } = setUp();
    exchange("one", {}, { coolings: [note, other] });
    replay(clearingReport([{ route: "r", credential: "c~x" }], now()));
    wait(1);
    const standing = replay({ ...clearingReport([], now() + 1), isolate: "two", coolings: [{ ...note, agoMs: 1001 }] });
    expect(standing.coolings.map(({ credential }) => credential)).toEqual(["d~y"]);
    expect(standing.clearings).toEqual([{ route: "r", credential: "c~x", agoMs: 1000 }]);
    const anew = replay({ ...clearingReport([], now() + 2), isolate: "two", coolings: [{ ...note, agoMs: 10 }] });
    expect(anew.coolings.length, "one that began after the clearing").toBe(2);
    wait(60);
    expect(replay({ ...clearingReport([], now() + 3), isolate: "two" }).clearings).toEqual([]);
  });

  it("of everything closes every breaker", () => {
    const { exchange, replay, now } = setUp();
    exchange("one", { failed: 20 }, { coolings: [note, other] });
    const standing = replay(clearingReport([{ route: null, credential: null }], now()));
    expect(standing.coolings).toEqual([]);
    expect(exchange("one").breaker.state).toBe("closed");
  });
});

describe("reports", () => {
  it("of the version before, which lack a count, do not break the breaker", () => {
    const { exchange, report, replay, wait } = setUp();
    exchange("one", { failed: 20 });
    wait(6);
    const { trialsAnswered: _answered, trialsFailed: _failed, ...older } = emptyDelta();
    replay({ ...report("two"), deltas: { r: { ...older, answered: 1 } as RouteDelta } });
    for (let trial = 0; trial < 3; trial++) exchange("three", { answered: 1, trialsAnswered: 1 });
    expect(exchange("three").breaker.state).toBe("closed");
  });

  it("count once, however often they come", () => {
    const { report, replay, exchange, state, now } = setUp();
    const one = report("one", { failed: 15 });
    expect(replay(one).acknowledged).toBe(1);
    expect(replay(one).acknowledged).toBe(1);
    expect(state().describe(now()).routes[0]?.window).toEqual({ answered: 0, failed: 15 });
    // Each isolate has its own numbers.
    expect(exchange("two", { failed: 5 }).breaker.state).toBe("open");
  });

  it("count once even when the object was evicted in between", () => {
    const { report, replay, evict, state, now } = setUp();
    const one = report("one", { failed: 15 });
    replay(one);
    evict();
    replay(one);
    expect(state().describe(now()).routes[0]?.window).toEqual({ answered: 0, failed: 0 });
  });

  it("are answered with the requests in flight of other isolates, which are forgotten after 15 s", () => {
    const { exchange, wait } = setUp();
    const busy = { routes: { r: { model: "m", inflight: 7 } } };
    expect(exchange("one", {}, busy).inflightElsewhere).toBe(0);
    wait(14);
    expect(exchange("two", {}, busy).inflightElsewhere).toBe(7);
    wait(1);
    expect(exchange("three").inflightElsewhere).toBe(7);
    wait(14);
    expect(exchange("three").inflightElsewhere).toBe(0);
  });

  it("are answered with what all isolates measured", () => {
    const { exchange } = setUp();
    exchange("one", { answered: 2, ttft: { 40: 2 }, outputTokens: 300, outputMs: 3000 });
    const told = exchange("two", { answered: 2, ttft: { 36: 2 } });
    expect(told.ttftMs).toEqual({ value: expect.closeTo((1024 + 512) / 2), mass: 4, confidence: 1 });
    expect(told.tokensPerSecond?.value).toBeCloseTo(100);
    expect(exchange("two", { failed: 5 }).errorRate).toBeCloseTo(5 / 29);
  });

  it("spread coolings, the longest of each", () => {
    const { exchange, wait } = setUp();
    const cooling = { credential: "k", route: null, forMs: 60_000, strikes: 1, why: "credential_refused (401)" };
    exchange("one", {}, { coolings: [cooling] });
    wait(10);
    exchange("two", {}, { coolings: [{ ...cooling, forMs: 5000 }] });
    expect(exchange("three").coolings).toEqual([{ ...cooling, forMs: 50_000, agoMs: 10_000 }]);
    wait(50);
    expect(exchange("three").coolings).toEqual([]);
  });

  it("are asked for less often when there are many isolates", () => {
    const { exchange } = setUp();
    expect(exchange("first").paceMs).toBe(5000);
    for (let n = 0; n < 999; n++) exchange(`isolate ${n}`);
    expect(exchange("first").paceMs).toBe(10_000);
  });
});

describe("an evicted object", () => {
  it("remembers an open breaker, its back-off and its coolings", () => {
    const { exchange, wait, evict } = setUp();
    exchange(
      "one",
      { failed: 20 },
      { coolings: [{ credential: "k", route: "r", forMs: 30_000, strikes: 2, why: "w" }] },
    );
    wait(5);
    exchange("one");
    exchange("one", { failed: 1, trialsFailed: 1 });
    evict();
    const { breaker, coolings } = exchange("two");
    expect(breaker).toMatchObject({ state: "open", why: "a trial or probe failed", openForMs: 10_000 });
    expect(coolings).toMatchObject([{ forMs: 25_000, strikes: 2 }]);
    wait(10);
    exchange("two");
    expect(exchange("two", { failed: 1, trialsFailed: 1 }).breaker.openForMs).toBe(20_000);
  });

  it("changes its fingerprint with each transition, and only then", () => {
    const { exchange, state, wait } = setUp();
    exchange("one", { answered: 3 });
    const before = state().fingerprint();
    exchange("one", { answered: 3, failed: 2 });
    expect(state().fingerprint()).toBe(before);
    exchange("one", { failed: 20 });
    const opened = state().fingerprint();
    expect(opened).not.toBe(before);
    wait(5);
    exchange("one");
    expect(state().fingerprint()).not.toBe(opened);
  });
});

describe("what operators and the status page see", () => {
  it("describes each route with its last transition and why", () => {
    const { exchange, state, now } = setUp();
    exchange("one", { failed: 20 }, { routes: { r: { model: "m", inflight: 3, openWhy: "3 failures in a row" } } });
    expect(state().describe(now())).toEqual({
      isolates: 1,
      coolings: [],
      capacity: [],
      routes: [
        {
          route: "r",
          model: "m",
          breaker: "open",
          openUntilMs: START_MS + 5000,
          lastTransition: { to: "open", atMs: START_MS, why: "20 of 20 attempts failed" },
          window: { answered: 0, failed: 0 },
          openIn: { isolates: 1, why: "3 failures in a row" },
          ttftMs: undefined,
          tokensPerSecond: undefined,
          inflight: 3,
        },
      ],
    });
  });

  it("keeps minutes, from which uptime, errors and quantiles are computed", () => {
    const { exchange, state, wait, now } = setUp();
    exchange("one", { answered: 98, failed: 2, ttft: { 36: 90, 44: 10 } });
    wait(60);
    exchange("one", { failed: 20 });
    wait(60);
    exchange("one", { failed: 0 });
    wait(60);
    const minutes = state().takeMinutes(now());
    expect(minutes.map(({ routes }) => routes["r"]?.open)).toEqual([false, true, true]);
    expect(state().takeMinutes(now())).toEqual([]);
    // Another upstream's route of the same model was up in the second minute.
    const second = minutes[1];
    if (second === undefined) throw new Error("no second minute");
    const elsewhere = {
      minute: second.minute,
      routes: { s: { model: "m", answered: 80, failed: 0, open: false, ttft: {} } },
    };
    expect(statusOfModels([...summarise(minutes), ...summarise([elsewhere])])).toEqual([
      {
        model: "m",
        attempts: 200,
        uptimeShare: expect.closeTo(2 / 3),
        errorShare: expect.closeTo(22 / 200),
        ttftP50Ms: 512,
        ttftP95Ms: 2048,
      },
    ]);
  });
});
