/** A task in our own API: for its payer, and for operators, who never see what was written or made. */
import { array, enum as oneOf, nullable, number, object, string } from "zod/mini";
import type { ListedTask, OperatorTask } from "../../accounts/task-list.ts";
import type { Services } from "../../services.ts";
import { linksOf } from "../../tasks/result-links.ts";
import { resultsUntil } from "../../tasks/view.ts";
import { count, id, maybeMoney, money, time, toIsoOrNull } from "./fields.ts";
import { viewOf } from "./views.ts";

export const TASK_STATES = ["queued", "running", "succeeded", "failed"] as const;
/** `submitting`: no upstream has taken it yet. */
export const OPERATORS_TASK_STATES = ["submitting", ...TASK_STATES] as const;

const common = {
  id: id(),
  /** `video`. */
  operation: string(),
  model: string(),
  /** Of 100. */
  progress: count(),
  /** The length of one film; null = not known. */
  seconds: nullable(number()),
  created_at: time(),
  finished_at: nullable(time()),
  key_id: id(),
  /** Its charge, and the id of its request without `req_`. */
  charge_id: id(),
  /** 0 until the charge is settled. */
  ...money("amount"),
};

export const taskView = object({
  ...common,
  state: oneOf(TASK_STATES),
  /** When it is forgotten. */
  expires_at: time(),
  /** Until when its results can be had; null = nothing is made, or it is not known. */
  results_expire_at: nullable(time()),
  error: nullable(object({ code: string(), message: string() })),
  /** Addresses of what was made, which open without a key. */
  urls: array(string()),
});

export const operatorTaskView = object({
  ...common,
  state: oneOf(OPERATORS_TASK_STATES),
  account_id: id(),
  /** The form that its client asked in, such as `openai.videos`. */
  form: string(),
  route: nullable(string()),
  upstream: nullable(string()),
  credential: nullable(string()),
  /** The upstream's own id of the task. */
  upstream_task: nullable(string()),
  /** How often in a row the upstream did not know it. */
  misses: count(),
  /** When the upstream was last asked, when it is asked next, and when the task fails if it is not finished. */
  asked_at: time(),
  due_at: time(),
  limit_at: time(),
  /** When its charge was closed. */
  closed_at: nullable(time()),
  ...maybeMoney("cost"),
});

/** @param origin of the site at which its payer asks */
export async function viewTasks({ tasks }: Services, listed: readonly ListedTask[], origin: string) {
  const opened = await tasks.store.opened(listed.map(({ row }) => row));
  return listed.map(({ row, seconds, amountNanos }, at) => {
    const task = opened[at];
    const progress = row.state === "succeeded" ? 100 : row.progress;
    return viewOf(taskView, row, {
      progress,
      seconds,
      amount_nanos: amountNanos,
      results_expire_at: task === undefined ? null : toIsoOrNull(resultsUntil(task) ?? null),
      error: row.state === "failed" ? (task?.content.error ?? null) : null,
      urls: task === undefined ? [] : linksOf(task, origin),
    });
  });
}

export function viewOperatorTask({ row, seconds, amountNanos, costNanos }: OperatorTask) {
  const { routeId, upstreamId, credentialId } = row;
  return viewOf(operatorTaskView, row, {
    seconds,
    amount_nanos: amountNanos,
    cost_nanos: costNanos,
    route: routeId,
    upstream: upstreamId,
    credential: credentialId,
  });
}
