/** Where the results of a task are found without a key, in whatever form it was asked for. */
import { TASK_FORMS } from "../wire/index.ts";
import type { TaskForm } from "../wire/task-types.ts";
import type { Task } from "./task.ts";
import { viewOf } from "./view.ts";

const FORMS: Readonly<Record<string, TaskForm>> = TASK_FORMS;

/** None until the results are made. @param origin of the site at which its client asks */
export function linksOf(task: Task, origin: string): readonly string[] {
  const form = FORMS[task.form];
  return form === undefined ? [] : viewOf(task, form, origin).links;
}
