import { Fault } from "../core/fault.ts";

export interface DeadlineWatchOptions {
  /** Fires when the request is over: its client gone, or its hold refused (then with the fault as its reason). */
  readonly ended: AbortSignal;
  /** When the whole request must be over; Unix milliseconds. */
  readonly endAtMs: number;
  readonly now: () => number;
}

/**
 * Watches over one attempt: `signal` fires when the request is over or time is up, with the fault as its reason. One timer serves
 * all deadlines and is only moved when one comes nearer, so that an event of a stream costs no timer.
 */
export class DeadlineWatch {
  readonly signal: AbortSignal;
  readonly #options: DeadlineWatchOptions;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;
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

  /** `what` must come within `ms` from now; replaces what was expected before. */
  expect(what: string, ms: number): void {
    this.#expected = what;
    this.#dueAtMs = this.#options.now() + ms;
    this.#arm();
  }

  /** Nothing is expected of the upstream while the client is being written to; only the end of all still counts. */
  rest(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  /** From now on the upstream may finish when the request is over, but no longer than `ms`. */
  lingerAfterEnd(ms: number): void {
    this.#lingerMs = ms;
  }

  /** The request is over. */
  readonly abandon = (): void => {
    if (this.#lingerMs !== undefined) {
      this.#endAtMs = Math.min(this.#endAtMs, this.#options.now() + this.#lingerMs);
      this.#options.ended.removeEventListener("abort", this.abandon);
      return this.#arm();
    }
    this.#controller.abort(endOf(this.#options.ended));
    this.close();
  };

  /** Stops the upstream, whatever it was allowed before. */
  stop(): void {
    this.#lingerMs = undefined;
    this.abandon();
  }

  /** Releases the timer and the request's signal. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#options.ended.removeEventListener("abort", this.abandon);
  }

  #arm(): void {
    const atMs = Math.min(this.#dueAtMs, this.#endAtMs);
    if (this.#timer !== null && this.#firesAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#firesAtMs = atMs;
    this.#timer = setTimeout(this.#fire, Math.max(0, atMs - this.#options.now()));
  }

  readonly #fire = (): void => {
    this.#timer = null;
    const nowMs = this.#options.now();
    const isOver = nowMs >= this.#endAtMs;
    if (!isOver && nowMs < this.#dueAtMs) return this.#arm();
    const reason = isOver ? "the request took longer than its total time" : `${this.#expected} did not come in time`;
    this.#controller.abort(new Fault("upstream_timeout", { reason }));
    this.close();
  };
}

/** Why a request is over before its answer is. */
export function endOf(ended: AbortSignal): Fault {
  const reason: unknown = ended.reason;
  return reason instanceof Fault ? reason : new Fault("client_closed");
}
