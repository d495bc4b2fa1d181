/** The limiters of a deployment, each with the one that steps in for it. */
import { log } from "../../core/log.ts";
import { EmbeddedLimiter, type EmbeddedBindings } from "./embedded.ts";
import { FallbackLimiter } from "./fallback.ts";
import { LocalLimiter } from "./local.ts";
import type { RateLimiter } from "./types.ts";
import { UpstashLimiter, type UpstashOptions } from "./upstash.ts";

export interface Limiters {
  /** Counts requests whose keys must be looked up: never by a service that is itself far away. */
  readonly embedded: RateLimiter;
  /** Counts every request. */
  readonly main: RateLimiter;
}

export interface LimiterOptions {
  readonly bindings: EmbeddedBindings;
  readonly upstash: UpstashOptions | undefined;
  readonly now: () => number;
}

/** A Redis that failed is left alone for this long. */
const UPSTASH_PAUSE_MS = 5000;

export function createLimiters({ bindings, upstash, now }: LimiterOptions): Limiters {
  const embedded = new FallbackLimiter({
    first: new EmbeddedLimiter(bindings, now),
    second: new LocalLimiter(now),
    names: ["embedded", "isolate"],
    // Each key has an object of its own: one that is down says nothing of the others.
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
