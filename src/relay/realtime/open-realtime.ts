/** Opens a conversation over a socket: routes, money, an upstream that takes it, and only then the client's socket. */
import { newChargeRef } from "../../billing/wallet.ts";
import { asFault, Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import { askedModels } from "../../operation/demand.ts";
import type { Attempt } from "../../routing/attempt.ts";
import { AUTO } from "../../routing/plan.ts";
import type { RealtimeRequest } from "../../wire/realtime-types.ts";
import { endOf } from "../deadline-watch.ts";
import { eligibleRoutes, type EligibleRoutes } from "../eligible-routes.ts";
import { firstTaker, type Taker } from "../first-taker.ts";
import { faultFields, type AttemptRecord, type RelayRequestOptions } from "../relay-request.ts";
import type { RelayServices } from "../relay-services.ts";
import type { Ending } from "../request-log.ts";
import { dial, type Connection } from "./dial.ts";
import { Line } from "./line.ts";
import { RealtimeCharge } from "./realtime-charge.ts";
import { RealtimeRelay, type RealtimeEnd } from "./realtime-relay.ts";

export interface RealtimeOptions extends Omit<RelayRequestOptions, "asked" | "streams" | "session"> {
  readonly asked: RealtimeRequest;
  /** What is said to the upstream for the client, before its first message. */
  readonly opening: readonly string[];
  readonly countAsked: () => Promise<Fault | undefined>;
  /** Runs when all else is ready. @throws Fault when the conversation may not begin after all */
  readonly claim: () => Promise<void>;
  readonly idleMs: number;
  readonly totalMs: number;
}

/** @throws Fault when the conversation cannot begin: no upstream takes it, or the account cannot pay */
export async function openRealtime(services: RelayServices, options: RealtimeOptions): Promise<Response> {
  const opening = new Opening(services, options);
  const opened = opening.open();
  options.defer(opened.catch(() => undefined));
  return opened;
}

class Opening {
  readonly #services: RelayServices;
  readonly #options: RealtimeOptions;
  readonly #attempts: AttemptRecord[] = [];

  constructor(services: RelayServices, options: RealtimeOptions) {
    this.#services = services;
    this.#options = options;
  }

  async open(): Promise<Response> {
    const { asked, log, payer, gone, defer } = this.#options;
    const services = this.#services;
    const eligible = await log.time("catalogue", eligibleRoutes(services, { options: this.#options, asked }));
    const charge = new RealtimeCharge(services.charge, {
      ref: newChargeRef(payer.accountId, log.id),
      payer,
      demand: asked.demand,
      onlyHears: asked.onlyHears,
      models: eligible.prices,
      request: this.#request(),
    });
    let answering: Taker<Connection> | undefined;
    try {
      // Nothing is used before the client's first message, so the upstream is dialled beside the hold.
      const dialling = log.time("upstream", this.#dial(eligible));
      const [dialled, held] = await Promise.allSettled([dialling, log.time("hold", charge.begin())]);
      if (dialled.status === "fulfilled") answering = dialled.value;
      if (held.status === "rejected") throw held.reason;
      if (answering === undefined) throw (dialled as PromiseRejectedResult).reason;
      if (gone.aborted) throw endOf(gone);
      await this.#options.claim();
      return this.#begin(charge, answering);
    } catch (error) {
      answering?.answer.line.close(1000);
      answering?.attempt.finished();
      const fault = asFault(error);
      const ending: Ending = gone.aborted ? "abandoned" : "failed";
      defer(charge.close({ ending, attempts: this.#attempts, request: { ...this.#request(), fault: fault.kind } }));
      log.note({ attempts: this.#attempts });
      const headers = { ...fault.options.headers, "x-gateway-attempts": String(this.#attempts.length) };
      throw new Fault(fault.kind, { ...fault.options, headers, cause: fault.cause });
    }
  }

  #begin(charge: RealtimeCharge, { attempt, answer: connection }: Taker<Connection>): Response {
    const { asked, log, payer, headers, countAsked, errorBody, defer, idleMs, totalMs } = this.#options;
    const { charge: chargeServices, settings, now } = this.#services;
    const { route, why } = attempt.planned;
    const { 0: client, 1: server } = new WebSocketPair();
    const relay = new RealtimeRelay({
      ...connection,
      client: new Line(server),
      charge,
      meter: charge.serve(route),
      errorBody,
      answerFailed: (outcome) => attempt.faltered({ outcome }),
      countAsked,
      isStillAllowed: async () => chargeServices.isStillAllowed(payer.keyId),
      now,
      checkpointMs: chargeServices.checkpointMs,
      limits: {
        idleMs: route.model.deadlines.idleMs ?? idleMs,
        totalMs: route.model.deadlines.totalMs ?? totalMs,
        answerMs: route.model.deadlines.firstOutputMs ?? settings.firstOutputMs,
      },
    });
    log.note({ model: route.model.id, route: route.id, why, ttft_ms: log.elapsedMs() });
    defer(relay.run(this.#options.opening).then(async (end) => this.#close(charge, attempt, end)));
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: {
        ...headers(),
        ...(asked.protocol === undefined ? {} : { "sec-websocket-protocol": asked.protocol }),
        "x-gateway-model": route.model.id,
        "x-gateway-attempts": String(this.#attempts.length),
        "x-gateway-reason": why,
      },
    });
  }

  async #close(charge: RealtimeCharge, attempt: Attempt, { ending, fault, outcome }: RealtimeEnd): Promise<void> {
    const { log } = this.#options;
    if (outcome !== undefined) attempt.brokeOff({ outcome });
    attempt.finished();
    const request = {
      ...this.#request(),
      status: 101,
      duration_ms: log.elapsedMs(),
      ...(fault === undefined ? {} : { fault: fault.kind }),
      ...(fault?.kind === "insufficient_balance" ? { funds_ended: true } : {}),
    };
    log.note({ attempts: this.#attempts, ...(fault === undefined ? {} : faultFields(fault)) });
    log.note(await charge.close({ ending, attempts: this.#attempts, request }));
    log.write(ending, 101);
  }

  /** What is stored of the request. */
  #request(): JsonObject {
    const { endpoint, asked, clientRequestId } = this.#options;
    return { endpoint, asked: askedModels(asked.demand, AUTO), stream: true, client_request_id: clientRequestId };
  }

  /** @throws Fault for the client, when no upstream takes the socket */
  async #dial(eligible: EligibleRoutes): Promise<Taker<Connection>> {
    const { asked, account } = this.#options;
    return firstTaker(this.#services, {
      options: this.#options,
      eligible,
      attempts: this.#attempts,
      status: 101,
      ask: async (candidate, watch) => dial(this.#services, candidate, { asked, account, watch }),
      discard: ({ line }) => line.close(1000),
    });
  }
}
