/** One try of one route with one credential. */
import { Fault } from "../core/fault.ts";
import { parseForeign, type JsonObject } from "../core/json.ts";
import { parseBaseUrl } from "../upstream/address.ts";
import { AttemptFailure } from "../upstream/failure.ts";
import { isKind, KINDS } from "../upstream/index.ts";
import { readText, send } from "../upstream/send.ts";
import type { Secret } from "../upstream/types.ts";
import type { Credential, Deadlines, Route } from "../routing/route.ts";
import type { Answer, Stamp, Translation, Wire, WireEvent } from "../wire/types.ts";
import type { RelayServices } from "./ports.ts";
import { accept, readEvents } from "./stream.ts";
import { Watch } from "./watch.ts";

export interface Try {
  readonly route: Route;
  readonly credential: Credential;
  readonly wire: Wire;
  readonly translation: Translation;
}

export interface AttemptRequest {
  readonly body: JsonObject;
  readonly stream: boolean;
  readonly deadlines: Deadlines;
  /** Fires when the request is over before its answer is. */
  readonly ended: AbortSignal;
  readonly endAtMs: number;
  /** Tokens; sent in the field that the route's model accepts. */
  readonly outputCap: number | undefined;
}

/** An upstream's answer or event in the shape of the client's wire. */
type ToClient = (body: JsonObject) => JsonObject;

/** What an upstream that answered gives: all of it, or a stream whose first meaningful event has come. */
export type Accepted =
  | {
      readonly kind: "answer";
      /** HTTP's. */
      readonly status: number;
      readonly answer: Answer;
      readonly toClient: ToClient;
      readonly headers: Headers;
    }
  | {
      readonly kind: "stream";
      readonly events: AsyncGenerator<WireEvent, void, undefined>;
      readonly toClient: ToClient;
      readonly headers: Headers;
      /** Stops the upstream. */
      readonly abandon: () => void;
      /** From now on `abandon` lets the upstream finish, within bounds. */
      readonly linger: () => void;
      /** Fires when the upstream is stopped, whatever the reason. */
      readonly signal: AbortSignal;
    };

/** How long an upstream may finish for a client that has left; the platform gives 30 s. */
const DRAIN_MS = 25_000;

/** An answer that is longer is not read: it would not fit into an isolate's memory. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** @throws AttemptFailure, Fault */
export async function attempt(
  services: RelayServices,
  { route, credential, wire, translation }: Try,
  request: AttemptRequest,
): Promise<Accepted> {
  const watch = new Watch({ ended: request.ended, endAtMs: request.endAtMs, now: services.now });
  const { deadlines, stream } = request;
  const stamp: Stamp = { model: route.model.id, created: Math.floor(services.now() / 1000) };
  try {
    watch.signal.throwIfAborted();
    const shipment = await address(services, route, credential, wire.path);
    const translated = translation(request.body);
    const body = wire.writeRequest(translated.request, {
      model: route.upstreamModel,
      stream,
      asksUsage: !route.refusesStreamOptions,
      ...(request.outputCap === undefined
        ? {}
        : {
            outputCap: {
              field: route.outputCapField,
              tokens: Math.min(request.outputCap, route.model.maxOutput ?? request.outputCap),
            },
          }),
    });
    if (stream) watch.expect("the first event", deadlines.firstEventMs);
    else watch.expect("the answer", deadlines.answerMs);
    const response = await send(services.fetch, {
      ...shipment,
      body: JSON.stringify(body),
      accept: stream ? "text/event-stream" : "application/json",
      signal: watch.signal,
    });
    if (!stream) {
      const text = await readText(response.body, MAX_ANSWER_BYTES, watch.signal, "refuse");
      return {
        kind: "answer",
        status: response.status,
        toClient: translated.answer,
        answer: wire.readAnswer(parseForeign(text), stamp),
        headers: response.headers,
      };
    }
    if (response.body === null || !isEventStream(response.headers)) {
      await response.body?.cancel();
      throw new Fault("upstream_error", { reason: "a stream was asked for, and something else came" });
    }
    let idleMs: number | undefined;
    const events = await accept(readEvents(response.body, wire.eventReader(stamp), watch, () => idleMs));
    idleMs = deadlines.idleMs;
    watch.rest();
    return {
      kind: "stream",
      toClient: translated.answer,
      events,
      headers: response.headers,
      abandon: watch.abandon,
      linger: () => watch.lingerAfterEnd(DRAIN_MS),
      signal: watch.signal,
    };
  } catch (error) {
    watch.close();
    throw error;
  } finally {
    if (!stream) watch.close();
  }
}

function isEventStream(headers: Headers): boolean {
  const type = headers.get("content-type");
  return type === null || type.toLowerCase().includes("event-stream") || type.toLowerCase().startsWith("text/plain");
}

/** @throws AttemptFailure when the upstream's row is unusable: its kind, its address or its credential */
async function address(
  services: RelayServices,
  { upstream, upstreamModel, model }: Route,
  credential: Credential,
  path: string,
) {
  if (!isKind(upstream.kind)) throw unusable(`kind ${upstream.kind} is unknown`);
  const kind = KINDS[upstream.kind];
  let baseUrl: string;
  try {
    baseUrl = parseBaseUrl(upstream.baseUrl, services.settings.allowPrivateUpstreams);
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : "the base URL is unusable");
  }
  const key = await services.credentials.open(upstream.id, credential).catch(() => {
    throw unusable(`credential ${credential.id} cannot be opened with CREDENTIALS_KEY`);
  });
  const secrets: Secret[] = [
    { word: key, replacement: "[key]" },
    { word: new URL(baseUrl).host, replacement: "[host]" },
    { word: new URL(baseUrl).hostname, replacement: "[host]" },
    { word: upstreamModel, replacement: model.id },
    { word: upstream.name, replacement: "[upstream]" },
  ];
  return { url: kind.url(baseUrl, path), headers: kind.headers(key), secrets };
}

function unusable(reason: string): AttemptFailure {
  return new AttemptFailure(new Fault("upstream_error", { reason }), "credential_refused");
}
