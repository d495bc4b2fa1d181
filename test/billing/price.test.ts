import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatNanos, MAX_NANOS, parseNanos, toNanos } from "../../src/core/money.ts";
import { cost, PARENT, receipt, RATIO_ONE, unitPrice, type Price, type PriceClass } from "../../src/billing/price.ts";
import { MAX_COUNT, USAGE_CLASSES, usageProblem, type Usage } from "../../src/core/usage.ts";

const unit = fc.nat(20_000_000);
const price: fc.Arbitrary<Price> = fc.record({ input: unit, output: unit }).chain((base) =>
  fc
    .record(
      {
        cachedRead: unit,
        cacheWrite: unit,
        inputAudio: unit,
        inputImage: unit,
        reasoning: unit,
        outputAudio: unit,
        request: unit,
        image: unit,
        second: unit,
        character: unit,
      },
      { requiredKeys: [] },
    )
    .map((rest) => ({ ...base, ...rest })),
);
const usage: fc.Arbitrary<Usage> = fc.record(
  Object.fromEntries(USAGE_CLASSES.map((name) => [name, fc.nat(name === "images" ? 1000 : 1_000_000)])) as Record<
    (typeof USAGE_CLASSES)[number],
    fc.Arbitrary<number>
  >,
  { requiredKeys: [] },
);
const ratio = fc.nat(10_000_000);

/** Another way to the same sum: fractions over a common denominator, classes written out, rounded by remainder. */
function independentCost(used: Usage, of: Price, ratioPpm: number): bigint {
  const big = (value: number | null | undefined, otherwise: number) => BigInt(value ?? otherwise);
  const thousandths =
    BigInt(used.input ?? 0) * BigInt(of.input) +
    BigInt(used.cachedRead ?? 0) * big(of.cachedRead, of.input) +
    BigInt(used.cacheWrite ?? 0) * big(of.cacheWrite, of.input) +
    BigInt(used.inputAudio ?? 0) * big(of.inputAudio, of.input) +
    BigInt(used.inputImage ?? 0) * big(of.inputImage, of.input) +
    BigInt(used.output ?? 0) * BigInt(of.output) +
    BigInt(used.reasoning ?? 0) * big(of.reasoning, of.output) +
    BigInt(used.outputAudio ?? 0) * big(of.outputAudio, of.output) +
    BigInt(used.durationMs ?? 0) * big(of.second, 0) +
    BigInt(used.characters ?? 0) * big(of.character, 0);
  const whole = BigInt(used.images ?? 0) * big(of.image, 0) + big(of.request, 0);
  const numerator = (thousandths + whole * 1000n) * BigInt(ratioPpm);
  const denominator = 1000n * 1_000_000n;
  const quotient = numerator / denominator;
  return (numerator % denominator) * 2n >= denominator ? quotient + 1n : quotient;
}

