/** What a step says in the form of midjourney-proxy, and what is told of its task. One table for all steps. */
import type { JsonObject } from "../../../core/json.ts";
import { answerFields, bodyFields, parameter } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Parameter } from "../types.ts";
import { PAINT_BUTTON, PAINT_ID } from "./sample-ids.ts";

export const PAINT_KEY: Parameter = parameter("header", [
  "mj-api-secret",
  "string",
  "Your key. Beside it, `Authorization` may hold anything; without it, the key may stand in the [usual headers](/docs/authentication).",
  "您的密钥。填写后 `Authorization` 可为任意内容；不填时密钥可放在[常用请求头](/docs/authentication)中。",
  { required: "yes" },
]);

export const TASK_ID: Parameter = parameter("path", [
  "id",
  "string",
  "The `result` of a submission.",
  "提交时返回的 `result`。",
  { required: "yes" },
]);

const NEEDED: Partial<Parameter> = { required: "one-of" };

/** Of every step. */
export const OWN_FIELDS: readonly Parameter[] = bodyFields(
  [
    "notifyHook",
    "string",
    "A public https address that gets the task at each change, as [callbacks](/docs/api/videos#callbacks) of films do.",
    "状态变化时接收任务对象的公网 https 地址，规则同视频的[回调](/docs/api/videos#callbacks)。",
  ],
  ["state", "string", "Your own text. The task has it, too.", "自定义内容，在任务中原样返回。", { range: "≤ 4000" }],
);

export const STEP_FIELDS: readonly Parameter[] = [
  ...bodyFields(
    [
      "prompt",
      "string",
      "In the words of Midjourney, with its parameters. `--q` costs as often as it says, `--hd` four times, `--oref` twice. `--repeat`, `{a, b}` and unknown parameters are refused.",
      "提示词，可含 Midjourney 参数。`--q` 按数值倍数计费，`--hd` 四倍，`--oref` 两倍；`--repeat`、`{a, b}` 与未知参数会被拒绝。",
      { ...NEEDED, range: "≤ 10000" },
    ],
    [
      "base64Array",
      "string[]",
      "Pictures as data URLs, base64 or addresses; `blend` takes 2 to 5.",
      "图片数组：data URL、base64 或地址；`blend` 为 2 至 5 张。",
      { ...NEEDED, range: "≤ 10" },
    ],
    [
      "base64",
      "string",
      "One picture. `describe` takes an address in `link`, too.",
      "单张图片，`describe` 也可在 `link` 中填写地址。",
      NEEDED,
    ],
    [
      "image",
      "string",
      "The picture of `edits`, or the first one of a `video`; `endImage` is its last.",
      "`edits` 的图片，或 `video` 的首帧；`endImage` 为尾帧。",
      NEEDED,
    ],
    [
      "taskId",
      "string",
      "The task that the step goes on with. Only `modal` takes one that is not finished.",
      "要继续处理的任务；除 `modal` 外须已完成。",
      NEEDED,
    ],
    ["customId", "string", "A button that the task shows.", "该任务返回的按钮。", NEEDED],
    ["action", "string", "`UPSCALE`, `VARIATION` or `REROLL`.", "`UPSCALE`、`VARIATION` 或 `REROLL`。", NEEDED],
    [
      "index",
      "integer",
      "Which picture of the grid: 1 to 4, of a `video` 0 to 3.",
      "四宫格中的序号：1 至 4，`video` 为 0 至 3。",
      { range: "0–4" },
    ],
    [
      "content",
      "string",
      "A `taskId` with `U1`–`U4`, `V1`–`V4` or `R`.",
      "`taskId` 加 `U1`–`U4`、`V1`–`V4` 或 `R`。",
      NEEDED,
    ],
    ["maskBase64", "string", "White where the picture may change.", "蒙版，白色为可修改的区域。"],
    ["dimensions", "string", "`PORTRAIT`, `SQUARE` or `LANDSCAPE`.", "`PORTRAIT`、`SQUARE` 或 `LANDSCAPE`。"],
    ["botType", "string", "`MID_JOURNEY` or `NIJI_JOURNEY`.", "`MID_JOURNEY` 或 `NIJI_JOURNEY`。"],
    [
      "motion",
      "string",
      "Of a `video`: `low` or `high`. `videoType`, `batchSize` and `loop` go to the upstream, too; each film of a `batchSize` is paid for, and films of 720p are refused where they have no price.",
      "`video` 的运动幅度：`low` 或 `high`；`videoType`、`batchSize`、`loop` 同样转给上游；`batchSize` 按视频个数计费，未定价的 720p 视频会被拒绝。",
    ],
  ),
  ...OWN_FIELDS,
];

