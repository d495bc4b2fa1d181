/** Pictures in the form of midjourney-proxy: steps that are submitted, and their tasks. */
import type { Text } from "../../../core/language.ts";
import type { JsonObject } from "../../../core/json.ts";
import { PAINT_MODES } from "../../../operation/paint/paint-request.ts";
import { STEP_PATHS } from "../../../wire/midjourney/paint-steps.ts";
import { bodyFields, h2, note, p, parameter, table, text } from "../blocks.ts";
import type { Block, DocPage, EndpointDoc, Sample } from "../types.ts";
import { OWN_FIELDS, PAINT_KEY, PROMPT, STEP_FIELDS, SUBMIT_ANSWER, SUBMITTED } from "./midjourney-fields.ts";
import { IDEMPOTENCY, MODEL_ERRORS } from "./model-fields.ts";
import { PAINT_MOUNTS, paintResults, paintTasks } from "./paint-tasks.ts";
import { PAINT_BUTTON, PAINT_ID } from "./sample-ids.ts";

const SUBMIT = "/submit/";
const STEPS = STEP_PATHS.filter((path) => path.startsWith(SUBMIT));
const PICTURE = "data:image/png;base64,iVBORw0KGgo=";

/** What each step needs, and the model that it asks for. */
const NEEDS: readonly (readonly [step: string, makes: Text, needs: string, model: string])[] = [
  ["imagine", text("A grid of four pictures", "四宫格图片"), "`prompt`", "`mj_imagine`"],
  ["blend", text("One of several pictures", "混合多张图片"), "`base64Array`", "`mj_blend`"],
  ["describe", text("Prompts for a picture", "由图片反推提示词"), "`base64`", "`mj_describe`"],
  ["shorten", text("A shorter prompt", "精简提示词"), "`prompt`", "`mj_shorten`"],
  ["edits", text("A changed picture", "编辑图片"), "`prompt`, `image`", "`mj_edits`"],
  ["video", text("A film", "生成视频"), "`prompt`, `image` / `taskId`", "`mj_video`"],
  ["upload-discord-images", text("Addresses of your pictures", "上传图片"), "`base64Array`", "`mj_upload`"],
  ["action", text("What a button does", "点击按钮"), "`taskId`, `customId`", "`mj_upscale`, `mj_pan` …"],
  ["modal", text("What a window asks for", "提交弹窗内容"), "`taskId`", "`mj_modal`"],
  ["change", text("A button by its name", "按名称执行按钮"), "`taskId`, `action`, `index`", "`mj_upscale` …"],
  ["simple-change", text("The same in a line", "同上，一行文本"), "`content`", "`mj_upscale` …"],
];

function modes(): readonly Block[] {
  return [
    p(
      "For clients of midjourney-proxy. Their address is that of this site, without `/v1`; the key goes into `mj-api-secret` or `Authorization: Bearer`.",
      "适用于 midjourney-proxy 客户端：接口地址填本站地址，不含 `/v1`；密钥放在 `mj-api-secret` 或 `Authorization: Bearer` 中。",
    ),
    h2("modes", "Modes", "模式"),
    table(
      text("Modes", "模式"),
      [text("Paths begin with", "路径前缀"), text("Mode", "模式")],
      [
        [
          "`/mj`",
          text(
            "of the prompt: `--fast`, `--relax` or `--turbo`; else fast",
            "由提示词中的 `--fast`、`--relax`、`--turbo` 决定，默认 fast",
          ),
        ],
        ...PAINT_MODES.map((mode) => [`\`/mj-${mode}/mj\``, mode]),
      ],
    ),
    p(
      "All paths of this page are served behind each of them. The path wins over the prompt. Without either, a step has the mode of the task that it goes on with.",
      "本页所有路径均支持以上前缀。路径优先于提示词；两者都未指定时，沿用原任务的模式。",
    ),
    h2("steps", "Steps", "操作"),
    table(
      text("Steps", "操作"),
      [text("Step", "操作"), text("Makes", "用途"), text("Needs", "必填"), text("Model", "模型")],
      NEEDS.map(([step, ...cells]) => [`\`${step}\``, ...cells]),
    ),
    p(
      "The model follows from the action, and need not be named. A button asks for that of what it does: `mj_upscale`, `mj_variation`, `mj_low_variation`, `mj_high_variation`, `mj_reroll`, `mj_pan`, `mj_zoom`, `mj_custom_zoom`, `mj_inpaint`; any other for `mj_action`.",
      "模型由操作决定，无需填写。按钮按其作用对应 `mj_upscale`、`mj_variation`、`mj_low_variation`、`mj_high_variation`、`mj_reroll`、`mj_pan`、`mj_zoom`、`mj_custom_zoom`、`mj_inpaint`，其他按钮为 `mj_action`。",
    ),
    h2("windows", "Buttons that open a window", "弹出窗口的按钮"),
    p(
      "`Custom Zoom` and `Vary (Region)` make nothing yet: the answer has `code` 21, and costs nothing. Send its `result` as the `taskId` of `modal`, with `prompt` and `maskBase64`; that is charged. The price of the button is held for some seconds, and charged where the upstream goes on by itself.",
      "`Custom Zoom` 与 `Vary (Region)` 不会直接生成：返回 `code` 21，不收费。将其 `result` 作为 `modal` 的 `taskId`，连同 `prompt` 与 `maskBase64` 提交，此时计费。按钮的费用会预留数秒，上游直接生成时照常收取。",
    ),
  ];
}

