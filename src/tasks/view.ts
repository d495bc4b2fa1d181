/** Tasks as their clients see them. */
import { TASK_FORMS } from "../wire/index.ts";
import type { TaskForm, TaskView } from "../wire/task-types.ts";
import type { Task } from "./task.ts";

/** The form that its client asked in; undefined = this release does not know it. */
export function formOf({ form }: Task): TaskForm | undefined {
  const forms: Readonly<Record<string, TaskForm>> = TASK_FORMS;
  return forms[form];
}

/** What the client sees of a task. @param origin the gateway's own address */
export function viewOf(task: Task, form: Pick<TaskForm, "linkOf">, origin: string): TaskView {
  const { id, model, state, progress, createdAt, finishedAt, content, maker } = task;
  const { durationMs, actions = 1 } = maker?.terms.units ?? {};
  const results = state === "failed" ? [] : (content.results ?? []);
  return {
    id,
    model,
    state,
    progress,
    createdAtMs: createdAt,
    finishedAtMs: finishedAt,
    expiresAtMs: resultsUntil(task),
    seconds: durationMs === undefined ? undefined : durationMs / 1000 / actions,
    attributes: maker?.terms.attributes ?? {},
    error: content.error,
    shown: content.shown,
    links: results.flatMap(({ variant }) =>
      isBeside(variant) ? [] : [origin + form.linkOf({ id, token: content.link, variant })],
    ),
    native: content.native,
  };
}

/** Until when results can be had: from the operator's bucket, else from who made them; undefined = not known. Unix milliseconds. */
export function resultsUntil({ state, keptUntil, content }: Task): number | undefined {
  return state === "succeeded" ? (keptUntil ?? content.resultsUntil) : undefined;
}

/** It only shows a part of another result. */
export function isBeside(variant: string): boolean {
  return variant === "thumbnail" || variant === "spritesheet";
}
