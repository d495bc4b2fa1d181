/** Finds out what becomes of what clients ask of tasks, in each form of an operation over each wire of it. */
import { Fault } from "../../src/core/fault.ts";
import { textOfPart } from "../../src/core/form-parts.ts";
import { unknownThere } from "../../src/tasks/submit-faults.ts";
import { TASK_FORMS, TASK_WIRES } from "../../src/wire/index.ts";
import type { TaskCall, TaskRequest, TaskWire } from "../../src/wire/task-types.ts";
import { tableOf, type Fate } from "./fate-table.ts";
import { TASK_FEATURES, TASK_SAMPLES, type TaskFeature, type TaskFormName } from "./matrix/task-features.ts";
import { TARGET } from "./support.ts";

const OPERATIONS = [...new Set(Object.values(TASK_FORMS).map(({ operation }) => operation))];

function wiresOf(operation: string): TaskWire<never>[] {
  return Object.values(TASK_WIRES).filter((wire) => wire.operation === operation);
}

/** What an operation's forms ask for; of one that nobody has described, what its samples do. */
function groupOf(operation: string): { readonly title: string; readonly features: readonly TaskFeature[] } {
  const known = TASK_FEATURES[operation];
  if (known !== undefined) return known;
  const named = Object.entries(TASK_SAMPLES).filter(
    ([name]) => TASK_FORMS[name as TaskFormName].operation === operation,
  );
  const asks = Object.fromEntries(named);
  return { title: `Tasks: ${operation}`, features: [{ name: "What the form is for", isWhole: true, asks }] };
}

interface Written {
  readonly text: string;
  readonly dropped: readonly string[];
}

/** What the upstream gets, as a text that two requests can be compared by. @throws Fault */
function written({ asked, dropped, wires }: TaskRequest, wire: TaskWire<never>): Written {
  if (wires !== undefined && !wires.has(wire.name)) throw unknownThere();
  const call = wire.write(asked as never, TARGET);
  return { text: `${call.address.path}\n${textOf(call)}`, dropped: [...dropped, ...call.dropped] };
}

function textOf({ payload }: TaskCall): string {
  if (payload.kind === "json") return payload.text;
  if (payload.kind !== "form") throw new Error(`a task asked for as ${payload.kind}`);
  return JSON.stringify(payload.form.map((part) => [part.name, part.filename, part.type, textOfPart(part)]));
}

function fateOf(feature: TaskFeature, client: TaskFormName, wire: TaskWire<never>): Fate {
  const { name, asks, isWhole, byGateway, always, without } = feature;
  const unasked = always?.some((one) => one === wire.name) === true ? "always" : byGateway;
  const common = { feature, name, client, upstream: wire.name, unasked };
  try {
    const sample = TASK_SAMPLES[client];
    const after = written((asks[client] ?? sample)(), wire);
    const before = isWhole === true ? undefined : written((without?.[client] ?? sample)(), wire);
    const dropped = after.dropped.filter((one) => before?.dropped.includes(one) !== true);
    return { ...common, isSent: after.text !== before?.text, dropped };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ...common, isSent: false, dropped: [], refused: error.options.param ?? error.kind };
  }
}

export function taskFates(): Fate[] {
  return OPERATIONS.flatMap((operation) =>
    groupOf(operation).features.flatMap((feature) =>
      (Object.keys(feature.asks) as TaskFormName[]).flatMap((client) =>
        wiresOf(operation).map((wire) => fateOf(feature, client, wire)),
      ),
    ),
  );
}

/** Forms that no feature is asked for in. */
export function formsWithoutFeature(): string[] {
  const asked = new Set(
    OPERATIONS.flatMap((operation) => groupOf(operation).features).flatMap(({ asks }) => Object.keys(asks)),
  );
  return Object.keys(TASK_FORMS).filter((name) => !asked.has(name));
}

export const TASK_HEAD = `## Tasks

What comes later – films, and pictures of models that take minutes – is asked for in a neutral form, also of an upstream of the client's
own format. So the tables of tasks have all pairs.
`;

export function taskTables(found: readonly Fate[]): string[] {
  return OPERATIONS.map((operation) =>
    tableOf({ ...groupOf(operation), upstreams: wiresOf(operation).map(({ name }) => name) }, found),
  );
}
