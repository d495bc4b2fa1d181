/** The Durable Object that counts the requests of one key or account. Its name is the key's id, or `account:` and an id. */
import { DurableObject } from "cloudflare:workers";
import type { Verdict } from "./types.ts";
import { SlidingWindow, type WindowState } from "./window.ts";

const STATE = "window";

/** The counters are written at most ten times a minute, whatever the limit. */
const WRITES_A_WINDOW = 10;

/**
 * The counters are in memory. The platform evicts an idle object after about ten seconds, and a client that pauses that
 * long must not get a fresh limit. So the counters are stored after each tenth of the limit; no request waits for that.
 * An object that was evicted, moved or restarted has lost less than a tenth of the limit.
 * @see https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/
 */
export class KeyWindow extends DurableObject {
  readonly #window: SlidingWindow;

  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env);
    this.#window = new SlidingWindow(context.storage.kv.get<WindowState>(STATE));
  }

  /** Counts a request. `limit` is requests a minute. */
  take(limit: number): Verdict {
    const verdict = this.#window.take(limit, Date.now());
    const { state } = this.#window;
    if (verdict.allowed && state.current % Math.ceil(limit / WRITES_A_WINDOW) === 0) {
      void this.ctx.storage.put(STATE, state, { allowUnconfirmed: true });
    }
    return verdict;
  }
}
