/** Reads what clients of Kling ask for, at each of its endpoints. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import type { Attributes } from "../../core/units.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import type { VideoRequest } from "../../operation/video/video-request.ts";
import { invalid, missing } from "../invalid.ts";
import { frameOf } from "../openai/video-form.ts";
import { jsonOf, textBytes } from "../request-members.ts";
import type { TaskForm, TaskRequest } from "../task-types.ts";
import { only, textIn } from "../values.ts";
import { readVideo } from "../video-demand.ts";
import { isMode, MODES, type Mode } from "./model-limits.ts";
import {
  aspectIn,
  checkShare,
  CHOICE,
  COMMON,
  isGiven,
  ownIn,
  pictureIn,
  promptIn,
  raise,
  sourceIn,
  textOf,
  USUAL_MODEL,
} from "./read-members.ts";
import { KLING_VIDEOS, PASSED, PASSED_INPUT, voicesIn, type VideoKind } from "./video-kinds.ts";

/** A film that was made, and that another task goes on with. */
export interface EarlierFilm {
  /** The upstream's own id. */
  readonly made: string;
  /** The public name. */
  readonly model: string;
  readonly seconds: number | undefined;
  readonly attributes: Attributes;
}

const FILM = ["prompt", "negative_prompt", "mode", "duration", "aspect_ratio", "sound"];
const KNOWN: Readonly<Record<VideoKind, readonly string[]>> = {
  text2video: FILM,
  image2video: [...FILM, "image", "image_tail"],
  "multi-image2video": [...FILM, "image_list"],
  "video-extend": ["video_id", "prompt", "negative_prompt"],
  "lip-sync": ["input"],
  effects: ["input"],
};

/** Work of another kind than to make a film: nobody gets it for the price of a film. */
const OWN_PRICE: ReadonlySet<VideoKind> = new Set(["lip-sync", "effects"]);

/** Members of `input` that are read for what they say. */
const INPUTS = ["video_id", "image", "images", "duration"];

/** The film of their own that a client wants changed or continued; undefined = none is named. @throws Fault `missing_input` */
export function earlierIn(kind: VideoKind, payload: Payload): string | undefined {
  const { value: body } = jsonOf(payload);
  if (kind === "video-extend") return textIn(body["video_id"]) ?? raise(missing("video_id"));
  const { input } = body;
  return kind === "lip-sync" && isObject(input) ? textIn(input["video_id"]) : undefined;
}

/** @param earlier what {@link earlierIn} names. @throws Fault `missing_input`, `invalid_parameter` */
export function readKling(form: TaskForm, kind: VideoKind, payload: Payload, earlier?: EarlierFilm): TaskRequest {
  const { value: body } = jsonOf(payload);
  const asked = readAsked(kind, body, earlier);
  const input = PASSED_INPUT[kind] === undefined ? {} : inputOf(body);
  // Kling goes on with a film by the model that made it, whatever the client names: that one is paid for.
  const isSameModel = kind === "video-extend";
  const known = new Set([...COMMON, ...(isSameModel ? [] : CHOICE), ...KNOWN[kind], ...PASSED[kind]]);
  const inner = new Set([...INPUTS, ...(PASSED_INPUT[kind] ?? [])]);
  const { name, callback } = ownIn(body);
  const { prompt } = asked;
  const named = [body["model_name"], body["model"], input["model_name"], earlier?.model, USUAL_MODEL].find(isGiven);
  const read = readVideo(form, asked, {
    body: isSameModel ? {} : body,
    model: isSameModel ? earlier?.model : named,
    dropped: [
      ...Object.keys(body).filter((member) => !known.has(member)),
      ...Object.keys(input).flatMap((member) => (inner.has(member) ? [] : [`input.${member}`])),
    ],
    promptBytes: textBytes(prompt) + textBytes(textIn(input["text"]) ?? ""),
    fees: OWN_PRICE.has(kind) ? ["mode"] : [],
    shown: only({ prompt: prompt === "" ? undefined : prompt, external_task_id: name }),
    ...only({ callback }),
  });
  return {
    ...read,
    ...(asked.native?.action === undefined ? {} : { wires: new Set([KLING_VIDEOS]) }),
    ...only({ name }),
  };
}

function readAsked(kind: VideoKind, body: JsonObject, earlier: EarlierFilm | undefined): VideoRequest {
  switch (kind) {
    case "video-extend":
      return readExtension(body, earlier);
    case "lip-sync":
      return readLipSync(body, earlier);
    case "effects":
      return readEffects(body);
    case "text2video":
    case "image2video":
    case "multi-image2video":
      return readFilm(kind, body);
  }
}

