import { MAX_INPUTS } from "../../../wire/openai/embeddings.ts";
import { answerFields, bodyFields, parameter, text } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { DocPage, EndpointDoc, Sample } from "../types.ts";
import { CHARGED, choiceFields, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";

/** What the samples ask for where this site has no such model. */
const USUAL = "text-embedding-3-small";

const SURFACES = ["/v1", "/xlei/v1"] as const;

const INPUT_FIELDS = bodyFields(
  [
    "input",
    "string | string[] | integer[] | integer[][]",
    "A text, several, or their tokens. Tokens are numbers of one vendor: models of other vendors take texts alone.",
    "一段文本、多段文本或其 token。token 编号因厂商而异：其他厂商的模型只接受文本。",
    { required: "yes", range: `1–${MAX_INPUTS}` },
  ],
  [
    "dimensions",
    "integer",
    "The length of each vector, where the model can shorten it.",
    "向量维数，须模型支持缩短。",
    { default: text("the model’s own", "模型自身的维数"), range: "≥ 1" },
  ],
  [
    "encoding_format",
    "string",
    "`float` for numbers, `base64` for 32-bit floats, little-endian. You get what you ask for, whatever the upstream gives.",
    "`float` 返回数字，`base64` 返回小端 32 位浮点数。无论上游返回哪种，都按您的要求转换。",
    { default: "float" },
  ],
  [
    "task_type",
    "string",
    "What the vectors are for, such as `RETRIEVAL_QUERY`, for models that ask for it.",
    "向量用途，如 `RETRIEVAL_QUERY`，适用于区分用途的模型。",
  ],
  ["user", "string", "Replaced by a name of the gateway’s own for your account.", "会替换为网关为您的账户生成的标识。"],
);

const ANSWER = answerFields(
  ["object", "string", "`list`.", "`list`。"],
  ["data[].index", "integer", "Which input it is of.", "对应的输入序号。"],
  ["data[].embedding", "number[] | string", "The vector.", "向量。"],
  ["model", "string", "The model that served.", "实际服务的模型。"],
  ["usage.prompt_tokens", "integer", "The tokens of all inputs.", "全部输入的 token 数。"],
  ["usage.total_tokens", "integer", "The same.", "同上。"],
);

function samples(facts: Facts): readonly Sample[] {
  const { asked: model, served } = modelOf(facts, "embed", USUAL);
  const vector = (index: number, embedding: unknown) => ({ object: "embedding", index, embedding });
  const asks = (body: object) => ({
    method: "POST" as const,
    path: "/v1/embeddings",
    key: "authorization" as const,
    body: { model, ...body },
    sdkCall: "embeddings.create",
  });
  const answer = (...data: readonly object[]) => ({
    object: "list",
    data,
    model: served,
    usage: { prompt_tokens: 8, total_tokens: 8 },
  });
  return [
    {
      id: "first",
      name: text("A text", "一段文本"),
      request: asks({ input: "The food was delicious." }),
      answer: answer(vector(0, [0.0023064255, -0.009327292, 0.015797347])),
    },
    {
      id: "several",
      name: text("Several texts", "多段文本"),
      note: text(
        "The SDKs ask for `base64` by themselves, and give you numbers.",
        "SDK 会自动请求 `base64`，并为您还原为数字。",
      ),
      request: asks({ input: ["The food was delicious.", "The waiter was kind."], encoding_format: "base64" }),
      answer: answer(vector(0, "zczMPQ=="), vector(1, "zcxMPg==")),
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
  return [
    {
      ...shared,
      path: "/embeddings",
      title: text("Embeddings", "向量嵌入"),
      summary: text(
        "Turns texts into vectors that are near each other where the texts mean the same.",
        "将文本转换为向量，含义相近的文本向量也相近。",
      ),
      when: text(
        "For search and for the retrieval of documents. Models of OpenAI’s and of Google’s format serve it alike.",
        "适用于搜索与文档检索。OpenAI 与 Google 格式的模型均可使用。",
      ),
      parameters: [...MODEL_HEADERS, ...choiceFields(facts), ...INPUT_FIELDS],
      samples: samples(facts),
    },
    {
      ...shared,
      path: "/engines/{engine}/embeddings",
      title: text("Embeddings of an engine", "按引擎嵌入"),
      summary: text("The same with the model in the path.", "同上，模型写在路径中。"),
      when: text("For OpenAI’s first libraries, before version 1.", "适用于 1.0 之前的 OpenAI 旧版库。"),
      parameters: [
        ...MODEL_HEADERS,
        parameter("path", ["engine", "string", "The model.", "模型。", { required: "yes" }]),
        ...INPUT_FIELDS,
      ],
      samples: [
        {
          id: "first",
          name: text("A text", "一段文本"),
          request: {
            method: "POST",
            path: `/v1/engines/${encodeURIComponent(modelOf(facts, "embed", USUAL).asked)}/embeddings`,
            key: "authorization",
            body: { input: "The food was delicious." },
          },
          answer: samples(facts)[0]?.answer ?? {},
        },
      ],
    },
  ];
}

export const EMBEDDINGS: DocPage = {
  path: "/docs/api/embeddings",
  title: text("Embeddings", "向量嵌入 Embeddings"),
  summary: text("`POST /v1/embeddings`: texts become vectors.", "`POST /v1/embeddings`：文本转换为向量。"),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints,
};
