import type { FaultName } from "../../../core/fault.ts";
import type { Capability } from "../../../operation/operations.ts";
import { answerFields, bodyFields, h2, p, parameter, text } from "../blocks.ts";
import { namedModel, sampleModel, type Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc, Mount, Parameter, Sample, SampleRequest } from "../types.ts";
import { embedEndpoints } from "./gemini-embed-api.ts";
import { videoEndpoints } from "./gemini-video-api.ts";
import { GOOGLE_KEY, MODEL } from "./gemini-fields.ts";
import { CHARGED, FREE, IDEMPOTENCY, KEY_ERRORS, MODEL_ERRORS } from "./model-fields.ts";

const SURFACES: readonly Mount[] = ["/v1beta", "/v1", "/xlei/v1"];
/** One row serves every action. */
const SERVED_BY = "/models/{call}";

const CONTENTS: Parameter = parameter("body", [
  "contents",
  "object[]",
  "Turns of `user` and `model`. `parts` are `text`, `inlineData`, `fileData`, `functionCall`, `functionResponse`.",
  "`user` 与 `model` 的消息。`parts` 为 `text`、`inlineData`、`fileData`、`functionCall`、`functionResponse`。",
  { required: "yes", range: "≥ 1" },
]);

const FIELDS: readonly Parameter[] = [
  GOOGLE_KEY,
  IDEMPOTENCY,
  MODEL,
  CONTENTS,
  ...bodyFields(
    ["systemInstruction", "object", "What the model is told first: `parts`.", "系统指令：`parts`。"],
    [
      "generationConfig.maxOutputTokens",
      "integer",
      "The most tokens of the answer.",
      "输出的最大 token 数。",
      { range: "≥ 1" },
    ],
    ["generationConfig.temperature", "number", "How much the words vary.", "随机程度。", { range: "0–2" }],
    [
      "generationConfig.topP",
      "number",
      "Only the likeliest words with this share are drawn from.",
      "只从累计概率达到该值的词中选取。",
      { range: "0–1" },
    ],
    ["generationConfig.stopSequences", "string[]", "Texts before which the answer ends.", "遇到这些文本时停止输出。"],
    [
      "generationConfig.responseMimeType",
      "string",
      "`application/json` for JSON, with `responseSchema` or `responseJsonSchema`.",
      "填 `application/json` 返回 JSON，可配合 `responseSchema` 或 `responseJsonSchema`。",
    ],
    ["generationConfig.responseModalities", "string[]", "`TEXT`, `IMAGE`, `AUDIO`.", "`TEXT`、`IMAGE`、`AUDIO`。"],
    [
      "generationConfig.thinkingConfig",
      "object",
      "`includeThoughts`, `thinkingBudget`, `thinkingLevel`.",
      "`includeThoughts`、`thinkingBudget`、`thinkingLevel`。",
    ],
    [
      "tools",
      "object[]",
      "`functionDeclarations`; tools that the upstream runs, such as `googleSearch`, need a price.",
      "`functionDeclarations`；`googleSearch` 等由上游执行的工具须有价格。",
    ],
    [
      "toolConfig",
      "object",
      "`functionCallingConfig.mode`: `AUTO`, `ANY`, `NONE`.",
      "`functionCallingConfig.mode`：`AUTO`、`ANY`、`NONE`。",
    ],
    [
      "safetySettings",
      "object[]",
      "How strict filters are, where the upstream has them.",
      "内容过滤强度，仅部分上游支持。",
    ],
  ),
];

const ANSWER = answerFields(
  [
    "candidates[].content.parts[]",
    "object",
    "`text`, `functionCall`, `inlineData`; thoughts have `thought: true`.",
    "`text`、`functionCall`、`inlineData`；思考带有 `thought: true`。",
  ],
  ["candidates[].content.parts[].text", "string", "What the model says.", "模型的回复。"],
  [
    "candidates[].finishReason",
    "string",
    "`STOP`, `MAX_TOKENS`, `SAFETY` and others.",
    "`STOP`、`MAX_TOKENS`、`SAFETY` 等。",
  ],
  ["usageMetadata.promptTokenCount", "integer", "The length of the prompt.", "输入 token 数。"],
  ["usageMetadata.candidatesTokenCount", "integer", "The length of the answer.", "输出 token 数。"],
  ["usageMetadata.thoughtsTokenCount", "integer", "The length of the thoughts.", "思考 token 数。"],
  ["usageMetadata.totalTokenCount", "integer", "All of them.", "合计。"],
  ["modelVersion", "string", "The model that served.", "实际服务的模型。"],
);

function asks(
  facts: Facts,
  action: string,
  body: NonNullable<SampleRequest["body"]>,
  needs: readonly Capability[] = [],
): SampleRequest {
  const model = encodeURIComponent(sampleModel(facts, needs));
  return { method: "POST", path: `/v1beta/models/${model}:${action}`, key: "x-goog-api-key", body };
}

const WEATHER = {
  functionDeclarations: [
    {
      name: "get_current_weather",
      description: "Get the current weather in a given location",
      parameters: { type: "OBJECT", properties: { location: { type: "STRING" } }, required: ["location"] },
    },
  ],
};

const said = (...parts: readonly object[]) => ({ contents: [{ role: "user", parts }] });

function answered(facts: Facts, parts: readonly object[], needs: readonly Capability[] = []) {
  return {
    candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
    modelVersion: namedModel(facts, needs),
    responseId: "0199f2a1",
  };
}

