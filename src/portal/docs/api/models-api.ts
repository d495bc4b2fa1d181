import { AUTO } from "../../../routing/plan.ts";
import { answerFields, parameter, text } from "../blocks.ts";
import { namedModel, type Facts } from "../facts.ts";
import type { DocPage, EndpointDoc, Mount, Parameter } from "../types.ts";
import { FREE, KEY, KEY_ERRORS } from "./model-fields.ts";

const SURFACES: readonly Mount[] = ["/v1", "/xlei/v1", "/v1beta"];
const OPTIONAL_KEY = { ...KEY, required: "no" } as const;

/** OpenAI's form has no pages. */
const PAGES: readonly Parameter[] = [
  parameter("query", [
    "limit",
    "integer",
    "Anthropic's form: models of a page, at most 1000.",
    "Anthropic 格式：每页的模型数，最多 1000。",
    { default: "20" },
  ]),
  parameter("query", [
    "after_id",
    "string",
    "Anthropic's form: behind this model.",
    "Anthropic 格式：从该模型之后开始。",
  ]),
  parameter("query", [
    "before_id",
    "string",
    "Anthropic's form: before this model.",
    "Anthropic 格式：到该模型之前为止。",
  ]),
  parameter("query", [
    "pageSize",
    "integer",
    "Google's form: models of a page, at most 1000.",
    "Google 格式：每页的模型数，最多 1000。",
    { default: "50" },
  ]),
  parameter("query", [
    "pageToken",
    "string",
    "Google's form: `nextPageToken` of the page before.",
    "Google 格式：上一页的 `nextPageToken`。",
  ]),
];

function openaiModel(id: string) {
  return { id, object: "model", created: 1764230400, owned_by: id === AUTO ? "gateway" : "openai" };
}

function googleModel(id: string) {
  return {
    name: `models/${id}`,
    version: "001",
    displayName: id,
    supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
  };
}

