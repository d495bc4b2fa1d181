import { assert, integer, array, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { SlidingWindow } from "../../../src/access/limits/window.ts";

const START_MS = 1_700_000_040_000;

describe("SlidingWindow", () => {
  const history = array(record({ afterMs: integer({ min: -1000, max: 90_000 }) }), { maxLength: 60 });

  it("refuses until the millisecond that it names, and then has room", () => {
    assert(
      property(integer({ min: 1, max: 12 }), history, (limit, requests) => {
        const window = new SlidingWindow();
        let nowMs = START_MS;
        for (const { afterMs } of requests) {
          nowMs += afterMs;
          const { allowed, resetAtMs = 0 } = window.take(limit, nowMs);
          if (allowed) continue;
          expect(resetAtMs).toBeGreaterThan(nowMs);
          expect(new SlidingWindow(window.state).take(limit, resetAtMs - 1).allowed, "a millisecond before").toBe(
            false,
          );
          expect(new SlidingWindow(window.state).take(limit, resetAtMs).allowed, "at the moment").toBe(true);
        }
      }),
    );
  });

  it("never allows more than the limit in a minute of the clock", () => {
    assert(
      property(integer({ min: 0, max: 12 }), history, (limit, requests) => {
        const window = new SlidingWindow();
        const perMinute = new Map<number, number>();
        let nowMs = START_MS;
        for (const { afterMs } of requests) {
          nowMs += Math.abs(afterMs);
          const minute = Math.floor(nowMs / 60_000);
          if (window.take(limit, nowMs).allowed) perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
        }
        expect(Math.max(0, ...perMinute.values())).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it("says what remains and when the window ends, and counts the last minute by its part", () => {
    const window = new SlidingWindow();
    const minute = Math.ceil(START_MS / 60_000) * 60_000;
    expect(window.take(4, minute)).toEqual({ allowed: true, limit: 4, remaining: 3, resetAtMs: minute + 60_000 });
    expect(window.take(4, minute + 59_000)).toMatchObject({ remaining: 2 });
    // Half of the window still covers the last minute, whose two requests count as one.
    expect(window.take(4, minute + 90_000)).toMatchObject({ remaining: 2 });
    // Requests before the last minute no longer count.
    expect(window.take(4, minute + 240_000)).toMatchObject({ remaining: 3 });
  });

  it("is not reopened by a clock that was set back", () => {
    const window = new SlidingWindow();
    for (let request = 0; request < 3; request++) window.take(3, START_MS);
    expect(window.take(3, START_MS - 3_600_000).allowed).toBe(false);
    expect(window.take(3, START_MS + 120_000).allowed).toBe(true);
  });
});
