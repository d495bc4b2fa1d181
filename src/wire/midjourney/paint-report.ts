/** What upstreams that speak as midjourney-proxy tell of their tasks. */
import { isObject, objectsOf, parseForeign, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { utf8Decoder } from "../../core/text.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import { broken } from "../reading.ts";
import type { Cleaning, TaskReport, TaskResult } from "../task-types.ts";
import { numberIn, only, textIn, textOrEmpty } from "../values.ts";
import { variantOf } from "../result-variant.ts";

/** The tasks of a list. @throws UpstreamError, Fault `upstream_error` */
export function tasksIn(answer: Payload): readonly JsonObject[] {
  const value = valueOf(answer);
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return objectsOf(value);
  if (isObject(value)) throw new UpstreamError({ ...value, message: textOrEmpty(value["description"]) });
  throw broken("no list of tasks");
}

/** A list is no object, and so comes as bytes. */
function valueOf(answer: Payload): unknown {
  if (answer.kind === "json") return answer.value;
  if (answer.kind === "none") return undefined;
  if (answer.kind !== "bytes" || !(answer.body instanceof Uint8Array)) throw broken("no list of tasks");
  const value = parseForeign(utf8Decoder(false).decode(answer.body));
  if (value === undefined) throw broken("a list of tasks that is no JSON");
  return value;
}

/** A window is open, in which the client says more. */
export const MODAL = "MODAL";

/** Nobody fails for a word that is not known. `MODAL` waits for its client. */
const STATES: Readonly<Record<string, TaskReport["state"]>> = {
  [MODAL]: "running",
  IN_PROGRESS: "running",
  SUCCESS: "succeeded",
  FAILURE: "failed",
  CANCEL: "failed",
};

export function stateOf(status: string): TaskReport["state"] {
  return STATES[status] ?? "queued";
}

export function reportIn(task: JsonObject): TaskReport {
  const { status, progress, failReason } = task;
  const state = stateOf(textOrEmpty(status));
  // Why it failed is told in words alone, to whoever wrote the prompt.
  const error = { status: 422, message: textOrEmpty(failReason) };
  const results = resultsIn(task);
  return {
    state,
    ...only({ progress: percentIn(progress) }),
    ...(status === MODAL ? { wantsMore: true } : {}),
    ...(state === "failed" ? { error } : {}),
    ...(results.length === 0 ? {} : { results }),
    native: nativeOf(task),
  };
}

/** `33%`; empty where it has not begun. */
function percentIn(progress: unknown): number | undefined {
  const [, percent] = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(textIn(progress) ?? "") ?? [];
  return percent === undefined ? numberIn(progress) : Number(percent);
}

/** The picture, then the films: the first is `video`, the next one `video-2`. */
function resultsIn({ imageUrl, videoUrl, videoUrls }: JsonObject): readonly TaskResult[] {
  const listed: readonly unknown[] = Array.isArray(videoUrls) ? videoUrls : [];
  const films = new Set([videoUrl, ...listed.map((film) => (isObject(film) ? film["url"] : film))].filter(isAddress));
  return [
    ...(isAddress(imageUrl) ? [{ variant: "image", address: imageUrl }] : []),
    ...[...films].map((address, at) => ({ variant: variantOf("video", at), address })),
  ];
}

export function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\//i.test(value);
}

/** What clients see of the upstream's own task: no accounts, servers or channels. */
function nativeOf(task: JsonObject): JsonObject {
  const { status, action, description, promptEn, customId, startTime, buttons, properties } = task;
  const { finalPrompt, finalZhPrompt } = isObject(properties) ? properties : {};
  return only({
    status: textIn(status),
    action: textIn(action),
    description: textIn(description),
    promptEn: textIn(promptEn),
    customId: textIn(customId),
    startTime: numberIn(startTime),
    buttons: objectsOf(buttons).map(buttonOf),
    properties: only({ finalPrompt: textIn(finalPrompt), finalZhPrompt: textIn(finalZhPrompt) }),
  });
}

function buttonOf({ customId, emoji, label, type, style }: JsonObject): JsonObject {
  return {
    customId: textOrEmpty(customId),
    emoji: textOrEmpty(emoji),
    label: textOrEmpty(label),
    ...only({ type: numberIn(type), style: numberIn(style) }),
  };
}

/** The addresses of pictures that were uploaded are what the client asked for. */
export function cleanNative({ links, ...native }: JsonObject, { words, ids }: Cleaning): JsonObject {
  const cleaned = (name: string, value: unknown): unknown => {
    if (typeof value === "string") return name === "customId" ? ids(value) : words(value);
    if (Array.isArray(value)) return value.map((item: unknown) => cleaned(name, item));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([inner, one]) => [inner, cleaned(inner, one)]));
  };
  return { ...(cleaned("", native) as JsonObject), ...only({ links }) };
}
