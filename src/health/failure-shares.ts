/**
 * Weighs failures by who asked: one account's failures count 1, 1/2, 1/4 … and so together less than 2. A single customer
 * whose requests fail cannot make a route look bad to others. Pure state; the time is passed in.
 */
const MOST_ACCOUNTS = 1000;

export class FailureShares {
  readonly #windowMs: number;
  readonly #accounts = new Map<string, { count: number; lastMs: number }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The weight of one more failure of the account, in (0, 1]. */
  weigh(account: string, nowMs: number): number {
    const past = this.#accounts.get(account);
    const count = past === undefined || nowMs - past.lastMs > this.#windowMs ? 0 : past.count;
    if (past === undefined && this.#accounts.size >= MOST_ACCOUNTS) this.#accounts.clear();
    this.#accounts.set(account, { count: count + 1, lastMs: nowMs });
    return 2 ** -count;
  }
}
