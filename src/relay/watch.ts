import { Fault } from "../core/fault.ts";

export interface WatchOptions {
  /** The client's own signal. */
  readonly client: AbortSignal;
  /** When the whole request must be over; Unix milliseconds. */
  readonly endAtMs: number;
  readonly now: () => number;
}

/**
 * Watches over one attempt: `signal` fires when the client is gone or time is up, with the fault as its reason. One timer serves
 * all deadlines and is only moved when one comes nearer, so that an event of a stream costs no timer.
 */
export class Watch {
  readonly signal: AbortSignal;
  readonly #options: WatchOptions;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #firesAtMs = Number.POSITIVE_INFINITY;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #expected = "";

  constructor(options: WatchOptions) {
    this.#options = options;
    this.signal = this.#controller.signal;
    if (options.client.aborted) this.abandon();
    else options.client.addEventListener("abort", this.abandon, { once: true });
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

  /** The client is gone. */
  readonly abandon = (): void => {
    this.#controller.abort(new Fault("client_closed"));
    this.close();
  };

  /** Releases the timer and the client's signal. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#options.client.removeEventListener("abort", this.abandon);
  }

  #arm(): void {
    const atMs = Math.min(this.#dueAtMs, this.#options.endAtMs);
    if (this.#timer !== null && this.#firesAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#firesAtMs = atMs;
    this.#timer = setTimeout(this.#fire, Math.max(0, atMs - this.#options.now()));
  }

  readonly #fire = (): void => {
    this.#timer = null;
    const nowMs = this.#options.now();
    const isOver = nowMs >= this.#options.endAtMs;
    if (!isOver && nowMs < this.#dueAtMs) return this.#arm();
    const reason = isOver ? "the request took longer than its total time" : `${this.#expected} did not come in time`;
    this.#controller.abort(new Fault("upstream_timeout", { reason }));
    this.close();
  };
}
