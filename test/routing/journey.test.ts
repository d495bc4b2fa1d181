import { describe, expect, it } from "vitest";
import { Journey } from "../../src/routing/journey.ts";
import type { Leg } from "../../src/routing/leg.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import type { AttemptEnd, Planned, Route } from "../../src/routing/types.ts";
import { isolate, planned, route } from "./support.ts";

const [a, b, c, d] = ["a", "b", "c", "d"].map((id) => route({ id, credentials: ["1", "2"] })) as [
  Route,
  Route,
  Route,
  Route,
];

function journey(local: ReturnType<typeof isolate>["local"], order: readonly Planned[], panic = false): Journey {
  return new Journey(local, { order, cooling: [], open: [], panic }, { stream: true, onChange: () => undefined });
}

/** Lets every attempt end so; says which were made. */
function travel(way: Journey, ...ends: (AttemptEnd["outcome"] | AttemptEnd | "answered")[]): string[] {
  const made: string[] = [];
  for (let leg = way.next(); leg !== undefined; leg = way.next()) {
    made.push(`${leg.planned.route.id}${leg.planned.credential.id.slice(-1)}`);
    const end = ends[made.length - 1] ?? ends.at(-1) ?? "answered";
    if (end === "answered") {
      leg.answered();
      leg.finished();
      break;
    }
    leg.failed(typeof end === "string" ? { outcome: end } : end);
  }
  return made;
}

const all = [planned(a), planned(b), planned(c), planned(d)];

describe("a journey", () => {
  it("makes at most two further attempts", () => {
    expect(travel(journey(isolate().local, all), "error")).toEqual(["a1", "b1", "c1"]);
  });

  it("says of each further attempt that it came next, whatever its place was for", () => {
    const way = journey(isolate().local, [
      planned(a),
      { ...planned(b), why: "only" },
      { ...planned(c), why: "session" },
    ]);
    const whys: string[] = [];
    for (let leg = way.next(); leg !== undefined; leg = way.next()) {
      whys.push(leg.planned.why);
      leg.failed({ outcome: "error" });
    }
    expect(whys).toEqual(["drawn", "next", "next"]);
  });

  it("makes one more after a time-out", () => {
    expect(travel(journey(isolate().local, all), "timeout")).toEqual(["a1", "b1"]);
    expect(travel(journey(isolate().local, all), "error", "timeout")).toEqual(["a1", "b1", "c1"]);
  });

  it.each<Outcome>(["refused_request", "abandoned"])("ends with %s, which is nobody's fault", (outcome) => {
    if (outcome === "answered") return;
    const { local } = isolate();
    for (let n = 0; n < 5; n++) {
      const way = journey(local, all);
      expect(travel(way, outcome)).toEqual(["a1"]);
      expect(way.isFinal).toBe(true);
    }
    expect(local.standings([a]).routes.get("a")).toMatchObject({ breaker: "closed", errorRate: 0, inflight: 0 });
  });

  it("tries another credential only if the first was what was refused", () => {
    const both = [planned(a, 0), planned(a, 1), planned(b)];
    expect(travel(journey(isolate().local, both), "rate_limited", "answered")).toEqual(["a1", "a2"]);
    expect(travel(journey(isolate().local, both), { outcome: "error", status: 529 }, "answered")).toEqual(["a1", "a2"]);
    expect(travel(journey(isolate().local, both), "error", "answered")).toEqual(["a1", "b1"]);
  });

  it("leaves an upstream that cannot be reached", () => {
    const sibling = route({ id: "s", upstream: "a" });
    expect(
      travel(journey(isolate().local, [planned(a), planned(sibling), planned(b)]), "unreachable", "answered"),
    ).toEqual(["a1", "b1"]);
  });

  it("passes over what began to cool or opened after the plan was made", () => {
    const { local } = isolate();
    const late = journey(local, all);
    travel(journey(local, [planned(a)]), "rate_limited");
    for (let n = 0; n < 3; n++) travel(journey(local, [planned(b)]), "error");
    expect(travel(late, "answered")).toEqual(["c1"]);
  });

  it("counts in flight until the end of each attempt", () => {
    const { local } = isolate();
    const way = journey(local, all);
    const inflight = () => [a, b].map(({ id }) => local.standings([a, b]).routes.get(id)?.inflight);
    const first = way.next();
    expect(inflight()).toEqual([1, 0]);
    first?.failed({ outcome: "error" });
    const next = way.next();
    expect(inflight()).toEqual([0, 1]);
    next?.answered();
    expect(inflight()).toEqual([0, 1]);
    next?.finished();
    next?.finished();
    next?.brokeOff({ outcome: "error" });
    expect(inflight()).toEqual([0, 0]);
  });
});

describe("the retry budget", () => {
  it("is 20 % of the requests of 10 s, and at least 10 a second", () => {
    const { local, clock } = isolate({ retryBudgetFloorPerSecond: 1 });
    // Both on one upstream: the free retry, to another one that works, is not at hand.
    const sibling = route({ id: "s", upstream: "a" });
    const retried = () => travel(journey(local, [planned(a), planned(sibling)]), "error", "answered").length - 1;
    for (let n = 0; n < 100; n++) travel(journey(local, [planned(b)]), "answered");
    let retries = 0;
    for (let n = 0; n < 100; n++) {
      retries += retried();
      travel(journey(local, [planned(a)]), "answered");
    }
    // 300 requests at the end of it; the budget grows as they come.
    expect(retries).toBeGreaterThanOrEqual(20);
    expect(retries).toBeLessThanOrEqual(60);
    clock.nowMs += 20_000;
    expect([retried(), retried()]).toEqual([1, 1]);
  });

  it("does not hold back the first retry on another upstream that works", () => {
    const { local } = isolate({ retryBudgetFloorPerSecond: 0.001, retryBudgetShare: 0.000_001 });
    // The first takes all there is: its second retry is not to be had.
    expect(travel(journey(local, [planned(a), planned(b), planned(c)]), "rate_limited")).toEqual(["a1", "b1"]);
    expect(travel(journey(local, [planned(c), planned(d), planned(d, 1)]), "rate_limited")).toEqual(["c1", "d1"]);
  });
});

