import { describe, expect, it } from "vitest";
import type { AttemptEnd } from "../../src/health/attempt-end.ts";
import type { Attempt } from "../../src/routing/attempt.ts";
import type { Attempts } from "../../src/routing/attempts.ts";
import type { PlannedAttempt } from "../../src/routing/plan-types.ts";
import type { Route } from "../../src/routing/route.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { candidateKey } from "../../src/health/identity.ts";
import { isolate, planned, route, TUNING } from "../support/isolate.ts";

const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((id) => route({ id, credentials: ["1", "2"] })) as [
  Route,
  Route,
  Route,
  Route,
  Route,
];

function attemptsOf({ attempts }: ReturnType<typeof isolate>, order: readonly PlannedAttempt[]): Attempts {
  return attempts({ order });
}

/** The attempts of an account's request, over routes that can be probed. */
function askedBy(
  account: string,
  { attempts }: ReturnType<typeof isolate>,
  order: readonly PlannedAttempt[],
): Attempts {
  return attempts({ order }, { account });
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
  it("makes at most four", () => {
    expect(run(attemptsOf(isolate(), [...all, planned(e)]), "error")).toEqual(["a1", "b1", "c1", "d1"]);
    expect(run(attemptsOf(isolate(), [...all, planned(e)]), "timeout")).toEqual(["a1", "b1", "c1", "d1"]);
    expect(run(attemptsOf(isolate(), [planned(a), planned(a, 1)]), "rate_limited")).toEqual(["a1", "a2"]);
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

  it.each<[Outcome, string[]]>([
    ["refused_request", ["a1", "b1"]],
    ["abandoned", ["a1"]],
  ])("ends with %s, which is nobody's fault", (outcome, made) => {
    if (outcome === "answered") return;
    const here = isolate();
    const { local } = here;
    for (let n = 0; n < 5; n++) {
      const attempts = askedBy("mallory", here, all);
      expect(run(attempts, outcome)).toEqual(made);
      expect(attempts.isFinal).toBe(true);
    }
    expect(here.probes).toEqual([]);
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

  it("falls at once on a conversation whose answers fail, once, and it goes on", () => {
    const here = isolate();
    const { local, notices } = here;
    const inflight = () => local.standings([a]).routes.get("a")?.inflight;
    const attempt = attemptsOf(here, [planned(a)]).next();
    attempt?.answered();
    attempt?.faltered({ outcome: "refused_request" });
    for (let n = 0; n < 3; n++) attempt?.faltered({ outcome: "error" });
    expect(inflight()).toBe(1);
    attempt?.finished();
    attempt?.faltered({ outcome: "error" });
    expect(inflight()).toBe(0);
    expect(local.report("a").deltas["a"]).toMatchObject({ answered: 0, failed: 1 });
    expect(notices).toEqual([]);
  });

  it("cools what falters for lack of funds", () => {
    const here = isolate();
    const attempt = attemptsOf(here, [planned(b)]).next();
    attempt?.answered();
    attempt?.faltered({ outcome: "out_of_funds" });
    expect(here.notices).toMatchObject([{ event: "cooling", credential: "b-1", why: "out_of_funds" }]);
    expect(attemptsOf(here, [planned(b)]).next()).toBeUndefined();
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
    const attempts = here.attempts({ order: [], cooling: [planned(a)], open: [planned(b)], allOpen: false });
    expect(attempts.next()).toBeUndefined();
    expect(attempts.fault()).toMatchObject({ kind: "no_route", options: { retryAfterMs: 4500 } });
  });
});

describe("a refusal of the request", () => {
  it("gets a second opinion from another upstream or another model, and from nobody else", () => {
    const sameUpstream = route({ id: "s", upstream: "a" });
    const otherModel = route({ id: "o", upstream: "a", model: "other", credentials: ["1"] });
    const ask = (...order: PlannedAttempt[]) => run(askedBy("x", isolate(), order), "refused_request", "answered");
    expect(ask(planned(a), planned(a, 1), planned(sameUpstream), planned(b))).toEqual(["a1", "b1"]);
    expect(ask(planned(a), planned(otherModel), planned(b))).toEqual(["a1", "o1"]);
    expect(ask(planned(a), planned(a, 1))).toEqual(["a1"]);
    const undecided = run(askedBy("x", isolate(), all), "refused_request", "error", "answered");
    expect(undecided, "one is asked, whatever becomes of it").toEqual(["a1", "b1"]);
  });

  it("brings the upstream under suspicion if another upstream answers", () => {
    const here = isolate();
    expect(run(askedBy("x", here, all), "refused_request", "answered")).toEqual(["a1", "b1"]);
    expect(here.probes).toEqual(["a1 refused_request"]);
  });

  it("uses up no retries of others", () => {
    const here = isolate({ retryBudgetFloorPerSecond: 0.1, retryBudgetShare: 0 });
    for (let n = 0; n < 50; n++) run(askedBy("x", here, all), "refused_request");
    expect(run(askedBy("y", here, [planned(a), planned(a, 1)]), "rate_limited", "answered")).toEqual(["a1", "a2"]);
  });
});

describe("what one client's requests can do to others", () => {
  it.each<[Outcome, number | undefined]>([
    ["credential_refused", 401],
    ["out_of_funds", 402],
    ["forbidden", 403],
    ["model_missing", 404],
    ["rate_limited", 429],
    ["error", 529],
  ])("a failure like %s (%s) cools nothing: a probe decides", (outcome, status) => {
    if (outcome === "answered") return;
    const here = isolate();
    const end = { outcome, status };
    for (let n = 0; n < 10; n++) run(askedBy("mallory", here, [planned(a)]), end);
    expect(here.probes, "one probe at a time").toEqual([`a1 ${outcome}`]);
    const { routes, coolingUntilMs, resting } = here.local.standings([a]);
    expect(routes.get("a")).toMatchObject({ breaker: "closed", errorRate: 0 });
    expect([coolingUntilMs.size, [...resting]]).toEqual([0, [candidateKey(planned(a))]]);
    here.local.judged(planned(a), end, "answered", here.clock.nowMs);
    expect(here.local.standings([a]).resting.size).toBe(0);
    run(askedBy("mallory", here, [planned(a)]), end);
    expect([here.probes.length, here.local.standings([a]).resting.size], "not believed again at once").toEqual([1, 0]);
    here.clock.nowMs += TUNING.suspicionQuietMs;
    run(askedBy("mallory", here, [planned(a)]), end);
    expect(here.probes.length).toBe(2);
  });

  it("a suspicion that the probe confirms cools as the probe's refusal says", () => {
    const here = isolate();
    run(askedBy("x", here, [planned(a)]), { outcome: "out_of_funds", status: 402 });
    const end = { outcome: "credential_refused", status: 401 } as const;
    here.local.judged(planned(a), { outcome: "out_of_funds" }, end, here.clock.nowMs);
    expect(here.local.standings([a]).coolingUntilMs.get(candidateKey(planned(a)))).toBe(
      here.clock.nowMs + TUNING.credentialRefusedMs,
    );
  });

  it("a limit that two accounts meet needs no probe", () => {
    const here = isolate();
    const end = { outcome: "rate_limited", status: 429, retryAfterMs: 20_000 } as const;
    run(askedBy("x", here, [planned(a)]), end);
    expect(here.local.standings([a]).coolingUntilMs.size).toBe(0);
    run(askedBy("y", here, [planned(a)]), end);
    expect(here.local.standings([a]).coolingUntilMs.get(candidateKey(planned(a)))).toBe(here.clock.nowMs + 20_000);
  });

  it("failures in a row open no breaker until a probe fails too", () => {
    const here = isolate();
    for (let n = 0; n < 20; n++) run(askedBy("mallory", here, [planned(a)]), { outcome: "error", status: 500 });
    expect(here.probes).toEqual(["a1 error"]);
    const before = here.local.standings([a]).routes.get("a");
    expect(before?.breaker).toBe("closed");
    // Twenty failures of one account count less than two.
    expect(before?.errorRate).toBeLessThan(2 / TUNING.errorPriorAttempts);
    here.local.judged(planned(a), { outcome: "error" }, { outcome: "error", status: 500 }, here.clock.nowMs);
    expect(here.local.standings([a]).routes.get("a")?.breaker).toBe("open");
  });

  it("a route whose probe is refused like the requests before it refuses everything", () => {
    const here = isolate();
    run(askedBy("x", here, all), "refused_request", "answered");
    const end = { outcome: "refused_request", status: 400 } as const;
    here.local.judged(planned(a), { outcome: "refused_request" }, end, here.clock.nowMs);
    expect(here.local.standings([a]).routes.get("a")?.breaker).toBe("open");
    expect(here.notices).toMatchObject([
      { event: "breaker", why: "the route refuses everything: refused_request (400)" },
    ]);
  });

  it("an upstream that cannot be reached is evidence by itself", () => {
    const here = isolate();
    for (let n = 0; n < 3; n++) run(askedBy("x", here, [planned(a)]), "unreachable");
    expect([here.probes, here.local.standings([a]).routes.get("a")?.breaker]).toEqual([[], "open"]);
  });
});

describe("the fault of a rate limit that nobody else has met", () => {
  it("tells the upstream's wait, though the credential only rests", () => {
    const here = isolate();
    const attempts = askedBy("x", here, [planned(a), planned(b)]);
    run(attempts, { outcome: "rate_limited", retryAfterMs: 9000 }, { outcome: "rate_limited", retryAfterMs: 7000 });
    expect(attempts.fault()).toMatchObject({ kind: "upstream_rate_limited", options: { retryAfterMs: 7000 } });
  });
});

describe("when every candidate cools after a rate limit", () => {
  it("each client gets 429 with Retry-After", () => {
    const here = isolate();
    run(attemptsOf(here, [planned(a)]), { outcome: "rate_limited", retryAfterMs: 8000 });
    const attempts = here.attempts({ cooling: [planned(a)] });
    expect(attempts.next()).toBeUndefined();
    expect(attempts.fault()).toMatchObject({ kind: "upstream_rate_limited", options: { retryAfterMs: 8000 } });
    run(attemptsOf(here, [planned(b)]), "forbidden");
    expect(here.attempts({ cooling: [planned(a), planned(b)] }).fault().kind).toBe("no_route");
  });
});

describe("what attempts teach", () => {
  const learn = (stream: boolean, teach: (attempt: Attempt, clock: { nowMs: number }) => void) => {
    const here = isolate();
    const { local, clock } = here;
    const attempts = here.attempts({ order: [planned(a)] }, { stream });
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
