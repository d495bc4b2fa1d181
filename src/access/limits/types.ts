/** The port of the rate limits: requests a minute of an address, of a key, and of an account. */

/** The window of all limits. */
export const WINDOW_MS = 60_000;

export interface Check {
  /** Whose requests count together: an address (`address.ts`), or the id of a key or an account. */
  readonly subject: string;
  /** Requests in a minute. */
  readonly limit: number;
}

export interface AddressCheck extends Check {
  /**
   * The wider network of the address. It is asked only for requests that the address itself is allowed, so that one
   * address cannot use up the limit of its neighbours.
   */
  readonly network?: Check;
  /** The embedded limiter has counted this request already, before its key was looked up. */
  readonly counted?: boolean;
}

/** What is checked for one request. */
export interface Checks {
  readonly ip: AddressCheck;
  /** Absent for a request without a valid key. */
  readonly key?: Check | undefined;
  /** Absent without a valid key, and where accounts have no limit. */
  readonly account?: Check | undefined;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many more requests may come now; undefined = not known. */
  readonly remaining?: number | undefined;
  /**
   * Unix milliseconds. For an allowed request, the end of the present window; for a refused request, when the next request
   * may pass, as exactly as the limiter knows. Undefined = not known.
   */
  readonly resetAtMs?: number | undefined;
}

export interface Verdicts {
  /** Of the address, or of its network where only that is over its limit. */
  readonly ip: Verdict;
  /** Present when {@link Checks.key} is. */
  readonly key?: Verdict | undefined;
  /** Present when {@link Checks.account} is. */
  readonly account?: Verdict | undefined;
}

export interface RateLimiter {
  /** Counts one request against all limits, in one round trip. Rejects when the limiter itself is down. */
  check(checks: Checks): Promise<Verdicts>;
}
