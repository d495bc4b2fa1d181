/** How an upstream's object divides what the upstream takes among isolates. */
import { describe, expect, it } from "vitest";
import { FleetCapacity } from "../../src/health/fleet-capacity.ts";
import { type Capacity, UNLIMITED } from "../../src/health/identity.ts";
import type { UseReport } from "../../src/health/report.ts";
import { START_MS, TUNING } from "../support/isolate.ts";

function setUp(limits: Partial<Capacity>) {
  let fleet = new FleetCapacity(TUNING);
  let nowMs = START_MS;
  let capacity = { ...UNLIMITED, ...limits };
  const ask = (isolate: string, use: Partial<UseReport> = {}) => {
    const [lease] = fleet.exchange(
      isolate,
      [
        {
          credential: "c",
          route: "r",
          limits: capacity,
          requests: 0,
          tokens: 0,
          running: 0,
          wanted: { requests: 0, tokens: 0 },
          keeps: { requests: 0, tokens: 0, running: 0 },
          ...use,
        },
      ],
      nowMs,
    );
    if (lease === undefined) throw new Error("no lease");
    return lease;
  };
  return {
    ask,
    wants: (isolate: string, requests: number, use: Partial<UseReport> = {}) =>
      ask(isolate, { ...use, wanted: { requests, tokens: requests } }),
    wait: (seconds: number) => void (nowMs += seconds * 1000),
    evict: () => void (fleet = new FleetCapacity(TUNING, structuredClone(fleet.store(nowMs)))),
    limit: (change: Partial<Capacity>) => void (capacity = { ...capacity, ...change }),
    describe: () => fleet.describe(nowMs),
    stored: () => fleet.store(nowMs),
  };
}

describe("requests a minute", () => {
  it("are granted as they are wanted, until there are no more", () => {
    const { wants } = setUp({ requestsPerMinute: 10 });
    expect(wants("one", 6)).toMatchObject({ requests: 6, tokens: null, running: null, freeInMs: 0, isScarce: false });
    expect(wants("two", 6)).toMatchObject({ requests: 4, freeInMs: 0, isScarce: true });
    expect(wants("three", 1)).toMatchObject({ requests: 0, freeInMs: TUNING.leaseForgetMs, isScarce: true });
  });

  it("that an isolate does not use are given to others, except what it keeps", () => {
    const { ask, wants } = setUp({ requestsPerMinute: 10 });
    wants("one", 8);
    expect(ask("one", { requests: 3, keeps: { requests: 2, tokens: 0, running: 0 } }).requests).toBe(5 + 1);
    expect(wants("two", 10).requests).toBe(10 - 3 - 3);
  });

  it("that nobody waits for are granted in small parts", () => {
    const { ask } = setUp({ requestsPerMinute: 80 });
    expect(ask("one").requests).toBe(10);
    expect(ask("one", { requests: 10 }).requests, "twice what it used").toBe(10 + 20);
    expect(ask("one", { requests: 70 }).requests, "half of what is free").toBe(70 + 5);
  });

  it("are free again a minute after they were used", () => {
    const { wants, ask, wait } = setUp({ requestsPerMinute: 4 });
    wants("one", 4);
    ask("one", { requests: 4 });
    wait(59);
    expect(wants("one", 4, { requests: 4 })).toMatchObject({ requests: 4, freeInMs: 6000 });
    wait(6);
    expect(wants("one", 4, { requests: 4 }).requests).toBe(8);
  });

  it("of an isolate that is silent are free when its lease is over", () => {
    const { wants, wait } = setUp({ requestsPerMinute: 4 });
    wants("one", 4);
    wait(TUNING.leaseForgetMs / 1000 - 1);
    expect(wants("two", 1).requests).toBe(0);
    wait(1);
    expect(wants("two", 1).requests).toBe(1);
  });

  it("are remembered when the object is evicted", () => {
    const { wants, ask, evict, wait } = setUp({ requestsPerMinute: 4 });
    wants("one", 3);
    ask("one", { requests: 1, keeps: { requests: 1, tokens: 0, running: 0 } });
    evict();
    expect(wants("two", 4).requests).toBe(2);
    expect(ask("one", { requests: 2 }).requests).toBe(2);
    wait(120);
    evict();
    expect(wants("two", 4).requests).toBe(4);
  });

  it("of a lower limit are granted no more, and of a higher one at once", () => {
    const { ask, wants, limit } = setUp({ requestsPerMinute: 10 });
    wants("one", 6);
    limit({ requestsPerMinute: 4 });
    expect(wants("one", 1, { requests: 6 })).toMatchObject({ requests: 6, isScarce: true });
    const keeps = { requests: 2, tokens: 0, running: 0 };
    expect(ask("one", { requests: 6, keeps }).requests, "but what it keeps it may use").toBe(8);
    limit({ requestsPerMinute: 12 });
    expect(wants("one", 2, { requests: 6 }).requests).toBe(8);
  });
});

describe("tokens a minute", () => {
  it("may be passed by the request that is under way, and then nobody gets more", () => {
    const { ask, wants } = setUp({ tokensPerMinute: 1000 });
    expect(ask("one", { wanted: { requests: 1, tokens: 300 } })).toMatchObject({ requests: null, tokens: 300 });
    expect(ask("one", { tokens: 1500 })).toMatchObject({ tokens: 1500, isScarce: true });
    expect(wants("two", 1)).toMatchObject({ tokens: 0 });
  });
});

describe("calls at once", () => {
  it("are granted to whom they are free for", () => {
    const { wants, ask } = setUp({ concurrentRequests: 3 });
    expect(wants("one", 2)).toMatchObject({ running: 2, requests: null, freeInMs: 0 });
    expect(ask("one", { running: 2 }).running).toBe(2);
    expect(wants("two", 2)).toMatchObject({ running: 1, isScarce: true });
    expect(wants("three", 1)).toMatchObject({ running: 0, freeInMs: TUNING.runningRetryMs });
    ask("one", { running: 0 });
    expect(wants("three", 5).running).toBe(2);
  });

  it("of an isolate that is silent count for a minute", () => {
    const { wants, ask, wait } = setUp({ concurrentRequests: 1 });
    wants("one", 1);
    ask("one", { running: 1 });
    wait(59);
    expect(wants("two", 1).running).toBe(0);
    wait(1);
    expect(wants("two", 1).running).toBe(1);
  });
});

describe("operators", () => {
  it("see what is used of each limit", () => {
    const { ask, describe: described, wait, stored } = setUp({ requestsPerMinute: 10, concurrentRequests: 5 });
    ask("one");
    ask("one", { requests: 3, tokens: 100, running: 2 });
    ask("two", { running: 1 });
    expect(described()).toEqual([
      {
        credential: "c",
        route: "r",
        requests: { used: 3, limit: 10 },
        tokens: { used: 100, limit: null },
        running: { used: 3, limit: 5 },
      },
    ]);
    wait(120);
    expect(stored(), "nothing is kept for ever").toEqual([]);
  });
});
