/** The port of the two rate limits: requests a minute of an address, and of a key. */

/** The window of both limits. */
export const WINDOW_MS = 60_000;

export interface Check {
  /** Whose requests count together: an address (`address.ts`), or a key's id. */
  readonly subject: string;
  /** Requests in a minute. */
  readonly limit: number;
}

export interface AddressCheck extends Check {
  /** The embedded limiter has counted this request already, before its key was looked up. */
  readonly counted?: boolean;
}

/** What is checked for one request. `key` is absent for a request without a valid key. */
export interface Checks {
  readonly ip: AddressCheck;
  readonly key?: Check | undefined;
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
  readonly ip: Verdict;
  /** Present when {@link Checks.key} is. */
  readonly key?: Verdict | undefined;
}

export interface RateLimiter {
  /** Counts one request against both limits, in one round trip. Rejects when the limiter itself is down. */
  check(checks: Checks): Promise<Verdicts>;
}
