import { describe, expect, it } from "vitest";
import type { AttemptEnd } from "../../src/health/attempt-end.ts";
import type { Attempt } from "../../src/routing/attempt.ts";
import type { Attempts } from "../../src/routing/attempts.ts";
import type { PlannedAttempt } from "../../src/routing/plan-types.ts";
import type { Route } from "../../src/routing/route.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { isolate, planned, route } from "../support/isolate.ts";

const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => route({ id, credentials: ["1", "2"] })) as [
  Route,
  Route,
  Route,
  Route,
];

function attemptsOf({ attempts }: ReturnType<typeof isolate>, order: readonly PlannedAttempt[]): Attempts {
  return attempts({ order });
}

/**
 * Gives each attempt the next of `ends`, and further attempts the last one.
 * @returns route and credential of each attempt
 */
function run(attempts: Attempts, ...ends: (AttemptEnd["outcome"] | AttemptEnd | "answered")[]): string[] {
  const made: string[] = [];
  for (let attempt = attempts.next(); attempt !== undefined; attempt = attempts.next()) {
    made.push(`${attempt.planned.route.id}${attempt.planned.credential.id.slice(-1)}`);
    const end = ends[made.length - 1] ?? ends.at(-1) ?? "answered";
    if (end === "answered") {
      attempt.answered();
      attempt.finished();
      break;
    }
    attempt.failed(typeof end === "string" ? { outcome: end } : end);
  }
  return made;
}

const all = [planned(a), planned(b), planned(c), planned(d)];

describe("the attempts of a request", () => {
  it("makes at most two further attempts", () => {
    expect(run(attemptsOf(isolate(), all), "error")).toEqual(["a1", "b1", "c1"]);
  });

  it("gives each further attempt the reason 'next', whatever the reason for its place", () => {
    const attempts = attemptsOf(isolate(), [
      planned(a),
      { ...planned(b), why: "only" },
      { ...planned(c), why: "session" },
    ]);
    const whys: string[] = [];
    for (let attempt = attempts.next(); attempt !== undefined; attempt = attempts.next()) {
      whys.push(attempt.planned.why);
      attempt.failed({ outcome: "error" });
    }
    expect(whys).toEqual(["drawn", "next", "next"]);
  });

  it("makes one more after a time-out", () => {
    expect(run(attemptsOf(isolate(), all), "timeout")).toEqual(["a1", "b1"]);
    expect(run(attemptsOf(isolate(), all), "error", "timeout")).toEqual(["a1", "b1", "c1"]);
  });

  it.each<Outcome>(["refused_request", "abandoned"])("ends with %s, which is nobody's fault", (outcome) => {
    if (outcome === "answered") return;
    const here = isolate();
    const { local } = here;
    for (let n = 0; n < 5; n++) {
      const attempts = attemptsOf(here, all);
      expect(run(attempts, outcome)).toEqual(["a1"]);
      expect(attempts.isFinal).toBe(true);
    }
    expect(local.standings([a]).routes.get("a")).toMatchObject({ breaker: "closed", errorRate: 0, inflight: 0 });
  });

  it("tries another credential only if the first credential was refused", () => {
    const both = [planned(a, 0), planned(a, 1), planned(b)];
    expect(run(attemptsOf(isolate(), both), "rate_limited", "answered")).toEqual(["a1", "a2"]);
    expect(run(attemptsOf(isolate(), both), { outcome: "error", status: 529 }, "answered")).toEqual(["a1", "a2"]);
    expect(run(attemptsOf(isolate(), both), "error", "answered")).toEqual(["a1", "b1"]);
  });

  it("tries no other route of an upstream that cannot be reached", () => {
    const sibling = route({ id: "s", upstream: "a" });
    expect(run(attemptsOf(isolate(), [planned(a), planned(sibling), planned(b)]), "unreachable", "answered")).toEqual([
      "a1",
      "b1",
    ]);
  });

  it("skips candidates that began to cool, and routes that opened, after the plan was made", () => {
    const here = isolate();
    const late = attemptsOf(here, all);
    run(attemptsOf(here, [planned(a)]), "rate_limited");
    for (let n = 0; n < 3; n++) run(attemptsOf(here, [planned(b)]), "error");
    expect(run(late, "answered")).toEqual(["c1"]);
  });

  it("counts each attempt as in flight until its end", () => {
    const here = isolate();
    const { local } = here;
    const attempts = attemptsOf(here, all);
    const inflight = () => [a, b].map(({ id }) => local.standings([a, b]).routes.get(id)?.inflight);
    const first = attempts.next();
    expect(inflight()).toEqual([1, 0]);
    first?.failed({ outcome: "error" });
    const next = attempts.next();
    expect(inflight()).toEqual([0, 1]);
    next?.answered();
    expect(inflight()).toEqual([0, 1]);
    next?.finished();
    next?.finished();
    next?.brokeOff({ outcome: "error" });
    next?.failed({ outcome: "error" });
    expect(inflight()).toEqual([0, 0]);
    // Only the first end of an attempt counts.
    expect(local.report("b").deltas["b"]).toMatchObject({ answered: 1, failed: 0 });
  });
});

