/**
 * How clients ask for films in the form of Sora, which relays keep for the films of any vendor, and how they see them.
 * @see https://platform.openai.com/docs/api-reference/videos
 */
import { toBase64 } from "../../core/base64.ts";
import { bytesOf } from "../../core/form-parts.ts";
import { randomId } from "../../core/id.ts";
import { isObject, parseForeign, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import type { Attributes, Usage } from "../../core/units.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import type { Frame, VideoRequest } from "../../operation/video/video-request.ts";
import { words } from "../fields/field-table.ts";
import { bodyOf, filesIn } from "../form-request.ts";
import { invalid, missing } from "../invalid.ts";
import { FILM_MEMBERS, klingMembers } from "../kling/video-kinds.ts";
import { checkAddress, sourceOfPicture, typeOfPicture } from "../media.ts";
import { textBytes } from "../request-members.ts";
import type { TaskForm, TaskRequest, TaskView } from "../task-types.ts";
import { unsupported } from "../unsupported.ts";
import { booleanIn, only, textIn } from "../values.ts";
import { readVideo } from "../video-demand.ts";

/** How the ids of films begin. */
export const VIDEO_ID = "video_";

export const videoForm: TaskForm = {
  name: "openai.videos",
  operation: "video",
  read: readForm,
  show: showVideo,
  newId: () => randomId(VIDEO_ID),
  linkOf: ({ id, token, variant }) => {
    const named = variant === "video" ? "" : `&variant=${encodeURIComponent(variant)}`;
    return `/v1/videos/${id}/content?token=${token}${named}`;
  },
};

/** As relays have it: for clients that look for `data`. */
export const generationForm: TaskForm = {
  ...videoForm,
  name: "videos.generations",
  show: (task) => ({
    ...showVideo(task),
    ...(task.links.length === 0 ? {} : { data: task.links.map((url) => ({ url })) }),
  }),
};

/** A film that was made. */
interface Earlier {
  readonly id: string;
  /** The public name. */
  readonly model: string;
  /** The upstream's own id. */
  readonly made: string;
  readonly units: Usage;
  readonly attributes: Attributes;
}

/** A request for an earlier film with another prompt: all else is as it was. @throws Fault `missing_input`, `invalid_parameter` */
export function remixOf(payload: Payload, { id, model, made, units, attributes }: Earlier): TaskRequest {
  const { value: body } = bodyOf(payload);
  const prompt = promptIn(body);
  const { durationMs } = units;
  const { size, mode, audio } = attributes;
  const asked: VideoRequest = {
    prompt,
    seconds: durationMs === undefined ? undefined : durationMs / 1000,
    frame: frameOf("size", size),
    remixes: made,
    references: [],
    count: 1,
    ...only({ mode, sound: switchIn(audio) }),
  };
  return readVideo(videoForm, asked, {
    body: {},
    model,
    dropped: Object.keys(body).filter((name) => name !== "prompt" && name !== "model"),
    promptBytes: textBytes(prompt),
    shown: only({ prompt, size, remixed_from_video_id: id }),
  });
}

const KNOWN: ReadonlySet<string> = new Set(
  words(`model models provider prompt seconds duration size width height aspect_ratio resolution input_reference image
    images first_frame first_frame_url last_frame last_frame_url image_tail reference_images n negative_prompt seed
    generate_audio sound mode callback_url watermark enhance_prompt person_generation metadata user safety_identifier`),
);

export const MAX_COUNT = 4;
export const MAX_PICTURES = 3;

/** What stands in the body or, for vendors' own parameters, in `metadata`. */
function membersIn(body: JsonObject): JsonObject {
  const { metadata } = body;
  const own = typeof metadata === "string" ? parseForeign(metadata) : metadata;
  return { ...(isObject(own) ? own : {}), ...body };
}

/** @throws Fault `invalid_parameter`, `missing_input`, `unsupported_feature` */
function readForm(payload: Payload): TaskRequest {
  const { value: body } = bodyOf(payload);
  const members = membersIn(body);
  const prompt = promptIn(members);
  const seconds = secondsIn(members);
  const frame = frameIn(members);
  const asked: VideoRequest = {
    prompt,
    seconds,
    frame,
    ...picturesIn(members, payload),
    ...klingMembers(members),
    count: countIn(members),
    ...only({
      negative: textIn(members["negative_prompt"]),
      seed: wholeIn(members["seed"]),
      sound: switchIn(members["generate_audio"] ?? members["sound"]),
      mode: modeIn(members),
      watermark: switchIn(members["watermark"]),
      enhances: switchIn(members["enhance_prompt"]),
      people: textIn(members["person_generation"]),
    }),
  };
  const { size, callback_url: callback } = members;
  if (callback !== undefined && typeof callback !== "string") {
    throw invalid("callback_url", "must be a public https address", "必须是公网 https 地址");
  }
  return readVideo(videoForm, asked, {
    body,
    dropped: Object.keys(members).filter((name) => !KNOWN.has(name) && !FILM_MEMBERS.includes(name)),
    promptBytes: textBytes(prompt),
    shown: only({ prompt, size: textIn(size) }),
    ...only({ callback }),
  });
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function promptIn({ prompt }: JsonObject): string {
  if (prompt === undefined || prompt === null || prompt === "") throw missing("prompt");
  if (typeof prompt !== "string") throw invalid("prompt", "must be a text", "必须是文本");
  return prompt;
}

/** No vendor makes longer films in one go. */
export const MAX_SECONDS = 60;

/** OpenAI's clients write a text, others a number. @throws Fault `invalid_parameter` */
function secondsIn({ seconds, duration }: JsonObject): number | undefined {
  const said = [seconds, duration].filter((value) => value !== undefined && value !== null && value !== "");
  const [first, ...others] = new Set(said.map((value) => (typeof value === "string" ? Number(value) : value)));
  if (first === undefined) return undefined;
  const param = seconds === undefined || seconds === null ? "duration" : "seconds";
  if (others.length > 0) throw invalid(param, "is said twice, and not the same", "出现两次且不一致");
  if (typeof first === "number" && Number.isInteger(first) && first >= 1 && first <= MAX_SECONDS) return first;
  throw invalid(param, `must be a number from 1 to ${MAX_SECONDS}`, `必须是 1 到 ${MAX_SECONDS} 的整数`);
}

/** @throws Fault `invalid_parameter` */
function countIn({ n }: JsonObject): number {
  const count = wholeIn(n) ?? 1;
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw invalid("n", `must be a number from 1 to ${MAX_COUNT}`, `必须是 1 到 ${MAX_COUNT} 的整数`);
}

/** `1280x720` counts pixels, `16x9` and `16:9` are a ratio, `1080p` tells the shorter side. */
const SIZE = /^([1-9]\d{0,4})\s*[x×*:]\s*([1-9]\d{0,4})$/i;
const RESOLUTION = /^(\d{3,4}p|[248]k)$/i;
/** What is smaller is no number of pixels. */
const LEAST_PIXELS = 100;

/** @throws Fault `invalid_parameter` */
function frameIn(members: JsonObject): Frame {
  const { size, width, height, aspect_ratio: aspect, resolution } = members;
  const sides = [wholeIn(width), wholeIn(height)];
  const frames = [
    frameOf("size", size),
    frameOf("aspect_ratio", aspect),
    frameOf("resolution", resolution),
    sides[0] === undefined || sides[1] === undefined ? {} : { width: sides[0], height: sides[1] },
  ];
  const names = frames.flatMap((frame) => Object.keys(frame));
  if (new Set(names).size < names.length) throw invalid("size", "is said twice", "出现两次");
  return Object.assign({}, ...frames) as Frame;
}

/** @throws Fault `invalid_parameter` */
export function frameOf(param: string, value: unknown): Frame {
  if (value === undefined || value === null || value === "" || value === "auto") return {};
  const text = textIn(value) ?? "";
  const [, width, height] = SIZE.exec(text) ?? [];
  if (width !== undefined && height !== undefined) {
    const [across, down] = [Number(width), Number(height)];
    return Math.min(across, down) < LEAST_PIXELS ? { aspect: `${across}:${down}` } : { width: across, height: down };
  }
  if (RESOLUTION.test(text)) return { resolution: text.toLowerCase() };
  throw invalid(param, "must be like '1280x720', '16:9' or '1080p'", "须形如 '1280x720'、'16:9' 或 '1080p'");
}

type Pictures = Pick<VideoRequest, "first" | "last" | "references">;

/** One picture is the first of the film, a second one its last; three show what is to be seen. @throws Fault */
function picturesIn(members: JsonObject, payload: Payload): Pictures {
  const listed = (names: readonly string[]) => names.flatMap((name) => sourcesIn(name, members[name]));
  const files = ["input_reference", "image", "images"].flatMap((name) => filesIn(payload, name));
  const begun = [
    ...listed(["input_reference", "image", "images", "first_frame", "first_frame_url"]),
    ...files.map((file): Source => {
      const data = toBase64(bytesOf(file));
      return { kind: "data", type: typeOfPicture(data) ?? file.type ?? "image/png", data };
    }),
  ];
  const ends = listed(["last_frame", "last_frame_url", "image_tail"]);
  const references = listed(["reference_images"]);
  const [first, second, ...more] = begun;
  if (begun.length + ends.length + references.length > MAX_PICTURES) throw tooMany();
  if (more.length > 0) return { references: [...begun, ...references] };
  const last = ends[0] ?? second;
  return { ...only({ first, last }), references };
}

function tooMany() {
  return invalid("input_reference", `must be at most ${MAX_PICTURES} pictures`, `最多 ${MAX_PICTURES} 张图片`);
}

/** @throws Fault `invalid_parameter`, `unsupported_feature` */
function sourcesIn(param: string, value: unknown): Source[] {
  if (value === undefined || value === null || value === "") return [];
  if (Array.isArray(value)) return value.flatMap((item) => sourcesIn(param, item));
  const url = isObject(value) ? (value["image_url"] ?? value["url"]) : value;
  if (typeof url !== "string" || url === "") {
    throw unsupported(param, "must be a picture, as a file, a data URL or an address", "须为图片文件、data URL 或地址");
  }
  checkAddress(url, param);
  return [sourceOfPicture(url, "image/png")];
}

/** A whole number, also as a text; undefined for anything else. */
function wholeIn(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
}

/** One word in small letters, as prices write it. The names of what is done with earlier films are none. */
const MODE = /^(?!effects)[a-z0-9]{1,20}$/;

/** @throws Fault `invalid_parameter` */
function modeIn({ mode }: JsonObject): string | undefined {
  if (mode === undefined || mode === null || mode === "") return undefined;
  if (typeof mode === "string" && MODE.test(mode)) return mode;
  throw invalid("mode", "must be one word, such as 'std' or 'pro'", "须为一个单词,如 'std' 或 'pro'");
}

function switchIn(value: unknown): boolean | undefined {
  if (value === "true" || value === "on") return true;
  if (value === "false" || value === "off") return false;
  return booleanIn(value);
}

export const SORA_STATES = {
  submitting: "queued",
  queued: "queued",
  running: "in_progress",
  succeeded: "completed",
  failed: "failed",
} as const satisfies Record<TaskView["state"], string>;

/** The video object, with the members that clients of relays look for. */
function showVideo(task: TaskView): JsonObject {
  const { id, model, state, progress, createdAtMs, finishedAtMs, expiresAtMs, error, shown, seconds } = task;
  const [url] = task.links;
  const { size } = task.attributes;
  return {
    id,
    task_id: id,
    object: "video",
    model,
    status: SORA_STATES[state],
    progress,
    created_at: inSeconds(createdAtMs),
    completed_at: state === "succeeded" && finishedAtMs !== undefined ? inSeconds(finishedAtMs) : null,
    expires_at: expiresAtMs === undefined ? null : inSeconds(expiresAtMs),
    remixed_from_video_id: null,
    error: error ?? null,
    ...(size === undefined ? {} : { size }),
    ...shown,
    ...(seconds === undefined ? {} : { seconds: String(seconds) }),
    ...(url === undefined ? {} : { url, video_url: url }),
  };
}

function inSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