function readFilm(kind: "text2video" | "image2video" | "multi-image2video", body: JsonObject): VideoRequest {
  const [first, last] = kind === "image2video" ? [pictureIn(body, "image"), pictureIn(body, "image_tail")] : [];
  const references = kind === "multi-image2video" ? picturesIn(body) : [];
  if (kind === "image2video") refuseBeside(body, first, last);
  const prompt = promptIn(body, kind !== "image2video");
  const mode = modeIn(body);
  const sound = soundIn(body);
  const native = nativeIn(kind, body);
  if (native.voiced === true && sound === false)
    throw invalid("voice_list", "cannot stand beside 'sound' off", "不能与关闭的 'sound' 同时使用");
  return {
    prompt,
    seconds: secondsIn(body),
    frame: only({
      aspect: aspectIn(body) ?? (kind === "image2video" ? undefined : "16:9"),
      resolution: mode === undefined ? undefined : MODES[mode],
    }),
    references,
    count: 1,
    ...only({ first, last, mode, sound, negative: textOf(body, "negative_prompt") }),
    ...native,
  };
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function refuseBeside(body: JsonObject, first: Source | undefined, last: Source | undefined): void {
  if (first === undefined && last === undefined) throw missing("image");
  const other = ["camera_control", "static_mask", "dynamic_masks"].find((name) => isGiven(body[name]));
  if (last !== undefined && other !== undefined)
    throw invalid("image_tail", `cannot stand beside '${other}'`, `不能与 '${other}' 同时使用`);
}

function readExtension(body: JsonObject, earlier: EarlierFilm | undefined): VideoRequest {
  if (earlier === undefined) throw missing("video_id");
  const { mode = "", resolution, size, audio } = earlier.attributes;
  return {
    prompt: promptIn(body, false),
    seconds: ADDED_SECONDS,
    frame: { ...frameOf("size", size), ...only({ resolution }) },
    references: [],
    count: 1,
    remixes: earlier.made,
    ...only({
      mode: isMode(mode) ? mode : undefined,
      sound: audio === undefined ? undefined : audio !== "off",
      negative: textOf(body, "negative_prompt"),
    }),
    ...nativeIn("video-extend", body, "video-extend"),
  };
}

const ADDED_SECONDS = 5;

function readLipSync(body: JsonObject, earlier: EarlierFilm | undefined): VideoRequest {
  const input = inputOf(body);
  const { video_url: address } = input;
  if (earlier === undefined) {
    if (typeof address !== "string" || address === "") throw missing("input.video_id");
    if (!/^https?:\/\//i.test(address))
      throw invalid("input.video_url", "must be an http(s) address", "必须是 http(s) 地址");
  } else if (isGiven(address))
    throw invalid("input.video_url", "cannot stand beside 'video_id'", "不能与 'video_id' 同时使用");
  return {
    prompt: "",
    // How long a film from elsewhere is, nobody knows before the upstream tells: that is paid for, of what is held for the longest.
    seconds: earlier?.seconds ?? MOST_SECONDS,
    frame: {},
    references: [],
    count: 1,
    // Whoever sells it has a price for it.
    mode: "lip-sync",
    ...only({ remixes: earlier?.made }),
    ...nativeIn("lip-sync", body, "lip-sync"),
  };
}

function readEffects(body: JsonObject): VideoRequest {
  const input = inputOf(body);
  if (textIn(body["effect_scene"]) === undefined) throw missing("effect_scene");
  const { image, images } = input;
  const pictures = Array.isArray(images) ? images : [image];
  const references = pictures.filter(isGiven).map((picture) => sourceIn("input.image", picture));
  const mode = modeIn(input) ?? "std";
  if (references.length === 0) throw missing("input.image");
  if (references.length > MOST_PICTURES) throw tooMany("input.images");
  return {
    prompt: "",
    seconds: secondsIn(input),
    frame: {},
    references,
    count: 1,
    mode: mode === "std" ? "effects" : `effects-${mode}`,
    ...nativeIn("effects", body, "effects"),
  };
}

/** What only Kling has a place for. */
function nativeIn(kind: VideoKind, body: JsonObject, action?: string): Pick<VideoRequest, "native" | "voiced"> {
  checkShare(body, "cfg_scale");
  const taken = (from: JsonObject, names: readonly string[]) =>
    Object.fromEntries(Object.entries(from).filter(([name, value]) => names.includes(name) && isGiven(value)));
  const inner = PASSED_INPUT[kind];
  const members = {
    ...taken(body, PASSED[kind]),
    ...(inner === undefined ? {} : { input: taken(inputOf(body), inner) }),
  };
  if (action === undefined && Object.keys(members).length === 0) return {};
  return { native: { wire: KLING_VIDEOS, members, ...only({ action }) }, ...voicesIn(members) };
}

/** @throws Fault `missing_input` */
function inputOf({ input }: JsonObject): JsonObject {
  return isObject(input) ? input : raise(missing("input"));
}

const MOST_SECONDS = 60;

/** @throws Fault `invalid_parameter` */
function secondsIn({ duration }: JsonObject): number | undefined {
  if (!isGiven(duration)) return undefined;
  const seconds = typeof duration === "string" ? Number(duration) : duration;
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds >= 1 && seconds <= MOST_SECONDS)
    return seconds;
  throw invalid("duration", "must be a number of seconds, such as '5'", "必须是秒数,如 '5'");
}

/** @throws Fault `invalid_parameter` */
function modeIn({ mode }: JsonObject): Mode | undefined {
  if (!isGiven(mode)) return undefined;
  if (typeof mode === "string" && isMode(mode)) return mode;
  throw invalid("mode", "must be 'std', 'pro' or '4k'", "须为 'std'、'pro' 或 '4k'");
}

/** @throws Fault `invalid_parameter` */
function soundIn({ sound }: JsonObject): boolean | undefined {
  if (!isGiven(sound)) return undefined;
  if (sound === "on" || sound === true) return true;
  if (sound === "off" || sound === false) return false;
  throw invalid("sound", "must be 'on' or 'off'", "须为 'on' 或 'off'");
}

const MOST_PICTURES = 4;

/** @throws Fault `missing_input`, `invalid_parameter` */
function picturesIn({ image_list: list }: JsonObject): Source[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  if (items.length === 0) throw missing("image_list");
  if (items.length > MOST_PICTURES) throw tooMany("image_list");
  return items.map((item) => sourceIn("image_list", isObject(item) ? item["image"] : item));
}

function tooMany(param: string) {
  return invalid(param, `must be at most ${MOST_PICTURES} pictures`, `最多 ${MOST_PICTURES} 张图片`);
}
