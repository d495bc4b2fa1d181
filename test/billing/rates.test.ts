/** Rates as they are stored, and which tables are refused when they are saved. */
import { describe, expect, it } from "vitest";
import {
  priceFrom,
  rateProblem,
  readAttributes,
  readRates,
  writeAttributes,
  type RateProblem,
  type StoredRate,
} from "../../src/billing/rates.ts";
import type { Attributes } from "../../src/core/units.ts";

const image = (nanos: number, when?: Attributes): StoredRate => ({ unit: "images", nanos, ...(when && { when }) });
const input = (nanos: number, when?: Attributes): StoredRate => ({ unit: "input", nanos, ...(when && { when }) });

describe("rates", () => {
  it("are read back, without units of a later version", () => {
    const rates = [input(1), { unit: "images", when: { size: "s" }, nanos: 2, costNanos: 3 }] satisfies StoredRate[];
    expect(readRates(JSON.stringify([...rates, { unit: "parsecs", nanos: 4 }]))).toEqual(rates);
  });

  it("make the clients' price and the operator's: the most specific rate first, of equally specific ones the dearer", () => {
    const rates: StoredRate[] = [
      image(1),
      image(2, { size: "s" }),
      image(3, { mode: "m" }),
      image(4, { size: "s", mode: "m" }),
      { unit: "request", costNanos: 5 },
    ];
    expect(priceFrom(rates, "nanos")).toEqual({
      images: [
        { nanos: 4, when: { size: "s", mode: "m" } },
        { nanos: 3, when: { mode: "m" } },
        { nanos: 2, when: { size: "s" } },
        { nanos: 1, when: {} },
      ],
    });
    expect(priceFrom(rates, "costNanos")).toEqual({ request: [{ nanos: 5, when: {} }] });
    expect(priceFrom([input(1)], "costNanos")).toBeUndefined();
  });

  const both = [input(1), input(2, { size: "s" }), input(3, { mode: "m" })];
  it.each<[string, StoredRate[], Pick<RateProblem, "unit" | "kind"> | undefined]>([
    ["one for all", [input(1)], undefined],
    ["the same twice", [input(1), input(1)], { unit: "input", kind: "ambiguous" }],
    [
      "the same attributes twice",
      [input(1), input(2, { size: "s" }), input(3, { size: "s" })],
      { unit: "input", kind: "ambiguous" },
    ],
    ["of two units", [input(1), image(1)], undefined],
    ["values that exclude each other", [input(1), input(2, { size: "s" }), input(3, { size: "l" })], undefined],
    ["two that fit one request", both, { unit: "input", kind: "ambiguous" }],
    ["and one that decides between them", [...both, input(4, { size: "s", mode: "m" })], undefined],
    ["but not this one", [...both, input(4, { size: "s", mode: "other" })], { unit: "input", kind: "ambiguous" }],
    [
      "one more specific than the other",
      [input(1), input(2, { size: "s" }), input(3, { mode: "m", tier: "t" })],
      undefined,
    ],
    ["nothing for other requests", [image(1, { size: "s" })], { unit: "images", kind: "partial" }],
    [
      "the parent's price for other requests",
      [input(1), { ...input(1, { size: "s" }), unit: "cachedRead" }],
      undefined,
    ],
    [
      "two costs that fit one request",
      [
        { unit: "images", nanos: 1, costNanos: 1 },
        { unit: "images", costNanos: 2 },
      ],
      { unit: "images", kind: "ambiguous" },
    ],
    [
      "a price and a cost of the same attributes, apart",
      [
        { unit: "images", nanos: 1 },
        { unit: "images", costNanos: 2 },
      ],
      undefined,
    ],
  ])("%s", (_, rates, problem) => {
    if (problem === undefined) expect(rateProblem(rates)).toBeUndefined();
    else expect(rateProblem(rates)).toMatchObject(problem);
  });
});

it("attributes are stored without unknown and absent ones", () => {
  const given = { size: "s", quality: undefined, colour: "red" } as unknown as Attributes;
  expect(writeAttributes(given)).toBe('{"size":"s"}');
  expect(readAttributes('{"size":"s"}')).toEqual({ size: "s" });
  expect([writeAttributes({}), writeAttributes(undefined)]).toEqual([null, null]);
  expect(readAttributes(null)).toBeUndefined();
});