describe("the retry budget", () => {
  it("is 20 % of the requests of 10 s, and at least 10 a second", () => {
    const here = isolate({ retryBudgetFloorPerSecond: 1 });
    const { clock } = here;
    // Both are on one upstream, so there is no free retry on another upstream.
    const sibling = route({ id: "s", upstream: "a" });
    const retried = () => run(attemptsOf(here, [planned(a), planned(sibling)]), "error", "answered").length - 1;
    for (let n = 0; n < 100; n++) run(attemptsOf(here, [planned(b)]), "answered");
    let retries = 0;
    for (let n = 0; n < 100; n++) {
      retries += retried();
      run(attemptsOf(here, [planned(a)]), "answered");
    }
    // The budget grows with the requests: 300 at the end.
    expect(retries).toBeGreaterThanOrEqual(20);
    expect(retries).toBeLessThanOrEqual(60);
    clock.nowMs += 20_000;
    expect([retried(), retried()]).toEqual([1, 1]);
  });

  it("does not hold back the first retry on another upstream that works", () => {
    const here = isolate({ retryBudgetFloorPerSecond: 0.001, retryBudgetShare: 0.000_001 });
    // The first request uses up the budget, so it gets no second retry.
    expect(run(attemptsOf(here, [planned(a), planned(b), planned(c)]), "rate_limited")).toEqual(["a1", "b1"]);
    expect(run(attemptsOf(here, [planned(c), planned(d), planned(d, 1)]), "rate_limited")).toEqual(["c1", "d1"]);
  });

  it("also holds back the first retry, if its upstream was down", () => {
    const here = isolate({ retryBudgetFloorPerSecond: 0.001, retryBudgetShare: 0.000_001 });
    for (let n = 0; n < 3; n++) run(attemptsOf(here, [planned(b)]), "error");
    here.clock.nowMs += 5000;
    run(attemptsOf(here, [planned(c), planned(d)]), "error", "answered");
    expect(run(attemptsOf(here, [planned(a), planned(b)]), "error")).toEqual(["a1"]);
    expect(run(attemptsOf(here, [planned(b)]), "answered")).toEqual(["b1"]);
  });
});

