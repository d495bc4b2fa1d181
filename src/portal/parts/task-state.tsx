/** How a task is doing, and what tasks can be. */
import type { FC } from "hono/jsx";
import type { TaskState } from "../../wire/task-types.ts";
import { TASK_WIRES } from "../../wire/index.ts";
import type { Choice } from "../form.ts";
import { OPERATION_NAMES } from "../text/models-text.ts";
import { TASKS } from "../text/tasks-text.ts";
import type { Visit } from "../visit.ts";

const KINDS = {
  submitting: "off",
  queued: "off",
  running: "warn",
  succeeded: "ok",
  failed: "bad",
} as const satisfies Record<TaskState, string>;

const ALL = ["submitting", "queued", "running", "succeeded", "failed"] as const;
/** Nobody sees a task before an upstream has taken it. */
const SEEN = ["queued", "running", "succeeded", "failed"] as const;

export const TaskStateMark: FC<{ visit: Visit; state: string }> = ({ visit: { say }, state }) => {
  const known = ALL.find((one) => one === state);
  return known === undefined ? <>{state}</> : <span class={`state ${KINDS[known]}`}>{say(TASKS[known])}</span>;
};

/** @returns the state that stands in the address; undefined = any */
export function stateIn({ context }: Visit): (typeof SEEN)[number] | undefined {
  const asked = context.req.query("state");
  return SEEN.find((one) => one === asked);
}

export const STATE_CHOICES: readonly Choice[] = [
  { value: "", label: TASKS.any },
  ...SEEN.map((value) => ({ value, label: TASKS[value] })),
];

/** The operations whose answers come later. */
const OPERATIONS = [...new Set(Object.values(TASK_WIRES).map(({ operation }) => operation))].flatMap((operation) =>
  isNamed(operation) ? [operation] : [],
);

export const OPERATION_CHOICES: readonly Choice[] = [
  { value: "", label: TASKS.any },
  ...OPERATIONS.map((value) => ({ value, label: OPERATION_NAMES[value] })),
];

function isNamed(operation: string): operation is keyof typeof OPERATION_NAMES {
  return Object.hasOwn(OPERATION_NAMES, operation);
}
