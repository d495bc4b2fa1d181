/** Makes a task: a row, money, and an upstream that takes it. What nobody takes costs nothing, and never was. */
import type { Scope } from "../access/scope.ts";
import { holdSize } from "../billing/estimate.ts";
import { newChargeRef, refusalFault } from "../billing/wallet.ts";
import { asFault, Fault } from "../core/fault.ts";
import { randomId } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import { log } from "../core/log.ts";
import type { Payload } from "../core/payload.ts";
import { askedModels } from "../operation/demand.ts";
import { tellClosing } from "../relay/charge-log.ts";
import type { Payer } from "../relay/charge-options.ts";
import { eligibleRoutes, type EligibleRoutes } from "../relay/eligible-routes.ts";
import { firstTaker, type Taker } from "../relay/first-taker.ts";
import type { AttemptRecord } from "../relay/relay-request.ts";
import type { RequestLog } from "../relay/request-log.ts";
import { AUTO } from "../routing/plan.ts";
import { warningsOf } from "../wire/warnings.ts";
import { sanitise } from "../upstream/sanitise.ts";
import type { Secret } from "../upstream/types.ts";
import type { TakenTask, TaskCall, TaskRequest } from "../wire/task-types.ts";
import { ableRoutes } from "./able-routes.ts";
import { checkCallback } from "./callbacks.ts";
import { cleanReport } from "./clean-report.ts";
import { checkShown, checkTaken } from "./kept-size.ts";
import { LEAST_ANSWER_MS, NOTE_MS, patienceMs } from "./submit-times.ts";
import { askUpstream, targetOf, taskWire } from "./task-calls.ts";
import { progressOf, type Maker, type Task } from "./task.ts";
import { nameTaken, noTimeLeft, otherRequest, stillRunning, tooMany } from "./submit-faults.ts";
import { checkPriced } from "./priced-call.ts";
import type { Made, NewTask, TaskRetry } from "./task-records.ts";
import type { TaskServices } from "./task-services.ts";

export interface TaskOptions {
  readonly asked: TaskRequest;
  /** The maker of an earlier task that this one goes on with; undefined = whoever takes it. */
  readonly maker?: Maker;
  /** Under which address the client asks. */
  readonly origin: string;
  readonly payer: Payer;
  /** Stands for the account in what upstreams see. */
  readonly account: string;
  readonly scope: Scope;
  /** Method and path as in the endpoint table. */
  readonly endpoint: string;
  readonly clientRequestId: string | undefined;
  readonly retry: TaskRetry;
  readonly defer: (work: Promise<unknown>) => void;
  readonly log: RequestLog;
}

export interface Submitted {
  readonly task: Task;
  /** For `x-gateway-warnings`. */
  readonly warnings: readonly string[];
  readonly attempts: number;
  /** It was made by an earlier request. */
  readonly isReplayed: boolean;
  /** What the upstream says of it; undefined = nothing, or it said so to an earlier request. */
  readonly words?: string;
}

/** What an upstream was asked, and what it said. */
interface Accepted {
  readonly call: TaskCall;
  readonly taken: TakenTask;
  /** Words that a client must not see. */
  readonly secrets: readonly Secret[];
}

/** A task is first looked after so soon. */
const FIRST_LOOK_MS = 3000;
/** A client that has left may come back for its task, so nothing ends with it. */
const NEVER = new AbortController().signal;

/** @throws Fault when no upstream takes it, or the account cannot pay for it */
export async function submitTask(services: TaskServices, options: TaskOptions): Promise<Submitted> {
  return new Submission(services, options).submit();
}

class Submission {
  readonly #services: TaskServices;
  readonly #options: TaskOptions;
  readonly #attempts: AttemptRecord[] = [];

  constructor(services: TaskServices, options: TaskOptions) {
    this.#services = services;
    this.#options = options;
  }