describe("blame", () => {
  it("falls on the first alone when every route fails", () => {
    const { local } = isolate();
    for (let n = 0; n < 3; n++) travel(journey(local, [planned(a), planned(b), planned(c)]), "error");
    const { routes } = local.standings([a, b, c]);
    expect(["a", "b", "c"].map((id) => routes.get(id)?.breaker)).toEqual(["open", "closed", "closed"]);
  });

  it("falls on all that failed when one answers", () => {
    const { local } = isolate();
    for (let n = 0; n < 3; n++) travel(journey(local, all), "error", "error", "answered");
    const { routes } = local.standings([a, b, c]);
    expect(["a", "b", "c"].map((id) => routes.get(id)?.breaker)).toEqual(["open", "open", "closed"]);
  });

  it("holds a 403 that every route gives against the first alone, and a 401 against each", () => {
    const { local } = isolate();
    travel(journey(local, [planned(a), planned(b)]), "forbidden");
    travel(journey(local, [planned(c), planned(d)]), "credential_refused");
    const cooling = local.standings([a, b, c, d]).coolingUntilMs;
    expect([...cooling.keys()].map((key) => key[0])).toEqual(["a", "c", "d"]);
  });

  it("falls on a stream that breaks off, as if it had never been answered", () => {
    const { local } = isolate();
    for (let n = 0; n < 3; n++) {
      const leg = journey(local, [planned(a)]).next();
      leg?.answered();
      leg?.brokeOff({ outcome: "error" });
    }
    expect(local.standings([a]).routes.get("a")?.breaker).toBe("open");
    expect(local.report("a").deltas["a"]).toMatchObject({ answered: 0, failed: 3 });
  });

  it("is told: breakers and coolings are noticed", () => {
    const { local, notices } = isolate();
    for (let n = 0; n < 3; n++) travel(journey(local, [planned(a)]), "timeout");
    travel(journey(local, [planned(b)]), "out_of_funds");
    expect(notices).toEqual([
      { event: "breaker", route: "a", upstream: "a", to: "open", why: "3 failures in a row, the last: timeout" },
      { event: "cooling", route: "b", upstream: "b", credential: "b-1", forMs: 600_000, why: "out_of_funds" },
    ]);
  });
});

describe("the fault when nothing answered", () => {
  const faultOf = (order: readonly Planned[], ...ends: AttemptEnd[]) => {
    const way = journey(isolate().local, order);
    travel(way, ...ends);
    const { kind, options } = way.fault();
    return [kind, options.retryAfterMs];
  };

  it.each<[string, AttemptEnd[], Planned[], [string, number | undefined]]>([
    [
      "all rate-limited",
      [
        { outcome: "rate_limited", retryAfterMs: 9000 },
        { outcome: "rate_limited", retryAfterMs: 7000 },
      ],
      [planned(a), planned(b)],
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
    const { local, clock } = isolate();
    travel(journey(local, [planned(a)]), { outcome: "rate_limited", retryAfterMs: 8000 });
    for (let n = 0; n < 3; n++) travel(journey(local, [planned(b)]), "error");
    clock.nowMs += 500;
    const way = new Journey(
      local,
      { order: [], cooling: [planned(a)], open: [planned(b)], panic: false },
      { stream: true, onChange: () => undefined },
    );
    expect(way.next()).toBeUndefined();
    expect(way.fault()).toMatchObject({ kind: "no_route", options: { retryAfterMs: 4500 } });
  });
});

describe("what attempts teach", () => {
  const learn = (stream: boolean, teach: (leg: Leg, clock: { nowMs: number }) => void) => {
    const { local, clock } = isolate();
    const way = new Journey(
      local,
      { order: [planned(a)], cooling: [], open: [], panic: false },
      { stream, onChange: () => undefined },
    );
    const leg = way.next();
    if (leg !== undefined) teach(leg, clock);
    return local.standings([a]).routes.get("a");
  };

  it("from a stream: time to its first event and its speed", () => {
    const known = learn(true, (leg, clock) => {
      clock.nowMs += 400;
      leg.answered();
      clock.nowMs += 2000;
      leg.finished(100);
    });
    expect([known?.ttftMs?.value, known?.tokensPerSecond?.value]).toEqual([400, 50]);
  });

  it("from JSON: what is left when the time of its tokens is taken off", () => {
    const known = learn(false, (leg, clock) => {
      clock.nowMs += 2600;
      leg.answered();
      leg.finished(100);
    });
    expect([known?.ttftMs?.value, known?.tokensPerSecond]).toEqual([600, undefined]);
  });

  it("from streams that wait together: a stall shows before any deadline", () => {
    const { local, clock } = isolate();
    for (let n = 0; n < 3; n++) journey(local, [planned(a)]).next();
    clock.nowMs += 4000;
    expect(local.standings([a]).routes.get("a")?.ttftMs?.value).toBe(4000);
  });
});
