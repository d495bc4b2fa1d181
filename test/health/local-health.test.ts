import { describe, expect, it } from "vitest";
import { candidateKey, credentialKey } from "../../src/health/identity.ts";
import { isolate, planned, route, TUNING } from "../support/isolate.ts";

const a = route({ id: "a" });

/** An isolate whose object answers each report, and a request of one attempt on `a`. */
function setUp() {
  const here = isolate();
  const { local } = here;
  return {
    ...here,
    report: () => {
      const report = local.report("a");
      local.receive("a", { acknowledged: report.sequence, paceMs: 5000, routes: {}, coolings: [] });
      return report;
    },
    request: (end: "answered" | "error") => {
      local.planning([a]);
      const attempt = here.attempts({ order: [planned(a)] }).next();
      if (end === "error") return attempt?.failed({ outcome: end });
      attempt?.answered();
      attempt?.finished();
    },
  };
}

describe("what an isolate knows", () => {
  it("is urgent to report after each transition of a breaker and each trial, and not after other attempts", () => {
    const { local, clock, notices, report, request } = setUp();
    const isUrgentAfter = (end: "answered" | "error") => {
      report();
      request(end);
      return local.isUrgent("a");
    };
    expect(["answered", "error", "error", "error"].map((end) => isUrgentAfter(end as "error"))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    clock.nowMs += 5000;
    // The first trial makes the breaker half-open, the third closes it.
    expect([1, 2, 3, 4].map(() => isUrgentAfter("answered"))).toEqual([true, true, true, false]);
    // The log has a line for each transition, once.
    expect(notices.map((notice) => "to" in notice && notice.to)).toEqual(["open", "half-open", "closed"]);
  });

  it("includes the coolings that other isolates saw", () => {
    const { local, clock } = setUp();
    const [own] = a.upstream.credentials;
    if (own === undefined) throw new Error("the route has no credential");
    const cooling = { credential: credentialKey(own), route: null, forMs: 60_000, strikes: 1, why: "out_of_funds" };
    local.receive("a", { acknowledged: 0, paceMs: 5000, routes: {}, coolings: [cooling] });
    expect([...local.standings([a]).coolingUntilMs.values()]).toEqual([clock.nowMs + 60_000]);
  });

  it("lets one request try a candidate when its cooling is over, and the others go elsewhere until it has answered", () => {
    const { local, clock, attempts } = setUp();
    const isTried = () => local.standings([a]).resting.has(candidateKey(planned(a)));
    const next = () => attempts({ order: [planned(a)] }).next();
    next()?.failed({ outcome: "rate_limited", status: 429, retryAfterMs: 5000 });
    clock.nowMs += 5000;
    expect(isTried(), "until one begins, nobody knows").toBe(false);
    const first = next();
    expect(isTried()).toBe(true);
    expect(next()?.planned.route.id, "where there is no other").toBe("a");
    first?.answered();
    expect(isTried()).toBe(false);
  });

  it("lets the next request try when the first has failed in a way that says nothing of the cooling", () => {
    const { local, clock, attempts } = setUp();
    const isTried = () => local.standings([a]).resting.has(candidateKey(planned(a)));
    const next = () => attempts({ order: [planned(a)] }).next();
    const before = next();
    clock.nowMs += 1;
    next()?.failed({ outcome: "rate_limited", status: 429, retryAfterMs: 5000 });
    clock.nowMs += 5000;
    const first = next();
    before?.failed({ outcome: "error", status: 500 });
    expect(isTried(), "a request from before the cooling is not the try").toBe(true);
    first?.failed({ outcome: "error", status: 500 });
    expect(isTried()).toBe(false);
    const second = next();
    expect(isTried()).toBe(true);
    second?.failed({ outcome: "rate_limited", status: 429, retryAfterMs: 5000 });
    expect([isTried(), local.standings([a]).coolingUntilMs.size]).toEqual([false, 1]);
  });

  it("lets the next request try when the first has said nothing for five seconds", () => {
    const { local, clock, attempts } = setUp();
    const isTried = () => local.standings([a]).resting.has(candidateKey(planned(a)));
    const next = () => attempts({ order: [planned(a)] }).next();
    next()?.failed({ outcome: "rate_limited", status: 429, retryAfterMs: 5000 });
    clock.nowMs += 5000;
    next();
    clock.nowMs += TUNING.suspicionRestMs;
    expect(isTried()).toBe(false);
    next();
    expect(isTried()).toBe(true);
  });

  it("forgets a cooling when a probe was answered, and has the upstream's object tell the others", () => {
    const [here, elsewhere] = [setUp(), setUp()];
    for (const { local, attempts } of [here, elsewhere]) {
      local.planning([a]);
      attempts({ order: [planned(a)] })
        .next()
        ?.failed({ outcome: "out_of_funds", status: 402 });
      expect(local.standings([a]).coolingUntilMs.size).toBe(1);
    }
    here.clock.nowMs += 1000;
    here.local.judged(planned(a), { outcome: "out_of_funds" }, "answered", here.clock.nowMs);
    expect(here.local.standings([a]).coolingUntilMs.size).toBe(0);
    const { clearings = [] } = here.report();
    expect(clearings).toMatchObject([{ route: "a" }]);
    elsewhere.clock.nowMs += 1000;
    elsewhere.local.receive("a", {
      acknowledged: 0,
      paceMs: 5000,
      routes: {},
      coolings: [],
      clearings: clearings.map((each) => ({ ...each, agoMs: 0 })),
    });
    expect(elsewhere.local.standings([a]).coolingUntilMs.size).toBe(0);
  });

  it("shows a stall of whole answers by what those that wait take longer than usual", () => {
    const { local, clock, attempts } = setUp();
    local.planning([a]);
    for (let n = 0; n < 5; n++) {
      const attempt = attempts({ order: [planned(a)] }, { stream: false }).next();
      clock.nowMs += 2000;
      attempt?.answered();
      attempt?.finished();
    }
    const latency = () => local.standings([a]).routes.get("a")?.ttftMs?.value ?? 0;
    const before = latency();
    for (let n = 0; n < TUNING.waitingRequests; n++) local.waits(planned(a), false);
    clock.nowMs += 1000;
    expect(latency(), "they take no longer than usual").toBeLessThan(2000);
    clock.nowMs += 60_000;
    expect(latency()).toBeGreaterThan(before + 50_000);
  });

  it("is forgotten an hour after it was last planned, but not while attempts are under way", () => {
    const { local, clock, attempts, report, request } = setUp();
    const breakerIn = (ms: number) => {
      for (let n = 0; n < 3; n++) request("error");
      clock.nowMs += ms;
      report();
      return local.standings([a]).routes.get("a")?.breaker;
    };
    expect([breakerIn(3_600_000), breakerIn(3_600_001)]).toEqual(["open", "closed"]);
    const slow = attempts({ order: [planned(a)] }).next();
    clock.nowMs += 7_200_000;
    report();
    slow?.finished();
    expect(local.standings([a]).routes.get("a")?.inflight).toBe(0);
  });

  it("counts the coolings in a row within an hour", () => {
    const { clock, attempts, notices, report } = setUp();
    for (const pauseMs of [5000, 3_600_000 + 10_001, 0]) {
      attempts({ order: [planned(a)] })
        .next()
        ?.failed({ outcome: "rate_limited" });
      clock.nowMs += pauseMs;
      report();
    }
    expect(notices).toMatchObject([{ forMs: 5000 }, { forMs: 10_000 }, { forMs: 5000 }]);
  });
});
