import { Fault } from "../core/fault.ts";

export interface DeadlineWatchOptions {
  /** Fires when the request is over: its client is gone, or it was refused (then the reason is the fault). */
  readonly ended: AbortSignal;
  /** When the whole request must be over; Unix milliseconds. */
  readonly endAtMs: number;
  readonly now: () => number;
}

/**
 * Watches one attempt: `signal` fires when the request is over or time is up, with the fault as its reason. One timer
 * serves all deadlines. It is only reset for an earlier deadline, so that an event of a stream costs no timer.
 */
export class DeadlineWatch {
  readonly signal: AbortSignal;
  readonly #options: DeadlineWatchOptions;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firesAtMs = Number.POSITIVE_INFINITY;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #expected = "";
  #endAtMs: number;
  #lingerMs: number | undefined;

  constructor(options: DeadlineWatchOptions) {
    this.#options = options;
    this.#endAtMs = options.endAtMs;
    this.signal = this.#controller.signal;
    if (options.ended.aborted) this.abandon();
    else options.ended.addEventListener("abort", this.abandon, { once: true });
  }

  /** `what` must come within `ms` from now. Replaces the earlier expectation. */
  expect(what: string, ms: number): void {
    this.#expected = what;
    this.#dueAtMs = this.#options.now() + ms;
    this.#arm();
  }

  /** Nothing is expected of the upstream while the client is written to. Only the total time of the request counts. */
  rest(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  /** From now on, when the client leaves, the upstream still has `ms` to finish. A refused hold stops it at once. */
  lingerAfterEnd(ms: number): void {
    this.#lingerMs = ms;
  }

  /** The request is over. */
  readonly abandon = (): void => {
    if (this.#lingerMs !== undefined && !(this.#options.ended.reason instanceof Fault)) {
      this.#endAtMs = Math.min(this.#endAtMs, this.#options.now() + this.#lingerMs);
      this.#options.ended.removeEventListener("abort", this.abandon);
      return this.#arm();
    }
    this.#controller.abort(endOf(this.#options.ended));
    this.close();
  };

  /** Stops the upstream, even if it may finish by {@link lingerAfterEnd}. */
  stop(): void {
    this.#lingerMs = undefined;
    this.abandon();
  }

  /** Releases the timer and the request's signal. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#options.ended.removeEventListener("abort", this.abandon);
  }

  #arm(): void {
    const atMs = Math.min(this.#dueAtMs, this.#endAtMs);
    if (this.#timer !== undefined && this.#firesAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#firesAtMs = atMs;
    this.#timer = setTimeout(this.#fire, Math.max(0, atMs - this.#options.now()));
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    const nowMs = this.#options.now();
    const isOver = nowMs >= this.#endAtMs;
    if (!isOver && nowMs < this.#dueAtMs) return this.#arm();
    const reason = isOver ? "the request took longer than its total time" : `${this.#expected} did not come in time`;
    this.#controller.abort(new Fault("upstream_timeout", { reason }));
    this.close();
  };
}

/** The fault of a request that ended before its answer. */
export function endOf(ended: AbortSignal): Fault {
  const reason: unknown = ended.reason;
  return reason instanceof Fault ? reason : new Fault("client_closed");
}
