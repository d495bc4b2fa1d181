/** How clients of Kling see tasks, whatever they make. */
import { randomDigits } from "../../core/id.ts";
import type { JsonObject } from "../../core/json.ts";
import type { TaskView } from "../task-types.ts";
import { only, textIn } from "../values.ts";

const ID_DIGITS = 18;

/** Kling's ids are long numbers. */
export function newId(): string {
  return randomDigits(ID_DIGITS);
}

export function success(data: JsonObject | readonly JsonObject[]): JsonObject {
  return { code: 0, message: "SUCCEED", data };
}

const STATUS = {
  submitting: "submitted",
  queued: "submitted",
  running: "processing",
  succeeded: "succeed",
  failed: "failed",
} as const satisfies Record<TaskView["state"], string>;

/** @param result of a task that has made something */
export function taskData(task: TaskView, result: (task: TaskView) => JsonObject): JsonObject {
  const { id, state, createdAtMs, finishedAtMs, error, shown, links } = task;
  return {
    task_id: id,
    task_status: STATUS[state],
    task_status_msg: error?.message ?? "",
    task_info: only({ external_task_id: textIn(shown["external_task_id"]) }),
    ...(links.length === 0 ? {} : { task_result: result(task) }),
    created_at: createdAtMs,
    updated_at: finishedAtMs ?? createdAtMs,
  };
}
