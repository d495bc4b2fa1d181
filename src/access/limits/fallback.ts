/** One limiter in another's stead, and a log that says so. */
import type { log } from "../../core/log.ts";
import type { Checks, RateLimiter, Verdicts } from "./types.ts";

export interface FallbackOptions {
  readonly first: RateLimiter;
  readonly second: RateLimiter;
  /** Names of the two in the log. */
  readonly names: readonly [first: string, second: string];
  /** After a failure the first is not asked for this long, so that no request waits for what is down. */
  readonly pauseMs: number;
  readonly now: () => number;
  readonly log: typeof log;
}

/** While the first stays down the log says so once in this time. */
const LOG_EVERY_MS = 60_000;
const MAX_REASON = 200;

/** Never lets a request pass uncounted because a limiter is down: the second counts it. */
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

/** Upstash's errors end with the command, and that names the caller's address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "a value that is no error was thrown";
  return `${error.name}: ${error.message.replace(/, command was: .*$/s, "")}`.slice(0, MAX_REASON);
}
