/**
 * How Google's clients ask for films, and how they see them: as operations.
 * @see https://ai.google.dev/gemini-api/docs/video
 */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import type { VideoRequest } from "../../operation/video/video-request.ts";
import { invalid, missing } from "../invalid.ts";
import { checkAddress, typeOfPicture } from "../media.ts";
import { frameOf, MAX_COUNT, MAX_PICTURES, MAX_SECONDS, VIDEO_ID, videoForm } from "../openai/video-form.ts";
import { jsonOf, textBytes } from "../request-members.ts";
import type { TaskForm, TaskRequest, TaskView } from "../task-types.ts";
import type { Match } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { booleanIn, numberIn, only, textIn } from "../values.ts";
import { readVideo } from "../video-demand.ts";
import { readCall } from "./calls.ts";
import { inner, member, refuseTwice } from "./names.ts";
import { both } from "./request-fields.ts";
import { rpcCodeOf } from "./rpc-codes.ts";

export const predictForm: TaskForm = {
  name: "gemini.video",
  operation: "video",
  read: readPredict,
  show: showOperation,
  newId: () => videoForm.newId(),
  linkOf(link) {
    const file = nameOfFile(link.id, link.variant);
    if (file === undefined) return videoForm.linkOf(link);
    return `/v1beta/files/${file}:download?alt=media&token=${link.token}`;
  },
};

const KNOWN: ReadonlySet<string> = new Set(both("instances parameters model models provider"));
const INSTANCE: ReadonlySet<string> = new Set(both("prompt image lastFrame referenceImages"));
const PARAMETERS: ReadonlySet<string> = new Set(
  both(`aspectRatio resolution durationSeconds negativePrompt personGeneration sampleCount seed generateAudio
    enhancePrompt`),
);

/** @throws Fault `invalid_parameter`, `missing_input`, `unsupported_feature` */
function readPredict(payload: Payload, match: Match): TaskRequest {
  const { value: body } = jsonOf(payload);
  const instance = instanceIn(body);
  const parameters = parametersIn(body);
  const prompt = promptIn(instance);
  const asked: VideoRequest = {
    prompt,
    seconds: secondsIn(parameters),
    frame: {
      ...frameOf("parameters.aspectRatio", member(parameters, "aspectRatio")),
      ...frameOf("parameters.resolution", member(parameters, "resolution")),
    },
    ...picturesIn(instance),
    count: countIn(parameters),
    ...only({
      negative: textIn(member(parameters, "negativePrompt")),
      seed: numberIn(member(parameters, "seed")),
      sound: booleanIn(member(parameters, "generateAudio")),
      enhances: booleanIn(member(parameters, "enhancePrompt")),
      people: textIn(member(parameters, "personGeneration")),
    }),
  };
  return readVideo(predictForm, asked, {
    body,
    model: readCall(match.params["call"] ?? "").model,
    dropped: [
      ...othersIn(body, KNOWN, ""),
      ...othersIn(instance, INSTANCE, "instances."),
      ...othersIn(parameters, PARAMETERS, "parameters."),
    ],
    promptBytes: textBytes(prompt),
    shown: { prompt },
  });
}

function othersIn(object: JsonObject, known: ReadonlySet<string>, place: string): string[] {
  return Object.keys(object).flatMap((name) => (known.has(name) ? [] : [place + name]));
}

/** @throws Fault `missing_input`, `invalid_parameter`, `unsupported_feature` */
function instanceIn({ instances }: JsonObject): JsonObject {
  if (instances === undefined || instances === null) throw missing("instances");
  const [instance, ...more]: readonly unknown[] = Array.isArray(instances) ? instances : [];
  if (!isObject(instance) || more.length > 0) {
    throw invalid("instances", "must be an array of one object", "必须是仅含一个对象的数组");
  }
  refuseTwice("instances", instance);
  const video = member(instance, "video");
  if (video === undefined || video === null) return instance;
  throw unsupported("instances.video", "films cannot be extended here", "暂不支持延长已有视频");
}