function endpoints(facts: Facts): readonly EndpointDoc[] {
  const { models } = facts;
  const names = [...(models.some(({ autoWeight }) => autoWeight > 0) ? [AUTO] : []), ...models.map(({ id }) => id)];
  const one = namedModel(facts);
  return [
    {
      method: "GET",
      path: "/models",
      surfaces: SURFACES,
      title: text("List models", "模型列表"),
      summary: text(
        "Lists the models that your key may use; without a key, those that everybody may see.",
        "列出密钥可用的模型；不带密钥时列出公开的模型。",
      ),
      when: text(
        "To fill a choice, or to test a key. [Prices](/pricing) shows the same with prices.",
        "用于填充模型选项或测试密钥。[价格](/pricing)页列出价格。",
      ),
      parameters: [
        OPTIONAL_KEY,
        parameter("header", [
          "anthropic-version",
          "string",
          "Asks for Anthropic's form of the list.",
          "返回 Anthropic 格式的列表。",
        ]),
        parameter("header", [
          "x-goog-api-key",
          "string",
          "Asks for Google's form, and is the key.",
          "返回 Google 格式，同时作为密钥。",
        ]),
        ...PAGES,
      ],
      answer: answerFields(
        ["data[].id", "string", "The name to send as `model`.", "请求中 `model` 填写的名称。"],
        ["data[].owned_by", "string", "Who made the model.", "模型的提供方。"],
      ),
      samples: [
        {
          id: "openai",
          name: text("OpenAI's form", "OpenAI 格式"),
          request: { method: "GET", path: "/v1/models", key: "authorization" },
          answer: { object: "list", data: names.slice(0, 3).map(openaiModel) },
        },
        {
          id: "public",
          name: text("Without a key", "不带密钥"),
          request: { method: "GET", path: "/v1/models", key: "none" },
          answer: { object: "list", data: names.slice(0, 3).map(openaiModel) },
        },
        {
          id: "anthropic",
          name: text("Anthropic's form", "Anthropic 格式"),
          request: {
            method: "GET",
            path: "/v1/models?limit=1",
            key: "x-api-key",
            headers: { "anthropic-version": "2023-06-01" },
          },
          answer: {
            data: [
              {
                type: "model",
                id: names[0] ?? AUTO,
                display_name: names[0] ?? AUTO,
                created_at: "2025-11-27T08:00:00.000Z",
                max_input_tokens: null,
                max_tokens: null,
              },
            ],
            has_more: true,
            first_id: names[0] ?? AUTO,
            last_id: names[0] ?? AUTO,
          },
        },
        {
          id: "google",
          name: text("Google's form", "Google 格式"),
          request: { method: "GET", path: "/v1beta/models?pageSize=1", key: "x-goog-api-key" },
          answer: {
            models: [googleModel(names[0] ?? AUTO)],
            nextPageToken: names[0] ?? AUTO,
          },
        },
      ],
      errors: ["invalid_key", "account_disabled", "rate_limited_ip"],
      charged: FREE,
      notes: [
        text(
          "A model is listed if it has a price and an upstream, and if the key, its plan and its group may use it.",
          "模型须设有价格与上游，且密钥、套餐和分组均允许使用，才会列出。",
        ),
      ],
    },
    {
      method: "GET",
      path: "/models/{id}",
      surfaces: SURFACES,
      title: text("Read a model", "读取模型"),
      summary: text("Returns one model of the list.", "返回列表中的单个模型。"),
      when: text("To see whether a name is served.", "用于确认某个名称是否可用。"),
      parameters: [
        OPTIONAL_KEY,
        parameter("path", [
          "id",
          "string",
          "The name; it may contain `/`.",
          "模型名称，可包含 `/`。",
          { required: "yes" },
        ]),
      ],
      answer: [],
      samples: [
        {
          id: "first",
          name: text("A model", "单个模型"),
          request: { method: "GET", path: `/v1/models/${encodeURIComponent(one)}`, key: "authorization" },
          answer: openaiModel(one),
        },
        {
          id: "google",
          name: text("Google's form", "Google 格式"),
          request: { method: "GET", path: `/v1beta/models/${encodeURIComponent(one)}`, key: "x-goog-api-key" },
          answer: googleModel(one),
        },
      ],
      errors: [...KEY_ERRORS, "model_not_found"],
      charged: FREE,
      notes: [],
    },
    {
      method: "GET",
      path: "/status.json",
      surfaces: [""],
      title: text("Status of the models", "模型状态"),
      summary: text(
        "Tells of each public model how it does: state, uptime, errors, time to the first token.",
        "返回每个公开模型的状态：可用性、错误率、首个 token 的耗时。",
      ),
      when: text(
        "To watch the gateway from outside. [Status](/status) shows it to people.",
        "用于外部监控。[状态](/status)页供浏览。",
      ),
      parameters: [],
      answer: answerFields(
        [
          "models[].state",
          "string",
          "`operational`, `degraded`, `down` or `unknown`.",
          "`operational`、`degraded`、`down` 或 `unknown`。",
        ],
        [
          "models[].last_hour",
          "object",
          "`uptime`, `error_share`, `attempts`, `ttft_p50_ms`, `ttft_p95_ms`; so has `last_day`.",
          "`uptime`、`error_share`、`attempts`、`ttft_p50_ms`、`ttft_p95_ms`；`last_day` 同。",
        ],
      ),
      samples: [
        {
          id: "first",
          name: text("The status", "状态"),
          request: { method: "GET", path: "/status.json", key: "none" },
          answer: {
            built_at: "2026-11-27T08:00:00.000Z",
            models: [
              {
                id: one,
                state: "operational",
                last_hour: { uptime: 1, error_share: 0, attempts: 120, ttft_p50_ms: 420, ttft_p95_ms: 1100 },
                last_day: { uptime: 0.999, error_share: 0.001, attempts: 2900, ttft_p50_ms: 430, ttft_p95_ms: 1200 },
              },
            ],
          },
        },
      ],
      errors: ["rate_limited_ip"],
      charged: FREE,
      notes: [],
    },
  ];
}

export const MODELS_DOCS: DocPage = {
  path: "/docs/api/models",
  title: text("Models", "模型列表 Models"),
  summary: text("`GET /v1/models`, in three forms, and the status.", "`GET /v1/models`（三种格式）与模型状态。"),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints,
};
