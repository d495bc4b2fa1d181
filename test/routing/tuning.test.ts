import { describe, expect, it } from "vitest";
import { bucketMs, bucketOf, quantileMs } from "../../src/routing/histogram.ts";
import { readTuning, TUNING } from "../../src/routing/tuning.ts";

describe("tuning", () => {
  it("is the table, with what a deployment sets", () => {
    expect(readTuning(undefined)).toEqual({ tuning: TUNING });
    expect(readTuning('{"breakerOpenMs": 1000}')).toEqual({ tuning: { ...TUNING, breakerOpenMs: 1000 } });
  });

  it.each([
    ["no JSON", ["JSON"]],
    ["[1]", ["JSON"]],
    ['{"breakerOpenMs": "1"}', ["breakerOpenMs"]],
    ['{"breakerOpenMs": -1, "unknown": 1}', ["breakerOpenMs", "unknown"]],
  ])("names what is wrong with %s", (text, problems) => {
    expect(readTuning(text)).toEqual({ problems });
  });

  it("has a unit in every name", () => {
    const units =
      /(Ms|Share|Tokens|TokensPerSecond|Factor|Attempts|Failures|Successes|Streams|Requests|PerSecond|AfterTimeout)$/;
    expect(Object.keys(TUNING).filter((name) => !units.test(name))).toEqual([]);
  });
});

describe("histograms", () => {
  it("tell a quantile to within a bucket's width", () => {
    for (const ms of [1, 37, 512, 29_999]) {
      expect(bucketMs(bucketOf(ms)) / ms).toBeGreaterThan(0.91);
      expect(bucketMs(bucketOf(ms)) / ms).toBeLessThan(1.1);
    }
    expect([quantileMs({}, 0.5), quantileMs({ 4: 1, 8: 1 }, 0.5), quantileMs({ 4: 1, 8: 1 }, 0.95)]).toEqual([
      undefined,
      2,
      4,
    ]);
  });
});