describe("blame", () => {
  it("falls on the first alone when every route fails", () => {
    const here = isolate();
    const { local } = here;
    for (let n = 0; n < 3; n++) run(attemptsOf(here, [planned(a), planned(b), planned(c)]), "error");
    const { routes } = local.standings([a, b, c]);
    expect(["a", "b", "c"].map((id) => routes.get(id)?.breaker)).toEqual(["open", "closed", "closed"]);
  });

  it("falls on all routes that failed when another answers", () => {
    const here = isolate();
    const { local } = here;
    for (let n = 0; n < 3; n++) run(attemptsOf(here, all), "error", "error", "answered");
    const { routes } = local.standings([a, b, c]);
    expect(["a", "b", "c"].map((id) => routes.get(id)?.breaker)).toEqual(["open", "open", "closed"]);
  });

  it("counts a 403 of every route against the first alone, and a 401 against each", () => {
    const here = isolate();
    const { local } = here;
    run(attemptsOf(here, [planned(a), planned(b)]), "forbidden");
    run(attemptsOf(here, [planned(c), planned(d)]), "credential_refused");
    const cooling = local.standings([a, b, c, d]).coolingUntilMs;
    expect([...cooling.keys()].map((key) => key[0])).toEqual(["a", "c", "d"]);
  });

  it("of a refused credential falls on the credential alone: no breaker opens, however often it is refused", () => {
    const here = isolate();
    const { local, clock, notices } = here;
    const cooledMs = [5000, 10_000, 20_000, 40_000, 60_000, 60_000];
    for (const forMs of cooledMs) {
      expect(run(attemptsOf(here, [planned(a)]), "rate_limited")).toEqual(["a1"]);
      clock.nowMs += forMs;
    }
    expect(local.standings([a]).routes.get("a")).toMatchObject({ breaker: "closed", errorRate: 0 });
    expect(notices).toMatchObject(cooledMs.map((forMs) => ({ event: "cooling", forMs })));
    expect(local.report("a").deltas["a"]).toBeUndefined();
  });

  it("of a refused credential does not take the place of the first route's", () => {
    const here = isolate();
    const { local, clock } = here;
    for (let n = 0; n < 3; n++) {
      run(attemptsOf(here, [planned(a), planned(b), planned(c)]), "rate_limited", "error");
      clock.nowMs += 60_000;
    }
    const { routes } = local.standings([a, b, c]);
    expect(["a", "b", "c"].map((id) => routes.get(id)?.breaker)).toEqual(["closed", "open", "closed"]);
  });

  it("of a refused credential counts though another route failed first", () => {
    const here = isolate();
    run(attemptsOf(here, [planned(a), planned(b)]), "error", "rate_limited");
    expect(here.local.standings([a, b]).coolingUntilMs.size).toBe(1);
  });

  it("ends with an answer: the next cooling is the shortest again", () => {
    const here = isolate();
    for (const end of ["rate_limited", "answered", "rate_limited"] as const) {
      run(attemptsOf(here, [planned(a)]), end);
      here.clock.nowMs += 5000;
    }
    expect(here.notices).toMatchObject([{ forMs: 5000 }, { forMs: 5000 }]);
  });

  it("falls on no route when a client leaves a stream that had begun", () => {
    const here = isolate();
    for (let n = 0; n < 3; n++) {
      const attempt = attemptsOf(here, [planned(a)]).next();
      attempt?.answered();
      attempt?.brokeOff({ outcome: "abandoned" });
    }
    expect(here.local.standings([a]).routes.get("a")).toMatchObject({ breaker: "closed", errorRate: 0, inflight: 0 });
    expect(here.local.report("a").deltas["a"]).toMatchObject({ answered: 3, failed: 0 });
  });

  it("falls on a stream that breaks off, as if it had never been answered", () => {
    const here = isolate();
    const { local } = here;
    for (let n = 0; n < 3; n++) {
      const attempt = attemptsOf(here, [planned(a)]).next();
      attempt?.answered();
      attempt?.brokeOff({ outcome: "error" });
    }
    expect(local.standings([a]).routes.get("a")?.breaker).toBe("open");
    expect(local.report("a").deltas["a"]).toMatchObject({ answered: 0, failed: 3 });
  });

  it("is logged: breakers and coolings give notices", () => {
    const here = isolate();
    const { notices } = here;
    for (let n = 0; n < 3; n++) run(attemptsOf(here, [planned(a)]), "timeout");
    run(attemptsOf(here, [planned(b)]), "out_of_funds");
    expect(notices).toEqual([
      { event: "breaker", route: "a", upstream: "a", to: "open", why: "3 failures in a row, the last: timeout" },
      { event: "cooling", route: "b", upstream: "b", credential: "b-1", forMs: 600_000, why: "out_of_funds" },
    ]);
  });
});