const SUBMITS: Pick<EndpointDoc, "surfaces" | "alsoAt" | "answer" | "charged" | "notes"> = {
  ...PAINT_MOUNTS,
  answer: SUBMIT_ANSWER,
  charged: text(
    "One action, as the [price](/pricing) of its model says, by its mode. The amount is held when the step is submitted, and charged when it is finished. What fails or is cancelled costs nothing.",
    "按次计费，以对应模型及模式的[价格](/pricing)为准。提交时预留费用，完成后结算；失败或取消不收费。",
  ),
  notes: [],
};

function submit(): EndpointDoc {
  return {
    ...SUBMITS,
    method: "POST",
    path: `${SUBMIT}{step}`,
    servedBy: STEPS,
    title: text("Submit a step", "提交操作"),
    summary: text("Asks for pictures, and answers before they are made.", "提交任务，立即返回。"),
    when: text(
      "Begin with `imagine`, [ask how it is doing](#get-task-id-fetch), then press its buttons with `action`. For other models, see [images](/docs/api/images).",
      "先提交 `imagine`，[查询进度](#get-task-id-fetch)，再以 `action` 点击按钮。其他模型见[图片](/docs/api/images)。",
    ),
    parameters: [
      PAINT_KEY,
      IDEMPOTENCY,
      parameter("path", ["step", "string", "One of the [steps](#steps).", "[操作](#steps)之一。", { required: "yes" }]),
      ...STEP_FIELDS,
    ],
    samples: [
      sample("imagine", text("Of a prompt", "由提示词生成"), { prompt: PROMPT }),
      sample("action", text("Press a button", "点击按钮"), { taskId: PAINT_ID, customId: PAINT_BUTTON }),
      sample("change", text("The same by its name", "按名称执行"), { taskId: PAINT_ID, action: "UPSCALE", index: 1 }),
    ],
    errors: ["missing_input", ...MODEL_ERRORS, "resource_not_found", "not_ready", "concurrency_limited", "conflict"],
    notes: [
      text(
        "The upstream that made a task makes what goes on with it, too. The task must be of your account.",
        "后续操作由生成原任务的上游处理，原任务须属于您的账户。",
      ),
      text(
        "`accountFilter` and fields that are not known are left out, and named in the header `x-gateway-warnings`.",
        "`accountFilter` 与未知字段会被忽略，并列在响应头 `x-gateway-warnings` 中。",
      ),
    ],
  };
}

function sample(step: string, name: Text, body: JsonObject): Sample {
  return {
    id: step,
    name,
    request: { method: "POST", path: `/mj${SUBMIT}${step}`, key: "mj-api-secret", body },
    answer: SUBMITTED,
  };
}

function swap(): EndpointDoc {
  const body = { sourceBase64: PICTURE, targetBase64: PICTURE };
  return {
    ...SUBMITS,
    method: "POST",
    path: "/insight-face/swap",
    title: text("Swap a face", "换脸"),
    summary: text("Puts the face of one picture into another.", "将一张图片中的人脸换到另一张。"),
    when: text("It is submitted like a step. Its model is `swap_face`.", "与其他操作一样提交，模型为 `swap_face`。"),
    parameters: [
      PAINT_KEY,
      IDEMPOTENCY,
      ...bodyFields(
        ["sourceBase64", "string", "The picture with the face.", "提供人脸的图片。", { required: "yes" }],
        ["targetBase64", "string", "The picture to change.", "要修改的图片。", { required: "yes" }],
      ),
      ...OWN_FIELDS,
    ],
    samples: [
      {
        id: "first",
        name: text("Two pictures", "两张图片"),
        request: { method: "POST", path: "/mj/insight-face/swap", key: "mj-api-secret", body },
        answer: SUBMITTED,
      },
    ],
    errors: ["missing_input", ...MODEL_ERRORS, "concurrency_limited", "conflict"],
  };
}

const CODES: readonly (readonly [code: string, meaning: Text])[] = [
  ["3", text("nobody can serve it", "没有可用的上游")],
  [
    "4",
    text(
      "the request or the key is refused; `description` is a word such as `prompt_is_required`, `task_no_found` or `quota_not_enough`, or a sentence",
      "请求或密钥被拒绝；`description` 为 `prompt_is_required`、`task_no_found`、`quota_not_enough` 等代码或说明",
    ),
  ],
  ["5", text("the upstream or the gateway failed", "上游或网关出错")],
  ["23", text("too many tasks are open", "未完成的任务过多")],
  [
    "24",
    text(
      "the prompt is not allowed; the HTTP status is 200, and `properties.bannedWord` names the word",
      "提示词违规；HTTP 状态为 200，`properties.bannedWord` 为违禁词",
    ),
  ],
  ["30", text("too many requests", "请求过于频繁")],
];

function codes(): readonly Block[] {
  return [
    h2("codes", "Codes of errors", "错误码"),
    table(text("Codes of errors", "错误码"), [text("`code`", "`code`"), text("Meaning", "含义")], CODES),
    note(
      "Errors have these numbers in `code`, not those of the tables above. An id that is not known is answered with 400.",
      "错误体中的 `code` 以本表为准，而非上方各表。未知编号返回 400。",
    ),
  ];
}

export const MIDJOURNEY_DOCS: DocPage = {
  path: "/docs/api/midjourney",
  title: text("Midjourney", "Midjourney"),
  summary: text(
    "`/mj/…`: pictures in the form of midjourney-proxy, with buttons, modes and seeds.",
    "`/mj/…`：midjourney-proxy 格式的图片生成，含按钮、模式与种子。",
  ),
  group: "endpoints",
  changed: "2026-11-28",
  blocks: modes,
  endpoints: (facts) => [submit(), swap(), ...paintTasks(facts), ...paintResults()],
  rest: codes,
};
