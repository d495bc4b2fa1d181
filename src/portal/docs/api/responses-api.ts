import { answerFields, bodyFields, code, h2, p, text } from "../blocks.ts";
import { sampleModel, type Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc, SampleRequest } from "../types.ts";
import { CHARGED, choiceFields, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";
import { CONVERSATION_ENDPOINTS } from "./conversation-endpoints.ts";
import { answered, RESPONSE_SURFACES } from "./kept-samples.ts";
import { RESPONSE_ID } from "./sample-ids.ts";
import { keptResponses } from "./kept-endpoints.ts";

function asks(body: NonNullable<SampleRequest["body"]>): SampleRequest {
  return { method: "POST", path: "/v1/responses", key: "authorization", body, sdkCall: "responses.create" };
}

/** Named events; each tells its type and its number. */
function events(facts: Facts): string {
  const { output, ...rest } = answered(facts, "Hi");
  const running = { ...rest, status: "in_progress", usage: null };
  const item = { output_index: 0, item_id: "msg_0199f2a1", content_index: 0 };
  return [
    { type: "response.created", response: { ...running, output: [] } },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { type: "message", id: "msg_0199f2a1", status: "in_progress", role: "assistant", content: [] },
    },
    { type: "response.output_text.delta", ...item, delta: "Hi" },
    { type: "response.output_text.done", ...item, text: "Hi" },
    { type: "response.completed", response: { ...rest, output } },
  ]
    .map((event, index) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}`)
    .join("\n\n");
}

function responses(facts: Facts): EndpointDoc {
  const model = sampleModel(facts);
  const { STATE_DAYS: days } = facts.settings;
  const keeps = days > 0;
  return {
    method: "POST",
    path: "/responses",
    surfaces: RESPONSE_SURFACES,
    title: text("Create a response", "创建响应"),
    summary: text(
      "Gives input to a model, and returns its output as a list of items: messages, tool calls, thoughts.",
      "把输入交给模型，以条目列表返回输出：消息、工具调用、思考。",
    ),
    when: text(
      "For Codex and other clients of OpenAI's Responses. Every model for conversations answers here, too.",
      "适用于 Codex 等使用 OpenAI Responses 的客户端，所有对话模型均可调用。",
    ),
    parameters: [
      ...MODEL_HEADERS,
      ...bodyFields(
        [
          "input",
          "string | object[]",
          "A text, or items: messages, `function_call`, `function_call_output`, `reasoning`, `item_reference`.",
          "文本，或条目：消息、`function_call`、`function_call_output`、`reasoning`、`item_reference`。",
          { required: "yes" },
        ],
        [
          "instructions",
          "string",
          "What the model is told first. The next response does not inherit it.",
          "系统指令，不会被后续响应继承。",
        ],
      ),
      ...choiceFields(facts),
      ...bodyFields(
        ["stream", "boolean", "Whether the answer comes as events.", "是否以事件流返回。", { default: "false" }],
        [
          "max_output_tokens",
          "integer",
          "The most tokens of the output, thoughts included.",
          "输出的最大 token 数，包含思考。",
          { range: "≥ 1" },
        ],
        ["temperature", "number", "How much the words vary.", "随机程度。", { range: "0–2" }],
        [
          "top_p",
          "number",
          "Only the likeliest words with this share are drawn from.",
          "只从累计概率达到该值的词中选取。",
          { range: "0–1" },
        ],
        [
          "tools",
          "object[]",
          "Functions (`type`, `name`, `parameters`), and tools that the upstream runs, where the model has a price for them: `web_search`, `mcp`, `image_generation` and others.",
          "函数（`type`、`name`、`parameters`），以及由上游执行的工具（模型须设有价格）：`web_search`、`mcp`、`image_generation` 等。",
        ],
        [
          "tool_choice",
          "string | object",
          "`none`, `auto`, `required`, or one tool.",
          "`none`、`auto`、`required`，或指定某个工具。",
        ],
        [
          "parallel_tool_calls",
          "boolean",
          "Whether the model may call several tools at once.",
          "是否允许一次调用多个工具。",
          { default: "true" },
        ],
        [
          "text.format",
          "object",
          "`text`, `json_object`, or `json_schema` with `name` and `schema`.",
          "`text`、`json_object`，或带 `name`、`schema` 的 `json_schema`。",
        ],
        ["reasoning.effort", "string", "How long to think: `none` to `max`.", "思考强度：`none` 至 `max`。"],
        [
          "reasoning.summary",
          "string",
          "Whether to tell the thoughts: `auto`, `concise`, `detailed`.",
          "是否返回思考摘要：`auto`、`concise`、`detailed`。",
        ],
        [
          "include",
          "string[]",
          "More to tell, such as `reasoning.encrypted_content`.",
          "额外返回的内容，例如 `reasoning.encrypted_content`。",
        ],
        [
          "store",
          "boolean",
          "Whether the gateway keeps the response.",
          "网关是否保存该响应。",
          { default: keeps ? "true" : text("false: this site keeps nothing", "false：本站不保存") },
        ],
        ["previous_response_id", "string", "Goes on from a response that was kept.", "接续已保存的响应。"],
        ["conversation", "string | object", "Goes on with a conversation, and adds to it.", "接续并追加到某个会话。"],
        ["metadata", "object", "Your own notes, which come back.", "自定义标记，原样返回。"],
      ),
    ],
    answer: answerFields(
      ["id", "string", "Begins with `resp_`.", "以 `resp_` 开头。"],
      ["status", "string", "`completed`, `incomplete` or `failed`.", "`completed`、`incomplete` 或 `failed`。"],
      [
        "output[]",
        "object",
        "Items: `message`, `function_call`, `reasoning` and others.",
        "条目：`message`、`function_call`、`reasoning` 等。",
      ],
      ["output[].type", "string", "What the item is.", "条目类型。"],
      ["output[].content[].text", "string", "What the model says, in a `message`.", "`message` 中模型的回复。"],
      ["usage", "object", "What is counted, with cached and reasoning tokens.", "用量，含缓存与思考 token。"],
      ["usage.input_tokens", "integer", "The length of the input.", "输入 token 数。"],
      ["usage.output_tokens", "integer", "The length of the output.", "输出 token 数。"],
      ["usage.total_tokens", "integer", "Both.", "两者之和。"],
    ),
    samples: [
      {
        id: "first",
        name: text("A question", "一问一答"),
        request: asks({ model, input: "Hello!" }),
        answer: answered(facts, "Hi"),
      },
      {
        id: "stream",
        name: text("Streamed", "流式输出"),
        note: text(
          "There is no `[DONE]`: `response.completed` is the last event.",
          "没有 `[DONE]`，最后一个事件为 `response.completed`。",
        ),
        request: asks({ model, input: "Hello!", stream: true }),
        answer: events(facts),
      },
      {
        id: "thinking",
        name: text("Thinking", "深度思考"),
        request: asks({ model, input: "How many days are 1000 hours?", reasoning: { effort: "low", summary: "auto" } }),
        answer: answered(facts, "41 days and 16 hours."),
      },
      ...(keeps
        ? [
            {
              id: "goes-on",
              name: text("Going on", "接续对话"),
              note: text("You pay for what came before as if you had sent it.", "之前的内容按重新发送计费。"),
              request: asks({ model, input: "What did I say?", previous_response_id: RESPONSE_ID }),
              answer: { ...answered(facts, "You said hello."), previous_response_id: RESPONSE_ID },
            },
          ]
        : []),
    ],
    errors: ["previous_response_not_found", ...MODEL_ERRORS],
    charged: CHARGED,
    notes: [text("`background` is refused.", "不支持 `background`。")],
  };
}

function more({ settings }: Facts): readonly Block[] {
  return [
    h2("state", "What is kept", "保存的内容"),
    settings.STATE_DAYS === 0
      ? p("This site keeps no responses and no conversations.", "本站不保存响应与会话。")
      : p(
          `The gateway keeps responses and conversations itself, encrypted, for ${settings.STATE_DAYS} days, so they work with every upstream; see [limits](/docs/limits#sizes).`,
          `响应与会话由网关加密保存 ${settings.STATE_DAYS} 天，因此适用于所有上游，见[限制](/docs/limits#sizes)。`,
        ),
    h2("web-search", "Web search", "联网搜索"),
    p(
      "The upstream searches. The model needs a price for searches; without one the tool is left out.",
      "由上游执行搜索，模型须设有搜索价格，否则该工具会被忽略。",
    ),
    code(
      text("Body", "请求体"),
      "json",
      JSON.stringify({ model: "auto", input: "What is new today?", tools: [{ type: "web_search" }] }, undefined, 2),
    ),
  ];
}

export const RESPONSES: DocPage = {
  path: "/docs/api/responses",
  title: text("Responses", "响应 Responses"),
  summary: text(
    "`POST /v1/responses`: OpenAI's Responses, and conversations that the gateway keeps.",
    "`POST /v1/responses`：OpenAI Responses，以及由网关保存的会话。",
  ),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints: (facts) => [responses(facts), ...keptResponses(facts), ...CONVERSATION_ENDPOINTS],
  rest: more,
};
