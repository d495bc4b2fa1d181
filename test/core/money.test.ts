import { describe, expect, it } from "vitest";
import { MAX_NANOS, toNanos } from "../../src/core/money.ts";

describe("toNanos", () => {
  it("takes every amount below 2^53 of either sign, and none beyond", () => {
    for (const sign of [1n, -1n]) {
      expect(toNanos(sign * BigInt(MAX_NANOS))).toBe(Number(sign) * MAX_NANOS);
      expect(() => toNanos(sign * (BigInt(MAX_NANOS) + 1n))).toThrow(RangeError);
    }
  });
});
