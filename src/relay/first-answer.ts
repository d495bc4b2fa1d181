/** Makes attempts until an upstream answers. */
import { coveredFees } from "../billing/price.ts";
import type { PriceVersion } from "../billing/price-list.ts";
import type { Fault } from "../core/fault.ts";
import type { Outcome } from "../core/outcome.ts";
import { leastUsage } from "../core/units.ts";
import type { Attempt } from "../routing/attempt.ts";
import type { Attempts } from "../routing/attempts.ts";
import { race, type Call } from "../routing/race.ts";
import type { Model } from "../routing/route.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import { callUpstream, type Answer } from "./call-upstream.ts";
import { DeadlineWatch, endOf } from "./deadline-watch.ts";
import { recordOf, type RelayRequest } from "./relay-request.ts";
import type { RelayServices } from "./relay-services.ts";

/**
 * How long an upstream may finish for a client that has left. The platform allows 30 s.
 * @see https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil
 */
export const DRAIN_MS = 25_000;

/** The answer that the client gets. */
export interface Answering extends Answer {
  readonly attempt: Attempt;
}

interface Asking {
  /** Fires when the request ends before its answer does: the client is gone, or the hold was refused. */
  readonly ended: AbortSignal;
  /** Tokens; sent in the field that the route's model accepts. */
  readonly outputCap: number | undefined;
  /** The models that may serve, each with its price in effect. */
  readonly prices: ReadonlyMap<Model, PriceVersion>;
}

/**
 * Returns the first answer. `attempts` decides what a failure means for later attempts and for the health of its route.
 * @throws Fault for the client, when no upstream answered or `ended` fired
 */
export async function firstAnswer(
  services: RelayServices,
  request: RelayRequest,
  attempts: Attempts,
  asking: Asking,
): Promise<Answering> {
  /** The first upstream's refusal of the request. The client gets it unless another upstream answers. */
  let refusal: Fault | undefined;
  const start = (attempt: Attempt) =>
    startCall(services, request, attempt, {
      ...asking,
      failed: (fault, outcome) => {
        if (outcome === "refused_request") refusal ??= fault;
      },
    });
  const answering = await race(attempts, { start, after });
  if (answering !== undefined) return answering;
  if (asking.ended.aborted) throw endOf(asking.ended);
  throw refusal ?? attempts.fault();
}

interface Starting extends Asking {
  readonly failed: (fault: Fault, outcome: Outcome) => void;
}

function startCall(
  services: RelayServices,
  request: RelayRequest,
  attempt: Attempt,
  { ended, outputCap, prices, failed }: Starting,
): Call<Answering> {
  const { asked, options } = request;
  const { planned } = attempt;
  const deadlines = { ...services.settings, ...planned.route.model.deadlines };
  const endAtMs = options.log.startedAtMs + deadlines.totalMs;
  const watch = new DeadlineWatch({ ended, endAtMs, now: services.now });
  const { route } = planned;
  if (route.upstream.abandon === "drain") watch.lingerAfterEnd(DRAIN_MS);
  const fees = coveredFees(prices.get(route.model)?.price, asked.demand);
  const record = (outcome: Outcome, status?: number) =>
    request.attempts.push(recordOf(attempt, services.now(), outcome, status));
  let isStopped = false;
  const call = async (): Promise<Answering | undefined> => {
    try {
      const answer = await callUpstream(services, planned, {
        asked,
        streams: options.streams,
        deadlines,
        watch,
        outputCap,
        fees,
        account: options.account,
        alive: () => attempt.alive(),
      });
      if (isStopped) return undefined;
      record("answered");
      attempt.answered();
      request.delivered.least = leastUsage(fees);
      return { ...answer, attempt };
    } catch (error) {
      if (isStopped) return undefined;
      const { fault, outcome, status } = asAttemptFailure(error);
      record(outcome, status);
      if (ended.aborted) {
        if (fault.kind === "upstream_timeout") request.charge?.lapse(route);
        attempt.failed({ outcome: "abandoned" });
      } else {
        const { retryAfterMs, reason, billed } = fault.options;
        // An upstream that did not answer in time has read the prompt, and bills it.
        if (billed !== undefined && outcome === "refused_request") request.charge?.lost.waste({ route, usage: billed });
        else if (billed !== undefined || outcome === "timeout") request.charge?.lost.add(route, billed);
        attempt.failed({ outcome, status, retryAfterMs, reason });
      }
      failed(fault, outcome);
      return undefined;
    }
  };
  return {
    answer: call(),
    stop: (why) => {
      isStopped = true;
      const outcome = why === "late" ? "outpaced" : "abandoned";
      record(outcome);
      request.charge?.lost.add(route);
      attempt.failed({ outcome });
      watch.stop();
    },
  };
}

/** The timer of {@link race}. */
export function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}
