/** The only pipeline, from a request that was read to the start of its answer: routes, money, attempts. */
import { newChargeRef } from "../billing/wallet.ts";
import { asFault } from "../core/fault.ts";
import { promptTokensOf } from "../operation/demand.ts";
import { firstAnswer, type Answering } from "./first-answer.ts";
import { Charge } from "./charge.ts";
import { eligibleRoutes, type EligibleRoutes } from "./eligible-routes.ts";
import { recallProofs } from "./recall-proofs.ts";
import type { RelayServices } from "./relay-services.ts";
import type { RelayRequest } from "./relay-request.ts";
import { respond } from "./respond.ts";

/**
 * The client may leave before the answer; the upstream may then finish all the same, because it bills what it has begun.
 * @throws Fault when no upstream answered, or the account cannot pay for the request
 */
export async function relay(services: RelayServices, request: RelayRequest): Promise<Response> {
  const answer = answerOf(services, request);
  request.options.defer(answer.catch(() => undefined));
  return answer;
}

async function answerOf(services: RelayServices, request: RelayRequest): Promise<Response> {
  const { log, defer, gone } = request.options;
  try {
    const eligible = await log.time("catalogue", eligibleRoutes(services, request));
    const charge = openCharge(services, request, eligible);
    const [outputCap] = await Promise.all([
      log.time("hold", charge.begin()),
      recallProofs(services, request, eligible),
    ]);
    let answering = await ask(services, request, eligible, outputCap);
    const confirmed = await log.time("confirm", charge.confirm(answering.attempt.planned.route));
    if (confirmed.redo) {
      // The upstream was asked for more than was held.
      charge.lost.add(answering.attempt.planned.route, answering.whole?.usage);
      letGo(answering);
      answering = await ask(services, request, eligible, confirmed.outputCap);
      await charge.confirm(answering.attempt.planned.route);
    }
    return await respond(services, request, answering);
  } catch (error) {
    if (request.answering !== undefined) letGo(request.answering);
    const fault = request.refuse(asFault(error));
    defer(request.close(gone.aborted ? "abandoned" : "failed"));
    throw fault;
  }
}

function openCharge(services: RelayServices, request: RelayRequest, eligible: EligibleRoutes): Charge {
  const { payer, endpoint, streams, clientRequestId, log } = request.options;
  request.countedModel = eligible.routes[0]?.model;
  request.charge = new Charge(services.charge, {
    ref: newChargeRef(payer.accountId, log.id),
    payer,
    demand: request.asked.demand,
    streams,
    models: eligible.prices,
    delivered: request.delivered,
    request: { endpoint, stream: streams, ...(clientRequestId === undefined ? {} : { clientRequestId }) },
  });
  return request.charge;
}

/** Plans the order of the routes and makes attempts until an upstream answers. */
async function ask(
  services: RelayServices,
  request: RelayRequest,
  eligible: EligibleRoutes,
  outputCap: number | undefined,
): Promise<Answering> {
  const { log, defer, gone, session, payer, streams: stream } = request.options;
  const { router } = services;
  const ended = request.charge === undefined ? gone : AbortSignal.any([gone, request.charge.refused]);
  const promptTokens = promptTokensOf(request.asked.demand);
  const attempts = await log.time(
    "routing",
    router.start({ ...eligible, stream, session, account: payer.accountId, promptTokens }, defer),
  );
  request.exchanged(router.exchanger.takeCalls());
  const asking = { ended, outputCap, prices: eligible.prices };
  request.answering = await log.time("upstream", firstAnswer(services, request, attempts, asking));
  return request.answering;
}

function letGo({ attempt, watch }: Answering): void {
  attempt.finished();
  watch.stop();
}
