/** The only call to `fetch`. */
import { Fault } from "../core/fault.ts";
import { utf8Decoder, withoutMark } from "../core/text.ts";
import { AttemptFailure } from "./failure.ts";
import { triage } from "./triage.ts";
import type { Shipment } from "./types.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** As much of a refusal as is read. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/**
 * Sends, and gives the answer when its status is 2xx. Nothing of the client's headers goes along; redirects are not
 * followed, for they would carry the credential elsewhere.
 * @throws AttemptFailure for everything else; what aborted `signal` when it was aborted
 */
export async function send(fetch: Fetch, shipment: Shipment): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(shipment.url, {
      method: "POST",
      headers: {
        ...shipment.headers,
        "content-type": "application/json",
        accept: shipment.accept,
        // Compressed events would be held back until the compressor's window is full.
        "accept-encoding": "identity",
        "user-agent": "token-gateway",
      },
      body: shipment.body,
      redirect: "manual",
      signal: shipment.signal,
    });
  } catch (error) {
    shipment.signal.throwIfAborted();
    const reason = `no connection: ${error instanceof Error ? error.message.slice(0, 200) : "unknown"}`;
    throw new AttemptFailure(new Fault("upstream_error", { reason, cause: error }), "unreachable");
  }
  if (response.ok) return response;
  const text = await readText(response.body, MAX_REFUSAL_BYTES, shipment.signal, "cut").catch(() => "");
  shipment.signal.throwIfAborted();
  throw triage(response.status, response.headers, text, shipment.secrets);
}

/**
 * A body's text. Past `maxBytes` it is cut, or refused.
 * @throws Fault `upstream_error`; what aborted `signal`
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal: AbortSignal,
  beyond: "cut" | "refuse",
): Promise<string> {
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
