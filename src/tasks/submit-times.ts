/** How long a submission waits for its upstreams: no longer than its row waits for it. */
import type { EligibleRoutes } from "../relay/eligible-routes.ts";

/** Nobody waits longer for upstreams to take a task, unless one of them may take longer to answer. */
const SUBMIT_MS = 150_000;
/** Then it is noted who took it. A Worker that has not done so by then was killed, and the task is given up. */
export const NOTE_MS = 30_000;
/** No upstream is asked that has less time to answer. */
export const LEAST_ANSWER_MS = 5000;

/** How long the upstreams of a submission may take together. */
export function patienceMs({ routes }: EligibleRoutes, { answerMs: usual }: { readonly answerMs: number }): number {
  return Math.max(SUBMIT_MS, ...routes.map(({ model }) => model.deadlines.answerMs ?? usual));
}
