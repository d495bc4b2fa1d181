/** Sends the answer to the client: metered, in the client's shape, closed once however it ends. */
import { Fault } from "../core/fault.ts";
import type { Payload } from "../core/payload.ts";
import { STREAM_FORMS } from "../core/stream-form.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import type { Step } from "../wire/types.ts";
import type { Answering } from "./first-answer.ts";
import { ClientStream } from "./client-stream.ts";
import { inlineMedia } from "./inline-media.ts";
import { passBytes } from "./pass-bytes.ts";
import { passedHeaders } from "./passed-headers.ts";
import type { RelayServices } from "./relay-services.ts";
import type { RelayRequest } from "./relay-request.ts";

/** Tells the reader of a stream why it ends here. */
const FUNDS_ENDED = "x-gateway-warnings: funds_ended";

export async function respond(services: RelayServices, request: RelayRequest, answering: Answering): Promise<Response> {
  const { passage, whole, stream, attempt } = answering;
  const { route } = attempt.planned;
  const meter = (step: Step) => {
    request.delivered.began ||= stream !== undefined && step.isMeaningful;
    request.delivered.hear(step.text);
    if (step.usage !== undefined) request.charge?.report(step.usage);
    request.charge?.delivered(step.text.output.length + step.text.reasoning.length);
    if (step.finishes) services.finishingRoutes.add(route.id);
    const proofs = passage.takeProofs();
    if (proofs.length > 0) request.options.defer(services.proofs.keep(request.options.payer.accountId, proofs));
  };
  stream?.meterWith(meter);
  if (whole !== undefined) meter(whole);
  if (passage.streams) {
    request.answered();
    const headers = answerHeaders(request, answering);
    request.charge?.whenSpent(() => stream?.stop());
    const { readable, writable } = new IdentityTransformStream();
    request.options.defer(deliver(services, request, answering, writable));
    return new Response(readable, { headers: { ...headers, ...streamHeaders(request) } });
  }
  // The payload is made before the request is closed: an answer that cannot be written costs nothing.
  const payload = await inlineMedia(
    services,
    request,
    passage.answer(() => request.delivered.usage()),
  );
  request.answered();
  return payloadResponse(services, request, answering, payload);
}

function formOf({ options }: RelayRequest) {
  return STREAM_FORMS[options.asked.streamForm ?? "events"];
}

function streamHeaders(request: RelayRequest): Record<string, string> {
  return {
    "content-type": formOf(request).contentType,
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  };
}

function answerHeaders({ options, attempts }: RelayRequest, answering: Answering) {
  return {
    ...options.headers(),
    ...passedHeaders(answering.headers),
    ...keptHeaders(answering),
    "x-gateway-attempts": String(attempts.length),
    "x-gateway-reason": answering.attempt.planned.why,
  };
}

/** Those that tell of the answer itself, whoever gets it and when. */
function keptHeaders({ attempt, passage }: Answering): Record<string, string> {
  return {
    "x-gateway-model": attempt.planned.route.model.id,
    ...(passage.warnings.length === 0 ? {} : { "x-gateway-warnings": passage.warnings.join(", ") }),
  };
}

/** An answer that is not a stream of events. It is settled after it has left. */
function payloadResponse(
  services: RelayServices,
  request: RelayRequest,
  answering: Answering,
  payload: Payload,
): Response {
  const { watch } = answering;
  const { defer } = request.options;
  const headers = answerHeaders(request, answering);
  if (payload.kind === "bytes" && payload.body instanceof ReadableStream) {
    const isFramed = answering.passage.mediaFrames !== undefined;
    // With its length, a client can tell an answer that broke off.
    const { readable, writable } =
      payload.length === undefined || isFramed ? new IdentityTransformStream() : new FixedLengthStream(payload.length);
    const idleMs = answering.attempt.planned.route.model.deadlines.idleMs ?? services.settings.idleMs;
    defer(passBytes(request, answering, { from: payload.body, to: writable, idleMs }));
    const type = isFramed ? streamHeaders(request) : { "content-type": payload.type };
    return new Response(readable, { headers: { ...headers, ...type } });
  }
  watch.close();
  if (payload.kind === "json") {
    request.recorder?.add(payload.text);
    request.recorder?.whole({ ...keptHeaders(answering), "content-type": "application/json" });
  }
  if (payload.kind === "bytes" && payload.body instanceof Uint8Array && payload.type.startsWith("text/")) {
    request.recorder?.add(payload.body);
    request.recorder?.whole({ ...keptHeaders(answering), "content-type": payload.type });
  }
  defer(afterAnswer().then(async () => request.close(request.options.gone.aborted ? "abandoned" : "complete")));
  switch (payload.kind) {
    case "json":
      return new Response(payload.text, { headers: { ...headers, "content-type": "application/json" } });
    case "form":
      throw new Error("no answer is a form");
    case "bytes":
      return new Response(payload.body, { headers: { ...headers, "content-type": payload.type } });
    case "none":
      return new Response(null, { headers });
  }
}

/** Waits one turn of the event loop, so that the answer leaves first. */
async function afterAnswer(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Moves the stream to the client, the text of each read in one write, and closes the request. Never rejects. */
async function deliver(
  services: RelayServices,
  request: RelayRequest,
  answering: Answering,
  to: WritableStream<Uint8Array>,
): Promise<void> {
  const { passage, stream, watch, attempt } = answering;
  const { keepAliveMs } = services.settings;
  const { keepAlive, comment } = formOf(request);
  const client = new ClientStream(to, { keepAlive, keepAliveMs, gone: watch.abandon, over: watch.signal });
  const { recorder } = request;
  const write: typeof client.write =
    recorder === undefined
      ? client.write
      : async (piece) => {
          recorder.add(piece);
          return client.write(piece);
        };
  const { gone } = request.options;
  try {
    if (gone.aborted) throw new Fault("client_closed");
    await write(passage.takeText());
    await stream?.move({ write });
    if (stream?.isStopped === true) await write(comment(FUNDS_ENDED) + passage.cut());
    await write(passage.close(() => request.delivered.usage()));
    recorder?.whole({ ...keptHeaders(answering), ...streamHeaders(request) });
    await endWith(client, request.close("complete"));
  } catch (error) {
    // Whatever an upstream does while it is read on for a client that has left says nothing against it.
    const failure = asAttemptFailure(gone.aborted ? new Fault("client_closed", { cause: error }) : error);
    if (failure.fault.kind === "client_closed") {
      client.leave();
      watch.abandon();
      // The upstream finishes for its usage alone. If it breaks, the request is charged by what was counted so far.
      if (attempt.planned.route.upstream.abandon === "drain") {
        try {
          recorder?.add(passage.takeText());
          await stream?.move({ write: async (piece) => recorder?.add(piece) });
          recorder?.add(passage.close(() => request.delivered.usage()));
          recorder?.whole({ ...keptHeaders(answering), ...streamHeaders(request) });
        } catch (broken) {
          if (asAttemptFailure(broken).fault.kind === "upstream_timeout") request.charge?.lapse(attempt.planned.route);
        }
      }
      await request.close("abandoned", failure);
      return;
    }
    const fail = async () => write(passage.fail(request.options.errorBody(failure.fault)));
    await fail().catch(() => undefined);
    await endWith(client, request.close("failed", failure));
  } finally {
    watch.close();
  }
}

/** A client that has all of its answer but does not read the end of the stream delays no settlement. */
async function endWith(client: ClientStream, closing: Promise<void>): Promise<void> {
  await Promise.all([client.close(), closing]);
}
