/** Makes attempts until an upstream answers. */
import { Fault } from "../core/fault.ts";
import { KINDS, isKind } from "../upstream/index.ts";
import { parseBaseUrl } from "../upstream/base-url.ts";
import { AttemptFailure } from "../upstream/failure.ts";
import { readAnswer, send } from "../upstream/send.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import type { Secret, Shipment } from "../upstream/types.ts";
import type { Attempts } from "../routing/attempts.ts";
import type { Attempt } from "../routing/attempt.ts";
import type { Candidate, Deadlines } from "../routing/route.ts";
import { passage, type Passage } from "../wire/passage.ts";
import type { ClientRequest, Step, Target } from "../wire/types.ts";
import type { CallServices, RelayServices } from "./relay-services.ts";
import type { RelayRequest } from "./relay-request.ts";
import { UpstreamStream } from "./stream.ts";
import { endOf, DeadlineWatch } from "./deadline-watch.ts";

/** An upstream's answer: a whole answer, or a stream that was accepted. */
export interface Answer {
  readonly passage: Passage;
  /** What the relay learnt of a whole answer; undefined for a stream. */
  readonly whole: Step | undefined;
  readonly stream: UpstreamStream | undefined;
  readonly status: number;
  readonly headers: Headers;
  readonly watch: DeadlineWatch;
}

export interface Answering extends Answer {
  readonly attempt: Attempt;
  readonly outputCap: number | undefined;
}

/** What an attempt asks for, whatever its upstream. */
export interface Call {
  readonly asked: ClientRequest;
  readonly streams: boolean;
  readonly deadlines: Deadlines;
  /** When the whole request must be over; Unix milliseconds. */
  readonly endAtMs: number;
  /** Fires when the request ends before its answer does: the client is gone, or the hold was refused. */
  readonly ended: AbortSignal;
  /** Tokens; sent in the field that the route's model accepts. */
  readonly outputCap: number | undefined;
}

/**
 * Returns the first answer. `attempts` decides what a failure means for later attempts and for the health of its route.
 * @throws Fault for the client, when no upstream answered or `ended` fired
 */
export async function firstAnswer(
  services: RelayServices,
  request: RelayRequest,
  attempts: Attempts,
  { ended, outputCap }: Pick<Call, "ended" | "outputCap">,
): Promise<Answering> {
  const { asked, options } = request;
  /** The first upstream's refusal of the request. The client gets it unless another upstream answers. */
  let refusal: Fault | undefined;
  for (let attempt = attempts.next(); attempt !== undefined; attempt = attempts.next()) {
    const { planned, startedAtMs } = attempt;
    const deadlines = { ...services.settings, ...planned.route.model.deadlines };
    const endAtMs = options.log.startedAtMs + deadlines.totalMs;
    const call = { asked, streams: options.streams, deadlines, endAtMs, ended, outputCap };
    const record = {
      route: planned.route.id,
      upstream: planned.route.upstream.id,
      credential: planned.credential.id,
    };
    try {
      const answer = await callUpstream(services, planned, call);
      request.attempts.push({ ...record, outcome: "answered", ms: services.now() - startedAtMs });
      attempt.answered();
      return { ...answer, attempt, outputCap };
    } catch (error) {
      const { fault, outcome, status } = asAttemptFailure(error);
      const ms = services.now() - startedAtMs;
      request.attempts.push({ ...record, outcome, ...(status === undefined ? {} : { status }), ms });
      if (ended.aborted) {
        attempt.failed({ outcome: "abandoned" });
        throw endOf(ended);
      }
      const { retryAfterMs, reason } = fault.options;
      attempt.failed({ outcome, status, retryAfterMs, reason });
      if (outcome === "refused_request") refusal ??= fault;
      if (attempts.isFinal) throw refusal ?? fault;
    }
  }
  throw refusal ?? attempts.fault();
}

/**
 * Makes one attempt: calls one route with one credential.
 * @throws AttemptFailure; the fault of {@link endOf} when `ended` fired
 */
