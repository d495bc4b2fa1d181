/**
 * The limiter that needs no other service. Addresses: Cloudflare's `ratelimits` binding, which counts per data centre,
 * answers only yes or no, and has its limit in wrangler.toml. Keys and accounts: one Durable Object each, exact worldwide.
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
import { NETWORK_MULTIPLE } from "./address.ts";
import { BlockedSubjects } from "./blocked.ts";
import type { KeyWindow } from "./key-window.ts";
import type { AddressCheck, Check, Checks, RateLimiter, Verdict, Verdicts } from "./types.ts";

export interface EmbeddedBindings {
  readonly addresses: RateLimit;
  readonly keys: DurableObjectNamespace<KeyWindow>;
}

/** A binding that does not answer in this time counts as down. */
const DEADLINE_MS = 2000;

export class EmbeddedLimiter implements RateLimiter {
  readonly #bindings: EmbeddedBindings;
  readonly #now: () => number;
  /** Keys and accounts over their limit are refused here, because one object takes no more than some thousand requests a second. */
  readonly #blocked = new BlockedSubjects();

  /** The next of a network's parts to count in; see {@link EmbeddedLimiter.#network}. */
  #part = Math.floor(Math.random() * NETWORK_MULTIPLE);

  constructor(bindings: EmbeddedBindings, now: () => number) {
    this.#bindings = bindings;
    this.#now = now;
  }

  async check({ ip, key, account }: Checks): Promise<Verdicts> {
    const [ipVerdict, keyVerdict, accountVerdict] = await beforeDeadline(
      Promise.all([
        this.#address(ip),
        key === undefined ? undefined : this.#window(key.subject, key.limit),
        account === undefined ? undefined : this.#window(`account:${account.subject}`, account.limit),
      ]),
    );
    return { ip: ipVerdict, key: keyVerdict, account: accountVerdict };
  }

  async #address({ subject, limit, counted, network }: AddressCheck): Promise<Verdict> {
    if (counted === true) return { allowed: true, limit };
    const { success } = await this.#bindings.addresses.limit({ key: subject });
    return success && network !== undefined ? this.#network(network) : { allowed: success, limit };
  }

  /**
   * The binding has one limit, and a network may have {@link NETWORK_MULTIPLE} times that. So a network counts in as many
   * parts, one after the other.
   */
  async #network({ subject, limit }: Check): Promise<Verdict> {
    this.#part = (this.#part + 1) % NETWORK_MULTIPLE;
    const { success } = await this.#bindings.addresses.limit({ key: `${subject}#${this.#part}` });
    return { allowed: success, limit };
  }

  async #window(subject: string, limit: number): Promise<Verdict> {
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
