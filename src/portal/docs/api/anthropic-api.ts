import type { Capability } from "../../../operation/operations.ts";
import { answerFields, bodyFields, p, h2, parameter, text } from "../blocks.ts";
import { namedModel, sampleModel, type Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc, Mount, Parameter, Sample, SampleRequest } from "../types.ts";
import { CHARGED, choiceFields, FREE, KEY_ERRORS, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";

const SHARED = { surfaces: ["/v1", "/xlei/v1"] as readonly Mount[], errorForm: "anthropic" } as const;

const VERSION: Parameter = parameter("header", [
  "anthropic-version",
  "string",
  "Any version; clients send it.",
  "任意版本，客户端会自动发送。",
]);
const BETA: Parameter = parameter("header", [
  "anthropic-beta",
  "string",
  "Features to try. Those that change neither price nor storage go on to Anthropic; others are ignored.",
  "测试功能。不影响价格与存储的会转发给 Anthropic，其余忽略。",
]);

function asks(body: NonNullable<SampleRequest["body"]>, path = "/v1/messages"): SampleRequest {
  return { method: "POST", path, key: "x-api-key", headers: { "anthropic-version": "2023-06-01" }, body };
}

const user = (content: unknown) => ({ role: "user", content });

function answered(facts: Facts, content: readonly object[], needs: readonly Capability[] = []) {
  return {
    id: "msg_0199f2a1",
    type: "message",
    role: "assistant",
    model: namedModel(facts, needs),
    content,
    stop_reason: content.some((block) => "input" in block) ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 9, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 5 },
  };
}

