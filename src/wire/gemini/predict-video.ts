/**
 * Films of Google's models: an operation begins with `predictLongRunning`, and is asked for until it is done.
 * @see https://ai.google.dev/gemini-api/docs/video
 */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { jsonPayload, NO_PAYLOAD, type Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import { aspectOf, resolutionOf, type Frame, type VideoRequest } from "../../operation/video/video-request.ts";
import { broken } from "../reading.ts";
import type { TaskCall, TaskReport, TaskTarget, TaskWire } from "../task-types.ts";
import { unsupported } from "../unsupported.ts";
import { booleanIn, numberIn, only, textIn, textsIn } from "../values.ts";
import { nativeFor, videoAttributes } from "../video-demand.ts";
import { callPath } from "./calls.ts";
import { inner, member } from "./names.ts";
import { withHttpStatus } from "./rpc-codes.ts";
import { variantOf } from "../result-variant.ts";

export const predictVideo: TaskWire<VideoRequest> = {
  name: "gemini.video",
  operation: "video",
  write: writeVideo,
  taken(answer) {
    const value = answered(answer);
    const name = nameIn(value);
    const report = reportIn(value);
    return { id: name, report: report.state === "running" ? { state: "queued" } : report };
  },
  keepsMs: 2 * 86_400_000,
  mostAtOnce: 1,
  ask: ([name = ""]) => ({ address: { method: "GET", path: pathOf(name) }, payload: NO_PAYLOAD }),
  isUnknown: ({ status, words = "" }) => status === 403 && NOT_THERE.test(words),
  told: (answer, [name = ""]) => new Map([[name, reportIn(answered(answer))]]),
};

/** What a key may not see, and what is not there, is told in the same words. A key that is refused is told in others. */
const NOT_THERE = /^You do not have permission to access\b.*\bit may not exist/s;

/** Longer or shorter ones are not made. */
const LENGTHS: readonly number[] = [4, 6, 8];
/** What is made for whoever does not say, and all that is made of references and in high resolutions. */
const USUAL_SECONDS = 8;
const USUAL_RESOLUTION = "720p";
/** Pixels of the longer and the shorter side. */
const SIDES: Readonly<Record<string, readonly [longer: number, shorter: number]>> = {
  [USUAL_RESOLUTION]: [1280, 720],
  "1080p": [1920, 1080],
  "4k": [3840, 2160],
};
const ASPECTS: readonly string[] = ["16:9", "9:16"];

/** @throws Fault `unsupported_feature` for what is not made: what is paid for is what was asked for */
function writeVideo(asked: VideoRequest, { model }: TaskTarget): TaskCall {
  const { count, seed, watermark, mode, remixes, sound, references, first, last } = asked;
  if (remixes !== undefined) {
    throw unsupported("video", "this model does not change earlier films", "该模型不支持修改已有视频");
  }
  if (sound === false) {
    throw unsupported("generate_audio", "the films of this model always have sound", "该模型生成的视频始终带有声音");
  }
  if (references.length > 0 && (first ?? last) !== undefined) {
    throw unsupported(
      "reference_images",
      "this model takes either references or a first and a last picture",
      "该模型的参考图不能与首尾帧同时使用",
    );
  }
  if (asked.prompt === "") throw unsupported("prompt", "must not be empty", "不能为空");
  const frame = madeFrame(asked.frame);
  const seconds = secondsOf(asked, frame.resolution);
  const body = { instances: [instanceOf(asked)], parameters: parametersOf(asked, seconds) };
  return {
    address: { method: "POST", path: callPath(model, "predictLongRunning") },
    payload: jsonPayload(body),
    // The Gemini API refuses requests with them.
    dropped: [...Object.keys(only({ seed, watermark, mode })), ...nativeFor(asked, predictVideo.name).dropped],
    units: { durationMs: seconds * 1000 * count, actions: count },
    attributes: videoAttributes({ frame, sound: true }),
  };
}

function instanceOf({ prompt, first, last, references }: VideoRequest): JsonObject {
  return {
    prompt,
    ...(first === undefined ? {} : { image: pictureOf(first, "input_reference") }),
    ...(last === undefined ? {} : { lastFrame: pictureOf(last, "last_frame") }),
    ...(references.length === 0
      ? {}
      : {
          referenceImages: references.map((source) => ({
            image: pictureOf(source, "reference_images"),
            referenceType: "asset",
          })),
        }),
  };
}

/** What the client leaves to the model is left to it here, too; but the length, which is paid for, is always told. */
function parametersOf(asked: VideoRequest, seconds: number): JsonObject {
  const { frame, negative, people, enhances, count } = asked;
  return {
    durationSeconds: seconds,
    ...only({
      aspectRatio: aspectOf(frame),
      resolution: resolutionOf(frame),
      negativePrompt: negative,
      personGeneration: people,
      enhancePrompt: enhances,
      sampleCount: count === 1 ? undefined : count,
    }),
  };
}

function pictureOf(source: Source, param: string): JsonObject {
  if (source.kind === "data") return { bytesBase64Encoded: source.data, mimeType: source.type };
  throw unsupported(
    param,
    "this model does not fetch pictures. Send a file or a data URL in place of an address",
    "该模型无法从地址获取图片,请改用文件或 data URL",
  );
}

/** The pixels and the resolution that are made. @throws Fault `unsupported_feature` */
function madeFrame(frame: Frame): Frame & { readonly resolution: string } {
  const resolution = resolutionOf(frame) ?? USUAL_RESOLUTION;
  const aspect = aspectOf(frame) ?? "16:9";
  const sides = Object.hasOwn(SIDES, resolution) ? SIDES[resolution] : undefined;
  if (sides === undefined || !ASPECTS.includes(aspect)) throw noSuchSize();
  const [longer, shorter] = sides;
  const [width, height] = aspect === "16:9" ? [longer, shorter] : [shorter, longer];
  const isOther = frame.width !== undefined && frame.height !== undefined;
  if (isOther && (frame.width !== width || frame.height !== height)) throw noSuchSize();
  return { width, height, resolution };
}

function noSuchSize() {
  const sizes = Object.entries(SIDES).map(([name, [longer, shorter]]) => `${name} (${longer}x${shorter})`);
  const [aspects, names] = [ASPECTS.join(", "), sizes.join(", ")];
  return unsupported("size", `this model makes ${aspects} in ${names}`, `该模型支持 ${aspects},分辨率 ${names}`);
}

/** @throws Fault `unsupported_feature` */
function secondsOf({ seconds = USUAL_SECONDS, references }: VideoRequest, resolution: string): number {
  const isLong = references.length > 0 || resolution !== USUAL_RESOLUTION;
  const lengths = isLong ? [USUAL_SECONDS] : LENGTHS;
  if (lengths.includes(seconds)) return seconds;
  const [en, zh] = isLong ? [" of references, or in 1080p or 4k,", "使用参考图或 1080p、4k 时"] : ["", ""];
  throw unsupported(
    "seconds",
    `this model makes films${en} of ${lengths.join(", ")} seconds alone`,
    `该模型${zh}仅支持 ${lengths.join("、")} 秒`,
  );
}

/** @throws Fault `upstream_error`; UpstreamError for an error in place of an operation */
function answered(answer: Payload): JsonObject {
  if (answer.kind !== "json") throw broken("an answer that is no JSON object");
  const { error, name, done } = answer.value;
  if (isObject(error) && name === undefined && done !== true) throw new UpstreamError(withHttpStatus(error));
  return answer.value;
}

/** `models/veo-3.1/operations/abc`. @throws Fault `upstream_error` */
function nameIn(value: JsonObject): string {
  const name = (textIn(value["name"]) ?? "").replace(/^\/+/, "");
  if (name !== "" && name.split("/").every((part) => !/^\.{0,2}$/.test(part))) return name;
  throw broken("an operation without a name");
}

function pathOf(name: string): string {
  return `/${name.split("/").map(encodeURIComponent).join("/")}`;
}

function reportIn({ done, error, response }: JsonObject): TaskReport {
  if (isObject(error) && Object.keys(error).length > 0) return { state: "failed", error: withHttpStatus(error) };
  if (booleanIn(done) !== true) return { state: "running" };
  const made = isObject(response) ? response : {};
  const answer = { ...made, ...inner(made, "generateVideoResponse") };
  const addresses = addressesIn(answer);
  const filtered = numberIn(member(answer, "raiMediaFilteredCount")) ?? 0;
  if (addresses.length === 0) return { state: "failed", error: errorOfNone(answer) };
  return {
    state: "succeeded",
    results: addresses.map((address, at) => ({ variant: variantOf("video", at), address })),
    usage: { actions: addresses.length },
    ...(filtered > 0 ? { native: { raiMediaFilteredCount: filtered } } : {}),
  };
}

/** Why an operation ended well without a film. */
function errorOfNone(answer: JsonObject): JsonObject {
  const reasons = textsIn(member(answer, "raiMediaFilteredReasons"));
  const filtered = numberIn(member(answer, "raiMediaFilteredCount")) ?? reasons.length;
  if (filtered === 0) return { code: 500, message: "The operation ended without a film." };
  const message = reasons.join(" ") || "All films were filtered by the safety rules of the model.";
  return { code: "content_policy_violation", message };
}

const LISTS = ["generatedSamples", "generatedVideos", "videos"] as const;

/** Films whose bytes stand in the answer, or in a bucket, have no address that could be asked. */
function addressesIn(answer: JsonObject): string[] {
  const samples = LISTS.map((name) => objectsOf(member(answer, name))).find((list) => list.length > 0) ?? [];
  return samples.flatMap((sample) => {
    const uri = textIn(member(sample["video"], "uri")) ?? textIn(member(sample, "uri")) ?? "";
    return /^https?:\/\//i.test(uri) ? [addressOf(uri)] : [];
  });
}

const GOOGLES_FILE = /^https:\/\/generativelanguage\.googleapis\.com\/v\w+(\/files\/.+)$/;

/** Google gives its files to whoever has the key that made them, so they are asked for where the film was. */
function addressOf(uri: string): string {
  return GOOGLES_FILE.exec(uri)?.[1] ?? uri;
}