/** @throws Fault `invalid_parameter` */
function parametersIn({ parameters }: JsonObject): JsonObject {
  if (parameters === undefined || parameters === null) return {};
  if (!isObject(parameters)) throw invalid("parameters", "must be an object", "必须是对象");
  refuseTwice("parameters", parameters);
  return parameters;
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function promptIn({ prompt }: JsonObject): string {
  if (prompt === undefined || prompt === null || prompt === "") throw missing("instances.prompt");
  if (typeof prompt !== "string") throw invalid("instances.prompt", "must be a text", "必须是文本");
  return prompt;
}

/** @throws Fault `invalid_parameter` */
function secondsIn(parameters: JsonObject): number | undefined {
  return wholeIn(parameters, "durationSeconds", MAX_SECONDS);
}

/** @throws Fault `invalid_parameter` */
function countIn(parameters: JsonObject): number {
  return wholeIn(parameters, "sampleCount", MAX_COUNT) ?? 1;
}

/** A number from 1 to `most`, also as a text, as some clients write it. @throws Fault `invalid_parameter` */
function wholeIn(parameters: JsonObject, name: string, most: number): number | undefined {
  const value = member(parameters, name);
  if (value === undefined || value === null) return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw invalid(`parameters.${name}`, `must be a number from 1 to ${most}`, `必须是 1 到 ${most} 的整数`);
}

/** @throws Fault `invalid_parameter`, `unsupported_feature` */
function picturesIn(instance: JsonObject): Pick<VideoRequest, "first" | "last" | "references"> {
  const references = member(instance, "referenceImages") ?? [];
  const place = "instances.referenceImages";
  if (!Array.isArray(references) || references.length > MAX_PICTURES || !references.every(isObject)) {
    throw invalid(place, `must be an array of at most ${MAX_PICTURES} objects`, `必须是最多 ${MAX_PICTURES} 项的数组`);
  }
  return {
    ...only({
      first: pictureIn("instances.image", member(instance, "image")),
      last: pictureIn("instances.lastFrame", member(instance, "lastFrame")),
    }),
    references: references.flatMap((reference: JsonObject): Source[] => {
      const type = textIn(member(reference, "referenceType")) ?? "asset";
      if (type.toLowerCase() !== "asset") {
        throw unsupported(`${place}.referenceType`, "must be 'asset'", "必须为 'asset'");
      }
      return [pictureIn(`${place}.image`, member(reference, "image")) ?? noPicture(`${place}.image`)];
    }),
  };
}

/** @throws Fault `invalid_parameter` */
function pictureIn(place: string, image: unknown): Source | undefined {
  if (image === undefined || image === null) return undefined;
  const data = textIn(member(image, "bytesBase64Encoded")) ?? textIn(inner(image, "inlineData")["data"]) ?? "";
  if (data !== "") {
    const told = textIn(member(image, "mimeType")) ?? textIn(member(inner(image, "inlineData"), "mimeType"));
    return { kind: "data", type: typeOfPicture(data) ?? told ?? "image/png", data };
  }
  const url = textIn(member(image, "gcsUri")) ?? textIn(member(inner(image, "fileData"), "fileUri"));
  if (url === undefined) return noPicture(place);
  checkAddress(url, place);
  return { kind: "url", url };
}

function noPicture(place: string): never {
  throw invalid(place, "must hold a picture as 'bytesBase64Encoded'", "须包含 'bytesBase64Encoded' 图片");
}

const RESPONSE = "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse";

/** Films that a rule of the model kept back are counted beside those that were made. */
function showOperation({ id, model, state, error, links, native }: TaskView): JsonObject {
  const name = `models/${model}/operations/${id}`;
  if (state === "failed") {
    const { code, message } = error ?? { code: "", message: "The task failed." };
    return { name, done: true, error: { code: rpcCodeOf(code), message } };
  }
  if (state !== "succeeded") return { name, metadata: {}, done: false };
  const samples = {
    generatedSamples: links.map((uri) => ({ video: { uri } })),
    ...only({ raiMediaFilteredCount: numberIn(native?.["raiMediaFilteredCount"]) }),
  };
  return { name, done: true, response: { "@type": RESPONSE, generateVideoResponse: samples } };
}

const DIGITS = /^[0-9a-f]+$/;

/**
 * `video_12ab` and `video-2` → `12abn2`: Google's libraries take the name of a file out of its address, and know names of
 * digits and small letters alone.
 */
function nameOfFile(id: string, variant: string): string | undefined {
  const digits = id.startsWith(VIDEO_ID) ? id.slice(VIDEO_ID.length) : "";
  const [, number] = /^video(?:-([2-9]))?$/.exec(variant) ?? [];
  if (!DIGITS.test(digits)) return undefined;
  return variant === "video" ? digits : number === undefined ? undefined : `${digits}n${number}`;
}

/** The task and the result that a file's name stands for. */
export function readFile(name: string): { readonly id: string; readonly variant: string } {
  const [, digits = "", number] = /^([0-9a-f]+)(?:n([2-9]))?:download$/.exec(name) ?? [];
  return { id: VIDEO_ID + digits, variant: number === undefined ? "video" : `video-${number}` };
}