function events(facts: Facts): string {
  const { content: _content, usage, ...rest } = answered(facts, []);
  return [
    {
      type: "message_start",
      message: { ...rest, content: [], stop_reason: null, usage: { ...usage, output_tokens: 0 } },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage },
    { type: "message_stop" },
  ]
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}`)
    .join("\n\n");
}

const WEATHER = {
  name: "get_current_weather",
  description: "Get the current weather in a given location",
  input_schema: { type: "object", properties: { location: { type: "string" } }, required: ["location"] },
};

function samples(facts: Facts): readonly Sample[] {
  const model = sampleModel(facts);
  const say = (words: string) => answered(facts, [{ type: "text", text: words }]);
  return [
    {
      id: "first",
      name: text("A question", "一问一答"),
      request: asks({ model, max_tokens: 1024, messages: [user("Hello!")] }),
      answer: say("Hi"),
    },
    {
      id: "stream",
      name: text("Streamed", "流式输出"),
      note: text(
        "`message_stop` is the last event; there is no `[DONE]`.",
        "最后一个事件为 `message_stop`，没有 `[DONE]`。",
      ),
      request: asks({ model, max_tokens: 1024, stream: true, messages: [user("Hello!")] }),
      answer: events(facts),
    },
    {
      id: "cache",
      name: text("Prompt cache", "提示词缓存"),
      note: text(
        "Mark what stays the same. `cache_read_input_tokens` tells what came from the cache, at a lower price.",
        "为固定内容加上标记。`cache_read_input_tokens` 为命中缓存的 token，价格更低。",
      ),
      request: asks({
        model,
        max_tokens: 1024,
        system: [{ type: "text", text: "A long text that stays the same.", cache_control: { type: "ephemeral" } }],
        messages: [user("Hello!")],
      }),
      answer: say("Hi"),
    },
    {
      id: "thinking",
      name: text("Thinking", "深度思考"),
      note: text(
        "Send `thinking` blocks back unchanged, with their `signature`. `budget_tokens` is below `max_tokens`.",
        "`thinking` 块须连同 `signature` 原样带回。`budget_tokens` 应小于 `max_tokens`。",
      ),
      request: asks({
        model,
        max_tokens: 4096,
        thinking: { type: "enabled", budget_tokens: 1024 },
        messages: [user("How many days are 1000 hours?")],
      }),
      answer: answered(facts, [
        { type: "thinking", thinking: "1000 / 24 = 41.67", signature: "EqQB" },
        { type: "text", text: "41 days and 16 hours." },
      ]),
    },
    {
      id: "tools",
      name: text("Tools", "工具调用"),
      note: text(
        "Answer each `tool_use` in the next message, with a `tool_result` block that has its `tool_use_id`.",
        "在下一条消息中，用带有 `tool_use_id` 的 `tool_result` 块应答每个 `tool_use`。",
      ),
      request: asks({
        model: sampleModel(facts, ["tools"]),
        max_tokens: 1024,
        tools: [WEATHER],
        messages: [user("What is the weather like in Boston?")],
      }),
      answer: answered(
        facts,
        [{ type: "tool_use", id: "toolu_0199", name: WEATHER.name, input: { location: "Boston" } }],
        ["tools"],
      ),
    },
    ...(facts.models.some(({ capabilities }) => capabilities.has("image"))
      ? [
          {
            id: "picture",
            name: text("A picture", "看图"),
            request: asks({
              model: sampleModel(facts, ["image"]),
              max_tokens: 1024,
              messages: [
                user([
                  { type: "image", source: { type: "url", url: "https://example.com/cat.png" } },
                  { type: "text", text: "What is in this picture?" },
                ]),
              ],
            }),
            answer: answered(facts, [{ type: "text", text: "A cat on a sofa." }], ["image"]),
          },
        ]
      : []),
  ];
}

const MESSAGES_FIELD: Parameter = parameter("body", [
  "messages",
  "object[]",
  "Turns of `user` and `assistant`. `content` is a text or blocks: `text`, `image`, `document`, `thinking`, `tool_use`, `tool_result`.",
  "`user` 与 `assistant` 的消息。`content` 为文本，或 `text`、`image`、`document`、`thinking`、`tool_use`、`tool_result` 块。",
  { required: "yes", range: "≥ 1" },
]);

function messages(facts: Facts): EndpointDoc {
  return {
    method: "POST",
    path: "/messages",
    ...SHARED,
    title: text("Create a message", "创建消息"),
    summary: text("Anthropic's Messages, over any model.", "Anthropic Messages 格式，可调用任意模型。"),
    when: text("For Claude Code and Anthropic's SDKs.", "适用于 Claude Code 与 Anthropic SDK。"),
    parameters: [
      ...MODEL_HEADERS,
      VERSION,
      BETA,
      ...choiceFields(facts),
      MESSAGES_FIELD,
      ...bodyFields(
        [
          "max_tokens",
          "integer",
          "The most tokens of the answer, thoughts included.",
          "输出的最大 token 数，包含思考。",
          { required: "yes", range: "≥ 1" },
        ],
        ["system", "string | object[]", "What the model is told first.", "系统指令。"],
        ["stream", "boolean", "Whether the answer comes as events.", "是否以事件流返回。", { default: "false" }],
        ["temperature", "number", "How much the words vary.", "随机程度。", { range: "0–1" }],
        [
          "top_p",
          "number",
          "Only the likeliest words with this share are drawn from.",
          "只从累计概率达到该值的词中选取。",
          { range: "0–1" },
        ],
        ["top_k", "integer", "Only so many of the likeliest words are drawn from.", "只从概率最高的若干词中选取。"],
        ["stop_sequences", "string[]", "Texts before which the answer ends.", "遇到这些文本时停止输出。"],
        [
          "thinking",
          "object",
          "`enabled` with `budget_tokens`, `adaptive`, or `disabled`.",
          "`enabled`（带 `budget_tokens`）、`adaptive` 或 `disabled`。",
        ],
        [
          "output_config",
          "object",
          "`effort`, and a `format` by a JSON schema.",
          "`effort`，以及按 JSON Schema 的 `format`。",
        ],
        [
          "tools",
          "object[]",
          "Functions: `name`, `description`, `input_schema`. Tools that the upstream runs need a price.",
          "函数：`name`、`description`、`input_schema`。由上游执行的工具须有价格。",
        ],
        [
          "tool_choice",
          "object",
          "`auto`, `any`, `tool` with a name, or `none`.",
          "`auto`、`any`、`tool`（带名称）或 `none`。",
        ],
        ["cache_control", "object", "Marks the last block for the prompt cache.", "为最后一个块添加缓存标记。"],
      ),
    ],
    answer: answerFields(
      ["content[]", "object", "Blocks: `text`, `thinking`, `tool_use`.", "块：`text`、`thinking`、`tool_use`。"],
      ["content[].type", "string", "What the block is.", "块的类型。"],
      ["content[].text", "string", "What the model says, in a `text`.", "`text` 中模型的回复。"],
      [
        "stop_reason",
        "string | null",
        "`end_turn`, `max_tokens`, `stop_sequence`, `tool_use`, `refusal`.",
        "`end_turn`、`max_tokens`、`stop_sequence`、`tool_use`、`refusal`。",
      ],
      ["usage.input_tokens", "integer", "The input, without what was cached.", "输入 token 数，不含缓存。"],
      ["usage.cache_creation_input_tokens", "integer", "What was written to the cache.", "写入缓存的 token 数。"],
      ["usage.cache_read_input_tokens", "integer", "What came from the cache.", "命中缓存的 token 数。"],
      ["usage.output_tokens", "integer", "The output, thoughts included.", "输出 token 数，包含思考。"],
    ),
    samples: samples(facts),
    errors: MODEL_ERRORS,
    charged: CHARGED,
    notes: [
      text(
        "Fields that the model's upstream cannot take are left out and named in `x-gateway-warnings`.",
        "上游不支持的字段会被忽略，并在 `x-gateway-warnings` 中列出。",
      ),
    ],
  };
}

function countTokens(facts: Facts): EndpointDoc {
  return {
    method: "POST",
    path: "/messages/count_tokens",
    ...SHARED,
    title: text("Count the tokens", "统计 token"),
    summary: text("Tells how long a prompt is, by the gateway's own count.", "按网关自己的统计返回输入长度。"),
    when: text("Before a long request. It takes the same body.", "发送长请求之前使用，请求体相同。"),
    parameters: [...MODEL_HEADERS.slice(0, 1), VERSION, MESSAGES_FIELD],
    answer: answerFields(["input_tokens", "integer", "The length of the prompt.", "输入长度。"]),
    samples: [
      {
        id: "first",
        name: text("A count", "统计"),
        request: asks({ model: sampleModel(facts), messages: [user("Hello!")] }, "/v1/messages/count_tokens"),
        answer: { input_tokens: 9 },
      },
    ],
    errors: ["bad_json", "invalid_parameter", ...KEY_ERRORS],
    charged: FREE,
    notes: [],
  };
}

function sdk({ origin }: Facts): readonly Block[] {
  return [
    h2("sdk", "With Anthropic's SDKs", "使用 Anthropic SDK"),
    p(
      `The base URL is \`${origin}\`, without \`/v1\`. [SDKs](/docs/sdks#anthropic-python) has a program, [Claude Code](/docs/clients/claude-code) its configuration.`,
      `接口地址为 \`${origin}\`，不含 \`/v1\`。示例程序见 [SDK](/docs/sdks#anthropic-python)，Claude Code 的配置见[客户端](/docs/clients/claude-code)。`,
    ),
  ];
}

export const ANTHROPIC: DocPage = {
  path: "/docs/api/anthropic",
  title: text("Anthropic Messages", "Anthropic Messages"),
  summary: text(
    "`POST /v1/messages`: messages, prompt cache, streams, thinking, tools, pictures.",
    "`POST /v1/messages`：消息、提示词缓存、流式、思考、工具、图片。",
  ),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints: (facts) => [messages(facts), countTokens(facts)],
  rest: sdk,
};
