/**
 * Films of Kling, and of relays that have its paths.
 * @see https://app.klingai.com/global/dev/document-api/apiReference/model/textToVideo
 */
import { isObject, type JsonObject } from "../../core/json.ts";
import { jsonPayload, NO_PAYLOAD, type Payload } from "../../core/payload.ts";
import type { Attributes } from "../../core/units.ts";
import { aspectOf, type VideoRequest } from "../../operation/video/video-request.ts";
import type { TaskCall, TaskReport, TaskTarget, TaskWire } from "../task-types.ts";
import { unsupported } from "../unsupported.ts";
import { only, textIn } from "../values.ts";
import { msOf, nativeFor, videoAttributes } from "../video-demand.ts";
import { dataOf, isUnknown } from "./envelope.ts";
import { checkSound, lengthOf, modeOf, sizeOf, takesGuidance } from "./model-limits.ts";
import { pictureOf, reportIn, takenTask } from "./task-answers.ts";
import { KLING_VIDEOS, kindOfPath, PASSED, PASSED_INPUT, pathOfKind, type VideoKind } from "./video-kinds.ts";
import { variantOf } from "../result-variant.ts";

export const videos: TaskWire<VideoRequest> = {
  name: KLING_VIDEOS,
  operation: "video",
  write: writeVideo,
  // Kling knows a task by its id at the endpoint that made it alone.
  taken(answer, { address }) {
    const { id, report } = takenTask(answer);
    return { id: `${kindOfPath(address.path)}/${id}`, report };
  },
  keepsMs: 30 * 86_400_000,
  mostAtOnce: 1,
  ask([id = ""]) {
    const [kind = "", task = ""] = id.split("/");
    return { address: { method: "GET", path: `${pathOfKind(kind)}/${encodeURIComponent(task)}` }, payload: NO_PAYLOAD };
  },
  told: (answer, [id = ""]) => (isUnknown(answer) ? new Map() : new Map([[id, reportOf(answer)]])),
};

type Native = ReturnType<typeof nativeFor>;

/** @throws Fault `unsupported_feature` */
function writeVideo(asked: VideoRequest, target: TaskTarget): TaskCall {
  if (asked.count > 1) throw unsupported("n", "this model makes one at a time", "该模型每次仅生成一个");
  const native = nativeFor(asked, KLING_VIDEOS);
  switch (native.action) {
    case "video-extend":
      return extend(asked, native);
    case "lip-sync":
      return lipSync(asked, native);
    case "effects":
      return effects(asked, native, target);
    case undefined:
    default:
      if (asked.remixes !== undefined)
        throw unsupported("model", "its films cannot be changed", "该模型不支持修改视频");
      return film(asked, native, target);
  }
}

function film(asked: VideoRequest, native: Native, { model }: TaskTarget): TaskCall {
  const { prompt, first, last, references, negative, frame, watermark } = asked;
  const kind = kindOf(asked);
  const followsPicture = kind === "image2video";
  if (prompt === "" && !followsPicture) throw unsupported("prompt", "must not be empty", "不能为空");
  const seconds = lengthOf(asked.seconds, model);
  const mode = modeOf(asked, model);
  const { members, dropped } = passed(kind, native, model);
  const isVoiced = asked.voiced === true && members["voice_list"] !== undefined;
  const sound = isVoiced ? true : asked.sound;
  checkSound(sound, model);
  const aspect = followsPicture ? undefined : aspectIn(asked);
  const body = only({
    model_name: model,
    prompt: prompt === "" ? undefined : prompt,
    negative_prompt: negative,
    image: pictureOf(first),
    image_tail: pictureOf(last),
    image_list: references.length === 0 ? undefined : references.map((source) => ({ image: pictureOf(source) })),
    mode,
    duration: String(seconds),
    aspect_ratio: aspect,
    sound: sound === undefined ? undefined : sound ? "on" : "off",
    watermark_info: watermark === undefined ? undefined : { enabled: watermark },
    ...members,
  });
  const lost = only({
    seed: asked.seed,
    enhance_prompt: asked.enhances,
    person_generation: asked.people,
    size: followsPicture ? frame.width : undefined,
    aspect_ratio: followsPicture ? frame.aspect : undefined,
  });
  const audio = isVoiced ? "voice" : sound === true ? "on" : "off";
  const made = { mode, audio, ...sizeOf(mode, followsPicture ? undefined : aspect) };
  return callOf({
    kind,
    body,
    seconds,
    dropped: [...dropped, ...Object.keys(lost)],
    attributes: { ...videoAttributes(asked), ...made },
  });
}

