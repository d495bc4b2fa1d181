/** Limits an isolate's further attempts to a share of its requests, so that retries do not multiply an outage. */
import type { RoutingTuning } from "./tuning.ts";

const SLICES = 10;

interface Slice {
  readonly index: number;
  requests: number;
  retries: number;
}

export class RetryBudget {
  readonly #tuning: RoutingTuning;
  #slices: Slice[] = [];

  constructor(tuning: RoutingTuning) {
    this.#tuning = tuning;
  }

  request(nowMs: number): void {
    this.#slice(nowMs).requests++;
  }

  /** Counts a retry, also one that did not need the budget. */
  retry(nowMs: number): void {
    this.#slice(nowMs).retries++;
  }

  allows(nowMs: number): boolean {
    this.#slice(nowMs);
    const { retryBudgetShare, retryBudgetFloorPerSecond, retryBudgetWindowMs } = this.#tuning;
    const sum = (count: (slice: Slice) => number) => this.#slices.reduce((total, slice) => total + count(slice), 0);
    const most = Math.max(
      (retryBudgetFloorPerSecond * retryBudgetWindowMs) / 1000,
      retryBudgetShare * sum(({ requests }) => requests),
    );
    return sum(({ retries }) => retries) < most;
  }

  #slice(nowMs: number): Slice {
    const index = Math.floor(nowMs / (this.#tuning.retryBudgetWindowMs / SLICES));
    const last = this.#slices.at(-1);
    if (last !== undefined && last.index >= index) return last;
    const slice = { index, requests: 0, retries: 0 };
    this.#slices = [...this.#slices.filter((past) => past.index > index - SLICES), slice];
    return slice;
  }
}
