/**
 * Latencies in buckets that grow by 2^(1/4), about 19 %. Histograms are small to send, and their sum has the quantiles
 * of all samples.
 */

/** Count by bucket. Sparse; plain data, so that it can be sent and stored. */
export type Histogram = Readonly<Record<number, number>>;

const BUCKETS_PER_DOUBLING = 4;

export function bucketOf(ms: number): number {
  return Math.max(0, Math.round(Math.log2(Math.max(ms, 1)) * BUCKETS_PER_DOUBLING));
}

export function bucketMs(bucket: number): number {
  return 2 ** (bucket / BUCKETS_PER_DOUBLING);
}

/** Adds `other` into `into`. */
export function mergeHistogram(into: Record<number, number>, other: Histogram): void {
  for (const [bucket, count] of entriesOf(other)) into[bucket] = (into[bucket] ?? 0) + count;
}

export function countOf(histogram: Histogram): number {
  return entriesOf(histogram).reduce((sum, [, count]) => sum + count, 0);
}

export function meanMs(histogram: Histogram): number | undefined {
  const count = countOf(histogram);
  if (count === 0) return undefined;
  return entriesOf(histogram).reduce((sum, [bucket, each]) => sum + bucketMs(bucket) * each, 0) / count;
}

/** @param share in [0, 1]: 0.5 = median. @returns undefined when nothing was measured */
export function quantileMs(histogram: Histogram, share: number): number | undefined {
  const rank = countOf(histogram) * share;
  let seen = 0;
  let last: number | undefined;
  for (const [bucket, count] of entriesOf(histogram).toSorted(([a], [b]) => a - b)) {
    seen += count;
    last = bucketMs(bucket);
    if (seen >= rank && count > 0) return last;
  }
  return last;
}

function entriesOf(histogram: Histogram): [number, number][] {
  return Object.entries(histogram).map(([bucket, count]) => [Number(bucket), count]);
}
