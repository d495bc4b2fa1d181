/**
 * What clients may ask for when they ask for a task, in the words of each form that has words for it. Its wires are all that
 * `TASK_WIRES` has for the operation. A form that has no sample here does not compile.
 */
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import { TASK_FORMS, type TASK_WIRES } from "../../../src/wire/index.ts";
import { nameOfForm } from "../../../src/wire/kling/video-form.ts";
import { readKling, type EarlierFilm } from "../../../src/wire/kling/read-video.ts";
import type { VideoKind } from "../../../src/wire/kling/video-kinds.ts";
import { paintRequest, stepIn, type Earlier } from "../../../src/wire/midjourney/paint-form.ts";
import { remixOf } from "../../../src/wire/openai/video-form.ts";
import type { TaskRequest } from "../../../src/wire/task-types.ts";
import { MATCH } from "../support.ts";
import { PIXEL } from "./case.ts";

export type TaskFormName = keyof typeof TASK_FORMS;
type TaskWireName = keyof typeof TASK_WIRES;
type Ask = () => TaskRequest;
type PerForm = Readonly<Partial<Record<TaskFormName, Ask>>>;

export interface TaskFeature {
  readonly name: string;
  readonly asks: PerForm;
  /** It is no more than what the form's sample asks for, or it is another request altogether: it is sent unless it is refused. */
  readonly isWhole?: true;
  /** What the gateway does itself, so that the upstream need not be asked. */
  readonly byGateway?: string;
  /** The upstreams that do it unasked. */
  readonly always?: readonly TaskWireName[];
  /** The same requests without the feature; absent = the form's sample. */
  readonly without?: PerForm;
}

const DATA = `data:image/png;base64,${PIXEL}`;
const URL = "https://example.com/a.png";
const PROMPT = "a cat";

const sora =
  (members: JsonObject = {}): Ask =>
  () =>
    TASK_FORMS["openai.videos"].read(jsonPayload({ model: "m", prompt: PROMPT, ...members }), MATCH);
const relay =
  (members: JsonObject = {}): Ask =>
  () =>
    TASK_FORMS["videos.generations"].read(jsonPayload({ model: "m", prompt: PROMPT, ...members }), MATCH);
const google =
  (parameters: JsonObject = {}, instance: JsonObject = {}, more: JsonObject = {}): Ask =>
  () =>
    TASK_FORMS["gemini.video"].read(
      jsonPayload({ instances: [{ prompt: PROMPT, ...instance }], parameters, ...more }),
      {
        ...MATCH,
        params: { call: "m:predictLongRunning" },
      },
    );
const kling =
  (kind: VideoKind, members: JsonObject = {}, earlier?: EarlierFilm): Ask =>
  () => {
    const form = TASK_FORMS[nameOfForm(kind)];
    return readKling(form, kind, jsonPayload({ model_name: "m", ...KLING[kind], ...members }), earlier);
  };
const drawer =
  (members: JsonObject = {}): Ask =>
  () =>
    TASK_FORMS["kling.images"].read(jsonPayload({ model_name: "m", prompt: PROMPT, ...members }), MATCH);
const painter =
  (path: string, body: JsonObject, earlier?: Earlier): Ask =>
  () =>
    paintRequest(stepIn(jsonPayload(body), path), earlier === undefined ? {} : { earlier });

const KLING: Readonly<Record<VideoKind, JsonObject>> = {
  text2video: { prompt: PROMPT },
  image2video: { prompt: PROMPT, image: PIXEL },
  "multi-image2video": { prompt: PROMPT, image_list: [{ image: PIXEL }] },
  "video-extend": { video_id: "1" },
  "lip-sync": { input: { video_url: "https://example.com/a.mp4", mode: "text2video", text: "Hello", voice_id: "v" } },
  effects: { effect_scene: "hug", input: { images: [PIXEL, PIXEL], duration: "5" } },
};

/** A film of the client's own. */
const EARLIER: EarlierFilm = { made: "made", model: "m", seconds: 5, attributes: { mode: "std" } };
/** A picture of the client's own. */
const GRID: Earlier = { made: "made", shown: { prompt: PROMPT }, mode: undefined };

