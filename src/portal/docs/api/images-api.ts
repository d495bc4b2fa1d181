import type { JsonObject } from "../../../core/json.ts";
import { MAX_GIVEN, MAX_IMAGES } from "../../../wire/openai/images.ts";
import { answerFields, bodyFields, h2, p, text } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc, Parameter, Sample } from "../types.ts";
import { choiceFields, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";

/** What the samples ask for where this site has no such model. */
const USUAL = "gpt-image-1";
/** The picture of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PIXEL_URL = `data:image/png;base64,${PIXEL}`;

const SURFACES = ["/v1", "/xlei/v1"] as const;

const PROMPT: Parameter[] = bodyFields([
  "prompt",
  "string",
  "What the picture is to show.",
  "图片内容的描述。",
  { required: "yes" },
]) as Parameter[];

const PICTURES: readonly Parameter[] = bodyFields(
  [
    "image",
    "string | string[]",
    `Pictures to begin with: data URLs, base64 or addresses; in a form, files named \`image\` or \`image[]\`. At most ${MAX_GIVEN}.`,
    `参考图片：data URL、base64 或地址；表单中为名为 \`image\` 或 \`image[]\` 的文件，最多 ${MAX_GIVEN} 张。`,
  ],
  [
    "mask",
    "string",
    "A picture whose transparent parts are to be changed. Models of Google’s format and of chat take none.",
    "蒙版图片，透明部分将被修改。Google 格式与对话格式的模型不支持。",
  ],
);

const WISHES: readonly Parameter[] = bodyFields(
  ["n", "integer", "How many pictures.", "图片数量。", { default: "1", range: `1–${MAX_IMAGES}` }],
  [
    "size",
    "string",
    "Such as `1024x1024`, `1536x1024`, `2K`, `16:9` or `auto`. Models of Google’s format get the nearest ratio; Kling’s get that and the nearest of `1k` and `2k`.",
    "如 `1024x1024`、`1536x1024`、`2K`、`16:9` 或 `auto`。Google 格式的模型取最接近的宽高比；Kling 另取最接近的 `1k` 或 `2k`。",
    { default: "auto" },
  ],
  [
    "quality",
    "string",
    "Such as `low`, `medium`, `high`, `hd`.",
    "如 `low`、`medium`、`high`、`hd`。",
    { default: "auto" },
  ],
  [
    "response_format",
    "string",
    "`url` or `b64_json`. You get what you ask for: a picture in base64 becomes a data URL, and an address is fetched. Without it you get what the upstream gives.",
    "`url` 或 `b64_json`，按您的要求返回：base64 图片会转为 data URL，图片地址会被下载。不填则保持上游返回的形式。",
  ],
  ["output_format", "string", "`png`, `jpeg`, `webp`.", "`png`、`jpeg`、`webp`。", { default: "png" }],
  [
    "background",
    "string",
    "`transparent`, `opaque`, `auto`.",
    "`transparent`、`opaque`、`auto`。",
    { default: "auto" },
  ],
  [
    "stream",
    "boolean",
    "Whether the picture comes as events, with what it looks like on the way.",
    "是否以事件流返回，可包含生成过程中的预览图。",
    { default: "false" },
  ],
  [
    "partial_images",
    "integer",
    "How many pictures on the way a stream has.",
    "流式输出时预览图的数量。",
    { default: "0", range: "0–3" },
  ],
  ["user", "string", "Replaced by a name of the gateway’s own for your account.", "会替换为网关为您的账户生成的标识。"],
);

const ANSWER = answerFields(
  ["created", "integer", "When it was made, in Unix seconds.", "生成时间（Unix 秒）。"],
  ["data[].b64_json", "string", "The picture in base64.", "base64 图片。"],
  ["data[].url", "string", "Or its address, or a data URL.", "或图片地址、data URL。"],
  ["data[].revised_prompt", "string", "The prompt as the model understood it.", "模型改写后的提示词。"],
  ["usage.input_tokens", "integer", "Tokens of the prompt and its pictures.", "提示词与参考图片的 token 数。"],
  ["usage.output_tokens", "integer", "Tokens of the pictures that were made.", "生成图片的 token 数。"],
);

const CHARGED = text(
  "Tokens or pictures, as the model’s [price](/pricing) says; a picture may cost more in a size or quality. Pictures are counted as they are delivered.",
  "按 token 或图片张数计费，以模型[价格](/pricing)为准；不同尺寸或质量的单价可能不同。按实际交付的图片计数。",
);

const USAGE = {
  input_tokens: 9,
  input_tokens_details: { text_tokens: 9, image_tokens: 0 },
  output_tokens: 1056,
  output_tokens_details: { text_tokens: 0, image_tokens: 1056 },
  total_tokens: 1065,
};

const made = (picture: object) => ({ created: 1790000000, data: [picture], usage: USAGE });

function asks(facts: Facts, path: string, body: object, sdkCall?: string): Sample["request"] {
  return {
    method: "POST",
    path: `/v1${path}`,
    key: "authorization",
    body: { model: modelOf(facts, "image", USUAL).asked, ...body },
    ...(sdkCall === undefined ? {} : { sdkCall }),
  };
}

const lines = (...events: readonly (JsonObject & { readonly type: string })[]) =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}`).join("\n\n");

function generationSamples(facts: Facts): readonly Sample[] {
  const prompt = "A red panda reading a newspaper";
  return [
    {
      id: "first",
      name: text("A picture", "一张图片"),
      request: asks(facts, "/images/generations", { prompt, size: "1024x1024" }, "images.generate"),
      answer: made({ b64_json: PIXEL }),
    },
    {
      id: "url",
      name: text("As an address", "返回地址"),
      request: asks(facts, "/images/generations", { prompt, response_format: "url" }, "images.generate"),
      answer: made({ url: PIXEL_URL }),
    },
    {
      id: "stream",
      name: text("As a stream", "流式输出"),
      request: asks(facts, "/images/generations", { prompt, stream: true, partial_images: 1 }, "images.generate"),
      answer: lines(
        { type: "image_generation.partial_image", partial_image_index: 0, b64_json: PIXEL, created_at: 1790000000 },
        { type: "image_generation.completed", b64_json: PIXEL, created_at: 1790000000, usage: USAGE },
      ),
    },
  ];
}

function endpoints(facts: Facts): readonly EndpointDoc[] {
  const shared = {
    method: "POST",
    surfaces: SURFACES,
    answer: ANSWER,
    errors: ["missing_input", ...MODEL_ERRORS],
    charged: CHARGED,
    notes: [],
  } as const;
  const edit = { prompt: "Make the picture blue", image: PIXEL_URL };
  const [, ...optional] = PICTURES;
  const [image] = PICTURES;
  const required: readonly Parameter[] = image === undefined ? [] : [{ ...image, required: "yes" }];
  return [
    {
      ...shared,
      path: "/images/generations",
      title: text("Make pictures", "生成图片"),
      summary: text("Makes pictures of a text.", "根据文字生成图片。"),
      when: text(
        "For every model that makes pictures: of OpenAI’s format (GPT Image, Seedream, Flux, Stable Diffusion), of Google’s (Nano Banana), of chat, and of Kling. Kling’s take a minute: what is not there in time is answered with 202 and a `task_id` for `GET /api/tasks/{id}`.",
        "适用于所有图像模型：OpenAI 格式（GPT Image、Seedream、Flux、Stable Diffusion）、Google 格式（Nano Banana）、对话格式及可灵 Kling。Kling 需要约一分钟，未能及时完成时返回 202 与 `task_id`，可用 `GET /api/tasks/{id}` 查询。",
      ),
      parameters: [...MODEL_HEADERS, ...choiceFields(facts), ...PROMPT, ...WISHES, ...PICTURES],
      samples: generationSamples(facts),
    },
    {
      ...shared,
      path: "/images/edits",
      title: text("Change pictures", "编辑图片"),
      summary: text("Changes pictures, or makes one of several.", "编辑图片，或将多张图片合成一张。"),
      when: text(
        "As a form with files (`multipart/form-data`), as OpenAI’s SDKs send it, or as JSON.",
        "可用 OpenAI SDK 发送的文件表单（`multipart/form-data`），也可用 JSON。",
      ),
      parameters: [...MODEL_HEADERS, ...choiceFields(facts), ...PROMPT, ...required, ...optional, ...WISHES],
      samples: [
        {
          id: "first",
          name: text("A picture in JSON", "JSON 图片"),
          request: asks(facts, "/images/edits", edit),
          answer: made({ b64_json: PIXEL }),
        },
      ],
    },
    {
      ...shared,
      path: "/edits",
      title: text("Change pictures, the old way", "编辑图片（旧路径）"),
      summary: text("The same as `/images/edits`.", "与 `/images/edits` 相同。"),
      when: text("For clients that still ask there.", "适用于仍使用该路径的客户端。"),
      parameters: [...MODEL_HEADERS, ...choiceFields(facts), ...PROMPT, ...required, ...optional, ...WISHES],
      samples: [
        {
          id: "first",
          name: text("A picture in JSON", "JSON 图片"),
          request: asks(facts, "/edits", edit),
          answer: made({ b64_json: PIXEL }),
        },
      ],
    },
    {
      ...shared,
      path: "/images/variations",
      title: text("Vary a picture", "图片变体"),
      summary: text("Makes pictures like another, without a prompt.", "无需提示词，生成相似的图片。"),
      when: text(
        "For models of OpenAI’s format that can do so. For others, change the picture with a prompt.",
        "仅限支持该功能的 OpenAI 格式模型，其他模型请用提示词编辑图片。",
      ),
      parameters: [...MODEL_HEADERS, ...choiceFields(facts), ...required, ...WISHES],
      samples: [
        {
          id: "first",
          name: text("A picture in JSON", "JSON 图片"),
          request: asks(facts, "/images/variations", { image: PIXEL_URL }),
          answer: made({ b64_json: PIXEL }),
        },
      ],
    },
  ];
}

function inChats(): readonly Block[] {
  return [
    h2("chat", "Pictures in a chat", "在对话中生成图片"),
    p(
      "Ask a model that makes pictures in [chat completions](/docs/api/chat-completions), or in any other chat format. The picture comes as `message.images`, and in `content` as Markdown, which chat apps show. What you say next changes the last picture; a message with pictures of your own changes those.",
      "也可在[对话补全](/docs/api/chat-completions)或其他对话格式中使用图像模型。图片在 `message.images` 中返回，并以 Markdown 写入 `content`，聊天应用可直接显示。继续对话会修改上一张图片；消息中带有图片时，则修改这些图片。",
    ),
  ];
}

export const IMAGES: DocPage = {
  path: "/docs/api/images",
  title: text("Images", "图像 Images"),
  summary: text(
    "`POST /v1/images/generations` and `/v1/images/edits`: pictures are made and changed.",
    "`POST /v1/images/generations` 与 `/v1/images/edits`：生成与编辑图片。",
  ),
  group: "endpoints",
  changed: "2026-11-28",
  endpoints,
  rest: inChats,
};
