import type { Fault } from "../core/fault.ts";
import type { Usage } from "../core/units.ts";
import type { Outcome } from "../core/outcome.ts";

/** How a request ended for its client. */
export type Ending = "complete" | "failed" | "abandoned";

export interface AttemptRecord {
  readonly route: string;
  readonly upstream: string;
  readonly credential: string;
  readonly outcome: Outcome;
  readonly status?: number;
  readonly ms: number;
}

/**
 * What is known of one request, filled along its way and written as one JSON line at its end. It holds ids and counts;
 * never text of a prompt or an answer, a key, or a header's value as a client sent it.
 */
export class RequestRecord {
  /** UUIDv7; also the id of the request's charge. */
  readonly id: string;
  readonly startedAtMs: number;
  readonly fields: RecordFields = {};
  readonly attempts: AttemptRecord[] = [];
  readonly #now: () => number;
  readonly #timings: [name: string, ms: number][] = [];
  #written = false;

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
  async time<Result>(name: string, step: Promise<Result>): Promise<Result> {
    const startedAtMs = this.#now();
    try {
      return await step;
    } finally {
      this.#timings.push([name, this.#now() - startedAtMs]);
    }
  }

  /** @see https://www.w3.org/TR/server-timing/ */
  serverTiming(): string {
    return [...this.#timings, ["total", this.elapsedMs()] as const].map(([name, ms]) => `${name};dur=${ms}`).join(", ");
  }

  /** What the request's charge remembers of it. */
  summary(): Readonly<Record<string, unknown>> {
    const { endpoint, stream, status, ttft_ms, client_request_id, fault } = this.fields;
    return { endpoint, stream, status, ttft_ms, client_request_id, fault, duration_ms: this.elapsedMs() };
  }

  /** Calls of health objects since another request of this isolate last noted any. */
  exchanged(calls: number): void {
    if (calls > 0) this.fields.exchanges = (this.fields.exchanges ?? 0) + calls;
  }

  fail(fault: Fault): void {
    this.fields.fault = fault.kind;
    if (fault.options.reason !== undefined) this.fields.reason = fault.options.reason;
  }

  /** Writes the line; once, whoever asks first. */
  write(ending: Ending): void {
    if (this.#written) return;
    this.#written = true;
    const level = (this.fields.status ?? 0) >= 500 ? "error" : "info";
    console.log(
      JSON.stringify({
        level,
        event: "request",
        request_id: this.requestId,
        ...this.fields,
        ...(this.attempts.length > 0 ? { attempts: this.attempts } : {}),
        ending,
        duration_ms: this.elapsedMs(),
      }),
    );
  }
}

export interface RecordFields {
  endpoint?: string;
  status?: number;
  account?: string;
  key?: string;
  /** The client's own id for the request, cut to a sane form. */
  client_request_id?: string;
  /** As the client asked; a name of a model, cut to a sane length. */
  asked_model?: string;
  model?: string;
  route?: string;
  /** Why that route was tried when it was. */
  why?: string;
  stream?: boolean;
  /** Calls of upstreams' health objects; all lines together name each call once. */
  exchanges?: number;
  /** Until the first byte of the answer could leave. */
  ttft_ms?: number;
  usage?: Usage;
  /** The usage was counted here. */
  estimated?: boolean;
  amount_nanos?: number;
  fault?: string;
  reason?: string;
}
