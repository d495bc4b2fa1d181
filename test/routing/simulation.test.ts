/** The numbers that routing promises, in virtual time, over several seeds. */
import { TUNING } from "../support/isolate.ts";
import { describe, expect, it } from "vitest";
import {
  beyondBreaker,
  extraAttempts,
  faults,
  longestWaitMs,
  secondsToRecover,
  shares,
  trouble,
} from "../../src/cli/simulation/measure.ts";
import { simulate, type Run, type Scenario } from "../../src/cli/simulation/run.ts";
import { SCENARIOS } from "../../src/cli/simulation/scenarios.ts";

const SEEDS = [1, 2, 3];

const runs = new Map<string, Promise<Run>>();

/** Runs each scenario once per seed, however many tests use it. */
async function each(scenario: Scenario, check: (run: Run) => void): Promise<void> {
  for (const seed of SEEDS) {
    const key = JSON.stringify({ ...scenario, seed });
    const run = runs.get(key) ?? simulate({ ...scenario, seed });
    runs.set(key, run);
    check(await run);
  }
}

describe("shares over 2,000 requests", () => {
  const at = (scenario: Scenario, requestsPerSecond: number): Scenario => ({
    ...scenario,
    requestsPerSecond,
    seconds: 2000 / requestsPerSecond,
  });

  it.each([2, 20, 200])("of two equal upstreams are 45 to 55 %%, at %i requests a second", async (rate) => {
    await each(at(SCENARIOS.equal, rate), (run) => {
      expect(shares(run)["a"]).toBeGreaterThan(0.45);
      expect(shares(run)["a"]).toBeLessThan(0.55);
    });
  });

  it.each([2, 20, 200])("of weights 9:1 are 60 to 95 %% for the first, at %i requests a second", async (rate) => {
    await each(at(SCENARIOS.weighted, rate), (run) => {
      expect(shares(run)["a"]).toBeGreaterThan(0.6);
      expect(shares(run)["a"]).toBeLessThan(0.95);
    });
  });

  it.each([2, 20, 200])("of one with 3x TTFT are under 20 %%, at %i requests a second", async (rate) => {
    await each(at(SCENARIOS.slow, rate), (run) => expect(shares(run)["a"]).toBeLessThan(0.2));
  });

  it("come back to one that was slow only for a while", async () => {
    await each(SCENARIOS.slowForAWhile, (run) => {
      expect(shares(run, 60, 150)["a"]).toBeLessThan(0.2);
      expect(shares(run, 240)["a"]).toBeGreaterThan(0.4);
    });
  });
});

describe("an upstream in trouble", () => {
  it.each(["outage", "hang", "backup", "noObjects", "slowObjects", "flapping", "majority", "brownOut"] as const)(
    "%s: no client sees an error before the first byte",
    async (name) => {
      await each(SCENARIOS[name], (run) => expect(faults(run)).toEqual({}));
    },
  );

  it.each(["outage", "backup", "noObjects", "slowObjects"] as const)(
    "%s: at most three failed attempts in a row per isolate, plus those in flight",
    async (name) => {
      await each(SCENARIOS[name], (run) => {
        expect(beyondBreaker(run, "a", 3)).toEqual([]);
        const failed = run.attempts.filter(
          ({ outcome }) => outcome === "unreachable" || outcome === "broke off",
        ).length;
        // 2,400 requests came in that time; each isolate's three, and a trial after each back-off.
        expect(failed).toBeGreaterThan(0);
        expect(failed).toBeLessThan(75);
      });
    },
  );

  it.each([
    "outage",
    "hang",
    "brownOut",
    "flapping",
    "backup",
    "majority",
    "dead",
    "only",
    "noObjects",
    "slowObjects",
  ] as const)("%s: has its full weight within 90 s of its recovery", async (name) => {
    await each(SCENARIOS[name], (run) => {
      expect(secondsToRecover(run)).toBeLessThanOrEqual(90);
      const toS = trouble(run)?.toS ?? 0;
      if (run.scenario.upstreams.length === 2 && name !== "backup")
        expect(shares(run, toS + 90)["a"]).toBeGreaterThan(0.4);
    });
  });

  it("that hangs is avoided before its first deadline has passed", async () => {
    await each(SCENARIOS.hang, (run) => {
      const sent = (fromS: number, toS: number) =>
        run.attempts.filter(({ upstream, startS }) => upstream === "a" && startS >= fromS && startS < toS).length;
      // 600 requests come in 30 s.
      expect(sent(30, 60)).toBeLessThan(100);
      expect(sent(40, 60)).toBeLessThan(20);
    });
  });
});