describe("the fault when nothing answered", () => {
  const faultOf = (order: readonly PlannedAttempt[], ...ends: AttemptEnd[]) => {
    const attempts = attemptsOf(isolate(), order);
    run(attempts, ...ends);
    const { kind, options } = attempts.fault();
    return [kind, options.retryAfterMs];
  };

  it.each<[string, AttemptEnd[], PlannedAttempt[], [string, number | undefined]]>([
    [
      "all rate-limited",
      [
        { outcome: "rate_limited", retryAfterMs: 9000 },
        { outcome: "rate_limited", retryAfterMs: 7000 },
      ],
      [planned(a), planned(b)],
      ["upstream_rate_limited", 7000],
    ],
    [
      "rate-limited, without a Retry-After",
      [{ outcome: "rate_limited" }],
      [planned(a)],
      ["upstream_rate_limited", 5000],
    ],
    [
      "rate-limited, with a route left that was not tried",
      [{ outcome: "rate_limited", retryAfterMs: 7000 }],
      all,
      ["upstream_rate_limited", 7000],
    ],
    ["all timed out", [{ outcome: "timeout" }], [planned(a), planned(b)], ["upstream_timeout", undefined]],
    ["one, an error", [{ outcome: "error" }], [planned(a)], ["upstream_error", undefined]],
    ["one, garbage", [{ outcome: "garbage" }], [planned(a)], ["upstream_error", undefined]],
    ["one, unreachable", [{ outcome: "unreachable" }], [planned(a)], ["no_route", 1000]],
    ["several", [{ outcome: "error" }], [planned(a), planned(b)], ["no_route", 1000]],
    ["none", [], [], ["no_route", undefined]],
  ])("%s", (_, ends, order, fault) => {
    expect(faultOf(order, ...ends)).toEqual(fault);
  });

  it("is 503 with the time of the next chance when all are open or cooling", () => {
    const here = isolate();
    const { clock } = here;
    run(attemptsOf(here, [planned(a)]), { outcome: "rate_limited", retryAfterMs: 8000 });
    for (let n = 0; n < 3; n++) run(attemptsOf(here, [planned(b)]), "error");
    clock.nowMs += 500;
    const attempts = here.attempts({ order: [], cooling: [planned(a)], open: [planned(b)], panic: false });
    expect(attempts.next()).toBeUndefined();
    expect(attempts.fault()).toMatchObject({ kind: "no_route", options: { retryAfterMs: 4500 } });
  });
});

describe("what attempts teach", () => {
  const learn = (stream: boolean, teach: (attempt: Attempt, clock: { nowMs: number }) => void) => {
    const here = isolate();
    const { local, clock } = here;
    const attempts = here.attempts({ order: [planned(a)] }, stream);
    const attempt = attempts.next();
    if (attempt !== undefined) teach(attempt, clock);
    return local.standings([a]).routes.get("a");
  };

  it("from a stream: time to its first event and its speed", () => {
    const known = learn(true, (attempt, clock) => {
      clock.nowMs += 400;
      attempt.answered();
      clock.nowMs += 2000;
      attempt.finished(100);
    });
    expect([known?.ttftMs?.value, known?.tokensPerSecond?.value]).toEqual([400, 50]);
  });

  it("from JSON: its time without the time of its tokens", () => {
    const known = learn(false, (attempt, clock) => {
      clock.nowMs += 2600;
      attempt.answered();
      attempt.finished(100);
    });
    expect([known?.ttftMs?.value, known?.tokensPerSecond]).toEqual([600, undefined]);
  });

  it("from streams that wait together: a stall shows before any deadline", () => {
    const here = isolate();
    const { local, clock } = here;
    for (let n = 0; n < 3; n++) attemptsOf(here, [planned(a)]).next();
    clock.nowMs += 4000;
    expect(local.standings([a]).routes.get("a")?.ttftMs?.value).toBe(4000);
  });

  it("nothing more from waiting, when the first event came or the attempt failed", () => {
    const here = isolate();
    const { local, clock } = here;
    const waiting = Array.from({ length: 3 }, () => attemptsOf(here, [planned(a)]).next());
    clock.nowMs += 100;
    for (const attempt of waiting) attempt?.answered();
    clock.nowMs += 4000;
    expect(local.standings([a]).routes.get("a")?.ttftMs?.value).toBeCloseTo(100);
    for (const attempt of Array.from({ length: 3 }, () => attemptsOf(here, [planned(b)]).next())) {
      attempt?.failed({ outcome: "abandoned" });
    }
    clock.nowMs += 4000;
    expect(local.standings([b]).routes.get("b")?.ttftMs).toBeUndefined();
  });
});
