/** The only call to `fetch`, and the reading of whole answers. */
import { Fault } from "../core/fault.ts";
import { isObject, parseForeign } from "../core/json.ts";
import { NO_PAYLOAD, type Payload } from "../core/payload.ts";
import { utf8Decoder, withoutMark } from "../core/text.ts";
import { AttemptFailure } from "./failure.ts";
import { errorOf, readRetryAfter, triage } from "./triage.ts";
import type { Shipment } from "./types.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** As much of a refusal as is read. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** An answer that is longer is not read: it would not fit into an isolate's memory. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * Sends, and gives the answer when its status is 2xx. Nothing of the client's headers goes along; redirects are not
 * followed, for they would carry the credential elsewhere.
 * @throws AttemptFailure for everything else; what aborted `signal` when it was aborted
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
  if (response.ok) return response;
  const { status, headers } = response;
  const text = await readText(response, MAX_REFUSAL_BYTES, shipment.signal, "cut").catch(() => "");
  shipment.signal.throwIfAborted();
  const retryAfterMs = readRetryAfter(headers, Date.now());
  throw triage({ status, error: errorOf(parseForeign(text)), retryAfterMs }, shipment.secrets);
}

/** `fetch` names the type of a form by itself, with its boundary. */
function bodyOf(payload: Payload): { readonly body?: BodyInit; readonly type?: string } {
  switch (payload.kind) {
    case "json":
      return { body: payload.text, type: "application/json" };
    case "form":
      return { body: payload.form };
    case "bytes":
      return { body: payload.body, type: payload.type };
    case "none":
      return {};
  }
}

/** Types of answers that are passed on as they come. */
const MEDIA = /^(audio|image|video|font)\/|^application\/(octet-stream|pdf|zip)/i;

/**
 * A whole answer. What is neither JSON nor media by its type is read as JSON where it is, else given as bytes.
 * @throws Fault `upstream_error` for one that is too long or breaks off; what aborted `signal`
 */
export async function readAnswer(response: Response, signal: AbortSignal): Promise<Payload> {
  const type = response.headers.get("content-type") ?? "";
  if (MEDIA.test(type) && response.body !== null) return { kind: "bytes", type, body: response.body };
  const text = await readText(response, MAX_ANSWER_BYTES, signal, "refuse");
  if (text === "") return NO_PAYLOAD;
  const value = parseForeign(text);
  if (isObject(value)) return { kind: "json", text, value };
  return { kind: "bytes", type, body: new Uint8Array(new TextEncoder().encode(text)) };
}

/**
 * A body's text. Past `maxBytes` it is cut, or refused.
 * @throws Fault `upstream_error`; what aborted `signal`
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
      if (beyond === "refuse") throw new Fault("upstream_error", { reason: `an answer longer than ${maxBytes} bytes` });
      return text;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Fault) throw error;
    throw new Fault("upstream_error", { reason: "the connection broke during the answer", cause: error });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
