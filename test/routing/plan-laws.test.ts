import * as fc from "fast-check";
import { expect, it } from "vitest";
import { seeded } from "../../src/cli/simulation/random.ts";
import { candidateKey } from "../../src/health/identity.ts";
import { plan } from "../../src/routing/plan.ts";
import { candidatesOf } from "../../src/routing/route.ts";
import { SERVING, START_MS, TUNING, route, standing } from "../support/isolate.ts";

const measure = fc.record({
  value: fc.integer({ min: 1, max: 9999 }),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
});
const anyRoute = fc.record({
  upstream: fc.constantFrom("u1", "u2", "u3"),
  credentials: fc.constantFrom(["1"], ["1", "2"]),
  priority: fc.integer({ min: 0, max: 2 }),
  weight: fc.constantFrom(0, 1, 100),
  wire: fc.constantFrom("openai.chat", "anthropic.messages"),
  model: fc.constantFrom("m1", "m2"),
  breaker: fc.constantFrom("closed" as const, "open" as const, "half-open" as const),
  allowsTrial: fc.boolean(),
  ramp: fc.constantFrom(0.05, 1),
  ttftMs: fc.option(measure, { nil: undefined }),
  errorRate: fc.double({ min: 0, max: 1, noNaN: true }),
  inflight: fc.nat(50),
  cools: fc.boolean(),
  rests: fc.boolean(),
});
const world = fc.record({
  seeds: fc.array(anyRoute, { maxLength: 8 }),
  session: fc.option(fc.string(), { nil: undefined }),
  byAuto: fc.boolean(),
  seed: fc.integer(),
});

it("plan keeps its laws for any routes and any knowledge of them", () => {
  fc.assert(
    fc.property(world, ({ seeds, session, byAuto, seed }) => {
      const routes = seeds.map(({ upstream, credentials, priority, weight, wire, model }, index) =>
        route({ id: `r${index}`, upstream, credentials, priority, weight, wire, model }),
      );
      const request = {
        routes,
        serving: SERVING,
        byAuto,
        session,
        tuning: TUNING,
        standings: {
          routes: new Map(
            seeds.map(({ breaker, allowsTrial, ramp, ttftMs, errorRate, inflight }, index) => [
              `r${index}`,
              standing({
                breaker,
                allowsTrial: allowsTrial && breaker !== "closed",
                ramp,
                ttftMs,
                errorRate,
                inflight,
              }),
            ]),
          ),
          resting: new Set(
            routes.flatMap((one, index) => (seeds[index]?.rests === true ? candidatesOf(one).map(candidateKey) : [])),
          ),
          coolingUntilMs: new Map(
            routes.flatMap((one, index) =>
              candidatesOf(one).map((each): [string, number] => [
                candidateKey(each),
                START_MS + (seeds[index]?.cools === true ? 1 : 0),
              ]),
            ),
          ),
        },
      };
      const before = structuredClone(request);
      const result = plan(request, seeded(seed), START_MS);
      // Pure: nothing changed, and the same chance gives the same plan.
      expect(request).toEqual(before);
      expect(plan(request, seeded(seed), START_MS)).toEqual(result);
      // Every candidate is in exactly one list.
      const places = [...result.order, ...result.cooling, ...result.open].map(candidateKey);
      expect(places.toSorted()).toEqual(routes.flatMap(candidatesOf).map(candidateKey).toSorted());
      // Cooling candidates are never tried. Breakers never remove the last candidate.
      const warm = seeds.filter(({ cools }) => !cools);
      expect(result.order.length > 0).toBe(warm.length > 0);
      expect(result.order.every(({ route: one }) => seeds[routes.indexOf(one)]?.cools === false)).toBe(true);
      // Priorities never rise, but candidates under a suspicion come last.
      const ranks = result.order.map(({ route: one }) => [
        Number(seeds[routes.indexOf(one)]?.rests === true),
        -one.priority,
      ]);
      expect(ranks).toEqual(ranks.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
      // All closed routes stay.
      const planned = new Set(result.order.map(({ route: one }) => one)).size;
      const closed = warm.filter(({ breaker }) => breaker === "closed").length;
      expect(planned).toBeGreaterThanOrEqual(closed);
      const barred = warm.filter(({ breaker, allowsTrial }) => breaker !== "closed" && !allowsTrial).length;
      expect(result.allOpen).toBe(barred > 0 && barred === warm.length);
      const barredIds = new Set(
        routes.filter((_, index) => {
          const { breaker, allowsTrial } = seeds[index] ?? {};
          return breaker !== "closed" && allowsTrial === false;
        }),
      );
      if (closed > 0) expect(result.order.some(({ route: one }) => barredIds.has(one))).toBe(false);
    }),
    { numRuns: 500 },
  );
});
