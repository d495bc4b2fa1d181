/**
 * The limiter on Upstash Redis: exact worldwide, and it knows what remains. One check is one HTTP request (a pipeline of
 * a script for each limit) and is billed as 4 commands per limit.
 * @see https://upstash.com/docs/redis/sdks/ratelimit-ts/overview
 */
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis/cloudflare";
import { BlockedSubjects } from "./blocked.ts";
import {
  WINDOW_MS,
  type AddressCheck,
  type Check,
  type Checks,
  type RateLimiter,
  type Verdict,
  type Verdicts,
} from "./types.ts";

export interface UpstashOptions {
  readonly url: string;
  readonly token: string;
  /** After this time without an answer Redis counts as down. */
  readonly timeoutMs: number;
}

export class UpstashLimiter implements RateLimiter {
  readonly #redis: Redis;
  readonly #timeoutMs: number;
  /** Replaces the library's own cache, which never drops a subject. */
  readonly #blocked = new BlockedSubjects();

  constructor({ url, token, timeoutMs }: UpstashOptions) {
    this.#timeoutMs = timeoutMs;
    this.#redis = onlyCounts(
      new Redis({
        url,
        token,
        // `retry: false` would try twice.
        retry: { retries: 0 },
        // A function, so that an aborted request rejects. The reason of a plain signal would be read as Redis's answer.
        signal: () => AbortSignal.timeout(timeoutMs),
        enableAutoPipelining: true,
        enableTelemetry: false,
        readYourWrites: false,
      }),
    );
  }

  /** All scripts are sent in the same turn of the event loop, and so in one pipeline. */
  async check({ ip, key, account }: Checks): Promise<Verdicts> {
    const [ipVerdict, keyVerdict, accountVerdict] = await Promise.all([
      this.#address(ip),
      key === undefined ? undefined : this.#ask("key", key),
      account === undefined ? undefined : this.#ask("account", account),
    ]);
    return { ip: ipVerdict, key: keyVerdict, account: accountVerdict };
  }

  /** Asks for both at once, unless the address itself is known to be over its limit. */
  async #address({ network, ...address }: AddressCheck): Promise<Verdict> {
    const isBlocked = (this.#blocked.get(`${prefixOf("ip")}:${address.subject}`) ?? 0) > Date.now();
    const [own, wider] = await Promise.all([
      this.#ask("ip", address),
      network === undefined || isBlocked ? undefined : this.#ask("network", network),
    ]);
    return own.allowed && wider?.allowed === false ? wider : own;
  }

  async #ask(kind: Kind, { subject, limit }: Check): Promise<Verdict> {
    const ratelimit = new Ratelimit({
      redis: this.#redis,
      limiter: Ratelimit.slidingWindow(limit, `${WINDOW_MS} ms`),
      prefix: prefixOf(kind),
      timeout: this.#timeoutMs,
      ephemeralCache: this.#blocked,
      analytics: false,
      enableTelemetry: false,
    });
    const { success, remaining, reset, reason } = await ratelimit.limit(subject);
    // When Redis is slow, the library would allow the request. The error lets the fallback limiter count it.
    if (reason === "timeout") throw new Error(`no answer in ${this.#timeoutMs} ms`);
    return { allowed: success, limit, remaining, resetAtMs: reset };
  }
}

type Kind = "ip" | "network" | "key" | "account";

function prefixOf(kind: Kind): string {
  return `token-gateway:${kind}`;
}

type Script = (script: string, keys: string[], values: unknown[]) => Promise<unknown>;

/**
 * The two commands that the library calls, with their answers checked: the library would take garbage for a refusal, and
 * remember the subject as blocked.
 */
function onlyCounts(redis: Redis): Redis {
  const evalsha: Script = async (hash, keys, values) => counts(await redis.evalsha(hash, keys, values));
  const evaluate: Script = async (script, keys, values) => counts(await redis.eval(script, keys, values));
  return { evalsha, eval: evaluate } as unknown as Redis;
}

/** @param answer `[remaining or -1, limit]`. @throws Error for any other answer */
function counts(answer: unknown): unknown {
  if (Array.isArray(answer) && answer.length === 2 && answer.every((count) => Number.isInteger(count))) return answer;
  throw new Error("an answer that is no pair of counts");
}
