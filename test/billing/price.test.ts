import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatNanos, MAX_NANOS, parseNanos, toNanos } from "../../src/core/money.ts";
import { cost, coveredFees, dearestPrice, receipt, RATIO_ONE, unitPrice, type Price } from "../../src/billing/price.ts";
import {
  ATTRIBUTES,
  COUNTED_UNITS,
  MAX_COUNT,
  parentOf,
  tokensOf,
  UNIT_NAMES,
  UNITS,
  usageProblem,
  type Attributes,
  type Unit,
  type Usage,
} from "../../src/core/units.ts";
import { plain, priceOf } from "./prices.ts";

type Amounts = Partial<Record<Unit, number>>;

/** The units that {@link independentCost} writes out. */
const WRITTEN_OUT = [
  ...(["input", "cachedRead", "cacheWrite", "cacheWrite1h", "inputAudio", "inputImage"] as const),
  ...(["output", "reasoning", "outputAudio", "outputImage", "durationMs", "characters"] as const),
  ...(["images", "searches", "calls", "actions"] as const),
];
const nanos = fc.nat(20_000_000);
const amounts: fc.Arbitrary<Amounts> = fc.record(
  { ...arbitraries(WRITTEN_OUT, () => nanos), request: nanos },
  { requiredKeys: ["input", "output"] },
);
const usage: fc.Arbitrary<Usage> = fc.record(
  arbitraries(WRITTEN_OUT, (name) => fc.nat(UNITS[name].per === 1 ? 1000 : 1_000_000)),
  { requiredKeys: [] },
);

function arbitraries<Name extends string>(names: readonly Name[], of: (name: Name) => fc.Arbitrary<number>) {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, fc.Arbitrary<number>>;
}

const ratio = fc.nat(10_000_000);

/** Another way to the same sum: fractions over a common denominator, units written out, rounded by remainder. */
function independentCost(used: Usage, of: Amounts, ratioPpm: number): bigint {
  const big = (...values: (number | undefined)[]) => BigInt(values.find((value) => value !== undefined) ?? 0);
  const thousandths =
    big(used.input) * big(of.input) +
    big(used.cachedRead) * big(of.cachedRead, of.input) +
    big(used.cacheWrite) * big(of.cacheWrite, of.input) +
    big(used.cacheWrite1h) * big(of.cacheWrite1h, of.cacheWrite, of.input) +
    big(used.inputAudio) * big(of.inputAudio, of.input) +
    big(used.inputImage) * big(of.inputImage, of.input) +
    big(used.output) * big(of.output) +
    big(used.reasoning) * big(of.reasoning, of.output) +
    big(used.outputAudio) * big(of.outputAudio, of.output) +
    big(used.outputImage) * big(of.outputImage, of.output) +
    big(used.durationMs) * big(of.durationMs) +
    big(used.characters) * big(of.characters);
  const whole =
    big(used.images) * big(of.images) +
    big(used.searches) * big(of.searches) +
    big(used.calls) * big(of.calls) +
    big(used.actions) * big(of.actions) +
    big(of.request);
  const numerator = (thousandths + whole * 1000n) * BigInt(ratioPpm);
  const denominator = 1000n * 1_000_000n;
  const quotient = numerator / denominator;
  return (numerator % denominator) * 2n >= denominator ? quotient + 1n : quotient;
}

