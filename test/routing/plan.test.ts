import { describe, expect, it } from "vitest";
import { seeded } from "../../src/cli/simulation/random.ts";
import { candidateKey } from "../../src/health/identity.ts";
import type { RouteStanding, Standings } from "../../src/health/standings.ts";
import { plan } from "../../src/routing/plan.ts";
import { type Route, candidatesOf } from "../../src/routing/route.ts";
import { SERVING, START_MS, TUNING, route, standing } from "../support/isolate.ts";

interface Known {
  readonly standings?: Readonly<Record<string, RouteStanding>>;
  /** Candidates that cool, as `candidateKey`. */
  readonly cooling?: readonly string[];
  readonly session?: string;
  readonly byAuto?: boolean;
  readonly fastest?: boolean;
  /** By id; the others are of the first step. */
  readonly steps?: Readonly<Record<string, number>>;
  /** Candidates under a suspicion, as `candidateKey`. */
  readonly resting?: readonly string[];
  readonly isProbed?: (route: Route) => boolean;
}

function planOf(routes: readonly Route[], known: Known = {}, random = seeded(1)) {
  const standings: Standings = {
    routes: new Map(Object.entries(known.standings ?? {})),
    coolingUntilMs: new Map(known.cooling?.map((key) => [key, START_MS + 1])),
    resting: new Set(known.resting),
  };
  const { session, byAuto = false, fastest = false, isProbed } = known;
  const steps = new Map(
    routes.flatMap((each): [Route, number][] => {
      const step = known.steps?.[each.id];
      return step === undefined ? [] : [[each, step]];
    }),
  );
  const request = {
    routes,
    standings,
    serving: SERVING,
    byAuto,
    session,
    fastest,
    steps,
    tuning: TUNING,
    ...(isProbed === undefined ? {} : { isProbed }),
  };
  return plan(request, random, START_MS);
}

/** How often each route comes first. */
function firsts(routes: readonly Route[], known: Known = {}, times = 4000): Record<string, number> {
  const random = seeded(7);
  const counts = Object.fromEntries(routes.map(({ id }) => [id, 0]));
  for (let n = 0; n < times; n++) {
    const id = planOf(routes, known, random).order[0]?.route.id;
    if (id !== undefined) counts[id] = (counts[id] ?? 0) + 1 / times;
  }
  return counts;
}

const open = standing({ breaker: "open" });
const onTrial = standing({ breaker: "half-open", allowsTrial: true });
const timed = (ttftMs: number, confidence = 1) => standing({ ttftMs: { value: ttftMs, confidence } });

describe("plan: what the client wishes", () => {
  it("keeps the order of steps before that of priorities", () => {
    const routes = [
      route({ id: "late", priority: 9 }),
      route({ id: "low", priority: 1 }),
      route({ id: "high", priority: 2 }),
      route({ id: "last", priority: 5 }),
    ];
    const { order } = planOf(routes, { steps: { high: 0, late: 1, last: 2 } });
    expect(order.map((each) => each.route.id)).toEqual(["high", "low", "late", "last"]);
  });

  it("goes on to the next step when all candidates of a step are cooling", () => {
    const routes = [route({ id: "first" }), route({ id: "second" })];
    const cooling = routes.slice(0, 1).flatMap(candidatesOf).map(candidateKey);
    expect(planOf(routes, { steps: { second: 1 }, cooling }).order.map((each) => each.route.id)).toEqual(["second"]);
  });

  it("takes the quickest, however little its weight, and draws between equals", () => {
    const routes = [route({ id: "quick", weight: 1 }), ...["a", "b"].map((id) => route({ id, weight: 1000 }))];
    const standings = { a: timed(900), b: timed(900), quick: timed(300) };
    expect(firsts(routes, { standings, fastest: true })["quick"]).toBeCloseTo(1);
    expect(planOf(routes, { standings, fastest: true }).order.map(({ why }) => why)).toEqual([
      "fastest",
      "next",
      "next",
    ]);
    // One request in flight is not much for a route, however little its weight.
    const busy = { ...standings, quick: standing({ ttftMs: { value: 300, confidence: 1 }, inflight: 1 }) };
    expect(firsts(routes, { standings: busy, fastest: true })["quick"]).toBeCloseTo(1);
    const equal = firsts(
      ["a", "b"].map((id) => route({ id })),
      { fastest: true },
    );
    expect(equal["a"]).toBeGreaterThan(0.4);
    expect(equal["a"]).toBeLessThan(0.6);
  });
});

