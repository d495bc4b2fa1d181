import { log, type Fields } from "../core/log.ts";

/** How a request ended for its client. */
export type Ending = "complete" | "failed" | "abandoned";

/**
 * The log line of one request: its fields are noted on the way, and it is written once, at the end. No code reads it. It
 * holds ids and counts; never the text of a prompt or an answer, a key, or a header's value as a client sent it.
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

  /** The request's id for clients and operators. */
  get requestId(): string {
    return `req_${this.id}`;
  }

  elapsedMs(): number {
    return this.#now() - this.startedAtMs;
  }

  /** Waits for a step of the request and notes how long it took, for `server-timing`. */
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

  /** Writes the line. Only the first call counts. @param status the HTTP status of the answer */
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
  /** The name of the operator who asked. */
  readonly operator: string;
  /** The client's own id for the request, shortened and without unsafe characters. */
  readonly client_request_id: string;
  /** The models' names as the client wrote them, shortened. */
  readonly asked_model: string;
  readonly model: string;
  readonly route: string;
  /** Why the route was tried when it was: `x-gateway-reason`. */
  readonly why: string;
  readonly stream: boolean;
  /** Calls of upstreams' health objects. Each call is counted in one line only. */
  readonly exchanges: number;
  /** Time until the first byte of the answer could leave. */
  readonly ttft_ms: number;
  readonly usage: Fields;
  /** The usage is our own count. */
  readonly estimated: boolean;
  readonly amount_nanos: number;
  /** The stream was ended because no more could be held. */
  readonly funds_ended: boolean;
  readonly attempts: readonly unknown[];
  /** The first request, whose answer was repeated. */
  readonly replayed: string;
  readonly fault: string;
  /** The fault's private reason. */
  readonly reason: string;
}
