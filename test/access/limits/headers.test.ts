import { describe, expect, it } from "vitest";
import { limitHeaders, retryAfterMs } from "../../../src/access/limits/headers.ts";

const NOW_MS = 1_700_000_040_000;
const refusedUntil = (resetAtMs?: number) => ({
  allowed: false,
  limit: 5,
  ...(resetAtMs === undefined ? {} : { resetAtMs }),
});

describe("retryAfterMs", () => {
  it.each([
    ["one limit", [NOW_MS + 7000], 7000],
    ["two limits, of which the later counts", [NOW_MS + 7000, NOW_MS + 9000], 9000],
    ["a limit that is over already", [NOW_MS - 5], 1],
    ["a limit that does not know when", [NOW_MS + 7000, undefined], 60_000],
    ["a limit far away", [NOW_MS + 3_600_000], 60_000],
  ])("after %s", (_, resets, waitMs) => {
    expect(retryAfterMs(resets.map(refusedUntil), NOW_MS)).toBe(waitMs);
  });
});

describe("limitHeaders", () => {
  it("names known values, and times in whole seconds, rounded up", () => {
    expect(limitHeaders({ allowed: true, limit: 5, remaining: 3, resetAtMs: NOW_MS + 1500 }, NOW_MS)).toEqual({
      "x-ratelimit-limit-requests": "5",
      "x-ratelimit-remaining-requests": "3",
      "x-ratelimit-reset-requests": "2s",
    });
    expect(limitHeaders(refusedUntil(NOW_MS - 1500), NOW_MS)).toMatchObject({ "x-ratelimit-reset-requests": "0s" });
    expect(limitHeaders(refusedUntil(), NOW_MS)).toEqual({ "x-ratelimit-limit-requests": "5" });
  });
});
