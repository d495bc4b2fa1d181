/** The limiters of a deployment, each with the limiter that stands in for it. */
import { log } from "../../core/log.ts";
import { EmbeddedLimiter, type EmbeddedBindings } from "./embedded.ts";
import { FallbackLimiter } from "./fallback.ts";
import { LocalLimiter } from "./local.ts";
import type { RateLimiter } from "./types.ts";
import { UpstashLimiter, type UpstashOptions } from "./upstash.ts";

export interface Limiters {
  /** Counts requests whose keys must be looked up. It does not depend on a remote service. */
  readonly embedded: RateLimiter;
  /** Counts every request. */
  readonly main: RateLimiter;
}

export interface LimiterOptions {
  readonly bindings: EmbeddedBindings;
  readonly upstash: UpstashOptions | undefined;
  readonly now: () => number;
}

/** How long Redis is not asked after a failure. */
const UPSTASH_PAUSE_MS = 5000;

export function createLimiters({ bindings, upstash, now }: LimiterOptions): Limiters {
  const embedded = new FallbackLimiter({
    first: new EmbeddedLimiter(bindings, now),
    second: new LocalLimiter(now),
    names: ["embedded", "isolate"],
    // Each key has its own object: the failure of one says nothing about the others.
    pauseMs: 0,
    now,
    log,
  });
  if (upstash === undefined) return { embedded, main: embedded };
  const main = new FallbackLimiter({
    first: new UpstashLimiter(upstash),
    second: embedded,
    names: ["upstash", "embedded"],
    pauseMs: UPSTASH_PAUSE_MS,
    now,
    log,
  });
  return { embedded, main };
}
