/** Upstreams that take only so much: the gateway asks the next one before it is refused. */
import { describe, expect, it } from "vitest";
import { type AttemptTrace, type Scenario, simulate } from "../../src/cli/simulation/run.ts";

const MINUTE_S = 60;

/** The most that began in any minute, and that ran at once. */
function peaks(attempts: readonly AttemptTrace[], upstream: string, credential?: string) {
  const own = attempts
    .filter((one) => one.upstream === upstream && (credential === undefined || one.credential === credential))
    .toSorted((a, b) => a.startS - b.startS);
  const starts = own.map(({ startS }) => startS);
  return {
    inAMinute: Math.max(0, ...starts.map((from) => starts.filter((at) => at >= from && at < from + MINUTE_S).length)),
    atOnce: Math.max(
      0,
      ...starts.map((at) => own.filter(({ startS, endS }) => startS <= at && (endS > at || startS === at)).length),
    ),
    all: own.length,
  };
}

const faults = (run: Awaited<ReturnType<typeof simulate>>) => run.requests.filter(({ fault }) => fault !== undefined);

const SEEDS = [1, 2, 3, 4, 5];
const minutes = (scenario: Omit<Scenario, "name" | "seconds">) => simulate({ name: "", seconds: 240, ...scenario });

describe.each(SEEDS)("with seed %i", (seed) => {
  it("all isolates together ask no more in a minute than the limit, and the next upstream gets the rest", async () => {
    const run = await minutes({
      seed,
      requestsPerSecond: 4,
      isolates: 4,
      upstreams: [
        { id: "cheap", priority: 1, capacity: { requestsPerMinute: 60 } },
        { id: "dear", priority: 0 },
      ],
    });
    expect(faults(run)).toEqual([]);
    const { inAMinute, all } = peaks(run.attempts, "cheap");
    expect(inAMinute).toBeLessThanOrEqual(60);
    expect(all, "nearly all of four minutes' capacity is used").toBeGreaterThan(4 * 60 * 0.8);
  });

  it("each credential has the capacity for itself", async () => {
    const run = await minutes({
      seed,
      requestsPerSecond: 4,
      upstreams: [
        { id: "cheap", priority: 1, credentials: 3, capacity: { requestsPerMinute: 40 } },
        { id: "dear", priority: 0 },
      ],
    });
    expect(faults(run)).toEqual([]);
    for (const credential of ["cheap-key-0", "cheap-key-1", "cheap-key-2"]) {
      const { inAMinute, all } = peaks(run.attempts, "cheap", credential);
      expect(inAMinute).toBeLessThanOrEqual(40);
      expect(all).toBeGreaterThan(4 * 40 * 0.75);
    }
  });

  it("no more run at once than the limit", async () => {
    const run = await minutes({
      seed,
      json: true,
      requestsPerSecond: 4,
      upstreams: [
        { id: "cheap", priority: 1, capacity: { concurrentRequests: 5 } },
        { id: "dear", priority: 0 },
      ],
    });
    expect(faults(run)).toEqual([]);
    const { atOnce, all } = peaks(run.attempts, "cheap");
    expect(atOnce).toBeLessThanOrEqual(5);
    // Five at once, each of about 2.6 s, would be 460 in four minutes.
    expect(all).toBeGreaterThan(250);
  });

  it("a place for one is taken by one isolate after the other", async () => {
    const run = await minutes({
      seed,
      json: true,
      requestsPerSecond: 0.2,
      upstreams: [{ id: "own", capacity: { concurrentRequests: 1 }, tokensPerSecond: 400 }],
    });
    expect(peaks(run.attempts, "own").atOnce).toBe(1);
    // The place is taken for a quarter of the time. Nobody waits for more than two seconds.
    expect(faults(run).length).toBeLessThanOrEqual(run.requests.length * 0.25);
  });

  it("tokens are limited as well", async () => {
    // About 170 tokens each: 36 in a minute.
    const run = await minutes({
      seed,
      requestsPerSecond: 2,
      upstreams: [
        { id: "cheap", priority: 1, capacity: { tokensPerMinute: 6000 } },
        { id: "dear", priority: 0 },
      ],
    });
    expect(faults(run)).toEqual([]);
    const { inAMinute } = peaks(run.attempts, "cheap");
    expect(inAMinute).toBeGreaterThan(20);
    expect(inAMinute).toBeLessThan(60);
  });

  it("where there is no other, clients are told to come again", async () => {
    const run = await minutes({
      seed,
      requestsPerSecond: 2,
      upstreams: [{ id: "only", capacity: { requestsPerMinute: 30 } }],
    });
    const { inAMinute, all } = peaks(run.attempts, "only");
    expect(inAMinute).toBeLessThanOrEqual(30);
    expect(all).toBeGreaterThan(4 * 30 * 0.8);
    expect(new Set(faults(run).map(({ fault }) => fault))).toEqual(new Set(["upstream_rate_limited"]));
    expect(faults(run).every(({ retryAfterMs = 0 }) => retryAfterMs >= 1000)).toBe(true);
  });

  it("an object that is down stops nobody", async () => {
    const run = await minutes({
      seed,
      objects: "down",
      requestsPerSecond: 2,
      upstreams: [{ id: "only", capacity: { requestsPerMinute: 30 } }],
    });
    expect(faults(run)).toEqual([]);
  });
});

it("a burst on a cold start stays below the limit", async () => {
  const run = await simulate({
    name: "",
    seconds: 5,
    requestsPerSecond: 100,
    isolates: 8,
    upstreams: [
      { id: "cheap", priority: 1, capacity: { requestsPerMinute: 100 } },
      { id: "dear", priority: 0 },
    ],
  });
  expect(faults(run)).toEqual([]);
  expect(peaks(run.attempts, "cheap").inAMinute).toBeLessThanOrEqual(100);
  expect(peaks(run.attempts, "cheap").all).toBeGreaterThan(90);
});