describe("plan: what is left out", () => {
  it("drops cooling candidates, down to nothing", () => {
    const one = route({ id: "a", credentials: ["x", "y"] });
    const [x, y] = candidatesOf(one).map(candidateKey);
    expect(planOf([one], { cooling: [x ?? ""] }).order.map(({ credential }) => credential.id)).toEqual(["a-y"]);
    const nothing = planOf([one], { cooling: [x ?? "", y ?? ""] });
    expect([nothing.order, nothing.cooling.length, nothing.allOpen]).toEqual([[], 2, false]);
  });

  it("drops open routes unless none would stay", () => {
    const routes = ["a", "b", "c", "d"].map((id) => route({ id }));
    const ids = (openIds: readonly string[]) => {
      const { order, allOpen } = planOf(routes, { standings: Object.fromEntries(openIds.map((id) => [id, open])) });
      return [
        order
          .map((each) => each.route.id)
          .toSorted()
          .join(""),
        allOpen,
      ];
    };
    expect(ids(["a"])).toEqual(["bcd", false]);
    expect(ids(["a", "b"])).toEqual(["cd", false]);
    expect(ids(["a", "b", "c"]), "one healthy route takes all").toEqual(["d", false]);
    expect(ids(["a", "b", "c", "d"])).toEqual(["abcd", true]);
    const only = planOf([route({ id: "a" })], { standings: { a: open } });
    expect(only).toMatchObject({ allOpen: true, order: [{}] });
  });

  it("asks candidates under a suspicion after all others, whatever their priority, and never drops them", () => {
    const routes = [route({ id: "a", priority: 9, credentials: ["x", "y"] }), route({ id: "b" }), route({ id: "c" })];
    const [x, y] = routes.flatMap(candidatesOf).map(candidateKey) as [string, string];
    const names = (resting: string[]) => planOf(routes, { resting }).order.map(({ credential }) => credential.id);
    expect(names([x])[0]).toBe("a-y");
    expect(names([x]).at(-1)).toBe("a-x");
    expect(names([x, y]).slice(-2).toSorted()).toEqual(["a-x", "a-y"]);
    expect(names(routes.flatMap(candidatesOf).map(candidateKey)).length).toBe(4);
  });

  it("leaves the trial of a route to a probe where one can test it", () => {
    const routes = ["a", "b"].map((id) => route({ id }));
    const known = { standings: { a: onTrial }, isProbed: () => true };
    expect(planOf(routes, known).order.map((each) => each.route.id)).toEqual(["b"]);
    expect(planOf(routes.slice(0, 1), known)).toMatchObject({ allOpen: true, order: [{}] });
  });

  it("puts one route that is on trial first, and leaves the others for later", () => {
    const routes = ["a", "b", "c"].map((id) => route({ id }));
    const known = { standings: { a: onTrial, b: onTrial } };
    for (let seed = 0; seed < 20; seed++) {
      const { order } = planOf(routes, known, seeded(seed));
      expect(order[0]?.why).toBe("trial");
      expect(order.map((each) => each.route.id)).toContain("c");
      expect(order).toHaveLength(2);
    }
    expect(firsts(routes, known)).toMatchObject({ a: expect.closeTo(0.5, 1), b: expect.closeTo(0.5, 1) });
  });
});

describe("plan: when nothing is closed", () => {
  it("tries every route that is on trial, and none that is not", () => {
    const routes = ["a", "b", "c"].map((id) => route({ id }));
    const { order, open: left } = planOf(routes, { standings: { a: onTrial, b: onTrial, c: open } });
    expect(order.map((each) => each.route.id).toSorted()).toEqual(["a", "b"]);
    expect(left.map((each) => each.route.id)).toEqual(["c"]);
  });
});

