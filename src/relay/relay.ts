/** The one pipeline: routes, attempts, and the answer on its way down. */
import type { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import { DONE_EVENT, writeEvent } from "../core/sse.ts";
import type { Ask } from "../operation/operation.ts";
import { AUTO, candidates, plan, type Serving } from "../routing/plan.ts";
import { TUNING } from "../routing/tuning.ts";
import { UNKNOWN_STANDINGS, type Candidate } from "../routing/types.ts";
import { asAttemptFailure } from "../upstream/failure.ts";
import { translation, wiresServing, WIRES } from "../wire/index.ts";
import type { WireEvent, WireName } from "../wire/types.ts";
import { attempt, type Accepted, type Try } from "./attempt.ts";
import { firstAnswer } from "./failover.ts";
import type { Ending, RequestRecord } from "./record.ts";
import type { RelayServices } from "./ports.ts";
import { placeUsage, pump } from "./stream.ts";

export interface RelayCall {
  readonly wire: WireName;
  readonly body: JsonObject;
  readonly ask: Ask;
  readonly stream: boolean;
  /** Puts an answer or event into the form of the client's surface. */
  readonly present: (answer: JsonObject, streaming: boolean) => JsonObject;
  /** An error in the client's dialect, for a stream that has begun. */
  readonly errorBody: (fault: Fault) => JsonObject;
  readonly client: AbortSignal;
  /** Keeps work alive after the answer (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
  readonly record: RequestRecord;
}

/** Upstream headers that go down; all others stay. */
const PASSED_HEADERS = ["openai-processing-ms"] as const;

const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** @throws Fault when no upstream answered */
export async function relay(services: RelayServices, call: RelayCall): Promise<Response> {
  const { record } = call;
  const catalogue = await record.time("catalogue", services.catalogue.current(call.defer));
  const serving = servingOf(call.wire);
  const byAuto = call.ask.model === undefined || call.ask.model === AUTO;
  const routes = candidates(catalogue, call.ask, serving);
  const { order } = plan(
    { routes, serving, byAuto, standings: UNKNOWN_STANDINGS, tuning: TUNING },
    services.random,
    services.now(),
  );
  const endAtMs = record.startedAtMs + services.settings.totalMs;
  const tries = order.flatMap((candidate) => tryOf(candidate, call.wire));

  const { accepted, chosen } = await record.time(
    "upstream",
    firstAnswer(tries, async (next) => ({ chosen: next, accepted: await recorded(services, call, next, endAtMs) })),
  );
  record.fields.model = chosen.route.model.id;
  record.fields.route = chosen.route.id;
  record.fields.ttft_ms = record.elapsedMs();
  const headers = new Headers({
    "x-gateway-model": chosen.route.model.id,
    "x-gateway-attempts": String(record.attempts.length),
  });
  for (const name of PASSED_HEADERS) {
    const value = accepted.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (accepted.kind === "answer") {
    if (accepted.answer.usage !== undefined) record.fields.usage = accepted.answer.usage;
    return Response.json(call.present(chosen.translation.answer(accepted.answer.body), false), { headers });
  }
  for (const [name, value] of Object.entries(STREAM_HEADERS)) headers.set(name, value);
  const { body, finished } = pump(
    frames(call, chosen, accepted.events),
    services.settings.keepAliveMs,
    accepted.abandon,
  );
  call.defer(finished);
  return new Response(body, { headers });
}

function servingOf(wire: WireName): Serving {
  const wires = wiresServing(wire);
  return { wires, operations: wires.map((name) => WIRES[name].operation) };
}

/** What is needed to try a candidate; nothing when its wire is unknown or does not serve the client's. */
function tryOf({ route, credential }: Candidate, client: WireName): Try[] {
  if (!isWire(route.wire)) return [];
  const carried = translation(client, route.wire);
  return carried === undefined ? [] : [{ route, credential, wire: WIRES[route.wire], translation: carried }];
}

function isWire(name: string): name is WireName {
  return Object.hasOwn(WIRES, name);
}

async function recorded(services: RelayServices, call: RelayCall, next: Try, endAtMs: number): Promise<Accepted> {
  const { record } = call;
  const deadlines = { ...services.settings, ...next.route.model.deadlines };
  const startedAtMs = services.now();
  const note = (outcome: ReturnType<typeof asAttemptFailure>["outcome"], status?: number) =>
    record.attempts.push({
      route: next.route.id,
      upstream: next.route.upstream.id,
      credential: next.credential.id,
      outcome,
      ...(status === undefined ? {} : { status }),
      ms: services.now() - startedAtMs,
    });
  try {
    const ownEndAtMs = Math.min(endAtMs, record.startedAtMs + deadlines.totalMs);
    const accepted = await attempt(services, next, {
      body: call.body,
      stream: call.stream,
      deadlines,
      client: call.client,
      endAtMs: ownEndAtMs,
    });
    note("answered");
    return accepted;
  } catch (error) {
    const failure = asAttemptFailure(error);
    note(failure.outcome, failure.status);
    throw failure;
  }
}

/** The lines of an answer's stream, its error and its end, in the client's shape; settles once, however it ends. */
async function* frames(
  call: RelayCall,
  chosen: Try,
  events: AsyncGenerator<WireEvent, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  const { record } = call;
  let ending: Ending = "abandoned";
  try {
    for await (const event of placeUsage(metered(events, record), call.ask.wantsUsage)) {
      yield writeEvent(call.present(chosen.translation.answer(event.body), true));
    }
    ending = "complete";
    yield DONE_EVENT;
  } catch (error) {
    const { fault } = asAttemptFailure(error);
    record.fail(fault);
    if (fault.kind === "client_closed") return;
    ending = "failed";
    yield writeEvent(call.errorBody(fault));
    yield DONE_EVENT;
  } finally {
    record.write(ending);
  }
}

async function* metered(
  events: AsyncGenerator<WireEvent, void, undefined>,
  record: RequestRecord,
): AsyncGenerator<WireEvent, void, undefined> {
  for await (const event of events) {
    if (event.usage !== undefined) record.fields.usage = event.usage;
    yield event;
  }
}