/** What each form asks for where it asks for nothing in particular. */
export const TASK_SAMPLES = {
  "openai.videos": sora(),
  "videos.generations": relay(),
  "gemini.video": google(),
  "kling.text2video": kling("text2video"),
  "kling.image2video": kling("image2video"),
  "kling.multi-image2video": kling("multi-image2video"),
  "kling.video-extend": kling("video-extend", {}, EARLIER),
  "kling.lip-sync": kling("lip-sync"),
  "kling.effects": kling("effects"),
  "kling.images": drawer(),
  "midjourney.tasks": painter("/submit/imagine", { prompt: PROMPT }),
} as const satisfies Record<TaskFormName, Ask>;

/** In the words of Sora's form, which relays have, too; and in those of Google's and of Kling's for films of a prompt. */
function inAll(members: JsonObject, parameters?: JsonObject, ofKling?: JsonObject): PerForm {
  return {
    "openai.videos": sora(members),
    "videos.generations": relay(members),
    ...(parameters === undefined ? {} : { "gemini.video": google(parameters) }),
    ...(ofKling === undefined ? {} : { "kling.text2video": kling("text2video", ofKling) }),
  };
}

const GOOGLE_PICTURE = { bytesBase64Encoded: PIXEL, mimeType: "image/png" };
const SIZES: readonly (readonly [name: string, asks: PerForm, always?: readonly TaskWireName[]])[] = [
  ["4 seconds", inAll({ seconds: "4" }, { durationSeconds: 4 }, { duration: "4" }), ["openai.videos"]],
  ["5 seconds", inAll({ seconds: "5" }, { durationSeconds: 5 }, { duration: "5" }), ["kling.videos"]],
  ["8 seconds", inAll({ seconds: "8" }, { durationSeconds: 8 }, { duration: "8" }), ["gemini.video"]],
  ["10 seconds", inAll({ seconds: "10" }, { durationSeconds: 10 }, { duration: "10" })],
  ["Size in pixels, 1920x1080", inAll({ size: "1920x1080" })],
  ["Size in pixels, 1024x1792", inAll({ size: "1024x1792" })],
  [
    "Sides as `9:16`",
    inAll({ aspect_ratio: "9:16" }, { aspectRatio: "9:16" }, { aspect_ratio: "9:16" }),
    ["openai.videos"],
  ],
  ["Sides as `1:1`", inAll({ aspect_ratio: "1:1" }, { aspectRatio: "1:1" }, { aspect_ratio: "1:1" })],
  ["Sides as `21:9`", inAll({ aspect_ratio: "21:9" }, { aspectRatio: "21:9" }, { aspect_ratio: "21:9" })],
  ["`480p`", inAll({ resolution: "480p" }, { resolution: "480p" })],
  ["`1080p`", inAll({ resolution: "1080p" }, { resolution: "1080p" }, { mode: "pro" })],
  ["`4k`", inAll({ resolution: "4k" }, { resolution: "4k" }, { mode: "4k" })],
];

