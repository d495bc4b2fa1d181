/** Films in Google's format: an operation that is asked for by its name, and the files that it ends with. */
import { answerFields, bodyFields, parameter, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { EndpointDoc, Parameter } from "../types.ts";
import { filmModel } from "./film-fields.ts";
import { GOOGLE_KEY, MODEL } from "./gemini-fields.ts";
import { FREE, IDEMPOTENCY, KEY_ERRORS, MODEL_ERRORS } from "./model-fields.ts";
import { VIDEO_ID } from "./sample-ids.ts";

type Shared = Pick<EndpointDoc, "servedBy" | "surfaces" | "errorForm" | "notes">;

const ID: Parameter = parameter("path", ["id", "string", "That of the operation.", "操作编号。", { required: "yes" }]);

const FIELDS: readonly Parameter[] = bodyFields(
  [
    "instances",
    "object[]",
    "One: `prompt`, and pictures as `image`, `lastFrame` or `referenceImages`.",
    "仅一项：`prompt`，以及图片 `image`、`lastFrame` 或 `referenceImages`。",
    { required: "yes" },
  ],
  [
    "parameters",
    "object",
    "`aspectRatio`, `resolution`, `durationSeconds`, `sampleCount`, `negativePrompt`, `personGeneration`, `seed`, `generateAudio`, `enhancePrompt`.",
    "`aspectRatio`、`resolution`、`durationSeconds`、`sampleCount`、`negativePrompt`、`personGeneration`、`seed`、`generateAudio`、`enhancePrompt`。",
  ],
);

const ANSWER = answerFields(
  ["name", "string", "The operation, `models/MODEL/operations/ID`.", "操作名称，`models/MODEL/operations/ID`。"],
  ["done", "boolean", "Whether it is finished, or has failed.", "是否已结束。"],
  ["error", "object", "`code` and `message`, if it failed.", "失败时的 `code` 与 `message`。"],
  [
    "response.generateVideoResponse.generatedSamples[].video.uri",
    "string",
    "The film. The address opens without a key.",
    "视频地址，无需密钥即可打开。",
  ],
);

export function videoEndpoints(facts: Facts, shared: Shared): readonly EndpointDoc[] {
  const { asked, served } = filmModel(facts);
  const { surfaces, notes } = shared;
  const found = { method: "GET", surfaces, errorForm: "gemini", notes, charged: FREE, samples: [] } as const;
  const errors = [...KEY_ERRORS, "resource_not_found"] as const;
  const name = `models/${served}/operations/${VIDEO_ID}`;
  const body = {
    instances: [{ prompt: "A red panda reads a newspaper" }],
    parameters: { aspectRatio: "16:9", durationSeconds: 4 },
  };
  return [
    {
      ...shared,
      method: "POST",
      path: "/models/{model}:predictLongRunning",
      title: text("Make a film", "生成视频"),
      summary: text("Asks for a film, and answers with an operation.", "提交视频生成任务，返回操作。"),
      when: text(
        "For Google’s SDKs, over models of any format. In OpenAI’s format, see [videos](/docs/api/videos), where limits and charges are told.",
        "适用于 Google SDK，可用任意格式的视频模型。OpenAI 格式及限制、计费见[视频](/docs/api/videos)。",
      ),
      parameters: [GOOGLE_KEY, IDEMPOTENCY, MODEL, ...FIELDS],
      answer: ANSWER,
      samples: [
        {
          id: "first",
          name: text("Four seconds", "四秒视频"),
          request: {
            method: "POST",
            path: `/v1beta/models/${encodeURIComponent(asked)}:predictLongRunning`,
            key: "x-goog-api-key",
            body,
          },
          answer: { name, metadata: {}, done: false },
        },
      ],
      errors: ["missing_input", ...MODEL_ERRORS, "concurrency_limited", "conflict"],
      charged: text("As in [videos](/docs/api/videos).", "见[视频](/docs/api/videos)。"),
    },
    {
      ...found,
      path: "/models/{model}/operations/{id}",
      servedBy: "/models/{operation}",
      title: text("How a film is doing", "查询视频"),
      summary: text("Returns the operation of a film.", "返回视频的操作状态。"),
      when: text("Ask every few seconds until `done` is true.", "每隔几秒查询一次，直到 `done` 为 true。"),
      parameters: [GOOGLE_KEY, MODEL, ID],
      answer: ANSWER,
      errors,
    },
    {
      ...found,
      path: "/operations/{id}",
      servedBy: "/operations/{operation}",
      title: text("The same without the model", "查询视频（不含模型）"),
      summary: text("Returns the operation of a film.", "返回视频的操作状态。"),
      when: text("For clients that know the last part of the name alone.", "适用于只保存操作编号的客户端。"),
      parameters: [GOOGLE_KEY, ID],
      answer: ANSWER,
      errors,
    },
    {
      ...found,
      path: "/files/{file}:download",
      servedBy: "/files/{file}",
      title: text("Download a film", "下载视频"),
      summary: text("Streams the bytes of a finished film.", "以字节流返回已完成的视频。"),
      when: text(
        "At the `uri` of the operation, or with the key, as Google’s SDKs do it.",
        "直接打开操作中的 `uri`，或使用密钥（Google SDK 的方式）。",
      ),
      parameters: [
        { ...GOOGLE_KEY, required: "one-of" },
        parameter("path", ["file", "string", "It stands in the `uri`.", "包含在 `uri` 中。", { required: "yes" }]),
        parameter("query", ["token", "string", "In place of the key.", "代替密钥。", { required: "one-of" }]),
      ],
      answer: [],
      media: ["video/mp4"],
      errors: [...errors, "not_ready", "upstream_error"],
    },
  ];
}
