/**
 * The limiter that needs no other service. Addresses: Cloudflare's own `ratelimits` binding, which counts by data centre,
 * says only yes or no, and has its number in wrangler.toml. Keys: one Durable Object each, exact for all the world.
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
import { BlockedSubjects } from "./blocked.ts";
import type { KeyWindow } from "./key-window.ts";
import type { AddressCheck, Check, Checks, RateLimiter, Verdict, Verdicts } from "./types.ts";

export interface EmbeddedBindings {
  readonly addresses: RateLimit;
  readonly keys: DurableObjectNamespace<KeyWindow>;
}

/** An object that does not answer in this time is down. */
const DEADLINE_MS = 2000;

export class EmbeddedLimiter implements RateLimiter {
  readonly #bindings: EmbeddedBindings;
  readonly #now: () => number;
  /** A flood of one key is refused here: its object takes some thousand requests a second, no more. */
  readonly #blocked = new BlockedSubjects();

  constructor(bindings: EmbeddedBindings, now: () => number) {
    this.#bindings = bindings;
    this.#now = now;
  }

  async check({ ip, key }: Checks): Promise<Verdicts> {
    const [ipVerdict, keyVerdict] = await beforeDeadline(
      Promise.all([this.#address(ip), key === undefined ? undefined : this.#key(key)]),
    );
    return { ip: ipVerdict, key: keyVerdict };
  }

  async #address({ subject, limit, counted }: AddressCheck): Promise<Verdict> {
    if (counted === true) return { allowed: true, limit };
    const { success } = await this.#bindings.addresses.limit({ key: subject });
    return { allowed: success, limit };
  }

  async #key({ subject, limit }: Check): Promise<Verdict> {
    const blocked = `${limit}:${subject}`;
    const untilMs = this.#blocked.get(blocked) ?? 0;
    if (this.#now() < untilMs) return { allowed: false, limit, remaining: 0, resetAtMs: untilMs };
    const verdict = await this.#bindings.keys.getByName(subject).take(limit);
    if (!verdict.allowed && verdict.resetAtMs !== undefined) this.#blocked.set(blocked, verdict.resetAtMs);
    return verdict;
  }
}

async function beforeDeadline<Result>(work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