function kindOf({ first, last, references }: VideoRequest): VideoKind {
  const isBegun = first !== undefined || last !== undefined;
  if (references.length === 0) return isBegun ? "image2video" : "text2video";
  if (isBegun)
    throw unsupported("reference_images", "cannot stand beside a first or last picture", "不能与首帧或尾帧同时使用");
  return "multi-image2video";
}

const ASPECTS: ReadonlySet<string | undefined> = new Set([undefined, "16:9", "9:16", "1:1"]);

function aspectIn({ frame }: VideoRequest): string | undefined {
  const aspect = aspectOf(frame);
  if (ASPECTS.has(aspect)) return aspect;
  throw unsupported("aspect_ratio", "must be 16:9, 9:16 or 1:1", "须为 16:9、9:16 或 1:1");
}

/** So much is added to a film. */
const ADDED_SECONDS = 5;

function extend({ remixes, prompt, negative, ...asked }: VideoRequest, native: Native): TaskCall {
  const { members, dropped } = passed("video-extend", native);
  const body = only({
    video_id: remixes,
    prompt: prompt === "" ? undefined : prompt,
    negative_prompt: negative,
    ...members,
  });
  return callOf({ kind: "video-extend", body, seconds: ADDED_SECONDS, dropped, attributes: videoAttributes(asked) });
}

function lipSync({ remixes, seconds, ...asked }: VideoRequest, native: Native): TaskCall {
  const { members, input, dropped } = passed("lip-sync", native);
  const body = { ...members, input: { ...only({ video_id: remixes }), ...input } };
  if (seconds === undefined) throw unsupported("input.video_id", "is of an unknown length", "时长未知");
  return callOf({ kind: "lip-sync", body, seconds, dropped, attributes: videoAttributes(asked) });
}

function effects(asked: VideoRequest, native: Native, { model }: TaskTarget): TaskCall {
  const { members, input, dropped } = passed("effects", native);
  const seconds = lengthOf(asked.seconds);
  const [picture, ...more] = asked.references.map(pictureOf);
  const written = {
    ...input,
    // Some effects belong to no model, and refuse its name.
    ...(input["model_name"] === undefined ? {} : { model_name: model }),
    ...(more.length === 0 ? { image: picture } : { images: [picture, ...more] }),
    duration: String(seconds),
  };
  return callOf({
    kind: "effects",
    body: { ...members, input: written },
    seconds,
    dropped,
    attributes: videoAttributes(asked),
  });
}

interface Written {
  readonly kind: VideoKind;
  readonly body: JsonObject;
  readonly seconds: number;
  readonly dropped: readonly string[];
  readonly attributes: Attributes;
}

function callOf({ kind, body, seconds, dropped, attributes }: Written): TaskCall {
  return {
    address: { method: "POST", path: pathOfKind(kind) },
    payload: jsonPayload(body),
    dropped,
    units: { durationMs: msOf(seconds), actions: 1 },
    attributes,
  };
}

interface Passed {
  readonly members: JsonObject;
  readonly input: JsonObject;
  readonly dropped: readonly string[];
}

/** What the endpoint takes of what only Kling has a place for. @param model undefined = whichever */
function passed(kind: VideoKind, { members, dropped }: Native, model?: string): Passed {
  const names: readonly string[] = PASSED[kind];
  const isPassed = (name: string) =>
    names.includes(name) && (name !== "cfg_scale" || model === undefined || takesGuidance(model));
  const { input, ...others } = members;
  const inner = PASSED_INPUT[kind] ?? [];
  return {
    members: pick(others, isPassed),
    input: pick(isObject(input) ? input : {}, (name) => inner.includes(name)),
    dropped: [...dropped, ...Object.keys(others).filter((name) => !isPassed(name))],
  };
}

function pick(members: JsonObject, isWanted: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([name]) => isWanted(name)));
}

/** @throws UpstreamError, Fault `upstream_error` */
function reportOf(answer: Payload): TaskReport {
  return reportIn(dataOf(answer), "videos", (made) => {
    const seconds = made.reduce((sum, { told }) => sum + Number(told["duration"] ?? Number.NaN), 0);
    return {
      results: made.map(({ url }, at) => ({ variant: variantOf("video", at), address: url })),
      ...(seconds > 0 ? { usage: { durationMs: Math.round(seconds * 1000) } } : {}),
      native: {
        videos: made.map(({ told }) => only({ id: textIn(told["id"]), duration: lengthIn(told["duration"]) })),
      },
    };
  });
}

/** As it stands there: a text. */
function lengthIn(duration: unknown): string | undefined {
  return typeof duration === "number" ? String(duration) : textIn(duration);
}
