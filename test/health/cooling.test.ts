import { describe, expect, it } from "vitest";
import type { AttemptEnd } from "../../src/health/attempt-end.ts";
import { Coolings } from "../../src/health/cooling.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { TUNING, planned, route } from "../support/isolate.ts";

const MINUTE = 60_000;
const first = route({ id: "r1", upstream: "u", credentials: ["x", "y"] });
const second = route({ id: "r2", upstream: "u", credentials: ["x", "y"] });
const here = planned(first);

/** For how long each candidate cools after this end. */
function after(end: AttemptEnd): Record<string, number> {
  const coolings = new Coolings(TUNING);
  coolings.refused(here, end, 0, 0);
  return Object.fromEntries(
    [planned(first, 0), planned(first, 1), planned(second, 0)].map((each) => [
      `${each.route.id} ${each.credential.id}`,
      coolings.untilMs(each),
    ]),
  );
}

describe("cooling", () => {
  it.each<[string, AttemptEnd, [own: number, otherKey: number, otherRoute: number]]>([
    ["401", { outcome: "credential_refused", status: 401 }, [5 * MINUTE, 0, 5 * MINUTE]],
    ["402", { outcome: "out_of_funds", status: 402 }, [10 * MINUTE, 0, 10 * MINUTE]],
    ["403", { outcome: "forbidden", status: 403 }, [5 * MINUTE, 0, 0]],
    ["429", { outcome: "rate_limited", status: 429 }, [5000, 0, 0]],
    ["429, 7 s", { outcome: "rate_limited", status: 429, retryAfterMs: 7000 }, [7000, 0, 0]],
    ["429, 1 ms", { outcome: "rate_limited", status: 429, retryAfterMs: 1 }, [1000, 0, 0]],
    ["429, a day", { outcome: "rate_limited", status: 429, retryAfterMs: 86_400_000 }, [15 * MINUTE, 0, 0]],
    ["529", { outcome: "error", status: 529, retryAfterMs: 9000 }, [9000, 0, 0]],
    ["503", { outcome: "error", status: 503, retryAfterMs: 9000 }, [0, 0, 0]],
  ])("of %s", (_, end, [own, otherKey, otherRoute]) => {
    expect(after(end)).toEqual({ "r1 u-x": own, "r1 u-y": otherKey, "r2 u-x": otherRoute });
  });

  it.each<Outcome>(["refused_request", "abandoned", "unreachable", "garbage", "timeout", "model_missing"])(
    "does not follow on %s",
    (outcome) => {
      if (outcome === "answered") return;
      expect(Object.values(after({ outcome }))).toEqual([0, 0, 0]);
    },
  );

  it.each<[Outcome, number[]]>([
    ["credential_refused", [5, 10, 20, 40, 60, 60].map((minutes) => minutes * MINUTE)],
    ["rate_limited", [5000, 10_000, 20_000, 40_000, 60_000, 60_000]],
    ["out_of_funds", [10 * MINUTE, 10 * MINUTE]],
  ])("of %s doubles up to its maximum, and starts again after an answer", (outcome, lengths) => {
    if (outcome === "answered") return;
    const coolings = new Coolings(TUNING);
    let nowMs = 0;
    for (const length of lengths) {
      expect(coolings.refused(here, { outcome }, nowMs, nowMs)).toBe(length);
      nowMs += length;
    }
    coolings.answered(here, nowMs);
    expect(coolings.refused(here, { outcome }, nowMs, nowMs)).toBe(lengths[0]);
  });

  it("counts requests that were under way together once", () => {
    const coolings = new Coolings(TUNING);
    for (let n = 0; n < 5; n++) coolings.refused(here, { outcome: "rate_limited" }, 0, 100 + n);
    expect(coolings.untilMs(here)).toBe(5104);
    // An answer to one of them does not end the cooling either.
    coolings.answered(here, 0);
    expect(coolings.untilMs(here)).toBe(5104);
  });

  it("is remembered for an hour after its end: until then the next one is longer", () => {
    const nextAfter = (ms: number) => {
      const coolings = new Coolings(TUNING);
      coolings.refused(here, { outcome: "rate_limited" }, 0, 0);
      coolings.prune(5000 + ms);
      return coolings.refused(here, { outcome: "rate_limited" }, 5000 + ms, 5000 + ms);
    };
    expect([nextAfter(60 * MINUTE), nextAfter(60 * MINUTE + 1)]).toEqual([10_000, 5000]);
  });

  it("ends with a new secret in the same row", () => {
    const coolings = new Coolings(TUNING);
    coolings.refused(here, { outcome: "credential_refused" }, 0, 0);
    const renewed = { ...here, credential: { ...here.credential, sealed: "v1.other" } };
    expect([coolings.untilMs(here), coolings.untilMs(renewed)]).toEqual([5 * MINUTE, 0]);
  });

  it("is reported to others, who keep the longer one, and does not grow by its echo", () => {
    const [one, other] = [new Coolings(TUNING), new Coolings(TUNING)];
    one.refused(here, { outcome: "rate_limited", retryAfterMs: 60_000 }, 0, 0);
    const notes = one.notes("u", 1000);
    expect(notes).toEqual([
      {
        credential: expect.any(String),
        route: "r1",
        forMs: 59_000,
        agoMs: 1000,
        strikes: 1,
        why: "rate_limited",
        isRateLimit: true,
      },
    ]);
    other.follow("u", notes, 1100);
    expect(other.untilMs(here)).toBe(60_100);
    expect(other.notes("u", 1100)).toEqual([]);
    one.follow("u", notes, 1200);
    expect(one.untilMs(here)).toBe(60_000);
    one.follow(
      "u",
      [{ ...notes[0], credential: notes[0]?.credential ?? "", route: "r1", forMs: 90_000, strikes: 1, why: "" }],
      1200,
    );
    expect(one.untilMs(here)).toBe(91_200);
    expect(one.notes("another upstream", 1000)).toEqual([]);
  });
});
