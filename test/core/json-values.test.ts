import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_JSON_VALUES, ValueCounter } from "../../src/core/json-values.ts";

const encoder = new TextEncoder();

/** Whether a text of `room` values before it still fits. */
function fits(text: string, cuts: readonly number[], room: number): boolean {
  const counter = new ValueCounter();
  counter.add(encoder.encode("[".repeat(MAX_JSON_VALUES - room)));
  const bytes = encoder.encode(text);
  let from = 0;
  for (const cut of [...cuts.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    counter.add(bytes.subarray(from, cut));
    from = cut;
  }
  return !counter.exceedsLimit;
}

/** Commas and opening brackets of a value, counted in another way. */
function separators(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value);
  return 1 + Math.max(0, inner.length - 1) + inner.reduce<number>((sum, item) => sum + separators(item), 0);
}

describe("values of JSON", () => {
  it("are counted in pieces that are cut anywhere, outside strings", () => {
    const text = fc.string({ unit: fc.constantFrom('"', "\\", ",", "[", "{", "a", "世", "🌍") });
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(text, tie("value"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, fc.array(fc.nat(), { maxLength: 5 }), (json, cuts) => {
        const count = separators(json);
        expect(fits(JSON.stringify(json), cuts, count)).toBe(true);
        if (count > 0) expect(fits(JSON.stringify(json), cuts, count - 1)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
