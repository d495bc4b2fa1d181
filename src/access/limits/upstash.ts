/**
 * The limiter on Upstash Redis: exact for all the world, and it knows what remains. One check is one HTTP request
 * (a pipeline of two scripts) and is billed as 4 commands a limit.
 * @see https://upstash.com/docs/redis/sdks/ratelimit-ts/overview
 */
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis/cloudflare";
import { BlockedSubjects } from "./blocked.ts";
import { WINDOW_MS, type Check, type Checks, type RateLimiter, type Verdict, type Verdicts } from "./types.ts";

export interface UpstashOptions {
  readonly url: string;
  readonly token: string;
  /** After this time Redis is down. */
  readonly timeoutMs: number;
}

export class UpstashLimiter implements RateLimiter {
  readonly #redis: Redis;
  readonly #timeoutMs: number;
  /** The library's own cache never lets go of a subject. */
  readonly #blocked = new BlockedSubjects();

  constructor({ url, token, timeoutMs }: UpstashOptions) {
    this.#timeoutMs = timeoutMs;
    this.#redis = onlyCounts(
      new Redis({
        url,
        token,
        // `retry: false` would try twice.
        retry: { retries: 0 },
        // As a function: an aborted request then rejects. A plain signal's reason would be read as Redis's answer.
        signal: () => AbortSignal.timeout(timeoutMs),
        enableAutoPipelining: true,
        enableTelemetry: false,
        readYourWrites: false,
      }),
    );
  }

  /** Both scripts are sent by the same turn of the event loop, and so in one pipeline. */
  async check({ ip, key }: Checks): Promise<Verdicts> {
    const [ipVerdict, keyVerdict] = await Promise.all([
      this.#ask("ip", ip),
      key === undefined ? undefined : this.#ask("key", key),
    ]);
    return { ip: ipVerdict, key: keyVerdict };
  }

  async #ask(kind: "ip" | "key", { subject, limit }: Check): Promise<Verdict> {
    const ratelimit = new Ratelimit({
      redis: this.#redis,
      limiter: Ratelimit.slidingWindow(limit, `${WINDOW_MS} ms`),
      prefix: `token-gateway:${kind}`,
      timeout: this.#timeoutMs,
      ephemeralCache: this.#blocked,
      analytics: false,
      enableTelemetry: false,
    });
    const { success, remaining, reset, reason } = await ratelimit.limit(subject);
    // The library lets everything pass when Redis is slow. That is for the caller to decide.
    if (reason === "timeout") throw new Error(`no answer in ${this.#timeoutMs} ms`);
    return { allowed: success, limit, remaining, resetAtMs: reset };
  }
}

type Script = (script: string, keys: string[], values: unknown[]) => Promise<unknown>;

/**
 * The two calls that the library makes, with answers looked at first: it would take garbage for a refusal, and remember
 * the subject as blocked.
 */
function onlyCounts(redis: Redis): Redis {
  const evalsha: Script = async (hash, keys, values) => counts(await redis.evalsha(hash, keys, values));
  const evaluate: Script = async (script, keys, values) => counts(await redis.eval(script, keys, values));
  return { evalsha, eval: evaluate } as unknown as Redis;
}

/** `[remaining or -1, limit]` */
function counts(answer: unknown): unknown {
  if (Array.isArray(answer) && answer.length === 2 && answer.every((count) => Number.isInteger(count))) return answer;
  throw new Error("an answer that is no pair of counts");
}
