/** Attempt after attempt of a request until one is answered. */
import type { Attempt } from "../routing/attempt.ts";
import type { Attempts } from "../routing/attempts.ts";
import { asAttemptFailure } from "../upstream/failure.ts";
import { endOf } from "./watch.ts";

/**
 * The first answer. What each failure means for the attempts after it, and for what is known of its route, the attempts
 * decide.
 * @param once runs one attempt
 * @param ended fires when the request is over, whatever the attempts say
 * @throws Fault what the client is told when nothing answered
 */
export async function firstAnswer<Result>(
  attempts: Attempts,
  once: (attempt: Attempt) => Promise<Result>,
  ended: AbortSignal,
): Promise<{ attempt: Attempt; result: Result }> {
  for (let attempt = attempts.next(); attempt !== undefined; attempt = attempts.next()) {
    try {
      const result = await once(attempt);
      attempt.answered();
      return { attempt, result };
    } catch (error) {
      if (ended.aborted) {
        attempt.failed({ outcome: "abandoned" });
        throw endOf(ended);
      }
      const { fault, outcome, status } = asAttemptFailure(error);
      const { retryAfterMs, reason } = fault.options;
      attempt.failed({ outcome, status, retryAfterMs, reason });
      if (attempts.isFinal) throw fault;
    }
  }
  throw attempts.fault();
}
