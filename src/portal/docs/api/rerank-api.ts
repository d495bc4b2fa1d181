import { MAX_DOCUMENTS } from "../../../wire/jina/rerank.ts";
import { answerFields, bodyFields, text } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { DocPage, EndpointDoc } from "../types.ts";
import { choiceFields, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";

function rerank(facts: Facts): EndpointDoc {
  const { asked: model, served } = modelOf(facts, "rerank", "rerank-multilingual-v3");
  return {
    method: "POST",
    path: "/rerank",
    surfaces: ["/v1", "/xlei/v1", "/v2"],
    title: text("Rerank", "重排序"),
    summary: text("Sorts documents by how well they answer a question.", "按与问题的相关程度对文档排序。"),
    when: text(
      "After a search, to find the best of its results. Clients of Jina and of Cohere (`/v1/rerank`, `/v2/rerank`) read the answer alike.",
      "在检索之后，用于选出最相关的结果。Jina 与 Cohere 的客户端（`/v1/rerank`、`/v2/rerank`）均可使用。",
    ),
    parameters: [
      ...MODEL_HEADERS,
      ...choiceFields(facts),
      ...bodyFields(
        ["query", "string", "The question.", "问题。", { required: "yes" }],
        [
          "documents",
          "string[] | object[]",
          "Texts, or objects with `text`.",
          "文本，或含 `text` 的对象。",
          { required: "yes", range: `1–${MAX_DOCUMENTS}` },
        ],
        [
          "top_n",
          "integer",
          "Only the best so many.",
          "只返回前若干个。",
          { default: text("all", "全部"), range: "≥ 1" },
        ],
        [
          "return_documents",
          "boolean",
          "Whether each result has its document.",
          "结果中是否带上文档。",
          { default: "false" },
        ],
        ["max_tokens_per_doc", "integer", "A longer document is cut.", "超出长度的文档会被截断。"],
        ["rank_fields", "string[]", "The fields of objects that count.", "对象中参与排序的字段。"],
      ),
    ],
    answer: answerFields(
      ["results[].index", "integer", "The document’s place in the request.", "文档在请求中的序号。"],
      ["results[].relevance_score", "number", "How well it answers. The best comes first.", "相关度，由高到低排列。"],
      ["results[].document.text", "string", "The document, where it is asked for.", "文档内容，须在请求中要求返回。"],
      ["usage.total_tokens", "integer", "Tokens, as Jina’s clients read them.", "token 数，供 Jina 客户端读取。"],
      [
        "meta.billed_units.search_units",
        "integer",
        "Searches, as Cohere’s clients read them.",
        "检索次数，供 Cohere 客户端读取。",
      ],
    ),
    samples: [
      {
        id: "first",
        name: text("Three documents", "三个文档"),
        request: {
          method: "POST",
          path: "/v1/rerank",
          key: "authorization",
          body: {
            model,
            query: "What is the capital of France?",
            documents: ["Berlin is the capital of Germany.", "Paris is the capital of France.", "Nice is by the sea."],
            top_n: 2,
          },
        },
        answer: {
          object: "list",
          model: served,
          results: [
            { index: 1, relevance_score: 0.98 },
            { index: 0, relevance_score: 0.21 },
          ],
          usage: { prompt_tokens: 42, completion_tokens: 0, total_tokens: 42 },
          meta: {
            api_version: { version: "2" },
            billed_units: { search_units: 1 },
            tokens: { input_tokens: 42 },
          },
        },
      },
    ],
    errors: ["missing_input", ...MODEL_ERRORS],
    charged: text(
      "Tokens or searches, as the model’s [price](/pricing) says. A search is a question with up to 100 documents; a long document counts as several.",
      "按 token 或检索次数计费，以模型[价格](/pricing)为准。一次检索为一个问题加最多 100 个文档，长文档按多个计。",
    ),
    notes: [],
  };
}

export const RERANK: DocPage = {
  path: "/docs/api/rerank",
  title: text("Rerank", "重排序 Rerank"),
  summary: text("`POST /v1/rerank`: the best documents for a question.", "`POST /v1/rerank`：为问题选出最相关的文档。"),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints: (facts) => [rerank(facts)],
};
