/** The one pipeline: routes, money, attempts, delivery. */
import { countTokens, LocalCount } from "../billing/usage-count.ts";
import { newChargeRef } from "../billing/wallet.ts";
import type { Attempt } from "../routing/attempt.ts";
import type { Serving } from "../routing/plan-types.ts";
import type { Candidate, Model } from "../routing/route.ts";
import { asAttemptFailure } from "../upstream/failure.ts";
import type { Outcome } from "../core/outcome.ts";
import { isWire, translation, wiresServing, WIRES } from "../wire/index.ts";
import type { WireName } from "../wire/types.ts";
import { attempt, type Accepted, type Try } from "./attempt.ts";
import { Charge } from "./charge.ts";
import { chooseRoutes, type Choice } from "./choice.ts";
import { firstAnswer } from "./failover.ts";
import type { RelayCall } from "./call.ts";
import { deliver, type Served } from "./deliver.ts";
import type { RelayServices } from "./ports.ts";
import type { Ending } from "./record.ts";

/** @throws Fault when no upstream answered, or the request is not paid for */
export async function relay(services: RelayServices, call: RelayCall): Promise<Response> {
  const { record } = call;
  const [catalogue, priceOf] = await record.time(
    "catalogue",
    Promise.all([services.catalogue.current(call.defer), services.prices.current(call.defer)]),
  );
  const serving = servingOf(call.wire);
  const { demand, scope, payer } = call;
  const choice = chooseRoutes({ catalogue, priceOf, demand, scope, ratioPpm: payer.ratioPpm, serving });
  const local = new LocalCount(() => countPrompt(call, choice.routes[0]?.model));
  const ref = newChargeRef(payer.accountId, record.id);
  const charge = new Charge(services.charge, { ref, payer, demand, models: choice.prices, local, record });
  const close = (ending: Ending) =>
    charge.close({
      ending,
      attempts: record.attempts,
      request: { ...record.summary(), ...(ending === "complete" ? { status: 200 } : {}) },
    });
  let served: Served | undefined;
  try {
    served = await serve(services, call, charge, { ...choice, serving });
    return deliver(services, call, served, charge, local, close);
  } catch (error) {
    if (served !== undefined) abandon(served);
    call.defer(close(call.client.aborted ? "abandoned" : "failed"));
    throw error;
  }
}

/** Asks upstreams while the hold is on its way, and once more if it turns out that the account needs a cap. */
async function serve(
  services: RelayServices,
  call: RelayCall,
  charge: Charge,
  choice: Choice & { serving: Serving },
): Promise<Served> {
  const { record, stream, session } = call;
  const ask = async (outputCap: number | undefined): Promise<Served> => {
    const ended = AbortSignal.any([call.client, charge.refused]);
    const departing = services.router.start({ ...choice, stream, session }, call.defer);
    const attempts = await record.time("routing", departing);
    record.exchanged(services.router.exchanger.takeCalls());
    const once = async (attempt: Attempt) => recorded(services, call, attempt.planned, ended, outputCap);
    const { attempt, result } = await record.time("upstream", firstAnswer(attempts, once, ended));
    return { attempt, accepted: result, outputCap };
  };
  const served = await ask(await record.time("hold", charge.begin()));
  try {
    const confirmed = await record.time("confirm", charge.confirm(served.attempt.planned.route));
    if (!confirmed.redo) return served;
    abandon(served);
    const again = await ask(confirmed.outputCap);
    await charge.confirm(again.attempt.planned.route);
    return again;
  } catch (error) {
    abandon(served);
    throw error;
  }
}

function abandon({ accepted, attempt }: Served): void {
  attempt.finished();
  if (accepted.kind === "stream") accepted.abandon();
}

function servingOf(wire: WireName): Serving {
  const wires = wiresServing(wire);
  return { wires, operations: wires.map((name) => WIRES[name].operation) };
}

function countPrompt({ wire, body, demand }: RelayCall, model: Model | undefined): number {
  const parts = { image: model?.imageTokens, audio: model?.audioTokens, file: model?.fileTokens, tools: 0 };
  const media = [...demand.needs].reduce((sum, [capability, count]) => sum + count * (parts[capability] ?? 0), 0);
  return countTokens(WIRES[wire].promptText(body)) + media;
}

/** @throws Error for a wire that `candidates` let through although nothing carries it: a mistake of ours */
function tryOf({ route, credential }: Candidate, client: WireName): Try {
  const carried = isWire(route.wire) ? translation(client, route.wire) : undefined;
  if (!isWire(route.wire) || carried === undefined) throw new Error(`${client} cannot be carried over ${route.wire}`);
  return { route, credential, wire: WIRES[route.wire], translation: carried };
}

async function recorded(
  services: RelayServices,
  call: RelayCall,
  candidate: Candidate,
  ended: AbortSignal,
  outputCap: number | undefined,
): Promise<Accepted> {
  const { record, body, stream } = call;
  const next = tryOf(candidate, call.wire);
  const deadlines = { ...services.settings, ...next.route.model.deadlines };
  const endAtMs = record.startedAtMs + deadlines.totalMs;
  const startedAtMs = services.now();
  const note = (outcome: Outcome, status?: number) =>
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
