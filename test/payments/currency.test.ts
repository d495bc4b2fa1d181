import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalsOf, formatMinor, minorFor, parseMinor, shareOf } from "../../src/payments/currency.ts";

const UNIT = 1_000_000_000;

describe("minor units", () => {
  it.each([
    [12.5 * UNIT, "cny", 1250],
    [0.01 * UNIT, "usd", 1],
    [1, "usd", 1],
    [0, "usd", 0],
    [1234 * UNIT, "jpy", 1234],
    [0.1 * UNIT, "jpy", 1],
    // Services take the last digit of three as 0, and hundredths of króna that nobody has.
    [1.234 * UNIT, "kwd", 1240],
    [5.5 * UNIT, "isk", 600],
  ])("%i nanos in %s are %i", (nanos, currency, minor) => {
    expect(minorFor(nanos, currency)).toBe(minor);
  });

  it("follow a rate, and are rounded up", () => {
    expect(minorFor(10 * UNIT, "cny", 7.1234 * UNIT)).toBe(7124);
    expect(minorFor(1, "cny", 7 * UNIT)).toBe(1);
  });

  it("are refused beyond 2^53", () => {
    expect(() => minorFor(Number.MAX_SAFE_INTEGER, "cny", 2e9 * UNIT)).toThrow(RangeError);
  });

  it.each([
    ["usd", 2],
    ["jpy", 0],
    ["kwd", 2],
    ["isk", 0],
  ])("of %s have %i decimals that can be paid", (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });

  it("are written and read again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 10 - 1 }),
        fc.constantFrom("cny", "usd", "jpy", "kwd"),
        (minor, currency) => {
          expect(parseMinor(formatMinor(minor, currency), currency)).toBe(minor);
        },
      ),
    );
    expect([formatMinor(5, "cny"), formatMinor(1050, "cny"), formatMinor(7, "jpy")]).toEqual(["0.05", "10.50", "7"]);
  });

  it.each([
    ["10", 1000],
    ["10.5", 1050],
    ["10.50", 1050],
    ["0.01", 1],
    ["10.505", undefined],
    ["-1", undefined],
    ["+1", undefined],
    ["1e3", undefined],
    [" 1", undefined],
    ["1.", undefined],
    [".5", undefined],
    ["", undefined],
    ["١", undefined],
    ["99999999999", undefined],
  ])("%j as CNY is %s", (text, minor) => {
    expect(parseMinor(text, "cny")).toBe(minor);
  });
});

it("the parts of a payment make up its whole credit, whatever the parts", () => {
  const money = fc.integer({ min: 1, max: 10 ** 9 });
  fc.assert(
    fc.property(money, money, fc.array(fc.nat()), (creditNanos, payMinor, cuts) => {
      const ends = [...cuts.map((cut) => cut % (payMinor + 1)), payMinor].toSorted((left, right) => left - right);
      const parts = ends.map(
        (end, at) => shareOf(creditNanos, end, payMinor) - shareOf(creditNanos, ends[at - 1] ?? 0, payMinor),
      );
      expect(parts.every((part) => part >= 0)).toBe(true);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(creditNanos);
    }),
  );
});
