/**
 * Pictures of upstreams that speak as midjourney-proxy does. Its answers tell in `code` how a request went, whatever the status.
 * @see https://github.com/novicezk/midjourney-proxy
 */
import { isObject, type JsonObject } from "../../core/json.ts";
import { jsonPayload, type Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import { Fault } from "../../core/fault.ts";
import type { PaintRequest, PaintStep } from "../../operation/paint/paint-request.ts";
import { urlOf } from "../media.ts";
import { broken } from "../reading.ts";
import type { TakenTask, TaskCall, TaskWire } from "../task-types.ts";
import { numberIn, only, textIn, textOrEmpty } from "../values.ts";
import { cleanNative, isAddress, MODAL, reportIn, stateOf, tasksIn } from "./paint-report.ts";
import { USUAL_MODE, withMode } from "./mode.ts";

export const paint: TaskWire<PaintRequest> = {
  name: "midjourney.tasks",
  operation: "paint",
  write: writeStep,
  taken: takenTask,
  mostAtOnce: 50,
  ask: (ids) => ({
    address: { method: "POST", path: "/mj/task/list-by-condition" },
    payload: jsonPayload({ ids }),
  }),
  told(answer, ids) {
    const wanted = new Set(ids);
    const reports = tasksIn(answer).flatMap((task) => {
      const id = textIn(task["id"]) ?? String(task["id"]);
      return wanted.has(id) ? [[id, reportIn(task)] as const] : [];
    });
    return new Map(reports);
  },
  cleaned: cleanNative,
  seed: {
    ask: (id) => ({
      address: { method: "GET", path: `/mj/task/${encodeURIComponent(id)}/image-seed` },
      payload: { kind: "none" },
    }),
    told(answer) {
      const { result } = accepted(answer);
      if (typeof result !== "string" || result === "") throw broken("no seed");
      return result;
    },
  },
};

const PATHS: Readonly<Record<PaintStep, string>> = {
  imagine: "/mj/submit/imagine",
  blend: "/mj/submit/blend",
  describe: "/mj/submit/describe",
  shorten: "/mj/submit/shorten",
  upload: "/mj/submit/upload-discord-images",
  swap: "/mj/insight-face/swap",
  edit: "/mj/submit/edits",
  animate: "/mj/submit/video",
  press: "/mj/submit/action",
  change: "/mj/submit/change",
  fill: "/mj/submit/modal",
};

function writeStep(asked: PaintRequest): TaskCall {
  const { step, mode, native = {} } = asked;
  return {
    address: { method: "POST", path: PATHS[step] },
    // Where no prompt can say the mode, this does: what is paid for must be what is made.
    payload: jsonPayload({ ...native, ...only({ ...membersOf(asked), accountFilter: filterOf(mode) }) }),
    dropped: [],
    units: { actions: asked.count ?? 1 },
    attributes: { mode: mode ?? USUAL_MODE, ...only({ resolution: asked.resolution }) },
  };
}

function filterOf(mode: PaintRequest["mode"]): JsonObject | undefined {
  return mode === undefined ? undefined : { modes: [mode.toUpperCase()] };
}

function membersOf(asked: PaintRequest): JsonObject {
  const { step, action, prompt, pictures, parent, button, index, mask, dimensions, mode } = asked;
  const images = pictures.map(urlOf);
  const [first, second] = images;
  switch (step) {
    case "imagine":
      return {
        prompt: withMode(prompt ?? "", mode),
        base64Array: images.length === 0 ? undefined : images,
      };
    case "blend":
      return { base64Array: images, dimensions: dimensions?.toUpperCase() };
    case "describe":
      return pictures[0]?.kind === "url" ? { link: first } : { base64: first };
    case "shorten":
      return { prompt };
    case "upload":
      return { base64Array: images };
    case "swap":
      return { sourceBase64: first, targetBase64: second };
    case "edit":
      return { prompt: withMode(prompt ?? "", mode), image: first, maskBase64: mask && urlOf(mask) };
    case "animate":
      return { prompt, image: first, endImage: second, taskId: parent, index };
    case "press":
      return { taskId: parent, customId: button };
    case "change":
      return { taskId: parent, action: action.toUpperCase(), index };
    case "fill":
      return {
        taskId: parent,
        prompt: prompt === undefined ? undefined : withMode(prompt, mode),
        maskBase64: mask && urlOf(mask),
      };
  }
}

const EXISTS = 21;
const QUEUED = 22;
/** Some proxies answer 0 for what is done at once. */
const ACCEPTED: ReadonlySet<unknown> = new Set([0, 1, EXISTS, QUEUED]);

/** What the other codes mean, in words that OpenAI's errors have. */
const REFUSALS: ReadonlyMap<unknown, JsonObject> = new Map([
  [4, { type: "invalid_request_error" }],
  [23, { code: "rate_limit_exceeded" }],
  [30, { code: "rate_limit_exceeded" }],
]);
const BANNED = 24;

interface Answer {
  readonly code: unknown;
  readonly words: string;
  readonly result: unknown;
  readonly properties: JsonObject;
}

/** @throws UpstreamError, Fault `content_policy` for a refusal; Fault `upstream_error` */
function accepted(answer: Payload): Answer {
  if (answer.kind !== "json") throw broken("an answer that is no JSON object");
  const { code, description, result, properties: told, error } = answer.value;
  if (isObject(error) && code === undefined) throw new UpstreamError(error);
  const properties = isObject(told) ? told : {};
  const words = textOrEmpty(description);
  if (ACCEPTED.has(code)) return { code, words, result: exact(result, answer.text), properties };
  if (code === BANNED) throw banned(properties);
  const meaning = REFUSALS.get(code) ?? { type: "server_error" };
  // Relays name a problem of theirs by a word, such as `quota_not_enough`.
  throw new UpstreamError({ code: words, ...meaning, message: words });
}

/** Ids are larger than a number can be. */
function exact(result: unknown, text: string): unknown {
  if (numberIn(result) === undefined) return result;
  return /"result"\s*:\s*(\d+)/.exec(text)?.[1] ?? String(result);
}

function banned({ bannedWord, promptEn }: JsonObject): Fault {
  const values = { bannedWord: textOrEmpty(bannedWord), promptEn: textOrEmpty(promptEn) };
  if (values.bannedWord === "") return new Fault("content_policy", { values });
  return new Fault("content_policy", {
    values,
    detail: {
      en: "The prompt has a word that is not allowed: {bannedWord}.",
      zh: "提示词包含违禁词:{bannedWord}。",
    },
  });
}

/** @throws UpstreamError, Fault */
function takenTask(answer: Payload): TakenTask {
  const { code, words, result, properties } = accepted(answer);
  if (Array.isArray(result)) {
    const links = result.filter(isAddress);
    if (links.length === 0) throw broken("uploaded pictures without an address");
    return { id: "", words, isWhole: true, report: { state: "succeeded", native: { status: "SUCCESS", links } } };
  }
  if (isAddress(result)) {
    const results = [{ variant: "image", address: result }];
    return { id: "", words, isWhole: true, report: { state: "succeeded", native: { status: "SUCCESS" }, results } };
  }
  if (typeof result !== "string" || result === "") throw broken("a task without an id");
  const { status, numberOfQueues } = properties;
  const needsMore = code === EXISTS && status === MODAL;
  const state = stateOf(textOrEmpty(status));
  const native = only({
    status: needsMore ? MODAL : undefined,
    numberOfQueues: numberIn(numberOfQueues),
  });
  // One that is finished is asked for like any other: the list tells its buttons, too.
  return { id: result, words, report: { state, native, ...(needsMore ? { wantsMore: true } : {}) } };
}