describe("cost", () => {
  it("is the exact sum, rounded once", () => {
    fc.assert(
      fc.property(usage, price, ratio, (used, of, ratioPpm) => {
        expect(BigInt(cost(used, of, ratioPpm))).toBe(independentCost(used, of, ratioPpm));
      }),
      { numRuns: 1000 },
    );
  });

  it("equals its receipt, whose lines say what they come to", () => {
    fc.assert(
      fc.property(usage, price, ratio, (used, of, ratioPpm) => {
        const { lines, amountNanos } = receipt(used, of, ratioPpm);
        expect(amountNanos).toBe(cost(used, of, ratioPpm));
        let thousandths = 0n;
        for (const line of lines) {
          const [whole = "", fraction = ""] = line.nanos.split(".");
          thousandths += BigInt(whole + fraction.padEnd(3, "0"));
        }
        expect(BigInt(amountNanos)).toBe((thousandths * BigInt(ratioPpm) * 2n + 1_000_000_000n) / 2_000_000_000n);
      }),
    );
  });

  it("rounds half up", () => {
    const of = { input: 1, output: 0 };
    expect([499, 500, 1499, 1500].map((input) => cost({ input }, of, RATIO_ONE))).toEqual([0, 1, 1, 2]);
    expect(cost({ input: 1000 }, of, 500_000)).toBe(1);
    expect(cost({ input: 1000 }, of, 499_999)).toBe(0);
  });

  it("never counts a token class without a price as free", () => {
    const of = { input: 3000, output: 7000, cachedRead: null };
    for (const [name, parent] of Object.entries(PARENT)) expect(unitPrice(of, name as PriceClass)).toBe(of[parent]);
    expect(unitPrice({ ...of, cachedRead: 0 }, "cachedRead")).toBe(0);
    expect(cost({ cachedRead: 1000, reasoning: 1000 }, of, RATIO_ONE)).toBe(10_000);
    expect(unitPrice(of, "image")).toBe(0);
  });

  it("is exact where a double is not", () => {
    const [input, unitNanos, ratioPpm] = [99_652_471, 84_216_827, 1_499_741];
    expect(cost({ input }, { input: unitNanos, output: 0 }, ratioPpm)).toBe(12_586_448_730_033);
    expect(Math.round((((input * unitNanos) / 1000) * ratioPpm) / 1e6)).toBe(12_586_448_730_032);
    expect(() => cost({ input: MAX_COUNT }, { input: 1e12, output: 0 }, RATIO_ONE)).toThrow(RangeError);
  });

  it("shows each class by its own unit", () => {
    const of = { input: 1500, output: 6000, request: 10, image: 40_000, second: 300, character: 15 };
    const used = { input: 10, output: 2, images: 3, durationMs: 1500, characters: 100, reasoning: 0 };
    expect(receipt(used, of, 2_000_000)).toEqual({
      lines: [
        { class: "input", count: 10, unitNanos: 1500, per: 1000, nanos: "15" },
        { class: "output", count: 2, unitNanos: 6000, per: 1000, nanos: "12" },
        { class: "characters", count: 100, unitNanos: 15, per: 1000, nanos: "1.5" },
        { class: "durationMs", count: 1500, unitNanos: 300, per: 1000, nanos: "450" },
        { class: "images", count: 3, unitNanos: 40_000, per: 1, nanos: "120000" },
        { class: "request", count: 1, unitNanos: 10, per: 1, nanos: "10" },
      ],
      ratioPpm: 2_000_000,
      amountNanos: 240_977,
    });
  });
});

describe("nanos", () => {
  it("are read back as they were written", () => {
    fc.assert(
      fc.property(fc.integer({ min: -MAX_NANOS, max: MAX_NANOS }), (nanos) => {
        expect(parseNanos(formatNanos(nanos))).toBe(nanos);
      }),
    );
    expect([0, 1, -1, 1_500_000_000, 1e9].map(formatNanos)).toEqual(["0", "0.000000001", "-0.000000001", "1.5", "1"]);
    expect(Object.is(parseNanos("-0"), 0)).toBe(true);
  });

  it.each([
    "",
    ".5",
    "5.",
    "1e3",
    "1,5",
    " 1",
    "+1",
    "0.0000000001",
    "9007199.254740992",
    "99999999999999999",
    "NaN",
    "0x1",
  ])("are not read from %j", (text) => {
    expect(parseNanos(text)).toBeUndefined();
  });

  it("are below 2^53", () => {
    expect(parseNanos("9007199.254740991")).toBe(MAX_NANOS);
    expect(() => toNanos(BigInt(MAX_NANOS) + 1n)).toThrow(RangeError);
  });
});

describe("usage", () => {
  it.each([
    [{ input: 3, output: 0 }, undefined],
    [{}, undefined],
    [{ input: -1 }, "input is negative"],
    [{ reasoning: 1.5 }, "reasoning is no whole number"],
    [{ output: Number.NaN }, "output is no whole number"],
    [{ output: MAX_COUNT + 1 }, "output is beyond 100000000"],
  ])("%j: %s", (used, problem) => {
    expect(usageProblem(used)).toBe(problem);
  });
});
