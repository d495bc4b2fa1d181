/** Reads the bodies of midjourney-proxy's endpoints, each a step of `operation/paint/`. */
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import type { Dimensions, PaintRequest } from "../../operation/paint/paint-request.ts";
import { words } from "../fields/field-table.ts";
import { invalid, missing } from "../invalid.ts";
import { checkAddress, sourceOfPicture } from "../media.ts";
import { numberIn, only, textIn, textOrEmpty } from "../values.ts";
import { readButton } from "./buttons.ts";
import { filmsIn, nativeIn } from "./native-members.ts";

/** What a body asks for, before the task is known that it goes on with. */
export interface Step extends Omit<PaintRequest, "mode"> {
  /** The gateway's own id. */
  readonly parent?: string;
  /** With the flags of the mode. */
  readonly prompt?: string;
  readonly shown: JsonObject;
  readonly dropped: readonly string[];
  readonly callback?: string;
}

type Asks = Omit<Step, "shown" | "dropped" | "callback" | "native">;

interface Reader {
  /** The members that it reads. */
  readonly members: readonly string[];
  /** @throws Fault `missing_input`, `invalid_parameter` */
  read(body: JsonObject): Asks;
}

/** The gateway's own. */
export const CALLBACK = "notifyHook";
const OWN = [CALLBACK, "state"];

const MOST = { prompt: 10_000, state: 4000, pictures: 10, button: 200 } as const;

const READERS: Readonly<Record<string, Reader>> = {
  "/submit/imagine": {
    members: words("prompt base64Array base64"),
    read: (body) => ({
      step: "imagine",
      action: "imagine",
      prompt: promptIn(body),
      pictures: [...picturesIn(body, "base64Array"), ...pictureIn(body, "base64")],
    }),
  },
  "/submit/blend": {
    members: words("base64Array dimensions"),
    read(body) {
      const pictures = picturesIn(body, "base64Array");
      if (pictures.length === 0) throw missing("base64Array");
      if (pictures.length < 2 || pictures.length > 5) {
        throw invalid("base64Array", "must hold 2 to 5 pictures", "须包含 2 至 5 张图片");
      }
      return { step: "blend", action: "blend", pictures, ...only({ dimensions: dimensionsIn(body) }) };
    },
  },
  "/submit/describe": {
    members: words("base64 link"),
    read(body) {
      const [picture] = [...pictureIn(body, "base64"), ...pictureIn(body, "link")];
      if (picture === undefined) throw missing("base64");
      return { step: "describe", action: "describe", pictures: [picture] };
    },
  },
  "/submit/shorten": {
    members: ["prompt"],
    read: (body) => ({ step: "shorten", action: "shorten", prompt: promptIn(body), pictures: [] }),
  },
  "/submit/upload-discord-images": {
    members: words("base64Array filter"),
    read(body) {
      const pictures = picturesIn(body, "base64Array");
      if (pictures.length === 0) throw missing("base64Array");
      return { step: "upload", action: "upload", pictures };
    },
  },
  "/insight-face/swap": {
    members: words("sourceBase64 targetBase64"),
    read(body) {
      const [[face], [target]] = [pictureIn(body, "sourceBase64"), pictureIn(body, "targetBase64")];
      if (face === undefined) throw missing("sourceBase64");
      if (target === undefined) throw missing("targetBase64");
      return { step: "swap", action: "swap_face", pictures: [face, target] };
    },
  },
  "/submit/edits": {
    members: words("prompt image base64Array maskBase64"),
    read(body) {
      const pictures = [...pictureIn(body, "image"), ...picturesIn(body, "base64Array")];
      if (pictures.length === 0) throw missing("image");
      return { step: "edit", action: "edits", prompt: promptIn(body), pictures, ...maskIn(body) };
    },
  },
  "/submit/video": {
    members: words("prompt image endImage taskId index"),
    read(body) {
      const pictures = [...pictureIn(body, "image"), ...pictureIn(body, "endImage")];
      const common = { step: "animate", action: "video", pictures } as const;
      if (hasText(body["taskId"])) {
        const more = { prompt: optionalPrompt(body), index: indexIn(body, 0) };
        return { ...common, parent: taskIn(body), ...only(more) };
      }
      if (pictures.length === 0) throw missing("image");
      return { ...common, prompt: promptIn(body) };
    },
  },
  "/submit/action": {
    members: words("taskId customId"),
    read(body) {
      const parent = taskIn(body);
      const { customId: button } = body;
      if (typeof button !== "string" || button === "") throw missing("customId");
      if (button.length > MOST.button) throw tooLong("customId", MOST.button);
      return { step: "press", ...readButton(button), pictures: [], parent, button };
    },
  },
  "/submit/change": {
    members: words("taskId action index"),
    read(body) {
      const parent = taskIn(body);
      const action = CHANGES.find((one) => one === textOrEmpty(body["action"]).toLowerCase());
      if (action === undefined) throw invalid("action", "is unknown", "无法识别");
      return changes(parent, action, indexIn(body, 1));
    },
  },
  "/submit/simple-change": {
    members: ["content"],
    read({ content }) {
      const text = textOrEmpty(content).trim();
      if (text === "") throw missing("content");
      const [, parent, letter = "", number] = /^(\S+)\s+(?:([UV])([1-4])|R)$/i.exec(text) ?? [];
      if (parent === undefined) throw invalid("content", "must be like '<id> U2'", "须形如 '<id> U2'");
      const action = ({ U: "upscale", V: "variation" } as const)[letter.toUpperCase()] ?? "reroll";
      return changes(parent, action, number === undefined ? undefined : Number(number));
    },
  },
  "/submit/modal": {
    members: words("taskId prompt maskBase64"),
    read: (body) => ({
      step: "fill",
      action: "modal",
      pictures: [],
      parent: taskIn(body),
      ...only({ prompt: optionalPrompt(body) }),
      ...maskIn(body),
    }),
  },
};

