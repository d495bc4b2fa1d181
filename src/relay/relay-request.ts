import { askedModels } from "../operation/demand.ts";
import { AUTO } from "../routing/plan.ts";
import type { Scope } from "../access/scope.ts";
import { LocalCount } from "../billing/usage-count.ts";
import { countPrompt } from "./count-prompt.ts";
import { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Usage } from "../core/units.ts";
import type { Attempt } from "../routing/attempt.ts";
import type { Model } from "../routing/route.ts";
import type { AttemptFailure } from "../upstream/failure.ts";
import type { ClientRequest } from "../wire/types.ts";
import type { Answering } from "./first-answer.ts";
import type { AnswerRecorder } from "../access/retries/answer-recorder.ts";
import type { Charge } from "./charge.ts";
import type { Payer } from "./charge-options.ts";
import type { Ending, RequestLog } from "./request-log.ts";

export interface RelayRequestOptions {
  readonly asked: ClientRequest;
  /** The client is given a stream. */
  readonly streams: boolean;
  /** Requests of one session prefer the same upstream, because its prompt cache holds their beginning. */
  readonly session: string | undefined;
  readonly payer: Payer;
  /** Stands for the account in what upstreams see. */
  readonly account: string;
  readonly scope: Scope;
  /** Method and path as in the endpoint table: `POST /v1/…`. */
  readonly endpoint: string;
  /** The client's own id for the request, if it gave one. */
  readonly clientRequestId: string | undefined;
  /** The body of a fault in the client's dialect, for a stream that has begun. */
  readonly errorBody: (fault: Fault) => JsonObject;
  /** The headers of every answer, with their present values. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Fires when the client is gone. */
  readonly gone: AbortSignal;
  /** Keeps work alive after the answer (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
  readonly log: RequestLog;
}

/** One attempt, for the log line and the charge. */
export interface AttemptRecord {
  readonly route: string;
  readonly upstream: string;
  readonly credential: string;
  readonly outcome: Outcome;
  /** The upstream's HTTP status, when it gave one. */
  readonly status?: number;
  readonly ms: number;
}

export function recordOf(
  { planned: { route, credential }, startedAtMs }: Attempt,
  nowMs: number,
  outcome: Outcome,
  status?: number,
): AttemptRecord {
  return {
    route: route.id,
    upstream: route.upstream.id,
    credential: credential.id,
    outcome,
    ...(status === undefined ? {} : { status }),
    ms: nowMs - startedAtMs,
  };
}

/** A request in the pipeline, with all that its steps find out. One call of {@link close} ends it. */
export class RelayRequest {
  readonly options: RelayRequestOptions;
  readonly asked: ClientRequest;
  readonly attempts: AttemptRecord[] = [];
  /** Our own count of what was delivered. */
  readonly delivered: LocalCount;
  /** The model whose numbers count the media parts of the prompt. */
  countedModel: Model | undefined;
  charge: Charge | undefined;
  /** Takes a copy of the answer for retries of the request. */
  recorder: AnswerRecorder | undefined;
  /** The upstream that answered. */
  answering: Answering | undefined;
  #exchanges = 0;
  #ttftMs: number | undefined;
  #fault: Fault | undefined;
  #closing: Promise<void> | undefined;
  #onAnswered: (() => void) | undefined;
  #onClosed: (() => Promise<void>) | undefined;

  constructor(options: RelayRequestOptions) {
    this.options = options;
    this.asked = options.asked;
    this.delivered = new LocalCount(() => countPrompt(this.asked, this.countedModel), this.asked.demand.recording);
  }

  /** Notes calls of upstreams' health objects that no earlier request has noted. */
  exchanged(calls: number): void {
    this.#exchanges += calls;
    if (this.#exchanges > 0) this.options.log.note({ exchanges: this.#exchanges });
  }

  /** Notes that the first byte may leave. From then on {@link close} writes the request's log line. */
  answered(): void {
    const { log } = this.options;
    this.#ttftMs = log.elapsedMs();
    this.#onAnswered?.();
    const planned = this.answering?.attempt.planned;
    if (planned === undefined) return;
    log.note({ model: planned.route.model.id, route: planned.route.id, why: planned.why, ttft_ms: this.#ttftMs });
  }

  /** `act` is called when the first byte may leave. */
  whenAnswered(act: () => void): void {
    this.#onAnswered = act;
  }

  /** {@link close} was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** `act` is called when all is over. It never rejects. */
  whenClosed(act: () => Promise<void>): void {
    this.#onClosed = act;
  }

  /** The fault for the client, with headers that name the number of attempts and the reason. */
  refuse(fault: Fault): Fault {
    this.#fault = fault;
    const headers = {
      ...fault.options.headers,
      "x-gateway-attempts": String(this.attempts.length),
      "x-gateway-reason": fault.kind,
    };
    return new Fault(fault.kind, { ...fault.options, headers, cause: fault.cause });
  }

  /**
   * Ends the request; only the first call counts. Reports to the route's health, settles or releases the charge, and writes
   * the log line of a request that was answered. Never rejects.
   * @param failure what broke an answer that had begun
   */
  async close(ending: Ending, failure?: AttemptFailure): Promise<void> {
    this.#closing ??= this.#close(ending, failure).then(async () => this.#onClosed?.());
    return this.#closing;
  }

  async #close(ending: Ending, failure: AttemptFailure | undefined): Promise<void> {
    const { log } = this.options;
    this.#fault = failure?.fault ?? this.#fault;
    this.delivered.isLeft = ending === "abandoned";
    if (failure !== undefined && ending === "failed") this.answering?.attempt.brokeOff({ outcome: failure.outcome });
    this.answering?.attempt.finished(outputTokens(this.charge?.reported));
    log.note({ attempts: this.attempts });
    if (this.answering?.stream?.isStopped === true) log.note({ funds_ended: true });
    if (this.charge !== undefined) {
      log.note(await this.charge.close({ ending, attempts: this.attempts, request: this.#summary(ending) }));
    }
    if (this.#ttftMs === undefined) return;
    if (this.#fault !== undefined) log.note(faultFields(this.#fault));
    log.write(ending, 200);
  }

  /** What is stored of the request with its charge. */
  #summary(ending: Ending): JsonObject {
    const { endpoint, streams, clientRequestId, log } = this.options;
    return {
      endpoint,
      asked: askedModels(this.asked.demand, AUTO),
      stream: streams,
      ...(ending === "complete" || this.#ttftMs !== undefined ? { status: 200 } : {}),
      ttft_ms: this.#ttftMs,
      client_request_id: clientRequestId,
      fault: this.#fault?.kind,
      ...(this.answering?.stream?.isStopped === true ? { funds_ended: true } : {}),
      duration_ms: log.elapsedMs(),
    };
  }
}

/** The fields of a fault in a log line. */
export function faultFields({ kind, options: { reason } }: Fault): { fault: string; reason?: string } {
  return { fault: kind, ...(reason === undefined ? {} : { reason }) };
}

/** The tokens that the model made, from which the route's speed is measured. */
function outputTokens(usage: Usage | undefined): number | undefined {
  const { output, reasoning } = usage ?? {};
  return output === undefined && reasoning === undefined ? undefined : (output ?? 0) + (reasoning ?? 0);
}