describe("plan: the order", () => {
  it("draws by weight when nothing is known", () => {
    const shares = firsts([route({ id: "a", weight: 9 }), route({ id: "b", weight: 1 })]);
    expect(shares["a"]).toBeCloseTo(0.9, 1);
  });

  it("keeps a route's share however many credentials it has", () => {
    const shares = firsts([route({ id: "a", credentials: ["1", "2", "3"] }), route({ id: "b" })]);
    expect(shares["a"]).toBeCloseTo(0.5, 1);
  });

  it("uses a route of weight 0 only when there is no other", () => {
    const routes = [route({ id: "a", weight: 0 }), route({ id: "b" })];
    expect(firsts(routes, { standings: { a: timed(1), b: timed(9000) } })).toEqual({ a: 0, b: expect.closeTo(1) });
    expect(planOf(routes, { standings: { b: open } }).order.map((each) => each.route.id)).toEqual(["a"]);
  });

  it("lets a second draw win when it is over 25 % better, and not before", () => {
    const routes = [route({ id: "a" }), route({ id: "b" })];
    expect(firsts(routes, { standings: { a: timed(1000), b: timed(1300) } })["a"]).toBeCloseTo(1);
    expect(firsts(routes, { standings: { a: timed(1000), b: timed(1200) } })["a"]).toBeCloseTo(0.5, 1);
  });

  it("scores by the time to the first event and that of 50 tokens", () => {
    const routes = [route({ id: "a" }), route({ id: "b" })];
    const speedy = (ttftMs: number, perSecond: number) => ({
      ...timed(ttftMs),
      tokensPerSecond: { value: perSecond, confidence: 1 },
    });
    // 1,500 ms and 1,350 ms.
    expect(firsts(routes, { standings: { a: speedy(1000, 100), b: speedy(1300, 1000) } })["a"]).toBeCloseTo(0.5, 1);
    // 1,500 ms and 1,150 ms.
    expect(firsts(routes, { standings: { a: speedy(1000, 100), b: speedy(1100, 1000) } })["a"]).toBeCloseTo(0);
  });

  it("takes the median for what is unknown, and draws old values towards it", () => {
    const routes = [route({ id: "a" }), route({ id: "b" }), route({ id: "c" })];
    const shares = firsts(routes, { standings: { a: timed(100), b: timed(5000) } });
    expect(shares["b"]).toBe(0);
    expect(shares["c"]).toBeCloseTo(0.5, 1);
    const four = firsts([...routes, route({ id: "d" })], {
      standings: { a: timed(5000), b: timed(100), c: timed(1000) },
    });
    expect(four["d"]).toBeCloseTo(four["c"] ?? 0, 1);
    expect(four["d"]).toBeCloseTo(0.25, 1);
    const forgotten = firsts(routes, { standings: { a: timed(1000), b: timed(5000, 0.01) } });
    expect(forgotten["b"]).toBeCloseTo(1 / 3, 1);
  });

  it("avoids routes with errors and load", () => {
    const routes = [route({ id: "a" }), route({ id: "b" })];
    expect(firsts(routes, { standings: { a: standing({ errorRate: 0.1 }), b: standing() } })["a"]).toBe(0);
    const loaded = { a: standing({ inflight: 90 }), b: standing({ inflight: 10 }) };
    expect(firsts(routes, { standings: loaded })["a"]).toBe(0);
    const fair = [route({ id: "a", weight: 90 }), route({ id: "b", weight: 10 })];
    expect(firsts(fair, { standings: loaded })["a"]).toBeCloseTo(0.9, 1);
  });

  it("lets the first few requests in flight decide nothing", () => {
    const routes = [route({ id: "a" }), route({ id: "b" })];
    const shareAt = (inflight: number) => firsts(routes, { standings: { a: standing({ inflight }) } })["a"];
    expect(shareAt(12)).toBeCloseTo(0.5, 1);
    expect(shareAt(13)).toBe(0);
  });

  it("gives a recovering route part of its weight", () => {
    const routes = [route({ id: "a" }), route({ id: "b" })];
    expect(firsts(routes, { standings: { a: standing({ ramp: 0.25 }) } })["a"]).toBeCloseTo(0.2, 1);
  });

  it("prefers the native wire within a model, but only between nearly equal scores", () => {
    const routes = [route({ id: "a" }), route({ id: "b", wire: "anthropic.messages" })];
    expect(firsts(routes)["a"]).toBeCloseTo(1);
    expect(firsts(routes, { standings: { a: timed(2000), b: timed(1000) } })["b"]).toBeCloseTo(1);
    const [a, other] = [route({ id: "a" }), route({ id: "b", wire: "anthropic.messages", model: "other" })];
    expect(firsts([a, other])["a"]).toBeCloseTo(0.5, 1);
  });

  it("shares auto among models by their weights, whatever their number of routes", () => {
    const routes = [
      route({ id: "a", model: "small", autoWeight: 3 }),
      route({ id: "b", model: "large", autoWeight: 1 }),
      route({ id: "c", model: "large", autoWeight: 1, weight: 300 }),
    ];
    const shares = firsts(routes, { byAuto: true });
    expect(shares["a"]).toBeCloseTo(0.75, 1);
    expect((shares["c"] ?? 0) / (shares["b"] ?? 1)).toBeGreaterThan(2);
  });

  it("tries another upstream before the same one's other routes", () => {
    const routes = [
      route({ id: "a", upstream: "one" }),
      route({ id: "b", upstream: "one" }),
      route({ id: "c", upstream: "two" }),
      route({ id: "d", upstream: "two" }),
    ];
    for (let seed = 0; seed < 50; seed++) {
      const [first, second, third] = planOf(routes, {}, seeded(seed)).order.map((each) => each.route.upstream.id);
      expect([second, third]).toEqual(first === "one" ? ["two", "two"] : ["one", "one"]);
    }
  });
});

