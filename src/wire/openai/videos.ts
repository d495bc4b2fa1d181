/**
 * Films of upstreams that speak the form of Sora.
 * @see https://platform.openai.com/docs/api-reference/videos
 */
import { fromBase64 } from "../../core/base64.ts";
import { fieldPart, type FormPart } from "../../core/form-parts.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { jsonPayload, NO_PAYLOAD, type Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import { aspectOf, resolutionOf, type Frame, type VideoRequest } from "../../operation/video/video-request.ts";
import { urlOf } from "../media.ts";
import { broken } from "../reading.ts";
import type { TaskCall, TaskReport, TaskResult, TaskTarget, TaskWire } from "../task-types.ts";
import { unsupported } from "../unsupported.ts";
import { numberIn, only, textIn } from "../values.ts";
import { nativeFor, videoAttributes } from "../video-demand.ts";

export const videos: TaskWire<VideoRequest> = {
  name: "openai.videos",
  operation: "video",
  write: writeVideo,
  taken(answer) {
    const { value } = answered(answer);
    const id = textIn(value["id"]) ?? textIn(value["task_id"]);
    if (id === undefined || id === "") throw broken("a video without an id");
    return { id, report: reportIn(value, id) };
  },
  mostAtOnce: 1,
  ask: ([id = ""]) => ({ address: { method: "GET", path: pathOf(id) }, payload: NO_PAYLOAD }),
  told: (answer, [id = ""]) => new Map([[id, reportIn(answered(answer).value, id)]]),
};

const PATH = "/videos";
/** What Sora makes of a request that does not say. */
const USUAL_SECONDS = 4;
const USUAL_FRAME = { width: 720, height: 1280 } as const;

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

/** @throws Fault `unsupported_feature` */
function writeVideo(asked: VideoRequest, { model }: TaskTarget): TaskCall {
  const { prompt, first, last, references, count, remixes, seconds = USUAL_SECONDS } = asked;
  if (count > 1) throw unsupported("n", "this model makes one at a time", "该模型每次仅生成一个");
  if (prompt === "") throw unsupported("prompt", "must not be empty", "不能为空");
  const frame = pixelsOf(asked.frame);
  const { dropped } = nativeFor(asked, videos.name);
  const { negative, seed, watermark, enhances, people, sound, mode } = asked;
  const metadata = only({
    negative_prompt: negative,
    seed,
    watermark,
    enhance_prompt: enhances,
    person_generation: people,
    generate_audio: sound,
    mode,
  });
  const fields = {
    model,
    prompt,
    seconds: String(seconds),
    size: `${frame.width}x${frame.height}`,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
  const paid = {
    units: { durationMs: seconds * 1000, actions: 1 },
    attributes: videoAttributes({ frame, ...only({ sound, mode }) }),
  };
  if (remixes !== undefined) {
    const address = { method: "POST", path: `${pathOf(remixes)}/remix` } as const;
    return { address, payload: jsonPayload({ prompt }), dropped, ...paid };
  }
  const pictures = references.length > 0 ? references : [first, last].filter((one) => one !== undefined);
  return {
    address: { method: "POST", path: PATH },
    payload: payloadOf(fields, pictures),
    dropped,
    ...paid,
  };
}

/** Sora knows sizes in pixels alone. */
function pixelsOf(frame: Frame): { readonly width: number; readonly height: number } {
  const { width, height } = frame;
  if (width !== undefined && height !== undefined) return { width, height };
  const [across = 16, down = 9] = (aspectOf(frame) ?? "").split(":").filter(Boolean).map(Number);
  if (aspectOf(frame) === undefined && frame.resolution === undefined) return USUAL_FRAME;
  const side = SIDES[resolutionOf(frame) ?? "720p"];
  if (side === undefined) throw unsupported("resolution", "is unknown to this model", "该模型不支持");
  const even = (pixels: number) => Math.round(pixels / 2) * 2;
  return across >= down
    ? { width: even((side * across) / down), height: side }
    : { width: side, height: even((side * down) / across) };
}

/** Pixels of the shorter side. */
const SIDES: Readonly<Record<string, number>> = {
  "480p": 480,
  "720p": 720,
  "1024p": 1024,
  "1080p": 1080,
  "1440p": 1440,
  "4k": 2160,
};

/** Files go up as a form. An address stands in JSON. */
function payloadOf(fields: JsonObject, pictures: readonly Source[]): Payload {
  if (pictures.length === 0) return jsonPayload(fields);
  const files = pictures.flatMap((source, at) => (source.kind === "data" ? [fileOf(source, at)] : []));
  if (files.length === pictures.length) {
    const written = Object.entries(fields).map(([name, value]) =>
      fieldPart(name, typeof value === "string" ? value : JSON.stringify(value)),
    );
    return { kind: "form", form: [...written, ...files] };
  }
  const urls = pictures.map(urlOf);
  return jsonPayload({ ...fields, input_reference: urls.length === 1 ? { image_url: urls[0] } : urls });
}

function fileOf({ type, data }: Extract<Source, { kind: "data" }>, at: number): FormPart {
  try {
    return {
      name: "input_reference",
      filename: `picture-${at + 1}.${type.replace("image/", "")}`,
      type,
      pieces: [fromBase64(data)],
    };
  } catch {
    throw unsupported("input_reference", "is no picture in base64", "不是有效的 base64 图片");
  }
}

/** @throws Fault `upstream_error`; UpstreamError for an error in place of a video */
function answered(answer: Payload) {
  if (answer.kind !== "json") throw broken("an answer that is no JSON object");
  const { error, id, task_id: task } = answer.value;
  if (isObject(error) && id === undefined && task === undefined) throw new UpstreamError(error);
  return answer;
}

/** The words of Sora, and those of relays. Nobody fails for a word that is not known. */
const STATES: Readonly<Record<string, TaskReport["state"]>> = {
  in_progress: "running",
  processing: "running",
  running: "running",
  generating: "running",
  completed: "succeeded",
  succeeded: "succeeded",
  success: "succeeded",
  succeed: "succeeded",
  finished: "succeeded",
  failed: "failed",
  failure: "failed",
  error: "failed",
  cancelled: "failed",
  canceled: "failed",
  expired: "failed",
};

function reportIn(value: JsonObject, id: string): TaskReport {
  const { status, progress, error, seconds, expires_at: expires } = value;
  const state = STATES[(textIn(status) ?? "").toLowerCase()] ?? "queued";
  const length = Number(textIn(seconds) ?? numberIn(seconds) ?? Number.NaN);
  return {
    state,
    ...only({ progress: numberIn(progress) }),
    ...(state === "failed" ? { error: isObject(error) ? error : {} } : {}),
    ...(state === "succeeded" ? { results: resultsIn(value, id) } : {}),
    ...(isTime(expires) ? { resultsUntilMs: expires * 1000 } : {}),
    ...(length > 0 ? { usage: { durationMs: Math.round(length * 1000) } } : {}),
  };
}

/** In Unix seconds; milliseconds are none. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0 && Number(value) < 100_000_000_000;
}

/** Relays give an address; else the film is asked for. */
function resultsIn(value: JsonObject, id: string): TaskResult[] {
  const { video_url: video, url, metadata } = value;
  const told = [video, url, isObject(metadata) ? metadata["url"] : undefined].map(textIn).find(isAddress);
  const content = `${pathOf(id)}/content`;
  return [
    { variant: "video", address: told ?? content },
    { variant: "thumbnail", address: `${content}?variant=thumbnail` },
    { variant: "spritesheet", address: `${content}?variant=spritesheet` },
  ];
}

function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^https?:\/\//i.test(text);
}
