import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RefusalLog } from "../../src/relay/refusal-log.ts";

describe("RefusalLog", () => {
  let nowMs = 0;
  let lines: unknown[] = [];
  const wakes: (() => void)[] = [];
  const deferred: Promise<unknown>[] = [];
  const defer = (work: Promise<unknown>) => void deferred.push(work);

  beforeEach(() => {
    [nowMs, lines] = [1_000_000, []];
    vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(JSON.parse(line)));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const create = () =>
    new RefusalLog(
      () => nowMs,
      async () => new Promise<void>((resolve) => void wakes.push(resolve)),
    );
  const secondPasses = async () => {
    nowMs += 1000;
    for (const wake of wakes.splice(0)) wake();
    await Promise.all(deferred.splice(0));
  };
  const floodOf = (log: RefusalLog, count: number, caller = "key") =>
    Array.from({ length: count }, () =>
      log.takes({ fault: "rate_limited_key", caller, fields: { account: "a", key: caller }, defer }),
    );

  it("leaves the first refusal of a second its own line, and counts the others in one", async () => {
    const log = create();
    expect(floodOf(log, 100).filter((taken) => !taken)).toHaveLength(1);
    expect(lines).toEqual([]);
    await secondPasses();
    expect(lines).toEqual([
      { level: "info", event: "refusals", fault: "rate_limited_key", account: "a", key: "key", count: 99 },
    ]);
    expect(floodOf(log, 1)).toEqual([false]);
    await secondPasses();
    expect(lines, "a single refusal needs no line of counts").toHaveLength(1);
  });

  it("keeps callers and faults apart, and writes no caller's address", async () => {
    const log = create();
    floodOf(log, 3, "one");
    floodOf(log, 2, "two");
    for (let time = 0; time < 4; time++) log.takes({ fault: "invalid_key", caller: "203.0.113.7", fields: {}, defer });
    await secondPasses();
    expect(lines).toMatchObject([
      { key: "one", count: 2 },
      { key: "two", count: 1 },
      { fault: "invalid_key", count: 3 },
    ]);
    expect(JSON.stringify(lines)).not.toContain("203.0.113");
  });

  it("counts no failure that an operator wants to see one by one", () => {
    const log = create();
    for (let time = 0; time < 5; time++)
      expect(log.takes({ fault: "no_route", caller: "key", fields: {}, defer })).toBe(false);
  });

  it("loses no count when the request that was to write it is killed", () => {
    const log = create();
    floodOf(log, 5);
    nowMs += 1000;
    expect(floodOf(log, 1)).toEqual([false]);
    expect(lines).toMatchObject([{ event: "refusals", count: 4 }]);
  });
});
