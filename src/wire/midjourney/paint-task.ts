/** A task as clients of midjourney-proxy see it. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { TaskView } from "../task-types.ts";
import { numberIn, textOrEmpty } from "../values.ts";

const STATUS = {
  submitting: "NOT_START",
  queued: "SUBMITTED",
  running: "IN_PROGRESS",
  succeeded: "SUCCESS",
  failed: "FAILURE",
} as const satisfies Record<TaskView["state"], string>;

/** What an upstream's own words tell beyond the state, by the state that they belong to. */
const OWN: Readonly<Partial<Record<TaskView["state"], ReadonlySet<unknown>>>> = {
  queued: new Set(["NOT_START", "SUBMITTED"]),
  running: new Set(["IN_PROGRESS", "MODAL"]),
  failed: new Set(["FAILURE", "CANCEL"]),
};

const VIDEO = "/mj/video/";

export function showPaint(task: TaskView): JsonObject {
  const { id, state, progress, createdAtMs, finishedAtMs, shown, error, links } = task;
  const native = task.native ?? {};
  const { status, startTime, buttons, properties } = native;
  const films = links.filter((link) => link.includes(VIDEO));
  const picture = links.find((link) => !link.includes(VIDEO));
  const description = textOrEmpty(native["description"]);
  return {
    id,
    action: textOrEmpty(native["action"]) || shown["action"],
    status: OWN[state]?.has(status) === true ? status : STATUS[state],
    prompt: shown["prompt"],
    promptEn: textOrEmpty(native["promptEn"]),
    description: description === "" ? shown["description"] : description,
    state: shown["state"] ?? "",
    submitTime: createdAtMs,
    startTime: numberIn(startTime) ?? 0,
    finishTime: finishedAtMs ?? 0,
    progress: `${progress}%`,
    imageUrl: picture === undefined ? "" : imageUrl(picture, task),
    failReason: error?.message ?? null,
    buttons: Array.isArray(buttons) ? buttons : [],
    botType: shown["botType"] ?? "MID_JOURNEY",
    customId: shown["customId"] ?? "",
    videoUrl: films[0] ?? "",
    videoUrls: films.map((url) => ({ url })),
    maskBase64: "",
    properties: { finalPrompt: "", finalZhPrompt: "", ...(isObject(properties) ? properties : {}) },
  };
}

/** A picture that still grows must come from no cache. */
function imageUrl(link: string, { state, progress }: TaskView): string {
  return state === "succeeded" ? link : `${link}?rand=${progress}`;
}
