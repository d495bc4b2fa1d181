/** What a request for a film says in Kling's form, and what is told of the film. One table for all of its endpoints. */
import type { JsonObject } from "../../../core/json.ts";
import { answerFields, bodyFields, parameter } from "../blocks.ts";
import { modelsFor, type Facts } from "../facts.ts";
import type { Parameter } from "../types.ts";
import { filmModel } from "./film-fields.ts";
import { choiceFields } from "./model-fields.ts";
import { KLING_ID } from "./sample-ids.ts";

/** One of Kling's, where this site has one. */
export function klingModel(facts: Facts): string {
  const named = modelsFor(facts, { operation: "video" }).find((name) => name.startsWith("kling"));
  return named ?? filmModel(facts).asked;
}

export const KIND: Parameter = parameter("path", [
  "kind",
  "string",
  "One of the [six](#kinds), such as `text2video`.",
  "[六种接口](#kinds)之一，如 `text2video`。",
  { required: "yes" },
]);

export function klingFields(facts: Facts): readonly Parameter[] {
  const [, ...choices] = choiceFields(facts);
  return [...MODEL, ...choices, ...FIELDS, ...KLING_OWN_FIELDS];
}

const MODEL = bodyFields([
  "model_name",
  "string",
  "A model that makes films. `model` is the same. With a `video_id`, the default is the model of that film.",
  "视频模型，`model` 同义。填写 `video_id` 时默认为该视频的模型。",
  { default: "kling-v1" },
]);

const NEEDED: Partial<Parameter> = { required: "one-of" };

const FIELDS = bodyFields(
  [
    "prompt",
    "string",
    "What the film is to show. Needed at `text2video` and `multi-image2video`.",
    "视频内容的描述，`text2video` 与 `multi-image2video` 必填。",
    NEEDED,
  ],
  ["negative_prompt", "string", "What is not to be seen.", "不希望出现的内容。"],
  [
    "image",
    "string",
    "At `image2video`: the first picture of the film, as an address, base64 or a data URL.",
    "用于 `image2video`：首帧图片，地址、base64 或 data URL。",
    NEEDED,
  ],
  [
    "image_tail",
    "string",
    "At `image2video`: the last picture. It cannot stand beside `camera_control` and masks.",
    "用于 `image2video`：尾帧图片，不能与 `camera_control` 及蒙版同用。",
    NEEDED,
  ],
  [
    "image_list",
    "object[]",
    "At `multi-image2video`: up to four pictures that are to be seen, each in `image`.",
    "用于 `multi-image2video`：最多四张参考图片，每项填在 `image` 中。",
    NEEDED,
  ],
  [
    "video_id",
    "string",
    "At `video-extend`: a finished film of your account, by its id at any endpoint of films.",
    "用于 `video-extend`：您账户中已完成的视频，任一视频接口的编号均可。",
    NEEDED,
  ],
  ["effect_scene", "string", "At `effects`: the name of the effect.", "用于 `effects`：特效名称。", NEEDED],
  [
    "input",
    "object",
    "At `lip-sync`: `video_id` or `video_url`, and `mode`, `text`, `voice_id`, `voice_language`, `voice_speed`, `audio_type`, `audio_file`, `audio_url`. At `effects`: `image` or `images`, `duration`, `mode`, `model_name`.",
    "用于 `lip-sync`：`video_id` 或 `video_url`，以及 `mode`、`text`、`voice_id`、`voice_language`、`voice_speed`、`audio_type`、`audio_file`、`audio_url`。用于 `effects`：`image` 或 `images`、`duration`、`mode`、`model_name`。",
    NEEDED,
  ],
  [
    "duration",
    "string | integer",
    "Seconds: Kling’s models make 5 or 10, those from `kling-v3` on 3 to 15.",
    "秒数：Kling 模型支持 5 或 10，`kling-v3` 起支持 3 到 15。",
    { default: "5" },
  ],
  [
    "mode",
    "string",
    "`std` makes 720p, `pro` 1080p; `4k` from `kling-v3` on.",
    "`std` 为 720p，`pro` 为 1080p；`kling-v3` 起支持 `4k`。",
    { default: "std" },
  ],
  [
    "aspect_ratio",
    "string",
    "`16:9`, `9:16` or `1:1`. At `image2video` the picture decides.",
    "`16:9`、`9:16` 或 `1:1`；`image2video` 由图片决定。",
    { default: "16:9" },
  ],
  [
    "sound",
    "string | boolean",
    "`on` or `off`, from `kling-v2-6` on.",
    "`on` 或 `off`，`kling-v2-6` 起支持。",
    { default: "off" },
  ],
  [
    "cfg_scale",
    "number",
    "How strictly the film follows the prompt, before `kling-v2`.",
    "对提示词的遵循程度，仅 `kling-v2` 之前的模型。",
    { range: "0–1" },
  ],
  [
    "camera_control",
    "object",
    "How the camera moves. Kling alone has it, as it has `watermark_info` and `voice_list`, the voices that are heard: with them there is sound.",
    "镜头运动。与 `watermark_info`、`voice_list`（指定音色，随即生成声音）一样仅 Kling 支持。",
  ],
  [
    "static_mask",
    "string",
    "At `image2video`: what stands still. `dynamic_masks` says what moves, and how.",
    "用于 `image2video`：静止区域；`dynamic_masks` 为运动区域及轨迹。",
  ],
);

