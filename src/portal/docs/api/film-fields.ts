/** What a request for a film may say, and what is told of a film. */
import type { JsonObject } from "../../../core/json.ts";
import { answerFields, bodyFields } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { Parameter } from "../types.ts";
import { VIDEO_ID } from "./sample-ids.ts";

/** What the samples ask for where this site has no such model. */
const USUAL = "sora-2";

export const filmModel = (facts: Facts) => modelOf(facts, "video", USUAL);

export const FILM_PROMPT: readonly Parameter[] = bodyFields([
  "prompt",
  "string",
  "What the film is to show.",
  "视频内容的描述。",
  { required: "yes" },
]);

export const FILM_FIELDS: readonly Parameter[] = bodyFields(
  [
    "seconds",
    "string | integer",
    "How long the film is. `duration` is the same. Models make certain lengths only. Without it the model decides: OpenAI’s format makes 4 seconds.",
    "视频秒数，`duration` 同义。各模型仅支持特定时长；不填由模型决定，OpenAI 格式为 4 秒。",
    { range: "1–60" },
  ],
  [
    "size",
    "string",
    "Pixels such as `1280x720`, a ratio such as `16:9`, or `1080p`. OpenAI’s format makes 720x1280 without it.",
    "像素如 `1280x720`、宽高比如 `16:9`，或 `1080p`。不填时 OpenAI 格式为 720x1280。",
  ],
  ["width", "integer", "In place of `size`, with `height`: pixels.", "可代替 `size`，与 `height` 一同填写：像素。"],
  ["height", "integer", "See `width`.", "见 `width`。"],
  ["aspect_ratio", "string", "Such as `16:9`, in place of `size`.", "如 `16:9`，可代替 `size`。"],
  [
    "resolution",
    "string",
    "Such as `720p`, `1080p` or `4k`, in place of `size` or beside `aspect_ratio`.",
    "如 `720p`、`1080p`、`4k`，可代替 `size`，或与 `aspect_ratio` 同用。",
  ],
  [
    "input_reference",
    "string | object | string[] | object[]",
    "Pictures: addresses, data URLs or objects with `image_url`; in a form, files. One is the first picture of the film, a second one its last, three show what is to be seen. `image` and `images` are the same.",
    "参考图片：地址、data URL 或含 `image_url` 的对象；表单中为文件。一张为首帧，第二张为尾帧，三张为内容参考。`image` 与 `images` 同义。",
    { range: "≤ 3" },
  ],
  [
    "last_frame",
    "string | object",
    "The last picture of the film. `image_tail` is the same.",
    "尾帧图片，`image_tail` 同义。",
  ],
  ["negative_prompt", "string", "What is not to be seen.", "不希望出现的内容。"],
  ["seed", "integer", "For models that take one.", "随机种子，须模型支持。"],
  [
    "generate_audio",
    "boolean",
    "Whether the film has sound, for models that can choose. `sound` is the same.",
    "是否生成音频，须模型支持。`sound` 同义。",
  ],
  ["mode", "string", "Such as `std` or `pro`, for models that have modes.", "如 `std`、`pro`，须模型支持。"],
  [
    "n",
    "integer",
    "How many films. OpenAI’s format makes one at a time.",
    "视频数量，OpenAI 格式每次仅一个。",
    { default: "1", range: "1–4" },
  ],
  [
    "callback_url",
    "string",
    "A public https address that is told of each change; see [callbacks](#callbacks).",
    "状态变化时通知的公网 https 地址，见[回调](#callbacks)。",
  ],
  [
    "metadata",
    "object | string",
    "The fields of this list may stand here, too, as an object or as a JSON text.",
    "本列表中的字段也可写在此处，类型为对象或 JSON 文本。",
  ],
);

/** What relays' clients send; the others are taken, too. */
export const RELAY_FIELDS: readonly Parameter[] = bodyFields(
  ["duration", "integer", "How long the film is, in seconds.", "视频秒数。", { range: "1–60" }],
  ["size", "string", "As of `POST /v1/videos`.", "与 `POST /v1/videos` 相同。"],
  [
    "image",
    "string | string[]",
    "The first picture of the film, or the first and the last.",
    "首帧图片，或首帧与尾帧。",
  ],
);

export const FILM_ANSWER = answerFields(
  ["id", "string", "Of the film. `task_id` is the same.", "视频编号，`task_id` 同值。"],
  [
    "status",
    "string",
    "`queued`, `in_progress`, `completed` or `failed`.",
    "`queued`、`in_progress`、`completed` 或 `failed`。",
  ],
  ["progress", "integer", "Of 100; it never falls.", "进度，最大 100，不会回退。"],
  ["seconds", "string", "How long it is.", "视频秒数。"],
  [
    "expires_at",
    "integer | null",
    "Until when it can be had; Unix seconds. null = it is not known.",
    "可下载的截止时间（Unix 秒），未知时为 null。",
  ],
  ["error", "object | null", "`code` and `message`, if it failed.", "失败时的 `code` 与 `message`。"],
  [
    "url",
    "string",
    "Of a finished film: opens it without a key. `video_url` is the same.",
    "完成后的视频链接，无需密钥即可打开，`video_url` 同值。",
  ],
);

/** A film as it is told. */
export function filmOf(facts: Facts, more: JsonObject = {}): JsonObject {
  return {
    id: VIDEO_ID,
    task_id: VIDEO_ID,
    object: "video",
    model: filmModel(facts).served,
    status: "queued",
    progress: 0,
    created_at: 1790000000,
    completed_at: null,
    expires_at: null,
    remixed_from_video_id: null,
    error: null,
    size: "1280x720",
    prompt: "A red panda reads a newspaper",
    seconds: "4",
    ...more,
  };
}

/** The same when it is finished. */
export function finishedFilm(facts: Facts, more: JsonObject = {}): JsonObject {
  const url = `${facts.origin}/v1/videos/${VIDEO_ID}/content?token=YOUR-LINK`;
  const finished = { status: "completed", progress: 100, completed_at: 1790000095, url, video_url: url };
  return filmOf(facts, { ...finished, ...more });
}