const FILMS: readonly TaskFeature[] = [
  { name: "Film of a prompt", isWhole: true, asks: inAll({}, {}, {}) },
  {
    name: "First picture, in the body",
    asks: {
      ...inAll({ input_reference: DATA }),
      "gemini.video": google({}, { image: GOOGLE_PICTURE }),
    },
  },
  { name: "First picture, by its address", asks: inAll({ input_reference: URL }) },
  { name: "Film of a first picture", isWhole: true, asks: { "kling.image2video": kling("image2video") } },
  {
    name: "Its first picture by an address",
    asks: { "kling.image2video": kling("image2video", { image: URL }) },
  },
  {
    name: "Last picture",
    asks: {
      ...inAll({ input_reference: DATA, last_frame: DATA }),
      "gemini.video": google({}, { image: GOOGLE_PICTURE, lastFrame: GOOGLE_PICTURE }),
      "kling.image2video": kling("image2video", { image_tail: PIXEL }),
    },
    without: { ...inAll({ input_reference: DATA }), "gemini.video": google({}, { image: GOOGLE_PICTURE }) },
  },
  {
    name: "Pictures of what is to be seen",
    asks: {
      ...inAll({ reference_images: [DATA] }),
      "gemini.video": google({}, { referenceImages: [{ image: GOOGLE_PICTURE }] }),
    },
  },
  {
    name: "Film of several pictures",
    isWhole: true,
    asks: { "kling.multi-image2video": kling("multi-image2video") },
  },
  {
    name: "Size of a film with a first picture",
    asks: {
      ...inAll({ input_reference: DATA, size: "1280x720" }),
      "kling.image2video": kling("image2video", { aspect_ratio: "16:9" }),
    },
    without: inAll({ input_reference: DATA }),
  },
  ...SIZES.map(([name, asks, always]): TaskFeature => ({ name, asks, ...(always === undefined ? {} : { always }) })),
  { name: "Several films", asks: inAll({ n: 2 }, { sampleCount: 2 }) },
  {
    name: "What is not to be seen",
    asks: inAll({ negative_prompt: "dogs" }, { negativePrompt: "dogs" }, { negative_prompt: "dogs" }),
  },
  { name: "Seed", asks: inAll({ seed: 7 }, { seed: 7 }) },
  {
    name: "Sound",
    asks: inAll({ generate_audio: true }, { generateAudio: true }, { sound: "on" }),
    always: ["gemini.video"],
  },
  { name: "No sound", asks: inAll({ generate_audio: false }, { generateAudio: false }, { sound: "off" }) },
  { name: "Mode of the model", asks: inAll({ mode: "pro" }, undefined, { mode: "pro" }) },
  { name: "Watermark", asks: inAll({ watermark: true }) },
  {
    name: "Watermark in Kling's words",
    asks: inAll({ watermark_info: { enabled: true } }, undefined, { watermark_info: { enabled: true } }),
  },
  { name: "The prompt may be written anew", asks: inAll({ enhance_prompt: true }, { enhancePrompt: true }) },
  {
    name: "Whether people may be seen",
    asks: inAll({ person_generation: "allow_all" }, { personGeneration: "allow_all" }),
  },
  {
    name: "Path of the camera",
    asks: inAll({ camera_control: { type: "down_back" } }, undefined, { camera_control: { type: "down_back" } }),
  },
  { name: "How close the film stays to the prompt", asks: inAll({ cfg_scale: 0.5 }, undefined, { cfg_scale: 0.5 }) },
  { name: "Voices", asks: inAll({ voice_list: [{ voice_id: "v" }] }, undefined, { voice_list: [{ voice_id: "v" }] }) },
  {
    name: "What moves in the first picture",
    asks: {
      ...inAll({ input_reference: DATA, static_mask: PIXEL }),
      "kling.image2video": kling("image2video", { static_mask: PIXEL }),
    },
    without: inAll({ input_reference: DATA }),
  },
  {
    name: "An earlier film with another prompt",
    isWhole: true,
    asks: {
      "openai.videos": () =>
        remixOf(jsonPayload({ prompt: "a dog" }), {
          id: "video_1",
          model: "m",
          made: "made",
          units: { durationMs: 4000 },
          attributes: { size: "720x1280" },
        }),
    },
  },
  {
    name: "An earlier film that goes on",
    isWhole: true,
    asks: { "kling.video-extend": kling("video-extend", {}, EARLIER) },
  },
  {
    name: "Lips that say a text",
    isWhole: true,
    asks: { "kling.lip-sync": kling("lip-sync") },
  },
  { name: "A scene with effects", isWhole: true, asks: { "kling.effects": kling("effects") } },
  {
    name: "A callback",
    asks: inAll({ callback_url: URL }, undefined, { callback_url: URL }),
    byGateway: "done by the gateway",
  },
  {
    name: "The client's own name of the task",
    asks: { "kling.text2video": kling("text2video", { external_task_id: "mine" }) },
    byGateway: "done by the gateway",
  },
  { name: "Name of the person who asks", asks: inAll({ user: "u" }), byGateway: "kept from upstreams" },
  {
    name: "A field that nobody knows",
    asks: inAll({ novelty: 1 }, { novelty: 1 }, { novelty: 1 }),
  },
];