describe("cost", () => {
  it("is the exact sum, rounded once", () => {
    fc.assert(
      fc.property(usage, amounts, ratio, (used, of, ratioPpm) => {
        expect(BigInt(cost(used, plain(of), ratioPpm))).toBe(independentCost(used, of, ratioPpm));
      }),
      { numRuns: 1000 },
    );
  });

  it("equals the sum of its receipt's lines", () => {
    fc.assert(
      fc.property(usage, amounts, ratio, (used, of, ratioPpm) => {
        const { lines, amountNanos } = receipt(used, plain(of), ratioPpm);
        expect(amountNanos).toBe(cost(used, plain(of), ratioPpm));
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
    const of = plain({ input: 1, output: 0 });
    expect([499, 500, 1499, 1500].map((input) => cost({ input }, of, RATIO_ONE))).toEqual([0, 1, 1, 2]);
    expect(cost({ input: 1000 }, of, 500_000)).toBe(1);
    expect(cost({ input: 1000 }, of, 499_999)).toBe(0);
  });

  it("never counts tokens of a unit without a rate as free", () => {
    const of = plain({ input: 3000, output: 7000 });
    for (const [name, nanos] of [
      ["cachedRead", 3000],
      ["cacheWrite", 3000],
      ["cacheWrite1h", 3000],
      ["inputAudio", 3000],
      ["inputImage", 3000],
      ["reasoning", 7000],
      ["outputAudio", 7000],
      ["outputImage", 7000],
    ] as const) {
      expect(unitPrice(of, name), name).toBe(nanos);
    }
    expect(unitPrice(plain({ input: 3000, cacheWrite: 5000 }), "cacheWrite1h")).toBe(5000);
    expect(unitPrice(plain({ input: 3000, cachedRead: 0 }), "cachedRead")).toBe(0);
    expect(cost({ cachedRead: 1000, reasoning: 1000 }, of, RATIO_ONE)).toBe(10_000);
    expect(unitPrice(of, "images")).toBe(0);
  });

  it("is exact where a double is not", () => {
    const [input, unitNanos, ratioPpm] = [99_652_471, 84_216_827, 1_499_741];
    expect(cost({ input }, plain({ input: unitNanos }), ratioPpm)).toBe(12_586_448_730_033);
    expect(Math.round((((input * unitNanos) / 1000) * ratioPpm) / 1e6)).toBe(12_586_448_730_032);
    expect(() => cost({ input: MAX_COUNT }, plain({ input: 1e12 }), RATIO_ONE)).toThrow(RangeError);
  });

  it("shows each unit with the count that its rate is for", () => {
    const of = { input: 1500, output: 6000, request: 10, images: 40_000, durationMs: 300, characters: 15 };
    const used = { input: 10, output: 2, images: 3, durationMs: 1500, characters: 100, reasoning: 0 };
    expect(receipt(used, plain(of), 2_000_000)).toEqual({
      lines: [
        { unit: "input", count: 10, unitNanos: 1500, per: 1000, nanos: "15" },
        { unit: "output", count: 2, unitNanos: 6000, per: 1000, nanos: "12" },
        { unit: "characters", count: 100, unitNanos: 15, per: 1000, nanos: "1.5" },
        { unit: "durationMs", count: 1500, unitNanos: 300, per: 1000, nanos: "450" },
        { unit: "images", count: 3, unitNanos: 40_000, per: 1, nanos: "120000" },
        { unit: "request", count: 1, unitNanos: 10, per: 1, nanos: "10" },
      ],
      ratioPpm: 2_000_000,
      amountNanos: 240_977,
    });
    expect(receipt({}, plain({ input: 1 }), RATIO_ONE)).toEqual({ lines: [], ratioPpm: RATIO_ONE, amountNanos: 0 });
  });
});

describe("rates with attributes", () => {
  const of = priceOf(
    { unit: "images", nanos: 90 },
    { unit: "images", when: { size: "1024x1024" }, nanos: 40 },
    { unit: "images", when: { size: "1024x1024", quality: "low" }, nanos: 10 },
    { unit: "images", when: { quality: "low", mode: "fast" }, nanos: 20 },
    { unit: "input", nanos: 7 },
    { unit: "cachedRead", when: { tier: "flex" }, nanos: 1 },
  );
  const square = { size: "1024x1024" };

  it.each<[Attributes, number]>([
    [{}, 90],
    [{ size: "256x256" }, 90],
    [square, 40],
    [{ ...square, quality: "high" }, 40],
    [{ ...square, quality: "low" }, 10],
    [{ quality: "low" }, 90],
    [{ quality: "low", mode: "fast" }, 20],
  ])("%j pays the most specific one: %i", (attributes, nanos) => {
    expect(unitPrice(of, "images", attributes)).toBe(nanos);
    expect(cost({ images: 3 }, of, RATIO_ONE, attributes)).toBe(3 * nanos);
    expect(receipt({ images: 3 }, of, RATIO_ONE, attributes).amountNanos).toBe(3 * nanos);
  });

  it.each<[Attributes, number]>([
    [{}, 90],
    [square, 40],
    [{ ...square, quality: "low" }, 20],
    [{ ...square, quality: "low", mode: "slow" }, 10],
    [{ size: "256x256", quality: "low", mode: "fast" }, 20],
  ])("%j, with others to be chosen by the upstream, pays %i at most", (known, nanos) => {
    expect(dearestPrice(of, "images", known)).toBe(nanos);
  });

  it("falls back on the parent where none fits", () => {
    expect(unitPrice(of, "cachedRead", { tier: "flex" })).toBe(1);
    expect(unitPrice(of, "cachedRead", { tier: "priority" })).toBe(7);
    expect(dearestPrice(of, "cachedRead")).toBe(7);
    expect(dearestPrice(of, "cachedRead", { tier: "flex" })).toBe(1);
  });

  it("bounds whatever attributes are chosen later", () => {
    const attributes = fc.record(
      Object.fromEntries(ATTRIBUTES.map((name) => [name, fc.constantFrom("a", "b")])) as Record<
        (typeof ATTRIBUTES)[number],
        fc.Arbitrary<string>
      >,
      { requiredKeys: [] },
    );
    const rate = fc.record({
      unit: fc.constantFrom<Unit>("input", "cacheWrite", "cacheWrite1h", "images"),
      when: attributes,
      nanos: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(rate), attributes, attributes, (rates, known, chosen) => {
        const any: Price = priceOf(...rates);
        for (const name of UNIT_NAMES) {
          expect(unitPrice(any, name, { ...chosen, ...known })).toBeLessThanOrEqual(dearestPrice(any, name, known));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the fees that a price covers", () => {
  const fees = new Set(["searches", "cacheWrite1h", "tier"] as const);
  const covered = (price: Price, tier?: string) =>
    [...coveredFees(price, { fees, ...(tier === undefined ? {} : { attributes: { tier } }) })].join(" ");

  it("are the units with a rate of their own, not of a parent", () => {
    expect(covered(plain({ input: 1, cacheWrite: 1 }))).toBe("");
    expect(covered(plain({ input: 1, cacheWrite1h: 1 }))).toBe("cacheWrite1h");
    expect(covered(plain({ searches: 0 }))).toBe("searches");
  });

  it("are the attributes with a rate for the request's value", () => {
    const price = priceOf({ unit: "input", nanos: 1 }, { unit: "input", nanos: 2, when: { tier: "priority" } });
    expect(covered(price, "priority")).toBe("tier");
    expect(covered(price, "flex")).toBe("");
    expect(covered(price)).toBe("");
  });

  it("are none without a price", () => {
    expect([...coveredFees(undefined, { fees })]).toEqual([]);
    expect([...coveredFees(plain({ searches: 1 }), {})]).toEqual([]);
  });
});

describe("units", () => {
  it("are tokens of the prompt, tokens of the answer, or neither", () => {
    const one = Object.fromEntries(COUNTED_UNITS.map((name) => [name, 1])) as Usage;
    expect([tokensOf(one, "prompt"), tokensOf(one, "output")]).toEqual([6, 4]);
    expect(tokensOf({ images: 9 }, "output")).toBe(0);
  });

  it("have unique names, columns and prices, and parents without a cycle", () => {
    for (const values of [
      COUNTED_UNITS.map((name) => UNITS[name].column),
      UNIT_NAMES.map((name) => UNITS[name].price),
    ]) {
      expect(new Set(values).size).toBe(values.length);
    }
    for (const name of UNIT_NAMES) {
      let root: Unit = name;
      for (let depth = 0; depth < 5; depth++) root = parentOf(root) ?? root;
      expect(parentOf(root), name).toBeUndefined();
    }
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
    [{ output: MAX_COUNT }, undefined],
    [{ input: -1 }, "input is negative"],
    [{ reasoning: 1.5 }, "reasoning is no whole number"],
    [{ output: Number.NaN }, "output is no whole number"],
    [{ output: MAX_COUNT + 1 }, "output is beyond 100000000"],
  ])("%j: %s", (used, problem) => {
    expect(usageProblem(used)).toBe(problem);
  });
});
