/** The answer on its way down: metered, in the client's shape, settled once, however it ends. */
import type { LocalCount } from "../billing/usage-count.ts";
import type { JsonObject } from "../core/json.ts";
import type { Usage } from "../core/units.ts";
import { DONE_EVENT, writeEvent } from "../core/sse.ts";
import { asAttemptFailure } from "../upstream/failure.ts";
import type { WireEvent } from "../wire/types.ts";
import type { Leg } from "../routing/leg.ts";
import type { Accepted } from "./attempt.ts";
import type { RelayCall } from "./call.ts";
import type { Charge } from "./charge.ts";
import type { RelayServices } from "./ports.ts";
import type { Ending, RequestRecord } from "./record.ts";
import { placeUsage, pump } from "./stream.ts";

/** Upstream headers that go down; all others stay. */
const PASSED_HEADERS = ["openai-processing-ms"] as const;

const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** An upstream that has answered. */
export interface Served {
  readonly leg: Leg;
  readonly accepted: Accepted;
  readonly outputCap: number | undefined;
}

export function deliver(
  services: RelayServices,
  call: RelayCall,
  served: Served,
  charge: Charge,
  local: LocalCount,
  close: (ending: Ending) => Promise<void>,
): Response {
  const { record } = call;
  const { accepted, leg } = served;
  const { route } = leg.planned;
  record.fields.model = route.model.id;
  record.fields.route = route.id;
  record.fields.why = leg.planned.why;
  record.fields.ttft_ms = record.elapsedMs();
  const headers = answerHeaders(served, record);
  if (accepted.kind === "answer") {
    const { answer } = accepted;
    // Made before it is booked: an answer that cannot be shown costs nothing.
    const response = Response.json(call.present(accepted.toClient(answer.body), false), { headers });
    local.output.add(answer.said.output);
    local.reasoning.add(answer.said.reasoning);
    if (answer.usage !== undefined) charge.report(answer.usage);
    leg.finished(outputTokens(answer.usage));
    call.defer(close("complete"));
    return response;
  }
  for (const [name, value] of Object.entries(STREAM_HEADERS)) headers.set(name, value);
  if (route.upstream.abandon === "drain") accepted.linger();
  const events = metered(accepted.events, charge, local, route.upstream.abandon === "drain");
  const { body, finished } = pump(frames(call, leg, accepted.toClient, events, close), {
    keepAliveMs: services.settings.keepAliveMs,
    gone: accepted.abandon,
    over: accepted.signal,
  });
  call.defer(finished);
  return new Response(body, { headers });
}

function answerHeaders({ accepted, leg, outputCap }: Served, record: RequestRecord): Headers {
  const headers = new Headers({
    "x-gateway-model": leg.planned.route.model.id,
    "x-gateway-attempts": String(record.attempts.length),
    "x-gateway-reason": leg.planned.why,
  });
  if (outputCap !== undefined) headers.set("x-gateway-warnings", `output_capped=${outputCap}`);
  for (const name of PASSED_HEADERS) {
    const value = accepted.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

/** The lines of an answer's stream, its error and its end, in the client's shape; settles once, however it ends. */
async function* frames(
  call: RelayCall,
  leg: Leg,
  toClient: (body: JsonObject) => JsonObject,
  events: AsyncGenerator<WireEvent, void, undefined>,
  close: (ending: Ending) => Promise<void>,
): AsyncGenerator<string, void, undefined> {
  const { record } = call;
  let ending: Ending = "abandoned";
  try {
    for await (const event of placeUsage(events, call.demand.wantsUsage)) {
      yield writeEvent(call.present(toClient(event.body), true));
    }
    ending = "complete";
    yield DONE_EVENT;
  } catch (error) {
    const { fault, outcome } = asAttemptFailure(error);
    record.fail(fault);
    if (fault.kind === "client_closed") return;
    leg.brokeOff({ outcome });
    ending = "failed";
    yield writeEvent(call.errorBody(fault));
    yield DONE_EVENT;
  } finally {
    leg.finished(outputTokens(record.fields.usage));
    await close(ending);
    record.write(ending);
  }
}

/** Counts what passes, for the upstream's own count may never come; reads on for it when the upstream is to be drained. */
async function* metered(
  events: AsyncGenerator<WireEvent, void, undefined>,
  charge: Charge,
  local: LocalCount,
  drains: boolean,
): AsyncGenerator<WireEvent, void, undefined> {
  let left = false;
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done === true) return;
      local.began ||= value.meaningful;
      local.output.add(value.said.output);
      local.reasoning.add(value.said.reasoning);
      if (value.usage !== undefined) charge.report(value.usage);
      left = true;
      yield value;
      left = false;
    }
  } finally {
    if (drains && left) await drain(events, charge);
    await events.return();
  }
}

/** The client has left; only the upstream's count is of interest. */
async function drain(events: AsyncGenerator<WireEvent, void, undefined>, charge: Charge): Promise<void> {
  try {
    for await (const { usage } of events) if (usage !== undefined) charge.report(usage);
  } catch {
    // What was counted so far is charged.
  }
}

/** What the model said, for its speed. */
function outputTokens(usage: Usage | undefined): number | undefined {
  const { output, reasoning } = usage ?? {};
  return output === undefined && reasoning === undefined ? undefined : (output ?? 0) + (reasoning ?? 0);
}