  async submit(): Promise<Submitted> {
    const { relay, store, limits } = this.#services;
    const { asked, log: line } = this.#options;
    const { callbackName = "callback_url" } = asked.form;
    if (asked.callback !== undefined) checkCallback(asked.callback, callbackName, relay.settings.allowPrivateUpstreams);
    checkShown(asked);
    const request = { options: this.#options, asked: { demand: asked.demand, wire: asked.form } };
    const eligible = ableRoutes(await line.time("catalogue", eligibleRoutes(relay, request)), this.#options);
    const task = this.#newTask(eligible);
    const made = await line.time("row", store.make(task, limits.mostOpen));
    if (made.kind !== "made") return this.#earlier(made);
    try {
      await line.time("hold", this.#hold(task, eligible));
      const taker = await line.time("upstream", this.#ask(eligible, task.dueAt - NOTE_MS));
      return await this.#take(task, eligible, taker);
    } catch (error) {
      throw await this.#giveUp(task, asFault(error));
    }
  }

  #newTask(eligible: EligibleRoutes): NewTask {
    const { asked, origin, payer, log: line, retry } = this.#options;
    const { relay, limits } = this.#services;
    const nowMs = relay.now();
    return {
      id: asked.form.newId(),
      accountId: payer.accountId,
      keyId: payer.keyId,
      charge: newChargeRef(payer.accountId, line.id),
      operation: asked.demand.operation,
      form: asked.form.name,
      name: asked.name,
      model: askedModels(asked.demand, AUTO),
      createdAt: nowMs,
      limitAt: nowMs + limits.longestMs,
      expiresAt: nowMs + limits.longestMs + limits.keptMs,
      dueAt: nowMs + patienceMs(eligible, relay.settings) + NOTE_MS,
      content: {
        shown: asked.shown,
        link: randomId(""),
        origin,
        ...(asked.callback === undefined ? {} : { callback: asked.callback }),
      },
      retry,
    };
  }

  /** @throws Fault `conflict`, `invalid_parameter`, `concurrency_limited` */
  #earlier(made: Exclude<Made, { kind: "made" }>): Submitted {
    if (made.kind === "too_many") throw tooMany(this.#services.limits.mostOpen);
    if (made.kind === "name_taken") throw nameTaken();
    const { task, isSame } = made;
    if (!isSame) throw otherRequest();
    if (task.state === "submitting") throw stillRunning();
    return { task, warnings: [], attempts: 0, isReplayed: true };
  }

  async #hold({ charge, id, limitAt, createdAt }: NewTask, eligible: EligibleRoutes): Promise<void> {
    const { wallet, funds } = this.#services.relay.charge;
    const { asked, payer } = this.#options;
    const offers = [...eligible.prices].map(([limits, { price }]) => ({ limits, price, ratioPpm: payer.ratioPpm }));
    const { wanted } = holdSize(asked.demand, offers);
    const outcome = await wallet.hold({
      ...charge,
      keyId: payer.keyId,
      estimateNanos: wanted,
      model: asked.demand.model ?? AUTO,
      request: this.#request(id),
      leaseMs: limitAt - createdAt + AFTER_LIMIT_MS,
    });
    if (outcome.kind === "held") return;
    funds.ranShort(payer);
    throw refusalFault(outcome.refusal);
  }

  async #ask(eligible: EligibleRoutes, endAtMs: number): Promise<Taker<Accepted>> {
    const { asked, account, payer, defer } = this.#options;
    const { relay } = this.#services;
    return firstTaker<Accepted>(relay, {
      options: { payer, defer, gone: NEVER },
      eligible,
      attempts: this.#attempts,
      status: 200,
      endAtMs,
      async ask(candidate, watch) {
        const { route } = candidate;
        if (relay.now() > endAtMs - LEAST_ANSWER_MS) throw noTimeLeft();
        watch.expect("the answer", { ...relay.settings, ...route.model.deadlines }.answerMs);
        const wire = taskWire(route);
        const call = wire.write(asked.asked as never, targetOf(candidate, account));
        checkPriced(asked.demand, call, eligible.prices.get(route.model)?.price);
        const reading = { signal: watch.signal, read: (told: Payload) => checkTaken(wire.taken(told, call)) };
        const { answer, secrets } = await askUpstream(relay, candidate, call, reading);
        watch.close();
        return { call, taken: { ...answer, report: cleanReport(wire, answer.report, secrets) }, secrets };
      },
      // Nobody can take it back: what it costs is the operator's loss.
      discard: ({ taken }, { route }) =>
        log("warn", "task_discarded", { upstream: route.upstream.id, upstream_task: taken.id }),
    });
  }

  async #take(
    task: NewTask,
    { prices }: EligibleRoutes,
    { attempt, answer: { call, taken, secrets } }: Taker<Accepted>,
  ): Promise<Submitted> {
    const { store, wake } = this.#services;
    const { payer, asked, log: line, defer } = this.#options;
    const { route, credential } = attempt.planned;
    attempt.finished();
    const price = prices.get(route.model);
    if (price === undefined) throw new Error("a model without a price");
    const maker: Maker = {
      routeId: route.id,
      upstreamId: route.upstream.id,
      credentialId: credential.id,
      task: taken.id,
      terms: {
        units: call.units,
        attributes: call.attributes,
        price,
        ratioPpm: payer.ratioPpm,
        ...(taken.report.wantsMore === true ? { window: "open" } : {}),
        record: { request: this.#request(task.id), attempts: this.#attempts },
      },
    };
    const model = route.model.id;
    line.note({ model, route: route.id, why: attempt.planned.why, attempts: this.#attempts });
    const change = this.#begun(task, taken);
    if (!(await store.taken(change, model, maker))) {
      throw new Fault("upstream_timeout", { reason: "the task was given up before its upstream took it" });
    }
    const made = { ...task, finishedAt: undefined, keptUntil: undefined, isClosed: false, ...change, model, maker };
    defer(wake(route.upstream.id, change.dueAt));
    return {
      task: made,
      warnings: warningsOf([...asked.dropped, ...call.dropped], undefined),
      attempts: this.#attempts.length,
      isReplayed: false,
      ...(taken.words === undefined ? {} : { words: sanitise(taken.words, secrets) }),
    };
  }

  /** How a task is doing that an upstream has taken. What may be over already is looked at in a moment, like any other. */
  #begun({ id, content }: NewTask, { report, isWhole }: TakenTask) {
    const { state, native, progress } = report;
    const nowMs = this.#services.relay.now();
    const isOverNow = isWhole === true && state === "succeeded";
    const results = isOverNow ? report.results : undefined;
    const told = { ...content, ...(native && { native }), ...(results && { results }) };
    const common = { id, misses: 0, ...(native || results ? { content: told } : {}) };
    if (isOverNow) return { ...common, state, progress: 100, dueAt: nowMs, finishedAt: nowMs };
    const begun = state === "queued" ? "queued" : "running";
    return { ...common, state: begun, progress: progressOf(progress, 0), dueAt: nowMs + FIRST_LOOK_MS } as const;
  }

  async #giveUp({ id, charge }: NewTask, fault: Fault): Promise<Fault> {
    const { relay, store } = this.#services;
    const closing = { ending: "failed", attempts: this.#attempts } as const;
    const request = { ...this.#request(id), fault: fault.kind };
    // Whoever looks after a row that stays closes its charge: it may have been taken after all.
    if (await store.forget(id).catch(() => false)) {
      const closed = await relay.charge.wallet.release(charge, { ...closing, request });
      // Without a hold there is nothing to close.
      if (closed.kind !== "missing") tellClosing(charge, closed);
    }
    this.#options.log.note({ attempts: this.#attempts });
    const headers = { ...fault.options.headers, "x-gateway-attempts": String(this.#attempts.length) };
    return new Fault(fault.kind, { ...fault.options, headers, cause: fault.cause });
  }

  /** What is stored of the request with its charge. */
  #request(id: string): JsonObject {
    const { endpoint, asked, clientRequestId } = this.#options;
    return {
      endpoint,
      asked: askedModels(asked.demand, AUTO),
      stream: false,
      task: id,
      client_request_id: clientRequestId,
    };
  }
}

/** The charge stays open a little longer than its task. */
const AFTER_LIMIT_MS = 3_600_000;
