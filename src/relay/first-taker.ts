/** Makes attempts until an upstream takes what is asked, where the answer comes later: a socket, a task. */
import type { Fault } from "../core/fault.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Attempt } from "../routing/attempt.ts";
import { race, type Call } from "../routing/race.ts";
import type { Candidate } from "../routing/route.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import { DeadlineWatch, endOf } from "./deadline-watch.ts";
import type { EligibleRoutes } from "./eligible-routes.ts";
import { after } from "./first-answer.ts";
import { recordOf, type AttemptRecord, type RelayRequestOptions } from "./relay-request.ts";
import type { RelayServices } from "./relay-services.ts";

interface Asking<Answer> {
  readonly options: Pick<RelayRequestOptions, "payer" | "defer" | "gone">;
  readonly eligible: EligibleRoutes;
  /** Takes a record of each attempt. */
  readonly attempts: AttemptRecord[];
  /** The HTTP status of an answer. */
  readonly status: number;
  /** Makes one attempt. @throws AttemptFailure */
  readonly ask: (candidate: Candidate, watch: DeadlineWatch) => Promise<Answer>;
  /** When all attempts must be over; Unix milliseconds; absent = each may take the whole time of a request. */
  readonly endAtMs?: number;
  /** An answer that came too late is not wanted. */
  readonly discard: (answer: Answer, candidate: Candidate) => void;
}

export interface Taker<Answer> {
  readonly attempt: Attempt;
  readonly answer: Answer;
}

/** @throws Fault for the client, when no upstream took it or the client left */
export async function firstTaker<Answer>(services: RelayServices, asking: Asking<Answer>): Promise<Taker<Answer>> {
  const { options, eligible } = asking;
  const { payer, defer, gone } = options;
  const wanted = { stream: true, session: undefined, account: payer.accountId, promptTokens: 0 };
  const attempts = await services.router.start({ ...eligible, ...wanted }, defer);
  /** The first upstream's refusal. The client gets it unless another upstream answers. */
  let refusal: Fault | undefined;
  const start = (attempt: Attempt) =>
    startCall(services, asking, attempt, (fault) => {
      refusal ??= fault;
    });
  const taker = await race(attempts, { start, after });
  if (taker !== undefined) return taker;
  if (gone.aborted) throw endOf(gone);
  throw refusal ?? attempts.fault();
}

function startCall<Answer>(
  { now, settings }: RelayServices,
  { options, attempts, status: answered, endAtMs = Number.POSITIVE_INFINITY, ask, discard }: Asking<Answer>,
  attempt: Attempt,
  refused: (fault: Fault) => void,
): Call<Taker<Answer>> {
  const { gone } = options;
  const watch = new DeadlineWatch({ ended: gone, endAtMs: Math.min(now() + settings.totalMs, endAtMs), now });
  const record = (outcome: Outcome, status?: number) => attempts.push(recordOf(attempt, now(), outcome, status));
  let isStopped = false;
  const call = async (): Promise<Taker<Answer> | undefined> => {
    try {
      const answer = await ask(attempt.planned, watch);
      if (isStopped) {
        discard(answer, attempt.planned);
        return undefined;
      }
      record("answered", answered);
      attempt.answered();
      return { attempt, answer };
    } catch (error) {
      if (isStopped) return undefined;
      const { fault, outcome, status } = asAttemptFailure(error);
      record(outcome, status);
      const { retryAfterMs, reason } = fault.options;
      attempt.failed(gone.aborted ? { outcome: "abandoned" } : { outcome, status, retryAfterMs, reason });
      if (outcome === "refused_request") refused(fault);
      return undefined;
    }
  };
  return {
    answer: call(),
    stop: (why) => {
      isStopped = true;
      const outcome = why === "late" ? "outpaced" : "abandoned";
      record(outcome);
      attempt.failed({ outcome });
      watch.stop();
    },
  };
}
