/** The last resort: counts in this isolate alone, so that some limit holds when no other limiter answers. */
import type { AddressCheck, Check, Checks, RateLimiter, Verdict, Verdicts } from "./types.ts";
import { SlidingWindow } from "./window.ts";

const MAX_SUBJECTS = 10_000;

export class LocalLimiter implements RateLimiter {
  readonly #windows = new Map<string, SlidingWindow>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async check({ ip, key, account }: Checks): Promise<Verdicts> {
    return {
      ip: this.#address(ip),
      key: key === undefined ? undefined : this.#take(`key:${key.subject}`, key),
      account: account === undefined ? undefined : this.#take(`account:${account.subject}`, account),
    };
  }

  #address({ network, counted, ...address }: AddressCheck): Verdict {
    if (counted === true) return { allowed: true, limit: address.limit };
    const own = this.#take(`ip:${address.subject}`, address);
    if (!own.allowed || network === undefined) return own;
    const wider = this.#take(`network:${network.subject}`, network);
    return wider.allowed ? own : wider;
  }

  #take(name: string, { limit }: Check): Verdict {
    const window = this.#windows.get(name) ?? new SlidingWindow();
    // A subject that is used moves to the end, so that the subject unused for longest is at the front.
    this.#windows.delete(name);
    this.#windows.set(name, window);
    if (this.#windows.size > MAX_SUBJECTS) {
      const [oldest] = this.#windows.keys();
      if (oldest !== undefined) this.#windows.delete(oldest);
    }
    return window.take(limit, this.#now());
  }
}
