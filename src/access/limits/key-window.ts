/** The Durable Object that counts one key's requests. Its name is the key's id. */
import { DurableObject } from "cloudflare:workers";
import type { Verdict } from "./types.ts";
import { SlidingWindow, type WindowState } from "./window.ts";

const STATE = "window";

/** The counters are written ten times a minute at most, whatever the limit. */
const WRITES_A_WINDOW = 10;

/**
 * The counters live in memory; an idle object is put away after some ten seconds, and a client that pauses so long must
 * not start anew. So each tenth of the limit is written down, without anyone waiting for it: an object that was put
 * away, moved or restarted has forgotten less than a tenth of the limit.
 * @see https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/
 */
export class KeyWindow extends DurableObject {
  readonly #window: SlidingWindow;

  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env);
    this.#window = new SlidingWindow(context.storage.kv.get<WindowState>(STATE));
  }

  /** Counts a request of this key. `limit` is requests a minute. */
  take(limit: number): Verdict {
    const verdict = this.#window.take(limit, Date.now());
    const { state } = this.#window;
    if (verdict.allowed && state.current % Math.ceil(limit / WRITES_A_WINDOW) === 0) {
      void this.ctx.storage.put(STATE, state, { allowUnconfirmed: true });
    }
    return verdict;
  }
}
