import { expect, it } from "vitest";
import { bucketMs, bucketOf, quantileMs } from "../../src/health/histogram.ts";

it("a histogram tells a quantile to within a bucket's width", () => {
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