describe("upstreams that hang", () => {
  it.each(["hang", "hangingFleet", "hangingBackup"] as const)(
    "%s: no client sees an error, or waits for more than two late calls and an answer",
    async (name) => {
      await each(SCENARIOS[name], (run) => {
        expect(faults(run)).toEqual({});
        // A stream is late after 1.2 s (97 % of these upstreams' streams have begun by then).
        expect(longestWaitMs(run)).toBeLessThan(2 * 1200 + 1500);
      });
    },
  );

  it("without streams: the same, by the time of whole answers", async () => {
    await each(SCENARIOS.hangingJson, (run) => {
      expect(faults(run)).toEqual({});
      // An answer is late after 5 s, or after twice the longest where few are known.
      expect(longestWaitMs(run)).toBeLessThan(2 * 5000 + 5000);
    });
  });

  it("one that is three times slower keeps under 20 %, with streams and without", async () => {
    for (const scenario of [SCENARIOS.slow, SCENARIOS.slowJson]) {
      await each(scenario, (run) => expect(shares(run)["a"]).toBeLessThan(0.2));
    }
  });

  it("a healthy fleet gets at most 5 %% more calls", async () => {
    for (const scenario of [
      SCENARIOS.equal,
      SCENARIOS.weighted,
      SCENARIOS.sessions,
      { ...SCENARIOS.equal, json: true },
    ]) {
      await each(scenario, (run) => expect(extraAttempts(run) / run.requests.length).toBeLessThan(0.05));
    }
  });
});

describe("a hostile customer whose every request fails", () => {
  it.each(["hostileMoney", "hostileErrors", "hostileLimits"] as const)(
    "%s: takes no upstream from others, and causes few probes",
    async (name) => {
      await each(SCENARIOS[name], (run) => {
        expect(faults(run)).toEqual({});
        expect(longestWaitMs(run)).toBeLessThan(3000);
        for (const share of Object.values(shares(run, 20))) expect(share).toBeGreaterThan(0.4);
        expect(run.samples.every(({ weights }) => Object.values(weights).every((weight) => weight === 1))).toBe(true);
        // In 300 s: four isolates, three candidates, at most once a minute after the first few.
        expect(run.probes.length).toBeLessThan(4 * 3 * 10);
      });
    },
  );
});

describe("rate limits", () => {
  it("are obeyed: no isolate that was told to wait comes back before its time", async () => {
    await each(SCENARIOS.storm, (run) => {
      expect(faults(run)).toEqual({});
      const refused = run.attempts.filter(({ outcome }) => outcome === "rate_limited");
      expect(refused.length).toBeGreaterThan(0);
      for (const { isolate, endS, credential } of refused) {
        const early = run.attempts.filter(
          (one) =>
            one.isolate === isolate && one.credential === credential && one.startS > endS && one.startS < endS + 20,
        );
        expect(early).toEqual([]);
      }
      // Few attempts: four isolates, three times 20 s, and the attempts under way.
      expect(refused.length).toBeLessThan(30);
    });
  });

  it("of the only upstream are passed on with their Retry-After, and then refused at once", async () => {
    const scenario: Scenario = {
      ...SCENARIOS.only,
      upstreams: [{ id: "a", trouble: [{ kind: "limits", retryAfterS: 20, fromS: 30, toS: 90 }] }],
    };
    await each(scenario, (run) => {
      expect(Object.keys(faults(run))).toEqual(["upstream_rate_limited"]);
      for (const { fault, retryAfterMs, attempts, waitedMs } of run.requests) {
        if (fault === undefined) continue;
        expect(retryAfterMs).toBeGreaterThanOrEqual(1000);
        expect(retryAfterMs).toBeLessThanOrEqual(20_000);
        if (attempts === 0) expect(waitedMs).toBeLessThanOrEqual(TUNING.briefWaitMs);
      }
      const refusedAtOnce = run.requests.filter(
        ({ fault, attempts, waitedMs }) => fault !== undefined && attempts === 0 && waitedMs === 0,
      );
      expect(refusedAtOnce.length).toBeGreaterThan(run.requests.filter(({ fault }) => fault).length / 2);
      expect(run.attempts.filter(({ outcome }) => outcome === "rate_limited").length).toBeLessThan(30);
    });
  });
});

