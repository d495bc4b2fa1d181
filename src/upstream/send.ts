/** The only call to `fetch`, and the reading of whole answers. */
import { Fault } from "../core/fault.ts";
import { isObject, parseForeign } from "../core/json.ts";
import { NO_PAYLOAD, type Payload } from "../core/payload.ts";
import { utf8Decoder, withoutMark } from "../core/text.ts";
import { AttemptFailure } from "./failure.ts";
import { formBody } from "./form-body.ts";
import { errorOf, readRetryAfter, triage } from "./triage.ts";
import type { Shipment } from "./types.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The rest of a longer refusal is not read. */
const MAX_REFUSAL_BYTES = 64 * 1024;

const SOCKET_IS_OPEN = 101;

const MIB = 1024 * 1024;
/** A longer answer is refused: it would not fit into an isolate's memory. */
const MAX_ANSWER_BYTES = 32 * MIB;

/**
 * Sends a request and returns the answer if its status is 2xx. It sends none of the client's headers. It does not follow
 * redirects, because they would carry the credential to another host. An answer to a request for a socket has the socket.
 * @throws AttemptFailure for any other answer, or none; the reason of `signal` when it was aborted
 */
export async function send(fetch: Fetch, shipment: Shipment): Promise<Response> {
  const { body, type } = bodyOf(shipment.payload);
  let response: Response;
  try {
    response = await fetch(shipment.url, {
      method: shipment.method,
      headers: {
        ...shipment.headers,
        ...(type === undefined ? {} : { "content-type": type }),
        accept: shipment.accept,
        // Compressed events would be held back until the compressor's window is full.
        "accept-encoding": "identity",
        "user-agent": "token-gateway",
      },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal: shipment.signal,
    });
  } catch (error) {
    shipment.signal.throwIfAborted();
    const reason = `no connection: ${error instanceof Error ? error.message.slice(0, 200) : "unknown"}`;
    throw new AttemptFailure(new Fault("upstream_error", { reason, cause: error }), "unreachable");
  }
  if (response.ok || response.status === SOCKET_IS_OPEN) return response;
  const { status, headers } = response;
  const text = await readText(response, MAX_REFUSAL_BYTES, shipment.signal, "cut").catch(() => "");
  shipment.signal.throwIfAborted();
  const retryAfterMs = readRetryAfter(headers, Date.now());
  throw triage({ status, error: errorOf(parseForeign(text)), retryAfterMs }, shipment.secrets);
}

function bodyOf(payload: Payload): { readonly body?: BodyInit; readonly type?: string } {
  switch (payload.kind) {
    case "json":
      return { body: payload.text, type: "application/json" };
    case "form":
      return formBody(payload.form);
    case "bytes":
      return { body: payload.body, type: payload.type };
    case "none":
      return {};
  }
}

/** Content types of answers that are passed on as bytes. */
const MEDIA = /^(audio|image|video|font)\/|^application\/(octet-stream|pdf|zip)/i;

/**
 * Reads a whole answer. Media is a stream of bytes. Any other answer is JSON if it can be read as a JSON object, whatever
 * its content type; else bytes.
 * @throws AttemptFailure when the answer is too long; Fault `upstream_error` when it breaks off; the reason of `signal`
 */
export async function readAnswer(response: Response, signal: AbortSignal): Promise<Payload> {
  const type = response.headers.get("content-type") ?? "";
  if (MEDIA.test(type) && response.body !== null) {
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    return { kind: "bytes", type, ...begun(response.body), ...(Number.isSafeInteger(length) ? { length } : {}) };
  }
  const text = await readText(response, MAX_ANSWER_BYTES, signal, "refuse");
  if (text === "") return NO_PAYLOAD;
  const value = parseForeign(text);
  if (isObject(value)) return { kind: "json", text, value };
  return { kind: "bytes", type, body: new Uint8Array(new TextEncoder().encode(text)) };
}

interface Begun {
  readonly body: ReadableStream<Uint8Array>;
  /** Settles with the first bytes: an empty answer is none. Rejects with Fault `upstream_error` */
  readonly begins: Promise<void>;
}

function begun(body: ReadableStream<Uint8Array>): Begun {
  const reader = body.getReader();
  const first = reader.read();
  const begins = refuseEmpty(first);
  begins.catch(() => undefined);
  let isFirst = true;
  const again = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await (isFirst ? first : reader.read());
      isFirst = false;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async (reason) => reader.cancel(reason),
  });
  return { body: again, begins };
}

async function refuseEmpty(first: Promise<ReadableStreamReadResult<Uint8Array>>): Promise<void> {
  const { done } = await first.catch((cause: unknown) => {
    throw new Fault("upstream_error", { reason: "the connection broke before the answer", cause });
  });
  if (done) throw new Fault("upstream_error", { reason: "an empty answer" });
}

/** @throws AttemptFailure when the answers are too long together */
export function refuseTooLong(answers: readonly Payload[]): void {
  const lengths = answers.map((answer) => (answer.kind === "json" ? answer.text.length : 0));
  if (lengths.reduce((sum, length) => sum + length, 0) > MAX_ANSWER_BYTES) throw tooLong();
}

/** An answer is as long as its request asks for: that says nothing against the upstream. */
function tooLong(): AttemptFailure {
  const mib = MAX_ANSWER_BYTES / MIB;
  const fault = new Fault("invalid_parameter", {
    reason: "an answer that is too long",
    detail: {
      en: `The answer is longer than ${mib} MiB. Ask for less at once.`,
      zh: `响应超过 ${mib} MiB,请减少单次请求的内容。`,
    },
  });
  return new AttemptFailure(fault, "refused_request");
}

/**
 * A body's text. Beyond `maxBytes` it is cut or refused.
 * @throws AttemptFailure; Fault `upstream_error`; the reason of `signal`
 */
async function readText(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
  beyond: "cut" | "refuse",
): Promise<string> {
  const { body } = response;
  if (body === null) return "";
  const reader = body.getReader();
  const cancel = () => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  const decoder = utf8Decoder(false);
  let text = "";
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return withoutMark(text + decoder.decode());
      bytes += value.byteLength;
      text += decoder.decode(value, { stream: true });
      if (bytes <= maxBytes) continue;
      cancel();
      if (beyond === "refuse") throw tooLong();
      return text;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AttemptFailure) throw error;
    throw new Fault("upstream_error", { reason: "the connection broke during the answer", cause: error });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
