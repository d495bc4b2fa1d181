/** Calls one upstream. */
import { Fault } from "../core/fault.ts";
import type { Payload } from "../core/payload.ts";
import type { Fee } from "../core/units.ts";
import { KINDS, isKind } from "../upstream/index.ts";
import { parseBaseUrl } from "../upstream/base-url.ts";
import { AttemptFailure } from "../upstream/failure.ts";
import { readAnswer, send } from "../upstream/send.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import type { Secret, Shipment } from "../upstream/types.ts";
import type { Candidate, Deadlines, Model } from "../routing/route.ts";
import { passage, type Passage } from "../wire/passage.ts";
import type { ClientRequest, Step, Target } from "../wire/types.ts";
import { callInParts } from "./call-in-parts.ts";
import type { CallServices } from "./relay-services.ts";
import { UpstreamStream } from "./stream.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";

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

/** What an attempt asks for, whatever its upstream. */
export interface UpstreamCall {
  readonly asked: ClientRequest;
  readonly streams: boolean;
  readonly deadlines: Deadlines;
  /** Stops the call when the request is over or time is up. */
  readonly watch: DeadlineWatch;
  /** Called when the upstream has answered with headers. */
  readonly alive?: () => void;
  /** Tokens; sent in the field that the route's model accepts. */
  readonly outputCap: number | undefined;
  /** Those of the request's fees that the route's model has a price for. */
  readonly fees: ReadonlySet<Fee>;
  /** Stands for the account in what upstreams see; undefined = the gateway itself asks. */
  readonly account: string | undefined;
}

/**
 * Makes one attempt: calls one route with one credential.
 * @throws AttemptFailure
 */
export async function callUpstream(services: CallServices, candidate: Candidate, call: UpstreamCall): Promise<Answer> {
  const { asked, streams, deadlines, watch } = call;
  const startedAtMs = services.now();
  let secrets: readonly Secret[] = [];
  try {
    watch.signal.throwIfAborted();
    const wire = services.wires[candidate.route.wire];
    const target = targetOf(services, candidate, call);
    const carried = wire && passage(asked, wire, target);
    if (carried === undefined) throw unusable(`nothing carries ${asked.wire.name} over ${candidate.route.wire}`);
    const way = await wayTo(services, candidate, carried, watch.signal);
    ({ secrets } = way);
    if (streams) watch.expect("a sign of life", deadlines.firstEventMs);
    else watch.expect("the answer", deadlines.answerMs);
    const post = async (payload: Payload) => send(services.fetch, await way.ship(payload));
    const { response, answer } = await callInParts(carried, candidate.route.maxInputs, {
      post,
      signal: watch.signal,
      secrets,
    });
    const { status, headers } = response;
    const common = { status, headers, watch };
    call.alive?.();
    if (streams) watch.expect("the first output", startedAtMs + deadlines.firstOutputMs - services.now());
    if (answer !== undefined || !isEventStream(headers, streams) || response.body === null) {
      const payload = answer ?? (await readAnswer(response, watch.signal));
      const whole = carried.whole(payload);
      if (payload.kind === "bytes" && payload.begins !== undefined) await inTime(payload.begins, watch.signal);
      watch.rest();
      return { passage: carried, whole, stream: undefined, ...common };
    }
    if (!carried.takesStream) throw new Fault("upstream_error", { reason: "a stream that nobody asked for" });
    const stream = new UpstreamStream(response.body, { passage: carried, watch, secrets, idleMs: deadlines.idleMs });
    if (streams) await stream.accept();
    else await stream.readAll();
    return { passage: carried, whole: undefined, stream, ...common };
  } catch (error) {
    // An answer that was not read to its end is cancelled.
    watch.stop();
    throw asAttemptFailure(error, secrets);
  }
}

/** @throws the reason of the signal, or of the work */
async function inTime(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([work, late]);
}

function targetOf(services: CallServices, { route }: Candidate, call: UpstreamCall): Target {
  const { model } = route;
  const tokens = outputCap(model, call);
  return {
    model: route.upstreamModel,
    publicModel: model.id,
    stream: call.streams,
    maxOutput: model.maxOutput,
    asksUsage: !route.refusesStreamOptions,
    fees: call.fees,
    fields: route.upstream.fields,
    account: call.account,
    sendsFinish: services.finishingRoutes.has(route.id),
    created: Math.floor(services.now() / 1000),
    ...(tokens === undefined ? {} : { outputCap: { field: route.outputCapField, tokens } }),
  };
}

/** The cap on the output: the client's, or what the account can pay for, and no more than the model can produce. */
function outputCap({ maxOutput }: Model, { asked, outputCap }: UpstreamCall): number | undefined {
  const caps = [outputCap, asked.demand.maxOutput].filter((cap) => cap !== undefined);
  return caps.length === 0 ? undefined : Math.min(...caps, maxOutput ?? Number.POSITIVE_INFINITY);
}

/**
 * Where a stream was asked for, an answer without a content type, or with plain text as its type, counts as a stream.
 */
function isEventStream(headers: Headers, streams: boolean): boolean {
  const type = headers.get("content-type")?.toLowerCase();
  if (type === undefined) return streams;
  return type.includes("event-stream") || (streams && type.startsWith("text/plain"));
}

/** The way to an upstream. */
export interface Way {
  readonly secrets: readonly Secret[];
  readonly ship: (payload: Payload) => Promise<Shipment>;
}

/** @throws AttemptFailure when the upstream's row is unusable: its kind, its base URL or its credential */
export async function wayTo(
  services: Pick<CallServices, "credentials" | "settings">,
  { route, credential }: Candidate,
  { address, headers: own, streams }: Pick<Passage, "address" | "headers" | "streams">,
  signal: AbortSignal,
): Promise<Way> {
  const { upstream, upstreamModel, model } = route;
  if (!isKind(upstream.kind)) throw unusable(`kind ${upstream.kind} is unknown`);
  let baseUrl: string;
  try {
    baseUrl = parseBaseUrl(upstream.baseUrl, services.settings.allowPrivateUpstreams);
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : "the base URL is unusable");
  }
  const key = await services.credentials.open(upstream, credential).catch(() => {
    throw unusable(`credential ${credential.id} cannot be opened with CREDENTIALS_KEY for this origin`);
  });
  const kind = KINDS[upstream.kind];
  const { host, hostname } = new URL(baseUrl);
  const secrets = [
    { word: key, replacement: "[key]" },
    { word: host, replacement: "[host]" },
    { word: hostname, replacement: "[host]" },
    { word: upstreamModel, replacement: model.id },
    { word: upstream.name, replacement: "[upstream]" },
  ];
  return {
    secrets,
    async ship(payload) {
      const { url, headers } = await kind.prepare({ ...address, baseUrl, payload }, key);
      return {
        url,
        headers: { ...own, ...headers },
        method: address.method,
        payload,
        accept: own["accept"] ?? (streams ? "text/event-stream" : "application/json"),
        signal,
        secrets,
      };
    },
  };
}

function unusable(reason: string): AttemptFailure {
  return new AttemptFailure(new Fault("upstream_error", { reason }), "credential_refused");
}