export async function callUpstream(services: CallServices, candidate: Candidate, call: Call): Promise<Answer> {
  const { asked, streams, deadlines, ended, endAtMs } = call;
  const watch = new DeadlineWatch({ ended, endAtMs, now: services.now });
  const startedAtMs = services.now();
  let secrets: readonly Secret[] = [];
  try {
    watch.signal.throwIfAborted();
    const wire = services.wires[candidate.route.wire];
    const carried = wire && passage(asked, wire, targetOf(services, candidate, call));
    if (carried === undefined) throw unusable(`nothing carries ${asked.wire.name} over ${candidate.route.wire}`);
    const shipment = await prepare(services, candidate, carried, watch.signal);
    ({ secrets } = shipment);
    if (streams) watch.expect("a sign of life", deadlines.firstEventMs);
    else watch.expect("the answer", deadlines.answerMs);
    const response = await send(services.fetch, shipment);
    const { status, headers } = response;
    if (streams) watch.expect("the first output", startedAtMs + deadlines.firstOutputMs - services.now());
    if (!isEventStream(headers, streams) || response.body === null) {
      const whole = carried.whole(await readAnswer(response, watch.signal));
      watch.rest();
      return { passage: carried, whole, stream: undefined, status, headers, watch };
    }
    const stream = new UpstreamStream(response.body, { passage: carried, watch, secrets, idleMs: deadlines.idleMs });
    if (streams) await stream.accept();
    else await stream.readAll();
    return { passage: carried, whole: undefined, stream, status, headers, watch };
  } catch (error) {
    // An answer that was not read to its end is cancelled.
    watch.stop();
    if (ended.aborted) throw endOf(ended);
    throw asAttemptFailure(error, secrets);
  }
}

function targetOf(services: CallServices, { route }: Candidate, { streams, outputCap }: Call): Target {
  const { model } = route;
  return {
    model: route.upstreamModel,
    publicModel: model.id,
    stream: streams,
    asksUsage: !route.refusesStreamOptions,
    sendsFinish: services.finishingRoutes.has(route.id),
    created: Math.floor(services.now() / 1000),
    ...(outputCap === undefined
      ? {}
      : { outputCap: { field: route.outputCapField, tokens: Math.min(outputCap, model.maxOutput ?? outputCap) } }),
  };
}

/**
 * Where a stream was asked for, an answer without a content type, or with plain text as its type, counts as a stream.
 */
function isEventStream(headers: Headers, streams: boolean): boolean {
  const type = headers.get("content-type")?.toLowerCase();
  if (type === undefined) return streams;
  return type.includes("event-stream") || (streams && type.startsWith("text/plain"));
}

/** @throws AttemptFailure when the upstream's row is unusable: its kind, its base URL or its credential */
async function prepare(
  services: CallServices,
  { route, credential }: Candidate,
  { address, payload, streams }: Passage,
  signal: AbortSignal,
): Promise<Shipment> {
  const { upstream, upstreamModel, model } = route;
  if (!isKind(upstream.kind)) throw unusable(`kind ${upstream.kind} is unknown`);
  let baseUrl: string;
  try {
    baseUrl = parseBaseUrl(upstream.baseUrl, services.settings.allowPrivateUpstreams);
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : "the base URL is unusable");
  }
  const key = await services.credentials.open(upstream.id, credential).catch(() => {
    throw unusable(`credential ${credential.id} cannot be opened with CREDENTIALS_KEY`);
  });
  const { url, headers } = await KINDS[upstream.kind].prepare({ ...address, baseUrl, payload }, key);
  const { host, hostname } = new URL(baseUrl);
  return {
    url,
    headers,
    method: address.method,
    payload,
    accept: streams ? "text/event-stream" : "application/json",
    signal,
    secrets: [
      { word: key, replacement: "[key]" },
      { word: host, replacement: "[host]" },
      { word: hostname, replacement: "[host]" },
      { word: upstreamModel, replacement: model.id },
      { word: upstream.name, replacement: "[upstream]" },
    ],
  };
}

function unusable(reason: string): AttemptFailure {
  return new AttemptFailure(new Fault("upstream_error", { reason }), "credential_refused");
}