describe("plan: what was not measured lately", () => {
  it("gets a fiftieth of the draws, however slow it was", () => {
    const routes = ["slow", "quick"].map((id) => route({ id }));
    const known = {
      slow: standing({ ttftMs: { value: 60_000, confidence: 0.4 } }),
      quick: standing({ ttftMs: { value: 500, confidence: 1 } }),
    };
    const random = seeded(1);
    const reasons = Array.from({ length: 4000 }, () => planOf(routes, { standings: known }, random).order[0]);
    const explored = reasons.filter((first) => first?.why === "explored");
    expect(new Set(explored.map((first) => first?.route.id))).toEqual(new Set(["slow"]));
    expect(explored.length / reasons.length).toBeGreaterThan(0.01);
    expect(explored.length / reasons.length).toBeLessThan(0.03);
    const fresh = { ...known, slow: standing({ ttftMs: { value: 60_000, confidence: 0.6 } }) };
    for (let n = 0; n < 500; n++)
      expect(planOf(routes, { standings: fresh }, random).order[0]?.why).not.toBe("explored");
  });
});

describe("plan: what is tried next", () => {
  const first = route({ id: "first" });
  /** How often each route comes second, after one that is on trial. */
  const seconds = (routes: readonly Route[], standings: Readonly<Record<string, RouteStanding>> = {}) => {
    const random = seeded(7);
    const counts = Object.fromEntries(routes.map(({ id }) => [id, 0]));
    for (let n = 0; n < 4000; n++) {
      const { order } = planOf([first, ...routes], { standings: { ...standings, first: onTrial } }, random);
      const id = order[1]?.route.id ?? "";
      counts[id] = (counts[id] ?? 0) + 1 / 4000;
    }
    return counts;
  };

  it("is drawn by weight and score", () => {
    const [a, b] = [route({ id: "a", weight: 3 }), route({ id: "b", weight: 1 })];
    expect(seconds([a, b])["a"]).toBeCloseTo(0.75, 1);
    const equal = ["a", "b"].map((id) => route({ id }));
    expect(seconds(equal, { a: timed(1000), b: timed(3000) })["a"]).toBeCloseTo(0.75, 1);
  });

  it("is a route of weight 0 only after all others", () => {
    const routes = [route({ id: "a", weight: 0 }), route({ id: "b" })];
    expect(seconds(routes, { a: timed(1), b: timed(9000) })).toEqual({ a: 0, b: expect.closeTo(1) });
    const { order } = planOf([first, ...routes], { standings: { first: onTrial } });
    expect(order.map((each) => each.route.id)).toEqual(["first", "b", "a"]);
  });

  it("is nothing when there is one candidate alone, and it says so", () => {
    for (const known of [{}, { session: "account\nsession" }, { standings: { first: onTrial } }]) {
      expect(planOf([first], known).order.map(({ why }) => why)).toEqual(["only"]);
    }
    const zero = route({ id: "zero", weight: 0 });
    expect(planOf([first, zero]).order.map(({ route: { id }, why }) => [id, why])).toEqual([
      ["first", "only"],
      ["zero", "next"],
    ]);
  });
});

describe("plan: sessions", () => {
  const routes = ["a", "b", "c"].map((id) => route({ id, credentials: ["1", "2"] }));
  const ownOf = (session: string, some: readonly Route[] = routes, known: Known = {}) =>
    planOf(some, { ...known, session }, seeded(session.length)).order[0];
  const sessions = Array.from({ length: 300 }, (_, n) => `account\nsession ${n}`);

  it("sends a session to one candidate, and sessions to all", () => {
    const used = new Set<string>();
    for (const session of sessions) {
      const keys = new Set(
        Array.from({ length: 5 }, (_, seed) => {
          const first = planOf(routes, { session }, seeded(seed)).order[0];
          return first === undefined ? "" : candidateKey(first);
        }),
      );
      expect(keys.size).toBe(1);
      for (const key of keys) used.add(key);
    }
    expect(used.size).toBe(6);
  });

  it("moves only the sessions of a route that is removed", () => {
    for (const session of sessions) {
      const before = ownOf(session)?.route.id;
      const after = ownOf(session, routes, { standings: { a: open } })?.route.id;
      if (before === "a") expect(after).not.toBe("a");
      else expect(after).toBe(before);
    }
  });

  it("leaves its candidate for a much better one, but not for a slightly better one", () => {
    const two = [route({ id: "a" }), route({ id: "b" })];
    const session = sessions.find((each) => ownOf(each, two)?.route.id === "a") ?? "";
    expect(ownOf(session, two, { standings: { a: timed(1500), b: timed(1000) } })?.why).toBe("session");
    expect(ownOf(session, two, { standings: { a: timed(3000), b: timed(1000) } })?.route.id).toBe("b");
  });
});
