/** Lets one limiter stand in for another while that is down, and logs it. */
import type { log } from "../../core/log.ts";
import type { Checks, RateLimiter, Verdicts } from "./types.ts";

export interface FallbackOptions {
  readonly first: RateLimiter;
  readonly second: RateLimiter;
  /** Names of the two in the log. */
  readonly names: readonly [first: string, second: string];
  /** How long the first is not asked after a failure, so that no request waits for a limiter that is down. */
  readonly pauseMs: number;
  readonly now: () => number;
  readonly log: typeof log;
}

/** While the first stays down, one line is logged in this time. */
const LOG_EVERY_MS = 60_000;
const MAX_REASON = 200;

/** While the first limiter is down the second counts, so that no request passes uncounted. */
export class FallbackLimiter implements RateLimiter {
  readonly #options: FallbackOptions;
  #down = false;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #loggedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: FallbackOptions) {
    this.#options = options;
  }

  async check(checks: Checks): Promise<Verdicts> {
    const { first, second, now } = this.#options;
    if (now() < this.#pausedUntilMs) return second.check(checks);
    try {
      const verdicts = await first.check(checks);
      this.#succeeded();
      return verdicts;
    } catch (error) {
      this.#failed(error);
      return second.check(checks);
    }
  }

  #succeeded(): void {
    if (!this.#down) return;
    this.#down = false;
    this.#loggedAtMs = Number.NEGATIVE_INFINITY;
    this.#options.log("info", "rate_limiter_recovered", { limiter: this.#options.names[0] });
  }

  #failed(error: unknown): void {
    const { names, now, pauseMs, log } = this.#options;
    const nowMs = now();
    this.#down = true;
    this.#pausedUntilMs = nowMs + pauseMs;
    if (nowMs - this.#loggedAtMs < LOG_EVERY_MS) return;
    this.#loggedAtMs = nowMs;
    const [limiter, serving] = names;
    log("warn", "rate_limiter_down", { limiter, serving, reason: reasonOf(error) });
  }
}

/** The error without the command that Upstash appends: the command contains the caller's address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "a value that is no error was thrown";
  return `${error.name}: ${error.message.replace(/, command was: .*$/s, "")}`.slice(0, MAX_REASON);
}
