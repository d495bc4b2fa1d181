/** Route after route until one answers; and when none does, what the client is told. */
import { Fault } from "../core/fault.ts";
import { asAttemptFailure, type AttemptFailure } from "../upstream/failure.ts";
import type { Outcome } from "../upstream/types.ts";
import type { Try } from "./attempt.ts";
import { endOf } from "./watch.ts";

/** The first attempt and at most two more. */
export const MAX_ATTEMPTS = 3;
/** After a time-out the client has waited long: one more. */
const MAX_ATTEMPTS_AFTER_TIMEOUT = 1;

/** Failures that say nothing against another credential of the same route. */
const CREDENTIAL_OUTCOMES: ReadonlySet<Outcome> = new Set([
  "credential_refused",
  "out_of_funds",
  "forbidden",
  "rate_limited",
]);
/** Failures that no other route would mend. */
const FINAL_OUTCOMES: ReadonlySet<Outcome> = new Set(["refused_request", "abandoned"]);

export interface FailedTry {
  readonly try: Try;
  readonly failure: AttemptFailure;
}

/**
 * Tries in order; skips what a failure has made pointless.
 * @param once runs one attempt; its failure decides what follows
 * @param ended fires when the request is over, whatever the attempts say
 * @throws Fault what the client is told when nothing answered
 */
export async function firstAnswer<Result>(
  tries: readonly Try[],
  once: (attempt: Try) => Promise<Result>,
  ended: AbortSignal,
): Promise<Result> {
  const failed: FailedTry[] = [];
  let attemptsLeft = MAX_ATTEMPTS;
  for (const next of tries) {
    if (attemptsLeft === 0) break;
    if (failed.some((past) => makesPointless(past, next))) continue;
    attemptsLeft--;
    try {
      return await once(next);
    } catch (error) {
      if (ended.aborted) throw endOf(ended);
      const failure = asAttemptFailure(error);
      if (FINAL_OUTCOMES.has(failure.outcome)) throw failure.fault;
      failed.push({ try: next, failure });
      if (failure.outcome === "timeout") attemptsLeft = Math.min(attemptsLeft, MAX_ATTEMPTS_AFTER_TIMEOUT);
    }
  }
  throw noAnswer(failed);
}

function makesPointless(past: FailedTry, next: Try): boolean {
  const { outcome } = past.failure;
  if (outcome === "unreachable") return past.try.route.upstream.id === next.route.upstream.id;
  return !CREDENTIAL_OUTCOMES.has(outcome) && past.try.route.id === next.route.id;
}

/** The fault that stands for all failures together; see `contracts/errors.md`, "When every attempt failed". */
export function noAnswer(failed: readonly FailedTry[]): Fault {
  const outcomes = failed.map(({ failure }) => failure.outcome);
  const reason = failed.map(({ failure }) => failure.fault.options.reason ?? failure.outcome).join("; ") || "no route";
  const waits = failed.flatMap(({ failure }) => failure.fault.options.retryAfterMs ?? []);
  const retry = waits.length > 0 ? { retryAfterMs: Math.min(...waits) } : {};
  const routes = new Set(failed.map((past) => past.try.route.id));
  if (failed.length === 0) return new Fault("no_route", { reason });
  if (outcomes.every((outcome) => outcome === "rate_limited"))
    return new Fault("upstream_rate_limited", { reason, ...retry });
  if (outcomes.every((outcome) => outcome === "timeout")) return new Fault("upstream_timeout", { reason });
  const answered = outcomes.every((outcome) => outcome !== "unreachable" && outcome !== "model_missing");
  if (routes.size === 1 && answered) return new Fault("upstream_error", { reason });
  return new Fault("no_route", { reason, ...retry });
}
