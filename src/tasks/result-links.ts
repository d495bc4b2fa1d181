/** Where the results of a task are found without a key, in whatever form it was asked for. */
import type { Task } from "./task.ts";
import { formOf, viewOf } from "./view.ts";

/** None until the results are made. @param origin of the site at which its client asks */
export function linksOf(task: Task, origin: string): readonly string[] {
  const form = formOf(task);
  return form === undefined ? [] : viewOf(task, form, origin).links;
}