const step = (name: string, path: string, body: JsonObject, earlier?: Earlier): TaskFeature => ({
  name,
  isWhole: true,
  asks: { "midjourney.tasks": painter(path, body, earlier) },
});
const beside = (name: string, members: JsonObject, byGateway?: string): TaskFeature => ({
  name,
  asks: { "midjourney.tasks": painter("/submit/imagine", { prompt: PROMPT, ...members }) },
  ...(byGateway === undefined ? {} : { byGateway }),
});

const PAINTINGS: readonly TaskFeature[] = [
  step("Pictures of a prompt", "/submit/imagine", { prompt: PROMPT }),
  step("Picture of pictures", "/submit/blend", { base64Array: [DATA, DATA], dimensions: "SQUARE" }),
  step("Words for a picture", "/submit/describe", { base64: DATA }),
  step("A shorter prompt", "/submit/shorten", { prompt: PROMPT }),
  step("Pictures that are kept for later", "/submit/upload-discord-images", { base64Array: [DATA] }),
  step("Another face", "/insight-face/swap", { sourceBase64: DATA, targetBase64: DATA }),
  step("Part of a picture anew", "/submit/edits", { prompt: PROMPT, image: DATA, maskBase64: DATA }),
  step("Film of a picture", "/submit/video", {
    prompt: PROMPT,
    image: DATA,
    batchSize: 2,
    videoType: "vid_1.1_i2v_720",
  }),
  step("Button of an earlier task", "/submit/action", { taskId: "1", customId: "MJ::JOB::upsample::1::x" }, GRID),
  step("Change of an earlier task", "/submit/change", { taskId: "1", action: "UPSCALE", index: 1 }, GRID),
  step("The same in short", "/submit/simple-change", { content: "1 U1" }, GRID),
  step("What a window asks for", "/submit/modal", { taskId: "1", prompt: PROMPT, maskBase64: DATA }, GRID),
  beside("Pictures to begin with", { base64Array: [DATA] }),
  beside("How fast it is made", { prompt: `${PROMPT} --turbo` }),
  beside("Kind of the bot", { botType: "NIJI_JOURNEY" }),
  beside("The same channel as before", { chooseSameChannel: true }),
  beside("A callback, and words for it", { notifyHook: URL, state: "mine" }, "done by the gateway"),
  beside("Which accounts of the upstream", { accountFilter: { modes: ["RELAX"] } }),
  beside("A field that nobody knows", { novelty: 1 }),
];

const drawn = (name: string, members: JsonObject, more: Omit<TaskFeature, "name" | "asks"> = {}): TaskFeature => ({
  name,
  asks: { "kling.images": drawer(members) },
  ...more,
});
const OF_A_PICTURE = { without: { "kling.images": drawer({ image: PIXEL }) } };

const DRAWINGS: readonly TaskFeature[] = [
  drawn("Pictures of a prompt", {}, { isWhole: true }),
  drawn("Picture to begin with, in the body", { image: PIXEL }),
  drawn("Picture to begin with, by its address", { image: URL }),
  drawn("What of that picture is kept", { image: PIXEL, image_reference: "face" }, OF_A_PICTURE),
  drawn("How much of that picture is kept", { image: PIXEL, image_fidelity: 0.5 }, OF_A_PICTURE),
  drawn("Several pictures", { n: 3 }),
  drawn("Sides as `9:16`", { aspect_ratio: "9:16" }),
  drawn("Resolution", { resolution: "2k" }),
  drawn("What is not to be seen", { negative_prompt: "dogs" }),
  drawn("Watermark", { watermark_info: { enabled: true } }),
  drawn("A callback", { callback_url: URL }, { byGateway: "done by the gateway" }),
  drawn("The client's own name of the task", { external_task_id: "mine" }, { byGateway: "done by the gateway" }),
  drawn("A field that nobody knows", { novelty: 1 }),
];

/** By operation. */
export const TASK_FEATURES: Readonly<
  Record<string, { readonly title: string; readonly features: readonly TaskFeature[] }>
> = {
  video: { title: "Tasks: films", features: FILMS },
  image: { title: "Tasks: pictures that are made later", features: DRAWINGS },
  paint: { title: "Tasks: pictures that are made step by step", features: PAINTINGS },
};
