import { answerFields, code, h2, p, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc } from "../types.ts";
import { chatFields } from "./chat-fields.ts";
import { chatSamples, chunks } from "./chat-samples.ts";
import { CHARGED, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";

function chatCompletions(facts: Facts): EndpointDoc {
  return {
    method: "POST",
    path: "/chat/completions",
    surfaces: ["/v1", "/xlei/v1"],
    title: text("Chat Completions", "对话补全"),
    summary: text(
      "Gives a conversation to a model, and returns its next message, whole or streamed.",
      "把一段对话交给模型，返回下一条消息，可整体返回或流式返回。",
    ),
    when: text(
      "Most clients use this endpoint. Any model for conversations answers here, whatever the vendor.",
      "大多数客户端使用本接口；无论厂商，所有对话模型均可在此调用。",
    ),
    parameters: [...MODEL_HEADERS, ...chatFields(facts)],
    answer: answerFields(
      ["id", "string", "Begins with `chatcmpl-`.", "以 `chatcmpl-` 开头。"],
      [
        "object",
        "string",
        "`chat.completion`, or `chat.completion.chunk` in a stream.",
        "`chat.completion`，流式为 `chat.completion.chunk`。",
      ],
      ["created", "integer", "Unix seconds.", "Unix 秒。"],
      ["model", "string", "The model that served.", "实际服务的模型。"],
      ["choices[].index", "integer", "Counts the answers.", "答案序号。"],
      ["choices[].message", "object", "The message; `delta` in a stream.", "消息；流式为 `delta`。"],
      ["choices[].message.role", "string", "`assistant`.", "`assistant`。"],
      ["choices[].message.content", "string | null", "What the model says.", "模型的回复。"],
      [
        "choices[].message.tool_calls",
        "object[]",
        "The tools to call: `id`, `function.name`, `function.arguments`.",
        "要调用的工具：`id`、`function.name`、`function.arguments`。",
      ],
      [
        "choices[].message.reasoning_content",
        "string | null",
        "The thoughts, where they are told.",
        "思考内容（如有）。",
      ],
      [
        "choices[].finish_reason",
        "string | null",
        "`stop`, `length`, `tool_calls`, `content_filter`; null until the last chunk.",
        "`stop`、`length`、`tool_calls`、`content_filter`；流式在最后一块之前为 null。",
      ],
      [
        "usage",
        "object",
        "What is counted, with details of cached and reasoning tokens.",
        "用量，含缓存与思考 token 的明细。",
      ],
      ["usage.prompt_tokens", "integer", "The length of the prompt.", "输入 token 数。"],
      ["usage.completion_tokens", "integer", "The length of the answer.", "输出 token 数。"],
      ["usage.total_tokens", "integer", "Both.", "两者之和。"],
    ),
    samples: chatSamples(facts),
    errors: ["missing_input", ...MODEL_ERRORS],
    charged: CHARGED,
    notes: [
      text(
        "Fields that the gateway does not know are left out and named in the header `x-gateway-warnings`.",
        "网关不认识的字段会被忽略，并在响应头 `x-gateway-warnings` 中列出。",
      ),
      text(
        "In a stream the id and the name of a tool call come once, in its first piece; later pieces carry `index` and more of `arguments`.",
        "流式返回工具调用时，id 和名称只在首块出现；后续块只有 `index` 和 `arguments` 的后续内容。",
      ),
    ],
  };
}

function more(facts: Facts): readonly Block[] {
  return [
    h2("streamed-tools", "Streamed and parallel tool calls", "流式与并行工具调用"),
    p(
      "Join the `arguments` of each `index` until the finish reason comes.",
      "按 `index` 拼接 `arguments`，直到出现结束原因。",
    ),
    code(
      text("Stream", "流式响应"),
      "text",
      chunks(
        facts,
        {
          delta: {
            role: "assistant",
            tool_calls: [
              { index: 0, id: "call_a", type: "function", function: { name: "get_current_weather", arguments: "" } },
            ],
          },
          finish_reason: null,
        },
        { delta: { tool_calls: [{ index: 0, function: { arguments: '{"location":' } }] }, finish_reason: null },
        { delta: { tool_calls: [{ index: 0, function: { arguments: '"Boston"}' } }] }, finish_reason: null },
        {
          delta: {
            tool_calls: [
              {
                index: 1,
                id: "call_b",
                type: "function",
                function: { name: "get_current_weather", arguments: '{"location":"Paris"}' },
              },
            ],
          },
          finish_reason: null,
        },
        { delta: {}, finish_reason: "tool_calls" },
      ),
    ),
    h2("web-search", "Web search and MCP", "联网搜索与 MCP"),
    p(
      "The upstream runs these tools. They need a price of the model (`search`, `call`), because each call costs. Without a price they are left out; a request that has no other tool is refused. Sources come back in `message.annotations`.",
      "这些工具由上游执行，每次调用都有成本，因此模型须设有价格（`search`、`call`）。没有价格时会被忽略；若请求没有其他工具，则会被拒绝。来源在 `message.annotations` 中返回。",
    ),
    code(text("Web search", "联网搜索"), "json", json({ ...ASK, web_search_options: { search_context_size: "low" } })),
    code(
      "MCP",
      "json",
      json({
        ...ASK,
        tools: [
          { type: "mcp", server_label: "docs", server_url: "https://mcp.example.com", require_approval: "never" },
        ],
      }),
    ),
    h2("voice", "A spoken answer", "语音回复"),
    p(
      "Ask a model that speaks. `message.audio` has `data` (base64) and `transcript`. A stream needs the format `pcm16`.",
      "请使用支持语音输出的模型。`message.audio` 含 `data`（base64）与 `transcript`。流式须使用 `pcm16` 格式。",
    ),
    code(
      text("Body", "请求体"),
      "json",
      json({ ...ASK, modalities: ["text", "audio"], audio: { voice: "alloy", format: "mp3" } }),
    ),
    h2("pictures", "Pictures by chat", "对话生图"),
    p(
      "A model that makes pictures answers with `message.images`. To have a picture changed, send it back as an `image_url` part.",
      "生图模型在 `message.images` 中返回图片。需要修改图片时，把它作为 `image_url` 发回即可。",
    ),
  ];
}

const ASK = { model: "auto", messages: [{ role: "user", content: "Hello" }] };

function json(value: object): string {
  return JSON.stringify(value, undefined, 2);
}

export const CHAT_COMPLETIONS: DocPage = {
  path: "/docs/api/chat-completions",
  title: text("Chat Completions", "对话补全 Chat Completions"),
  summary: text(
    "`POST /v1/chat/completions`: conversations, streams, tools, pictures, files, JSON.",
    "`POST /v1/chat/completions`：对话、流式、工具、图片、文件、JSON 输出。",
  ),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints: (facts) => [chatCompletions(facts)],
  rest: more,
};
