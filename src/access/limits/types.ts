/** The port of the two rate limits: requests a minute of an address, and of a key. */

/** Both limits count by the minute. */
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

/** One request's questions; without `key` nobody is known behind it. */
export interface Checks {
  readonly ip: AddressCheck;
  readonly key?: Check | undefined;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many more may come now; undefined = not known. */
  readonly remaining?: number | undefined;
  /**
   * Unix milliseconds: the end of the present window; of a refusal, when the next request may pass, as exactly as the
   * limiter knows. undefined = not known.
   */
  readonly resetAtMs?: number | undefined;
}

export interface Verdicts {
  readonly ip: Verdict;
  /** Present when it was asked for. */
  readonly key?: Verdict | undefined;
}

export interface RateLimiter {
  /** Counts one request and judges it, both limits in one round trip. Rejects when the limiter itself is down. */
  check(checks: Checks): Promise<Verdicts>;
}
