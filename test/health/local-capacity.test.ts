/** What an isolate may use of a candidate with a limit. */
import { expect, it } from "vitest";
import { LocalCapacity } from "../../src/health/local-capacity.ts";
import type { Lease } from "../../src/health/report.ts";
import { planned, route, START_MS, TUNING } from "../support/isolate.ts";

const limited = route({ id: "r", requestsPerMinute: 10 });
const candidate = planned(limited);

function setUp(grant: Partial<Lease>) {
  const capacity = new LocalCapacity(TUNING);
  capacity.planning([limited], 0, START_MS);
  const [use] = capacity.report("r", START_MS);
  if (use === undefined) throw new Error("nothing to report");
  const { credential, route: id } = use;
  const lease = { credential, route: id, requests: null, tokens: null, running: null, freeInMs: 0, isScarce: false };
  capacity.receive([{ ...lease, ...grant }]);
  return capacity;
}

it("a lease holds for its time, and then nobody knows", () => {
  const capacity = setUp({ requests: 0, freeInMs: 60_000 });
  expect(capacity.fullUntilMs(candidate, START_MS)).toBe(START_MS + 60_000);
  expect(capacity.fullUntilMs(candidate, START_MS + TUNING.leaseMs - 1)).toBeGreaterThan(0);
  expect(capacity.fullUntilMs(candidate, START_MS + TUNING.leaseMs)).toBe(0);
});

it("requests, tokens and calls at once are limited each by itself", () => {
  const requests = setUp({ requests: 1 });
  requests.begins(candidate, 0, START_MS);
  expect(requests.fullUntilMs(candidate, START_MS)).toBeGreaterThan(START_MS);
  const tokens = setUp({ tokens: 100 });
  tokens.begins(candidate, 60, START_MS);
  expect(tokens.fullUntilMs(candidate, START_MS)).toBe(0);
  tokens.ended(candidate, 40, START_MS);
  expect(tokens.fullUntilMs(candidate, START_MS)).toBeGreaterThan(START_MS);
  const running = setUp({ running: 1 });
  running.begins(candidate, 0, START_MS);
  expect(running.fullUntilMs(candidate, START_MS)).toBeGreaterThan(START_MS);
  running.ended(candidate, 0, START_MS);
  expect(running.fullUntilMs(candidate, START_MS)).toBe(0);
});

it("half of what is not used is given back with each report", () => {
  const capacity = setUp({ requests: 8 });
  capacity.begins(candidate, 0, START_MS);
  expect(capacity.report("r", START_MS)).toMatchObject([{ requests: 1, running: 1, keeps: { requests: 3 } }]);
  for (let n = 0; n < 3; n++) {
    expect(capacity.fullUntilMs(candidate, START_MS)).toBe(0);
    capacity.begins(candidate, 0, START_MS);
  }
  expect(capacity.fullUntilMs(candidate, START_MS)).toBeGreaterThan(0);
});

it("more is asked for when half is used", () => {
  const capacity = setUp({ requests: 4 });
  const later = START_MS + TUNING.urgentPaceMs;
  expect(capacity.isUrgent("r", later)).toBe(false);
  for (let n = 0; n < 2; n++) capacity.begins(candidate, 0, START_MS);
  expect(capacity.isUrgent("r", later)).toBe(true);
  expect(capacity.isUrgent("other", later)).toBe(false);
});
