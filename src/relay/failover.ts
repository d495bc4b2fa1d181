/** Attempt after attempt along a journey until one is answered. */
import type { Journey } from "../routing/journey.ts";
import type { Leg } from "../routing/leg.ts";
import { asAttemptFailure } from "../upstream/failure.ts";
import { endOf } from "./watch.ts";

/**
 * The first answer. What each failure means for the attempts after it, and for what is known of its route, the journey
 * decides.
 * @param once runs one attempt
 * @param ended fires when the request is over, whatever the attempts say
 * @throws Fault what the client is told when nothing answered
 */
export async function firstAnswer<Result>(
  journey: Journey,
  once: (leg: Leg) => Promise<Result>,
  ended: AbortSignal,
): Promise<{ leg: Leg; result: Result }> {
  for (let leg = journey.next(); leg !== undefined; leg = journey.next()) {
    try {
      const result = await once(leg);
      leg.answered();
      return { leg, result };
    } catch (error) {
      if (ended.aborted) {
        leg.failed({ outcome: "abandoned" });
        throw endOf(ended);
      }
      const { fault, outcome, status } = asAttemptFailure(error);
      const { retryAfterMs, reason } = fault.options;
      leg.failed({ outcome, status, retryAfterMs, reason });
      if (journey.isFinal) throw fault;
    }
  }
  throw journey.fault();
}
