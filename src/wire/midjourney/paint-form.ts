/**
 * How clients ask for pictures in the form of midjourney-proxy, and how they see them.
 * @see https://github.com/novicezk/midjourney-proxy
 */
import { Fault } from "../../core/fault.ts";
import { randomDigits } from "../../core/id.ts";
import { objectsOf, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import type { Fee } from "../../core/units.ts";
import { PAINT_MODES, type PaintMode, type PaintRequest } from "../../operation/paint/paint-request.ts";
import { invalid } from "../invalid.ts";
import { jsonOf, textBytes } from "../request-members.ts";
import type { TaskForm, TaskRequest, TaskView } from "../task-types.ts";
import { only, textIn } from "../values.ts";
import { readButton } from "./buttons.ts";
import { readMode, USUAL_MODE } from "./mode.ts";
import { CALLBACK, readStep, type Step } from "./paint-steps.ts";
import { showPaint } from "./paint-task.ts";
import { timesOf } from "./prompt-parameters.ts";

/** Whoever knows the id of a task may see its picture: so many digits cannot be guessed. */
const ID_DIGITS = 32;

export const paintForm: TaskForm = {
  name: "midjourney.tasks",
  operation: "paint",
  callbackName: CALLBACK,
  read: (payload, { path = "" }) => paintRequest(stepIn(payload, path), {}),
  show: showPaint,
  newId: () => randomDigits(ID_DIGITS),
  linkOf: ({ id, variant }) => (variant === "image" ? `/mj/image/${id}` : `/mj/video/${id}?variant=${variant}`),
};

/** The task that a step goes on with. */
export interface Earlier {
  /** The upstream's own id. */
  readonly made: string;
  /** As its client saw it. */
  readonly shown: JsonObject;
  /** How fast it was made. */
  readonly mode: string | undefined;
  /** What its upstream alone tells of it. */
  readonly native?: JsonObject | undefined;
}

interface Beside {
  /** What the path says. */
  readonly mode?: PaintMode;
  readonly earlier?: Earlier;
}

/** @param path below the mount. @throws Fault `missing_input`, `invalid_parameter` */
export function stepIn(payload: Payload, path: string): Step {
  return readStep(jsonOf(payload).value, path);
}

/** @throws Fault `resource_not_found` where the step goes on with a task that is not there */
export function paintRequest(step: Step, { mode: ofPath, earlier }: Beside): TaskRequest {
  const { parent, prompt, shown, dropped, callback, ...asks } = step;
  if (parent !== undefined && earlier === undefined) throw new Fault("resource_not_found");
  if (step.button !== undefined && !hasButton(earlier, step.button))
    throw invalid("customId", "must be one of the task's buttons", "须为该任务的按钮之一");
  const written = prompt === undefined ? undefined : readMode(prompt);
  const mode = ofPath ?? written?.mode ?? modeOf(earlier);
  const before = textIn(earlier?.shown["prompt"]) ?? "";
  const { action, count: often = 1 } = soldAs(step, earlier);
  const times = often * timesOfStep(action, written?.text ?? "", before);
  const count = times === 1 ? asks.count : times;
  const asked: PaintRequest = { ...asks, ...only({ prompt: written?.text, parent: earlier?.made, mode, count }) };
  return {
    form: paintForm,
    asked,
    dropped,
    shown: { ...shown, prompt: prompt ?? before },
    ...only({ callback }),
    demand: {
      operation: "paint",
      ...modelsOf(action),
      maxOutput: undefined,
      promptBytes: textBytes(prompt ?? ""),
      choices: 1,
      needs: new Map(),
      units: { actions: count ?? 1 },
      attributes: only({ mode, resolution: step.resolution }),
      ...only({ fees: feesOf(step) }),
    },
  };
}

/** Some upstreams show no buttons: then each of them may be one. */
function hasButton(earlier: Earlier | undefined, customId: string): boolean {
  const buttons = objectsOf(earlier?.native?.["buttons"]);
  return buttons.length === 0 || buttons.some((button) => button["customId"] === customId);
}

/** That of the earlier prompt, unless it is the usual one: then nobody has to say it. */
function modeOf(earlier: Earlier | undefined): PaintMode | undefined {
  return PAINT_MODES.find((mode) => mode === earlier?.mode && mode !== USUAL_MODE);
}

/** The button that opened a window counts for what fills it: how often it does something, and films, which cost more than a picture. */
function soldAs(
  { step, action, count }: Step,
  earlier: Earlier | undefined,
): { readonly action: string; readonly count?: number | undefined } {
  if (step !== "fill") return { action, count };
  const opened = readButton(textIn(earlier?.shown["customId"]) ?? "");
  return { action: opened.action === "video" ? "video" : action, count: opened.count };
}

const USUAL_FILM = "480p";

/** Nobody gets large films for the price of small ones. */
function feesOf({ resolution = USUAL_FILM }: Step): ReadonlySet<Fee> | undefined {
  return resolution === USUAL_FILM ? undefined : new Set(["resolution"]);
}

/** Their price does not depend on how the picture before was asked for. */
const OF_THEIR_OWN: ReadonlySet<string> = new Set(["upscale", "describe", "video"]);

/** What is made anew of a picture is made as that was, also where the prompt is another. @throws Fault `invalid_parameter` */
function timesOfStep(action: string, prompt: string, before: string): number {
  const times = timesOf(prompt);
  if (action === "shorten") return 1;
  return OF_THEIR_OWN.has(action) ? times : Math.max(times, timesOf(readMode(before).text));
}

/** Other names of what is done, where the first has no model of its own. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  low_variation: ["mj_variation"],
  high_variation: ["mj_variation"],
  swap_face: ["swap_face"],
};

function modelsOf(action: string): { readonly model: string; readonly fallbacks: readonly string[] } {
  return { model: `mj_${action}`, fallbacks: ALSO[action] ?? [] };
}

/** What an upstream said of a task when it took it, as the client of a submission is told. */
export function submitted(task: TaskView, words: string | undefined): JsonObject {
  const { id, native = {} } = task;
  const { links, status, numberOfQueues } = native;
  const description = words === undefined || words === "" ? "提交成功" : words;
  if (links !== undefined) return { code: 1, description, result: links };
  const needsMore = status === "MODAL";
  const properties = needsMore ? { status } : only({ numberOfQueues });
  // Clients of relays know 1 alone, and 21 where a window opens.
  return { code: needsMore ? 21 : 1, description, result: id, properties };
}
