/** Pictures in Kling's form. */
import type { JsonObject } from "../../../core/json.ts";
import { MOST_PICTURES, PICTURE_ASPECTS } from "../../../wire/kling/pictures.ts";
import { answerFields, bodyFields, p, parameter, text } from "../blocks.ts";
import { modelsFor, type Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc, Sample } from "../types.ts";
import { KLING_OWN_FIELDS, KLING_PAGES, KLING_TASK_ANSWER, SUBMITTED as KLING_TASK } from "./kling-fields.ts";
import { choiceFields, FREE, KEY, KEY_ERRORS, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";
import { KLING_PICTURE_ID } from "./sample-ids.ts";

const KLING = ["/kling/v1"] as const;
const PATH = "/images/generations";
const PROMPT = "A red panda reads a newspaper";
const PICTURE = "https://example.com/panda.png";
const REQUEST_ID = "req_0199f2a1";
/** What the samples ask for where this site has no such model. */
const USUAL = "kling-v2-1";

function modelIn(facts: Facts): string {
  return modelsFor(facts, { operation: "image" }).find((name) => name.startsWith("kling")) ?? USUAL;
}

function about(): readonly Block[] {
  return [
    p(
      "For clients of Kling: give them this site’s address with `/kling` in place of Kling’s, and your key in place of its token. All others have [pictures](/docs/api/images), which reach the same models, and wait for what is made.",
      "适用于 Kling 客户端：接口地址改为本站地址加 `/kling`，令牌改为您的密钥。其他客户端请用[图片](/docs/api/images)，可用相同的模型，并会等待生成完成。",
    ),
    p(
      "Kling names its models of films and of pictures alike. A name that is that of a film here stands for the model of pictures with `-image` behind it.",
      "Kling 的视频与图片模型同名。若某个名称在本站是视频模型，则使用名称后加 `-image` 的图片模型。",
    ),
  ];
}

const ANSWER = [
  ...KLING_TASK_ANSWER,
  ...answerFields(
    [
      "data.task_result.images[].url",
      "string",
      "A picture. The address opens without a key.",
      "图片地址，无需密钥即可打开。",
    ],
    ["data.task_result.images[].index", "integer", "Its number, from 0 on.", "序号，从 0 开始。"],
    ["data.created_at", "integer", "Milliseconds since 1970, as is `updated_at`.", "毫秒时间戳，`updated_at` 相同。"],
  ),
];

const FIELDS = bodyFields(
  ["prompt", "string", "What the picture is to show.", "图片内容的描述。", { required: "yes" }],
  [
    "negative_prompt",
    "string",
    "What is not to be seen. Not beside `image`.",
    "不希望出现的内容，不能与 `image` 同用。",
  ],
  [
    "image",
    "string",
    "A picture to begin with: an address, base64 or a data URL.",
    "参考图片：地址、base64 或 data URL。",
  ],
  [
    "image_reference",
    "string",
    "What of it is kept: `subject` or `face`. `kling-v1-5` needs it beside `image`.",
    "参考方式：`subject`（角色）或 `face`（长相）。使用 `image` 时 `kling-v1-5` 必填。",
  ],
  ["image_fidelity", "number", "How near the picture comes to it.", "对参考图片的遵循程度。", { range: "0–1" }],
  [
    "human_fidelity",
    "number",
    "The same of the face, beside `subject`.",
    "面部相似程度，用于 `subject`。",
    { range: "0–1" },
  ],
  ["resolution", "string", "`1k` or `2k`.", "`1k` 或 `2k`。", { default: "1k" }],
  ["n", "integer", "How many pictures.", "图片数量。", { default: "1", range: `1–${MOST_PICTURES}` }],
  [
    "aspect_ratio",
    "string",
    `One of ${PICTURE_ASPECTS.map((one) => `\`${one}\``).join(", ")}.`,
    `${PICTURE_ASPECTS.map((one) => `\`${one}\``).join("、")} 之一。`,
    { default: "16:9" },
  ],
);

function fields(facts: Facts) {
  const [, ...choices] = choiceFields(facts);
  const model = bodyFields([
    "model_name",
    "string",
    "A model that makes pictures. `model` is the same.",
    "图片模型，`model` 同义。",
    { default: "kling-v1" },
  ]);
  return [...model, ...choices, ...FIELDS, ...KLING_OWN_FIELDS];
}

const SUBMITTED = { ...KLING_TASK, task_id: KLING_PICTURE_ID };

function finished({ origin }: Facts): JsonObject {
  const url = `${origin}/kling/v1${PATH}/${KLING_PICTURE_ID}/content?token=YOUR-LINK`;
  return { ...SUBMITTED, task_status: "succeed", task_result: { images: [{ index: 0, url }] } };
}

const answerOf = (data: JsonObject | readonly JsonObject[]) => ({
  code: 0,
  message: "SUCCEED",
  data,
  request_id: REQUEST_ID,
});

function create(facts: Facts): EndpointDoc {
  const model = modelIn(facts);
  const sample = (id: string, name: Sample["name"], body: JsonObject): Sample => ({
    id,
    name,
    request: { method: "POST", path: `/kling/v1${PATH}`, key: "authorization", body: { model_name: model, ...body } },
    answer: answerOf(SUBMITTED),
  });
  return {
    method: "POST",
    path: PATH,
    surfaces: KLING,
    title: text("Make pictures", "生成图片"),
    summary: text("Asks for pictures, and answers before they are made.", "提交图片生成任务，立即返回。"),
    when: text(
      "For clients that speak Kling’s form. Then [ask how the task is doing](#get-images-generations-id).",
      "适用于采用 Kling 格式的客户端。随后[查询进度](#get-images-generations-id)。",
    ),
    parameters: [...MODEL_HEADERS, ...fields(facts)],
    answer: ANSWER,
    samples: [
      sample("first", text("Of a prompt", "由提示词生成"), { prompt: PROMPT, n: 2, aspect_ratio: "16:9" }),
      sample("reference", text("Of a picture", "由图片生成"), {
        prompt: PROMPT,
        image: PICTURE,
        image_reference: "subject",
      }),
    ],
    errors: ["missing_input", ...MODEL_ERRORS, "concurrency_limited", "conflict"],
    charged: text(
      "Each picture that is made, as the model’s [price](/pricing) says. The amount is held when you ask, for no more than `n`; a failure costs nothing. Pictures of a picture, and those above `1k`, have prices of their own; a model without one refuses them.",
      "按生成的图片张数计费，以模型[价格](/pricing)为准。提交时按 `n` 预留费用，失败不收费。参考图片生成与高于 `1k` 的分辨率单独定价，未定价的模型会拒绝。",
    ),
    notes: [
      text(
        "Errors have Kling’s numbers in `code`, such as 1201 for a request that is wrong; the column of codes is that of `/v1`.",
        "错误体的 `code` 为 Kling 错误码，如请求有误为 1201；表中错误码为 `/v1` 所用。",
      ),
    ],
  };
}

const ID = parameter("path", [
  "id",
  "string",
  "The `task_id`, or your `external_task_id`.",
  "`task_id` 或您的 `external_task_id`。",
  { required: "yes" },
]);

function retrieve(facts: Facts): EndpointDoc {
  return {
    method: "GET",
    path: `${PATH}/{id}`,
    surfaces: KLING,
    title: text("How a task is doing", "查询任务"),
    summary: text("Returns a task, and its pictures when they are there.", "返回任务状态及完成后的图片。"),
    when: text(
      "Ask every few seconds until `task_status` is `succeed` or `failed`.",
      "每隔几秒查询，直到 `task_status` 为 `succeed` 或 `failed`。",
    ),
    parameters: [KEY, ID],
    answer: ANSWER,
    samples: [
      {
        id: "first",
        name: text("Finished pictures", "已完成的图片"),
        request: { method: "GET", path: `/kling/v1${PATH}/${KLING_PICTURE_ID}`, key: "authorization" },
        answer: answerOf(finished(facts)),
      },
    ],
    errors: [...KEY_ERRORS, "resource_not_found"],
    charged: FREE,
    notes: [],
  };
}

function list(facts: Facts): EndpointDoc {
  return {
    method: "GET",
    path: PATH,
    surfaces: KLING,
    title: text("List tasks", "任务列表"),
    summary: text("Lists the tasks of pictures, the latest first.", "列出图片任务，最新在前。"),
    when: text("To find pictures again.", "用于找回图片。"),
    parameters: [KEY, ...KLING_PAGES],
    answer: answerFields(["data[]", "object", "Tasks, as `data` above.", "任务，同上方的 `data`。"]),
    samples: [
      {
        id: "first",
        name: text("The latest task", "最新的任务"),
        request: { method: "GET", path: `/kling/v1${PATH}?pageSize=1`, key: "authorization" },
        answer: answerOf([finished(facts)]),
      },
    ],
    errors: [...KEY_ERRORS, "invalid_parameter"],
    charged: FREE,
    notes: [],
  };
}

function content(): EndpointDoc {
  return {
    method: "GET",
    path: `${PATH}/{id}/content`,
    surfaces: KLING,
    title: text("Download a picture", "下载图片"),
    summary: text("Streams a picture through from its upstream.", "从上游转发图片文件。"),
    when: text(
      "With your key. The address that a task tells opens without one: whoever has it can open it.",
      "使用密钥访问。任务返回的地址无需密钥，任何人持有该地址都能打开。",
    ),
    parameters: [
      { ...KEY, required: "one-of" },
      parameter("path", ["id", "string", "The `task_id`.", "`task_id`。", { required: "yes" }]),
      parameter("query", [
        "token",
        "string",
        "In place of the key; it stands in the `url` of the picture.",
        "代替密钥，已包含在图片的 `url` 中。",
        { required: "one-of" },
      ]),
      parameter("query", [
        "variant",
        "string",
        "`image`; the second picture of a task is `image-2`, and so on.",
        "`image`；第二张为 `image-2`，依此类推。",
        { default: "image" },
      ]),
    ],
    answer: [],
    media: ["image/png", "image/jpeg"],
    samples: [],
    errors: [...KEY_ERRORS, "resource_not_found", "not_ready", "invalid_parameter", "upstream_error"],
    charged: FREE,
    notes: [],
  };
}

export const KLING_PICTURE_DOCS: DocPage = {
  path: "/docs/api/kling-images",
  title: text("Kling pictures", "可灵 Kling 图片"),
  summary: text(
    "`/kling/v1/images/generations`: pictures in Kling’s form, of prompts, faces and subjects.",
    "`/kling/v1/images/generations`：Kling 格式的图片生成，支持角色与长相参考。",
  ),
  group: "endpoints",
  changed: "2026-11-28",
  blocks: about,
  endpoints: (facts) => [create(facts), retrieve(facts), list(facts), content()],
};