/** Below the mount. */
export const STEP_PATHS = Object.keys(READERS);

const CHANGES = ["upscale", "variation", "reroll"] as const;

/** @throws Fault `invalid_parameter` */
function changes(parent: string, action: (typeof CHANGES)[number], index: number | undefined): Asks {
  const asks = { step: "change", action, pictures: [], parent } as const;
  if (action === "reroll") return asks;
  if (index === undefined) throw invalid("index", "must be from 1 to 4", "须为 1 到 4");
  return { ...asks, index };
}

/** @param path below the mount. @throws Fault `missing_input`, `invalid_parameter` */
export function readStep(body: JsonObject, path: string): Step {
  const reader = Object.hasOwn(READERS, path) ? READERS[path] : undefined;
  if (reader === undefined) throw new Fault("resource_not_found");
  const asks = reader.read(body);
  const native = nativeIn(asks, body);
  const known = new Set([...reader.members, ...Object.keys(native), ...OWN]);
  const { state } = body;
  if (state !== undefined && state !== null && textOrEmpty(state).length > MOST.state)
    throw tooLong("state", MOST.state);
  const callback = body[CALLBACK] ?? "";
  if (typeof callback !== "string") throw invalid(CALLBACK, "must be a text", "必须是文本");
  return {
    ...asks,
    ...filmsIn(asks, body),
    native,
    shown: only({
      action: asks.action.toUpperCase(),
      description: asks.prompt === undefined ? undefined : `/${asks.step} ${asks.prompt}`,
      state: textIn(state),
      botType: textIn(body["botType"]),
      customId: asks.button,
    }),
    dropped: Object.keys(body).filter((name) => !known.has(name)),
    ...(callback === "" ? {} : { callback }),
  };
}

function hasText(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || numberIn(value) !== undefined;
}

/** @throws Fault `missing_input` */
function taskIn({ taskId }: JsonObject): string {
  if (!hasText(taskId)) throw missing("taskId");
  return String(taskId);
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function promptIn(body: JsonObject): string {
  const prompt = optionalPrompt(body);
  if (prompt === undefined || prompt.trim() === "") throw missing("prompt");
  return prompt;
}

/** @throws Fault `invalid_parameter` */
function optionalPrompt({ prompt }: JsonObject): string | undefined {
  if (prompt === undefined || prompt === null) return undefined;
  if (typeof prompt !== "string") throw invalid("prompt", "must be a text", "必须是文本");
  if (prompt.length > MOST.prompt) throw tooLong("prompt", MOST.prompt);
  return prompt;
}

/** @param least the number of the first. @throws Fault `invalid_parameter` */
function indexIn({ index }: JsonObject, least: 0 | 1): number | undefined {
  if (index === undefined || index === null) return undefined;
  const number = Number(index);
  const most = least + 3;
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw invalid("index", `must be from ${least} to ${most}`, `须为 ${least} 到 ${most}`);
}

/** @throws Fault `invalid_parameter` */
function dimensionsIn({ dimensions }: JsonObject): Dimensions | undefined {
  if (dimensions === undefined || dimensions === null || dimensions === "") return undefined;
  const known = ["portrait", "square", "landscape"] as const;
  const named = known.find((one) => one === textOrEmpty(dimensions).toLowerCase());
  if (named !== undefined) return named;
  throw invalid("dimensions", "must be PORTRAIT, SQUARE or LANDSCAPE", "须为 PORTRAIT、SQUARE 或 LANDSCAPE");
}

function maskIn(body: JsonObject): { readonly mask?: Source } {
  const [mask] = pictureIn(body, "maskBase64");
  return only({ mask });
}

/** @throws Fault `invalid_parameter` */
function picturesIn(body: JsonObject, param: string): readonly Source[] {
  const value = body[param];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(param, "must be a list of pictures", "必须是图片数组");
  if (value.length > MOST.pictures) {
    throw invalid(param, `must hold at most ${MOST.pictures} pictures`, `最多 ${MOST.pictures} 张图片`);
  }
  return value.map((item) => sourceIn(item, param));
}

/** @returns one, or none where the member is absent. @throws Fault `invalid_parameter` */
function pictureIn(body: JsonObject, param: string): readonly Source[] {
  const value = body[param];
  return value === undefined || value === null || value === "" ? [] : [sourceIn(value, param)];
}

/** Upstreams write addresses into prompts, where a space ends them, and braces hold lists. */
const ADDRESS = /^[^\s{}]+$/;
const BASE64 = /^[A-Za-z0-9+/_=\s-]+$/;

/** @throws Fault `invalid_parameter` */
function sourceIn(value: unknown, param: string): Source {
  checkAddress(value, param);
  const source = sourceOfPicture(value, "image/png");
  checkPicture(source, param);
  if (source.kind === "data" && !BASE64.test(source.data))
    throw invalid(param, "must be a picture in base64", "必须是 base64 图片");
  return source;
}

/** @throws Fault `invalid_parameter` for an address that says more */
export function checkPicture(source: Source, param: string): void {
  if (source.kind === "url" && !ADDRESS.test(source.url)) throw invalid(param, "must be an address", "必须是网址");
}

function tooLong(param: string, most: number): Fault {
  return invalid(param, `must have at most ${most} characters`, `最多 ${most} 个字符`);
}
