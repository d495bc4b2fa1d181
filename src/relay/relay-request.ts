import type { Scope } from "../access/scope.ts";
import { LocalCount, countTokens } from "../billing/usage-count.ts";
import { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Usage } from "../core/units.ts";
import type { Model } from "../routing/route.ts";
import type { AttemptFailure } from "../upstream/failure.ts";
import type { ClientRequest } from "../wire/types.ts";
import type { Answering } from "./call-upstream.ts";
import type { Charge, Payer } from "./charge.ts";
import type { Ending, RequestLog } from "./request-log.ts";

export interface RelayRequestOptions {
  readonly asked: ClientRequest;
  /** The client is given a stream. */
  readonly streams: boolean;
  /** Requests of one session prefer one upstream, whose cache then knows them. */
  readonly session: string | undefined;
  readonly payer: Payer;
  readonly scope: Scope;
  /** `POST /v1/…`, as the endpoint table has it. */
  readonly endpoint: string;
  /** The client's own id for the request, if it gave one. */
  readonly clientRequestId: string | undefined;
  /** A fault in the client's dialect, for a stream that has begun. */
  readonly errorBody: (fault: Fault) => JsonObject;
  /** Headers that every answer has, as they are now. */
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

/** A request on its way through the pipeline, with all that its steps find out; ended by one call of {@link close}. */
export class RelayRequest {
  readonly options: RelayRequestOptions;
  readonly asked: ClientRequest;
  readonly attempts: AttemptRecord[] = [];
  /** What was delivered, as we count it. */
  readonly delivered: LocalCount;
  /** The model by which the prompt's parts are counted. */
  countedModel: Model | undefined;
  charge: Charge | undefined;
  /** The upstream that answered. */
  answering: Answering | undefined;
  #exchanges = 0;
  #ttftMs: number | undefined;
  #fault: Fault | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RelayRequestOptions) {
    this.options = options;
    this.asked = options.asked;
    this.delivered = new LocalCount(() => this.#countPrompt());
  }

  /** Notes calls of upstreams' health objects that no request before has noted. */
  exchanged(calls: number): void {
    this.#exchanges += calls;
    if (this.#exchanges > 0) this.options.log.note({ exchanges: this.#exchanges });
  }

  /** Notes that the first byte may leave; from here on {@link close} writes the request's log line. */
  answered(): void {
    const { log } = this.options;
    this.#ttftMs = log.elapsedMs();
    const planned = this.answering?.attempt.planned;
    if (planned === undefined) return;
    log.note({ model: planned.route.model.id, route: planned.route.id, why: planned.why, ttft_ms: this.#ttftMs });
  }

  /** The fault as it leaves: it tells how far the request came. */
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
   * Ends the request, once, whoever calls first: tells what is known of the route, settles or gives back the charge, and
   * writes the log line of a request that was answered. Does not reject.
   * @param failure what broke an answer that had begun
   */
  async close(ending: Ending, failure?: AttemptFailure): Promise<void> {
    this.#closing ??= this.#close(ending, failure);
    return this.#closing;
  }

  async #close(ending: Ending, failure: AttemptFailure | undefined): Promise<void> {
    const { log } = this.options;
    this.#fault = failure?.fault ?? this.#fault;
    if (failure !== undefined && ending === "failed") this.answering?.attempt.brokeOff({ outcome: failure.outcome });
    this.answering?.attempt.finished(outputTokens(this.charge?.reported));
    log.note({ attempts: this.attempts });
    if (this.charge !== undefined) {
      log.note(await this.charge.close({ ending, attempts: this.attempts, request: this.#summary(ending) }));
    }
    if (this.#ttftMs === undefined) return;
    if (this.#fault !== undefined) log.note(faultFields(this.#fault));
    log.write(ending, 200);
  }

  /** What the charge remembers of the request. */
  #summary(ending: Ending): JsonObject {
    const { endpoint, streams, clientRequestId, log } = this.options;
    return {
      endpoint,
      stream: streams,
      ...(ending === "complete" || this.#ttftMs !== undefined ? { status: 200 } : {}),
      ttft_ms: this.#ttftMs,
      client_request_id: clientRequestId,
      fault: this.#fault?.kind,
      duration_ms: log.elapsedMs(),
    };
  }

  #countPrompt(): number {
    const model = this.countedModel;
    const parts = { image: model?.imageTokens, audio: model?.audioTokens, file: model?.fileTokens, tools: 0 };
    const { needs } = this.asked.demand;
    const media = [...needs].reduce((sum, [capability, count]) => sum + count * (parts[capability] ?? 0), 0);
    return countTokens(this.asked.promptText()) + media;
  }
}

/** A fault in the words of the log. */
export function faultFields({ kind, options: { reason } }: Fault): { fault: string; reason?: string } {
  return { fault: kind, ...(reason === undefined ? {} : { reason }) };
}

/** What the model said, for its speed. */
function outputTokens(usage: Usage | undefined): number | undefined {
  const { output, reasoning } = usage ?? {};
  return output === undefined && reasoning === undefined ? undefined : (output ?? 0) + (reasoning ?? 0);
}
