/** Google's endpoints for embeddings. */
import { MAX_REQUESTS } from "../../../wire/gemini/embed-content.ts";
import { answerFields, bodyFields, text } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { EndpointDoc } from "../types.ts";
import { GOOGLE_KEY, MODEL } from "./gemini-fields.ts";
import { CHARGED, IDEMPOTENCY, MODEL_ERRORS } from "./model-fields.ts";

type Shared = Pick<EndpointDoc, "method" | "servedBy" | "surfaces" | "errorForm" | "notes">;

const CONTENT = bodyFields(
  [
    "content",
    "object",
    "What is embedded: `parts` with `text`.",
    "要嵌入的内容：含 `text` 的 `parts`。",
    { required: "yes" },
  ],
  [
    "taskType",
    "string",
    "What the vector is for, such as `RETRIEVAL_DOCUMENT`.",
    "向量用途，如 `RETRIEVAL_DOCUMENT`。",
  ],
  ["outputDimensionality", "integer", "The length of the vector.", "向量维数。", { range: "≥ 1" }],
);

const USAGE = answerFields([
  "usageMetadata.promptTokenCount",
  "integer",
  "The tokens of all inputs.",
  "全部输入的 token 数。",
]);

export function embedEndpoints(facts: Facts, shared: Shared): readonly EndpointDoc[] {
  const { asked: model } = modelOf(facts, "embed", "gemini-embedding-001");
  const path = (action: string) => `/v1beta/models/${encodeURIComponent(model)}:${action}`;
  const content = { parts: [{ text: "Hello!" }] };
  const common = { ...shared, errors: MODEL_ERRORS, charged: CHARGED };
  const usageMetadata = { promptTokenCount: 2, totalTokenCount: 2 };
  return [
    {
      ...common,
      path: "/models/{model}:embedContent",
      title: text("Embed content", "嵌入内容"),
      summary: text("Turns a text into a vector.", "将文本转换为向量。"),
      when: text(
        "For Google’s SDKs. In OpenAI’s format, see [embeddings](/docs/api/embeddings).",
        "适用于 Google SDK。OpenAI 格式见[向量嵌入](/docs/api/embeddings)。",
      ),
      parameters: [GOOGLE_KEY, IDEMPOTENCY, MODEL, ...CONTENT],
      answer: [...answerFields(["embedding.values", "number[]", "The vector.", "向量。"]), ...USAGE],
      samples: [
        {
          id: "first",
          name: text("A text", "一段文本"),
          request: { method: "POST", path: path("embedContent"), key: "x-goog-api-key", body: { content } },
          answer: { embedding: { values: [0.013168523, -0.008711934, -0.046782676] }, usageMetadata },
        },
      ],
    },
    {
      ...common,
      path: "/models/{model}:batchEmbedContents",
      title: text("Embed several contents", "批量嵌入"),
      summary: text("Turns several texts into vectors.", "将多段文本转换为向量。"),
      when: text("Google’s SDKs use it by themselves.", "Google SDK 会自动使用。"),
      parameters: [
        GOOGLE_KEY,
        IDEMPOTENCY,
        MODEL,
        ...bodyFields([
          "requests",
          "object[]",
          "Each as in `embedContent`.",
          "每项同 `embedContent`。",
          { required: "yes", range: `1–${MAX_REQUESTS}` },
        ]),
      ],
      answer: [...answerFields(["embeddings[].values", "number[]", "A vector.", "向量。"]), ...USAGE],
      samples: [
        {
          id: "first",
          name: text("Two texts", "两段文本"),
          request: {
            method: "POST",
            path: path("batchEmbedContents"),
            key: "x-goog-api-key",
            body: { requests: [{ content }, { content: { parts: [{ text: "Good morning." }] } }] },
          },
          answer: { embeddings: [{ values: [0.013168523] }, { values: [-0.0087119] }], usageMetadata },
        },
      ],
    },
  ];
}