/** What each request may say of its own task. */
export const KLING_OWN_FIELDS = bodyFields(
  [
    "external_task_id",
    "string",
    "Your own name of the task, once in your account. It finds the task like its id.",
    "自定义任务编号，账户内唯一，可代替任务编号用于查询。",
    { range: "≤ 256" },
  ],
  [
    "callback_url",
    "string",
    "A public https address that gets `data` of the answer at each change; see [callbacks](/docs/api/videos#callbacks).",
    "状态变化时接收响应中 `data` 的公网 https 地址，见[回调](/docs/api/videos#callbacks)。",
  ],
);

/** What is told of every task. */
export const KLING_TASK_ANSWER = answerFields(
  ["code", "integer", "0; another number is an error.", "0 为成功，其他为错误。"],
  ["data.task_id", "string", "Of the task.", "任务编号。"],
  [
    "data.task_status",
    "string",
    "`submitted`, `processing`, `succeed` or `failed`.",
    "`submitted`、`processing`、`succeed` 或 `failed`。",
  ],
  ["data.task_status_msg", "string", "Why it failed.", "失败原因。"],
  ["data.task_info.external_task_id", "string", "As you gave it.", "提交时的自定义编号。"],
);

export const KLING_ANSWER = [
  ...KLING_TASK_ANSWER,
  ...answerFields(
    [
      "data.task_result.videos[].url",
      "string",
      "The film. The address opens without a key.",
      "视频地址，无需密钥即可打开。",
    ],
    ["data.task_result.videos[].id", "string", "For `video_id`.", "用于 `video_id`。"],
    ["data.task_result.videos[].duration", "string", "Its seconds.", "视频秒数。"],
    ["data.created_at", "integer", "Milliseconds since 1970, as is `updated_at`.", "毫秒时间戳，`updated_at` 相同。"],
    [
      "id",
      "string",
      "The same as `task_id`, for clients of other forms.",
      "与 `task_id` 相同，供其他格式的客户端使用。",
    ],
  ),
];

const CREATED_MS = 1_790_000_000_000;
const MADE_MS = CREATED_MS + 95_000;

/** How lists are turned over. */
export const KLING_PAGES: readonly Parameter[] = [
  parameter("query", ["pageNum", "integer", "The page.", "页码。", { default: "1", range: "1–1000" }]),
  parameter("query", ["pageSize", "integer", "Tasks of a page.", "每页数量。", { default: "30", range: "1–500" }]),
];

/** The task as it is told. */
export const SUBMITTED: JsonObject = {
  task_id: KLING_ID,
  task_status: "submitted",
  task_status_msg: "",
  task_info: {},
  created_at: CREATED_MS,
  updated_at: CREATED_MS,
};

/** The same when it is finished. */
export function finished({ origin }: Facts): JsonObject {
  const url = `${origin}/v1/videos/${KLING_ID}/content?token=YOUR-LINK`;
  return {
    ...SUBMITTED,
    task_status: "succeed",
    task_result: { videos: [{ id: KLING_ID, url, duration: "5.1" }] },
    updated_at: MADE_MS,
  };
}

/** The envelope, with what stands beside `data` for one task. */
export function answerOf(data: JsonObject, status: "queued" | "completed"): JsonObject {
  return {
    code: 0,
    message: "SUCCEED",
    data,
    id: KLING_ID,
    task_id: KLING_ID,
    object: "video",
    status,
    request_id: "req_0199f2a1",
  };
}