describe("when all are dead", () => {
  it("clients get 503 with Retry-After at once, and upstreams get few attempts", async () => {
    await each(SCENARIOS.dead, (run) => {
      expect(Object.keys(faults(run))).toEqual(["no_route"]);
      const during = run.requests.filter(({ atS }) => atS >= 40 && atS < 150);
      expect(during.length).toBeGreaterThan(2000);
      const refusedAtOnce = during.filter(({ attempts, waitedMs }) => attempts === 0 && waitedMs === 0).length;
      expect(refusedAtOnce / during.length).toBeGreaterThan(0.9);
      for (const { fault, retryAfterMs } of during) {
        expect(fault).toBe("no_route");
        expect(retryAfterMs).toBeGreaterThanOrEqual(1000);
        expect(retryAfterMs).toBeLessThanOrEqual(36_000);
      }
      const sent = run.attempts.filter(({ startS }) => startS >= 40 && startS < 150).length;
      // 2,200 requests; three upstreams, four isolates, one try each in about 10 s.
      expect(sent).toBeLessThan(250);
    });
  });

  it("and do not answer, clients get 503 at once after the first time-outs", async () => {
    await each(SCENARIOS.stalled, (run) => {
      const during = run.requests.filter(({ atS }) => atS >= 110 && atS < 150);
      expect(during.length).toBeGreaterThan(700);
      const refusedAtOnce = during.filter(({ attempts, waitedMs }) => attempts === 0 && waitedMs === 0).length;
      expect(refusedAtOnce / during.length).toBeGreaterThan(0.9);
    });
  });

  it("they are answered again soon after", async () => {
    await each(SCENARIOS.dead, (run) => {
      const late = run.requests.filter(({ atS }) => atS > 170);
      expect(late.filter(({ fault }) => fault !== undefined)).toEqual([]);
    });
  });

  it("the only upstream is still used if it fails sometimes", async () => {
    await each(SCENARIOS.shaky, (run) => {
      const during = run.requests.filter(({ atS }) => atS >= 30 && atS < 150);
      expect(Object.keys(faults(run))).toEqual(["upstream_error"]);
      expect(during.filter(({ fault }) => fault !== undefined).length / during.length).toBeLessThan(0.35);
    });
  });
});

describe("sessions", () => {
  it("stay with one upstream, and spread over all", async () => {
    await each(SCENARIOS.sessions, (run) => {
      const answered = run.attempts.filter(({ outcome }) => outcome === "answered");
      const bySession = Map.groupBy(answered, ({ session }) => session);
      const main = [...bySession.values()].map((attempts) => {
        const counts = [...Map.groupBy(attempts, ({ upstream }) => upstream).values()].map(({ length }) => length);
        return Math.max(...counts) / attempts.length;
      });
      // An answer comes from elsewhere only where the session's own upstream was late.
      for (const share of main) expect(share).toBeGreaterThan(0.75);
      expect(main.reduce((sum, share) => sum + share, 0) / main.length).toBeGreaterThan(0.95);
      for (const share of Object.values(shares(run))) expect(share).toBeGreaterThan(0.1);
    });
  });
});

describe("the objects", () => {
  it("are called once per 5 s, isolate and upstream, and at transitions", async () => {
    await each(SCENARIOS.equal, (run) => {
      // 2 upstreams, 4 isolates, 100 s: 160 calls, for about 2,000 requests.
      expect(run.objectCalls).toBeLessThanOrEqual(168);
      expect((1000 * run.objectCalls) / run.requests.length).toBeLessThan(90);
    });
    await each(SCENARIOS.outage, (run) => expect(run.objectCalls).toBeLessThan(2 * 4 * (300 / 5) * 1.2));
  });

  it("make fewer attempts fail, and are not needed for any answer", async () => {
    await each(SCENARIOS.noObjects, (run) => {
      expect(faults(run)).toEqual({});
      expect(extraAttempts(run)).toBeLessThan(100);
    });
  });
});