export const SUBMIT_ANSWER = answerFields(
  ["code", "integer", "1, or 21 where a window opens.", "1 为已提交，21 为需要补充内容。"],
  ["description", "string", "The same in words.", "说明。"],
  [
    "result",
    "string | string[]",
    "The id of the task; of `upload-discord-images`, addresses.",
    "任务编号；`upload-discord-images` 为图片地址。",
  ],
  ["properties", "object", "More of it, such as `status` beside 21.", "其他信息，如 21 时的 `status`。"],
);

export const TASK_ANSWER = answerFields(
  ["id", "string", "Of the task.", "任务编号。"],
  ["action", "string", "Such as `IMAGINE` or `UPSCALE`.", "如 `IMAGINE`、`UPSCALE`。"],
  [
    "status",
    "string",
    "`NOT_START`, `SUBMITTED`, `MODAL`, `IN_PROGRESS`, `SUCCESS`, `FAILURE` or `CANCEL`.",
    "`NOT_START`、`SUBMITTED`、`MODAL`、`IN_PROGRESS`、`SUCCESS`、`FAILURE` 或 `CANCEL`。",
  ],
  ["progress", "string", "Such as `33%`.", "如 `33%`。"],
  [
    "imageUrl",
    "string",
    "The picture, on its way a preview. It opens without a key.",
    "图片地址，进行中为预览，无需密钥即可打开。",
  ],
  ["videoUrls[].url", "string", "Films; `videoUrl` is the first.", "视频地址，`videoUrl` 为第一个。"],
  ["failReason", "string | null", "Why it failed.", "失败原因。"],
  ["buttons[].customId", "string", "For `action`.", "用于 `action`。"],
  ["buttons[].label", "string", "Such as `U1`.", "如 `U1`。"],
  [
    "properties.finalPrompt",
    "string",
    "Of `describe` and `shorten`, what they found.",
    "`describe` 与 `shorten` 的结果。",
  ],
  [
    "submitTime",
    "integer",
    "Milliseconds, as are `startTime` and `finishTime`.",
    "毫秒时间戳，`startTime`、`finishTime` 相同。",
  ],
);

export const PROMPT = "A red panda reads a newspaper --ar 16:9";
export const SUBMITTED: JsonObject = { code: 1, description: "提交成功", result: PAINT_ID, properties: {} };

const CREATED_MS = 1_790_000_000_000;

export function finishedPaint({ origin }: Facts): JsonObject {
  return {
    id: PAINT_ID,
    action: "IMAGINE",
    status: "SUCCESS",
    prompt: PROMPT,
    promptEn: PROMPT,
    description: `/imagine ${PROMPT}`,
    state: "",
    submitTime: CREATED_MS,
    startTime: CREATED_MS + 2000,
    finishTime: CREATED_MS + 60_000,
    progress: "100%",
    imageUrl: `${origin}/mj/image/${PAINT_ID}`,
    failReason: null,
    buttons: [{ customId: PAINT_BUTTON, emoji: "", label: "U1", type: 2, style: 2 }],
    botType: "MID_JOURNEY",
    customId: "",
    videoUrl: "",
    videoUrls: [],
    maskBase64: "",
    properties: { finalPrompt: "", finalZhPrompt: "" },
  };
}
