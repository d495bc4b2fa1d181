/** The one pipeline: routes, money, attempts, and the answer on its way down. */
import { checkModel, mayUseModel, mayUseUpstream, type Scope } from "../access/scope.ts";
import { priceAt } from "../billing/price-list.ts";
import { countTokens, LocalCount } from "../billing/usage-count.ts";
import { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import { DONE_EVENT, writeEvent } from "../core/sse.ts";
import type { Ask } from "../operation/operation.ts";
import { AUTO, candidates, plan, type Serving } from "../routing/plan.ts";
import type { Model, Route } from "../routing/types.ts";
import { asAttemptFailure } from "../upstream/failure.ts";
import { translation, wiresServing, WIRES } from "../wire/index.ts";
import type { WireEvent, WireName } from "../wire/types.ts";
import { attempt, type Accepted, type Try } from "./attempt.ts";
import { Charge, type Payer } from "./charge.ts";
import { firstAnswer } from "./failover.ts";
import type { RelayServices } from "./ports.ts";
import type { Ending, RequestRecord } from "./record.ts";
import { placeUsage, pump } from "./stream.ts";

export interface RelayCall {
  readonly wire: WireName;
  readonly body: JsonObject;
  readonly ask: Ask;
  readonly stream: boolean;
  readonly payer: Payer;
  readonly scope: Scope;
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

/** An upstream that has answered, on behalf of a request that has been paid for. */
interface Served {
  readonly accepted: Accepted;
  readonly chosen: Try;
  readonly outputCap: number | undefined;
}

/** @throws Fault when no upstream answered, or the request is not paid for */
export async function relay(services: RelayServices, call: RelayCall): Promise<Response> {
  const { record } = call;
  const [catalogue, prices] = await record.time(
    "catalogue",
    Promise.all([services.catalogue.current(call.defer), services.prices.current(call.defer)]),
  );
  const serving = servingOf(call.wire);
  const byAuto = call.ask.model === undefined || call.ask.model === AUTO;
  const fitting = withinScope(candidates(catalogue, call.ask, serving), call.scope, byAuto);
  const versions = new Map(
    fitting.flatMap(({ model }) => {
      const version = priceAt(prices, model.id, services.now());
      return version === undefined ? [] : [[model, version] as const];
    }),
  );
  const routes = plan(
    fitting.filter(({ model }) => versions.has(model)),
    serving,
    byAuto,
    services.random,
  );
  if (routes.length === 0) throw new Fault("no_route", { reason: fitting.length > 0 ? "no price" : "no route" });

  const local = new LocalCount(() => countPrompt(call, routes[0]?.model));
  const ref = { accountId: call.payer.accountId, id: record.id, nonce: crypto.randomUUID() };
  const charge = new Charge(services.charge, {
    ref,
    payer: call.payer,
    ask: call.ask,
    models: versions,
    local,
    record,
  });
  const close = (ending: Ending) =>
    charge.close({
      ending,
      attempts: record.attempts,
      request: { ...record.summary(), ...(ending === "complete" ? { status: 200 } : {}) },
    });
  try {
    const served = await serve(services, call, charge, routes);
    return deliver(services, call, served, charge, local, close);
  } catch (error) {
    call.defer(close(call.client.aborted ? "abandoned" : "failed"));
    throw error;
  }
}

/** @throws Fault when a named model is out of the key's reach, or all of its routes are */
function withinScope(routes: readonly Route[], scope: Scope, byAuto: boolean): Route[] {
  const [first] = routes;
  if (!byAuto && first !== undefined) checkModel(scope, first.model);
  const within = routes.filter(
    ({ model, upstream }) => mayUseModel(scope, model) && mayUseUpstream(scope, upstream.groups),
  );
  if (within.length === 0 && routes.length > 0) throw new Fault("key_scope_denied", { param: "model" });
  return within;
}

/** Asks upstreams while the hold is on its way, and once more if it turns out that the account needs a cap. */
async function serve(
  services: RelayServices,
  call: RelayCall,
  charge: Charge,
  routes: readonly Route[],
): Promise<Served> {
  const ask = async (outputCap: number | undefined): Promise<Served> => {
    const ended = AbortSignal.any([call.client, charge.refused]);
    const tries = routes.flatMap((route) => triesOf(route, call.wire, services.random));
    const once = async (next: Try) => ({
      chosen: next,
      outputCap,
      accepted: await recorded(services, call, next, ended, outputCap),
    });
    return call.record.time("upstream", firstAnswer(tries, once, ended));
  };
  const served = await ask(await call.record.time("hold", charge.begin()));
  try {
    const confirmed = await call.record.time("confirm", charge.confirm(served.chosen.route));
    if (!confirmed.redo) return served;
    abandon(served);
    const again = await ask(confirmed.outputCap);
    await charge.confirm(again.chosen.route);
    return again;
  } catch (error) {
    abandon(served);
    throw error;
  }
}

function abandon({ accepted }: Served): void {
  if (accepted.kind === "stream") accepted.abandon();
}

function deliver(
  services: RelayServices,
  call: RelayCall,
  served: Served,
  charge: Charge,
  local: LocalCount,
  close: (ending: Ending) => Promise<void>,
): Response {
  const { record } = call;
  const { accepted, chosen } = served;
  record.fields.model = chosen.route.model.id;
  record.fields.route = chosen.route.id;
  record.fields.ttft_ms = record.elapsedMs();
  const headers = answerHeaders(served, record);
  if (accepted.kind === "answer") {
    const { answer } = accepted;
    local.output.add(answer.said.output);
    local.reasoning.add(answer.said.reasoning);
    if (answer.usage !== undefined) charge.report(answer.usage);
    call.defer(close("complete"));
    return Response.json(call.present(chosen.translation.answer(answer.body), false), { headers });
  }
  for (const [name, value] of Object.entries(STREAM_HEADERS)) headers.set(name, value);
  const events = metered(accepted.events, charge, local, chosen.route.upstream.abandon === "drain");
  const { body, finished } = pump(frames(call, chosen, events, close), services.settings.keepAliveMs, accepted.abandon);
  call.defer(finished);
  return new Response(body, { headers });
}

function answerHeaders({ accepted, chosen, outputCap }: Served, record: RequestRecord): Headers {
  const headers = new Headers({
    "x-gateway-model": chosen.route.model.id,
    "x-gateway-attempts": String(record.attempts.length),
  });
  if (outputCap !== undefined) headers.set("x-gateway-warnings", `output_capped=${outputCap}`);
  for (const name of PASSED_HEADERS) {
    const value = accepted.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

function servingOf(wire: WireName): Serving {
  const wires = wiresServing(wire);
  return { wires, operations: wires.map((name) => WIRES[name].operation) };
}

function countPrompt({ wire, body, ask }: RelayCall, model: Model | undefined): number {
  const parts = { image: model?.imageTokens, audio: model?.audioTokens, file: model?.fileTokens, tools: 0 };
  const media = [...ask.needs].reduce((sum, [capability, count]) => sum + count * (parts[capability] ?? 0), 0);
  return countTokens(WIRES[wire].promptText(body)) + media;
}

/** A route with each of its credentials, beginning at one drawn at random. */
function triesOf(route: Route, client: WireName, random: () => number): Try[] {
  const { credentials } = route.upstream;
  const carried = isWire(route.wire) ? translation(client, route.wire) : undefined;
  if (!isWire(route.wire) || carried === undefined) return [];
  const wire = WIRES[route.wire];
  const start = Math.floor(random() * credentials.length);
  return [...credentials.slice(start), ...credentials.slice(0, start)].map((credential) => ({
    route,
    credential,
    wire,
    translation: carried,
  }));
}

function isWire(name: string): name is WireName {
  return Object.hasOwn(WIRES, name);
}

async function recorded(
  services: RelayServices,
  call: RelayCall,
  next: Try,
  ended: AbortSignal,
  outputCap: number | undefined,
): Promise<Accepted> {
  const { record, body, stream } = call;
  const deadlines = { ...services.settings, ...next.route.model.deadlines };
  const endAtMs = record.startedAtMs + deadlines.totalMs;
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
    const accepted = await attempt(services, next, { body, stream, deadlines, ended, endAtMs, outputCap });
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
  close: (ending: Ending) => Promise<void>,
): AsyncGenerator<string, void, undefined> {
  const { record } = call;
  let ending: Ending = "abandoned";
  try {
    for await (const event of placeUsage(events, call.ask.wantsUsage)) {
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
  let over = false;
  const next = async (): Promise<WireEvent | undefined> => {
    over = true;
    const { value } = await events.next();
    over = value === undefined;
    if (value?.usage !== undefined) charge.report(value.usage);
    return value ?? undefined;
  };
  try {
    for (let event = await next(); event !== undefined; event = await next()) {
      local.output.add(event.said.output);
      local.reasoning.add(event.said.reasoning);
      yield event;
    }
  } finally {
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- `next` changes it
    while (drains && !over) await next().catch(() => undefined);
    await events.return();
  }
}
