import { log, type Fields } from "../core/log.ts";

/** How a request ended for its client. */
export type Ending = "complete" | "failed" | "abandoned";

/**
 * The log line of one request: noted along its way, written once at its end, read by nobody. It holds ids and counts;
 * never text of a prompt or an answer, a key, or a header's value as a client sent it.
 */
export class RequestLog {
  /** UUIDv7; also the id of the request's charge. */
  readonly id: string;
  readonly startedAtMs: number;
  readonly #now: () => number;
  readonly #timings: [step: string, ms: number][] = [];
  #fields: Partial<RequestFields> = {};
  #isWritten = false;

  constructor(id: string, now: () => number) {
    this.id = id;
    this.#now = now;
    this.startedAtMs = now();
  }

  /** What clients and operators know the request by. */
  get requestId(): string {
    return `req_${this.id}`;
  }

  elapsedMs(): number {
    return this.#now() - this.startedAtMs;
  }

  /** Runs a step of the request and notes how long it took, for `server-timing`. */
  async time<Result>(step: string, work: Promise<Result>): Promise<Result> {
    const startedAtMs = this.#now();
    try {
      return await work;
    } finally {
      this.#timings.push([step, this.#now() - startedAtMs]);
    }
  }

  /** @see https://www.w3.org/TR/server-timing/ */
  serverTiming(): string {
    return [...this.#timings, ["total", this.elapsedMs()] as const].map(([step, ms]) => `${step};dur=${ms}`).join(", ");
  }

  note(fields: Partial<RequestFields>): void {
    this.#fields = { ...this.#fields, ...fields };
  }

  /** Writes the line; once, whoever asks first. @param status HTTP's */
  write(ending: Ending, status: number): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    const { attempts, ...fields } = this.#fields;
    log(status >= 500 ? "error" : "info", "request", {
      request_id: this.requestId,
      ...fields,
      status,
      ...(attempts === undefined || attempts.length === 0 ? {} : { attempts }),
      ending,
      duration_ms: this.elapsedMs(),
    });
  }
}

export interface RequestFields {
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
  /** The client's own id for the request, cut to a sane form. */
  readonly client_request_id: string;
  /** As the client asked; names of models, cut to a sane length. */
  readonly asked_model: string;
  readonly model: string;
  readonly route: string;
  /** Why that route was tried when it was. */
  readonly why: string;
  readonly stream: boolean;
  /** Calls of upstreams' health objects; all lines together name each call once. */
  readonly exchanges: number;
  /** Until the first byte of the answer could leave. */
  readonly ttft_ms: number;
  readonly usage: Fields;
  /** The usage was counted here. */
  readonly estimated: boolean;
  readonly amount_nanos: number;
  readonly attempts: readonly unknown[];
  readonly fault: string;
  /** The private story of the fault. */
  readonly reason: string;
}
