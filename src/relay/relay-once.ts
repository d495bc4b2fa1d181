/**
 * Relays a request once, however often its client sends it: a retry gets the answer of the first request, which is the only
 * one that asks an upstream and is charged.
 */
import { Fault } from "../core/fault.ts";
import { log } from "../core/log.ts";
import { within } from "../core/within.ts";
import { AnswerRecorder, type KeptAnswer } from "../access/retries/answer-recorder.ts";
import { EXTEND_MS, type Begun, type KeptAnswersPort } from "../access/retries/kept-answers-port.ts";
import { relay } from "./relay.ts";
import type { RelayRequest } from "./relay-request.ts";
import type { RelayServices } from "./relay-services.ts";
import { hashOfRequest, type Retry } from "../access/retries/retry.ts";

export interface Relayed {
  readonly response: Response;
  /** The answer of an earlier request. Nothing was asked, and nothing is charged. */
  readonly isReplayed: boolean;
}

/** A retry waits for its first request for so long, then it is refused. */
export const WAIT_MS = 120_000;
/** An object that does not answer by then is left alone: the request is served as a first one. */
const OBJECT_MS = 2000;

/** @throws what {@link relay} throws; Fault `conflict`, `invalid_parameter` */
export async function relayOnce(
  services: RelayServices,
  request: RelayRequest,
  retry: Retry | undefined,
): Promise<Relayed> {
  const { endpoint, streams } = request.options;
  if (retry === undefined) return served(services, request);
  const once = new Once(services, request);
  // The hash is not needed before the client has left: its library may send the same again.
  const hash = async () => (await hashOfRequest(request.asked.payload, endpoint, streams)) ?? "";
  if (retry.key === undefined && !retry.isRepeated) {
    once.keepIfLeft(hash);
    return served(services, request);
  }
  const found = await hash();
  const begun = await once.begin(retry.key === undefined ? `body:${found}` : `key:${retry.key}`, found);
  switch (begun.kind) {
    case "first":
      return served(services, request);
    case "over":
      return { response: await once.replay(begun), isReplayed: true };
    case "running":
      throw conflict(begun, "5", {
        en: "The first request with this key still runs: {request}.",
        zh: "使用该键的首个请求仍在进行:{request}。",
      });
    case "other":
      throw new Fault("invalid_parameter", {
        param: "Idempotency-Key",
        values: { request: begun.requestId },
        detail: {
          en: "'{param}' was used for another request: {request}.",
          zh: "'{param}' 已用于另一个请求:{request}。",
        },
      });
  }
}

async function served(services: RelayServices, request: RelayRequest): Promise<Relayed> {
  return { response: await relay(services, request), isReplayed: false };
}

class Once {
  readonly #services: RelayServices;
  readonly #request: RelayRequest;
  readonly #kept: KeptAnswersPort;

  constructor(services: RelayServices, request: RelayRequest) {
    this.#services = services;
    this.#request = request;
    this.#kept = services.answers(request.options.payer.keyId);
  }

  /** Asks whether there is a first request. If not, this one is it, and its answer will be kept. */
  async begin(name: string, hash: string): Promise<Begun> {
    const { gone } = this.#request.options;
    const left = new Promise<never>((_, reject) => {
      gone.addEventListener("abort", () => reject(new Fault("client_closed")), { once: true });
    });
    left.catch(() => undefined);
    const begun = await Promise.race([this.#begin(name, hash, WAIT_MS), left]);
    if (begun.kind === "first") this.#record(name, new AnswerRecorder(true));
    return begun;
  }

  /** From the moment when the client leaves without an answer, the request can be found by its body. */
  keepIfLeft(hash: () => Promise<string>): void {
    const request = this.#request;
    const { gone, defer } = request.options;
    const recorder = new AnswerRecorder(false);
    request.recorder = recorder;
    const onLeft = () => {
      if (request.isClosed) return;
      recorder.start();
      const begun = hash().then(async (found) => {
        const { kind } = await this.#begin(`body:${found}`, found, 0);
        return kind === "first" ? `body:${found}` : undefined;
      });
      defer(begun.catch(() => undefined));
      request.whenClosed(async () => {
        const name = await begun.catch(() => undefined);
        if (name !== undefined) await this.#end(name, recorder.answer);
      });
    };
    gone.addEventListener("abort", onLeft, { once: true });
    // Whoever leaves in the middle of an answer has it in part, and no library repeats that.
    request.whenAnswered(() => {
      if (!gone.aborted) gone.removeEventListener("abort", onLeft);
    });
  }

  /** @throws Fault `conflict` when the answer was not kept */
  async replay({ requestId, sealed }: Extract<Begun, { kind: "over" }>): Promise<Response> {
    const { options } = this.#request;
    if (sealed === null) {
      throw conflict({ requestId }, undefined, {
        en: "The answer of the first request with this key was too long to be kept: {request}.",
        zh: "使用该键的首个请求的回答过长,未予保留:{request}。",
      });
    }
    const { headers, text } = JSON.parse(await this.#services.sealer.openBriefly(sealed, this.#purpose)) as KeptAnswer;
    options.log.note({ replayed: requestId });
    return new Response(text, {
      headers: {
        ...options.headers(),
        ...headers,
        "idempotent-replayed": "true",
        "x-gateway-first-request": requestId,
      },
    });
  }

  #record(name: string, recorder: AnswerRecorder): void {
    const request = this.#request;
    request.recorder = recorder;
    const extending = setInterval(() => {
      this.#kept.extend(name, this.#id).catch(() => undefined);
    }, EXTEND_MS);
    request.whenClosed(async () => {
      clearInterval(extending);
      await this.#end(name, recorder.answer);
    });
  }

  async #begin(name: string, hash: string, waitMs: number): Promise<Begun> {
    try {
      return await within(waitMs + OBJECT_MS, this.#kept.begin({ name, hash, requestId: this.#id, waitMs }));
    } catch (error) {
      this.#warn(error);
      return { kind: "first" };
    }
  }

  async #end(name: string, answer: KeptAnswer | null | undefined): Promise<void> {
    try {
      const sealed = answer && (await this.#services.sealer.sealBriefly(JSON.stringify(answer), this.#purpose));
      await this.#kept.end(name, this.#id, sealed);
    } catch (error) {
      this.#warn(error);
    }
  }

  get #id(): string {
    return `req_${this.#request.options.log.id}`;
  }

  get #purpose() {
    return { id: this.#request.options.payer.keyId, origin: "kept answer" };
  }

  #warn(error: unknown): void {
    log("warn", "kept_answers_unreachable", { request_id: this.#id, reason: String(error).slice(0, 200) });
  }
}

function conflict(
  { requestId }: { readonly requestId: string },
  retryAfter: string | undefined,
  detail: { readonly en: string; readonly zh: string },
): Fault {
  const headers = {
    "x-gateway-first-request": requestId,
    ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
  };
  return new Fault("conflict", { values: { request: requestId }, detail, headers });
}
