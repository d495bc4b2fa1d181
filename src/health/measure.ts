/** Measured values whose old samples fade. Pure state; the time is passed in. */

/** A measured value, with the confidence in it: 1 = just measured, 0 = as good as unknown. */
export interface Measure {
  readonly value: number;
  readonly confidence: number;
}

export interface SampledMeasure extends Measure {
  /** Samples that still count. */
  readonly mass: number;
}

/** A mean in which older samples count less and less. */
export class DecayingMean {
  #value = 0;
  /** Samples that still count. */
  #mass = 0;
  #atMs = 0;

  /**
   * @param options.peakShare how far a sample above the mean lifts it at once (peak-EWMA)
   * @param options.count how many measurements the sample is the mean of
   */
  observe(
    sample: number,
    nowMs: number,
    { decayMs, peakShare = 0, count = 1 }: { decayMs: number; peakShare?: number; count?: number },
  ): void {
    const kept = this.#mass * Math.exp(-Math.max(0, nowMs - this.#atMs) / decayMs);
    const mean = (this.#value * kept + sample * count) / (kept + count);
    this.#value = kept > 0 && sample > mean ? mean + (sample - mean) * peakShare : mean;
    this.#mass = kept + count;
    this.#atMs = nowMs;
  }

  /** @returns undefined when nothing was measured */
  measure(nowMs: number, forgetMs: number): SampledMeasure | undefined {
    if (this.#mass === 0) return undefined;
    const confidence = Math.exp(-Math.max(0, nowMs - this.#atMs) / forgetMs);
    return { value: this.#value, confidence, mass: this.#mass * confidence };
  }

  static from(stored: readonly [value: number, mass: number, atMs: number]): DecayingMean {
    const mean = new DecayingMean();
    [mean.#value, mean.#mass, mean.#atMs] = stored;
    return mean;
  }

  store(): [value: number, mass: number, atMs: number] {
    return [this.#value, this.#mass, this.#atMs];
  }
}

/** The quantiles of the last samples. */
export class RecentSamples {
  readonly #most: number;
  readonly #samples: number[] = [];
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  observe(sample: number): void {
    this.#samples[this.#next] = sample;
    this.#next = (this.#next + 1) % this.#most;
  }

  /** @param share in [0, 1]. @returns undefined when there are no samples */
  quantile(share: number): number | undefined {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  }

  get size(): number {
    return this.#samples.length;
  }
}

/** The share of failures among recent attempts. */
export class ErrorRate {
  #answered = 0;
  #failed = 0;
  #atMs = 0;

  observe(answered: number, failed: number, nowMs: number, decayMs: number): void {
    const kept = Math.exp(-Math.max(0, nowMs - this.#atMs) / decayMs);
    this.#answered = Math.max(0, this.#answered * kept + answered);
    this.#failed = this.#failed * kept + failed;
    this.#atMs = nowMs;
  }

  /** @param priorAttempts attempts that count as answered before the first one */
  rate(nowMs: number, decayMs: number, priorAttempts: number): number {
    const kept = Math.exp(-Math.max(0, nowMs - this.#atMs) / decayMs);
    return (this.#failed * kept) / ((this.#answered + this.#failed) * kept + priorAttempts);
  }

  forget(): void {
    this.#answered = 0;
    this.#failed = 0;
  }
}
