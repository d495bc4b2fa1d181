import { describe, expect, it } from "vitest";
import { isolate, planned, route } from "../support/isolate.ts";

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
  it("is urgent to tell after each transition of a breaker and each trial, and not after other attempts", () => {
    const { local, clock, report, request } = setUp();
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
  });
});