function generateSamples(facts: Facts): readonly Sample[] {
  const generates = (body: NonNullable<SampleRequest["body"]>, ...needs: readonly Capability[]) =>
    asks(facts, "generateContent", body, needs);
  const say = (words: string) => answered(facts, [{ text: words }]);
  const seesPictures = facts.models.some(({ capabilities }) => capabilities.has("image"));
  return [
    {
      id: "first",
      name: text("A question", "一问一答"),
      request: generates(said({ text: "Hello!" })),
      answer: say("Hi"),
    },
    {
      id: "tools",
      name: text("Tools", "工具调用"),
      note: text(
        "Send `thoughtSignature` back with the part that had it.",
        "`thoughtSignature` 须随所在的 part 原样带回。",
      ),
      request: generates({ ...said({ text: "What is the weather like in Boston?" }), tools: [WEATHER] }, "tools"),
      answer: answered(
        facts,
        [{ functionCall: { name: "get_current_weather", args: { location: "Boston" } } }],
        ["tools"],
      ),
    },
    ...(seesPictures
      ? [
          {
            id: "picture",
            name: text("A picture", "看图"),
            note: text(
              "A model that makes pictures returns them as `inlineData`. To have one changed, send it with the wish.",
              "生图模型以 `inlineData` 返回图片；需要修改时，把图片连同要求一起发送。",
            ),
            request: generates(
              said(
                { text: "What is in this picture?" },
                { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } },
              ),
              "image",
            ),
            answer: answered(facts, [{ text: "A cat on a sofa." }], ["image"]),
          },
        ]
      : []),
  ];
}

function streamed(facts: Facts): string {
  const { finishReason: _end, ...open } = answered(facts, [{ text: "H" }]).candidates[0] ?? {};
  const { usageMetadata: _usage, ...first } = answered(facts, []);
  return [{ ...first, candidates: [open] }, answered(facts, [{ text: "i" }])]
    .map((chunk) => `data: ${JSON.stringify(chunk)}`)
    .join("\n\n");
}

const ERRORS: readonly FaultName[] = MODEL_ERRORS;

function endpoints(facts: Facts): readonly EndpointDoc[] {
  const shared = { method: "POST", servedBy: SERVED_BY, surfaces: SURFACES, errorForm: "gemini", notes: [] } as const;
  return [
    {
      ...shared,
      path: "/models/{model}:generateContent",
      title: text("Generate content", "生成内容"),
      summary: text("Google's generateContent, over any model.", "Google generateContent 格式，可调用任意模型。"),
      when: text(
        "For Gemini CLI and Google's SDKs. The same models answer in OpenAI's format at `/v1`, and at `/v1beta/openai`.",
        "适用于 Gemini CLI 与 Google SDK。相同的模型也可通过 `/v1` 或 `/v1beta/openai` 以 OpenAI 格式调用。",
      ),
      parameters: FIELDS,
      answer: ANSWER,
      samples: generateSamples(facts),
      errors: ERRORS,
      charged: CHARGED,
    },
    {
      ...shared,
      path: "/models/{model}:streamGenerateContent",
      title: text("Stream content", "流式生成"),
      summary: text("The same in pieces.", "同上，分块返回。"),
      when: text(
        "With `alt=sse` as events; without it as one JSON array that grows. There is no mark at the end.",
        "带 `alt=sse` 时为事件流，否则为逐步输出的 JSON 数组；没有结束标记。",
      ),
      parameters: [
        ...FIELDS,
        parameter("query", [
          "alt",
          "string",
          "`sse` for events.",
          "填 `sse` 返回事件流。",
          { default: text("a JSON array", "JSON 数组") },
        ]),
      ],
      answer: ANSWER,
      samples: [
        {
          id: "stream",
          name: text("Streamed", "流式输出"),
          request: asks(facts, "streamGenerateContent?alt=sse", said({ text: "Hello!" })),
          answer: streamed(facts),
        },
      ],
      errors: ERRORS,
      charged: CHARGED,
    },
    {
      ...shared,
      path: "/models/{model}:countTokens",
      title: text("Count the tokens", "统计 token"),
      summary: text("Tells how long a prompt is, by the gateway's own count.", "按网关自己的统计返回输入长度。"),
      when: text("Before a long request.", "发送长请求之前使用。"),
      parameters: [GOOGLE_KEY, MODEL, CONTENTS],
      answer: answerFields(["totalTokens", "integer", "The length of the prompt.", "输入长度。"]),
      samples: [
        {
          id: "first",
          name: text("A count", "统计"),
          request: asks(facts, "countTokens", said({ text: "Hello!" })),
          answer: { totalTokens: 2 },
        },
      ],
      errors: ["bad_json", "invalid_parameter", ...KEY_ERRORS],
      charged: FREE,
    },
    ...embedEndpoints(facts, shared),
    ...videoEndpoints(facts, shared),
  ];
}

function sdk({ origin }: Facts): readonly Block[] {
  return [
    h2("sdk", "With Google's SDKs", "使用 Google SDK"),
    p(
      `The base URL is \`${origin}\`. [SDKs](/docs/sdks#google-python) has a program, [Gemini CLI](/docs/clients/gemini-cli) its configuration.`,
      `接口地址为 \`${origin}\`。示例程序见 [SDK](/docs/sdks#google-python)，Gemini CLI 的配置见[客户端](/docs/clients/gemini-cli)。`,
    ),
  ];
}

export const GEMINI: DocPage = {
  path: "/docs/api/gemini",
  title: text("Gemini", "Gemini"),
  summary: text(
    "`POST /v1beta/models/{model}:generateContent`: text, pictures, streams, tools, counts.",
    "`POST /v1beta/models/{model}:generateContent`：文本、图片、流式、工具、统计。",
  ),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints,
  rest: sdk,
};
