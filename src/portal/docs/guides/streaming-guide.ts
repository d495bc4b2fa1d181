import { Fault } from "../../../core/fault.ts";
import { openaiDialect } from "../../../wire/openai/dialect.ts";
import { chunks } from "../api/chat-samples.ts";
import { timeOf } from "../amounts.ts";
import { code, h2, list, p, table, text } from "../blocks.ts";
import { sampleModel, type Facts } from "../facts.ts";
import { SAMPLE_KEY } from "../../samples.ts";
import { readLines } from "../snippets/stream-readers.ts";
import type { Block, DocPage } from "../types.ts";

export const STREAMING: DocPage = {
  path: "/docs/streaming",
  title: text("Streaming", "流式输出"),
  summary: text("What a stream holds, line by line, and how to read it.", "流的逐行内容与读取方法。"),
  group: "start",
  changed: "2026-11-27",
  blocks: streaming,
};

function streaming(facts: Facts): readonly Block[] {
  const { origin, settings } = facts;
  const pause = timeOf(settings.KEEP_ALIVE_MS);
  const broken = JSON.stringify(
    openaiDialect.body(new Fault("upstream_error"), "en", { legacyCodes: false, requestId: "" }),
  );
  return [
    p(
      'Send `"stream": true`. The answer has the type `text/event-stream`: lines that begin with `data: `, each followed by an empty line, and each with one JSON object.',
      '请求中加 `"stream": true`。响应类型为 `text/event-stream`：每行以 `data: ` 开头，含一个 JSON 对象，行间有空行。',
    ),
    h2("chunks", "Chunk by chunk", "逐块说明"),
    code(
      text("Stream", "流式响应"),
      "text",
      chunks(
        facts,
        { delta: { role: "assistant", content: "" }, finish_reason: null },
        { delta: { reasoning_content: "They greet." }, finish_reason: null },
        { delta: { content: "Hello" }, finish_reason: null },
        { delta: { content: "!" }, finish_reason: null },
        { delta: {}, finish_reason: "stop" },
        { choices: [], usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 } },
      ),
    ),
    table(
      text("Chunks", "数据块"),
      [text("Chunk", "数据块"), text("Meaning", "含义")],
      [
        [text("first", "首块"), text("`delta.role`; there is no text yet", "`delta.role`，尚无文本")],
        [
          "`delta.reasoning_content`",
          text(
            "a piece of the thoughts; on `/xlei/v1` also `delta.reasoning`",
            "一段思考内容；`/xlei/v1` 上还有 `delta.reasoning`",
          ),
        ],
        ["`delta.content`", text("a piece of the text: join them", "一段文本，依次拼接")],
        [
          "`delta.tool_calls`",
          text("a piece of a tool call: join `arguments` by `index`", "一段工具调用，按 `index` 拼接 `arguments`"),
        ],
        [
          "`finish_reason`",
          text(
            "the last chunk of a choice: `stop`, `length`, `tool_calls`, `content_filter`",
            "该答案的最后一块：`stop`、`length`、`tool_calls`、`content_filter`",
          ),
        ],
        [
          text("without choices", "不含 choices"),
          text(
            "the usage; only if `stream_options.include_usage` is true. Otherwise the chunk with `finish_reason` has it, where the model reports it",
            "用量；仅当 `stream_options.include_usage` 为 true。否则用量在带有 `finish_reason` 的块中（模型有返回时）",
          ),
        ],
        ["`[DONE]`", text("the end; it is no JSON", "结束标记，不是 JSON")],
      ],
    ),
    p(
      "Every chunk of a choice has `index`, `delta` and `finish_reason`. Some older samples show chunks without `index`; here it is always there.",
      "每个数据块都有 `index`、`delta` 与 `finish_reason`。部分旧示例没有 `index`，本网关始终返回。",
    ),
    h2("keep-alive", "Silence", "空闲"),
    p(
      `When nothing comes for ${pause.en}, the gateway sends the comment \`: keep-alive\`. Lines that begin with a colon mean nothing; SDKs skip them.`,
      `超过 ${pause.zh}没有内容时，网关会发送注释 \`: keep-alive\`。以冒号开头的行没有含义，SDK 会自动跳过。`,
    ),
    h2("errors", "Errors inside a stream", "流中的错误"),
    p(
      "Before the first byte a failure has its HTTP status. Afterwards it is one line without `choices`, then `[DONE]`:",
      "首字节之前的失败带有 HTTP 状态码；之后的失败是一行不含 `choices` 的数据，随后是 `[DONE]`：",
    ),
    code(text("Stream", "流式响应"), "text", `data: ${broken}\n\ndata: [DONE]`),
    p(
      "When the balance ends in the middle, the stream ends with the finish reason `length` and the comment `: x-gateway-warnings: funds_ended`.",
      "余额在途中用尽时，流以结束原因 `length` 和注释 `: x-gateway-warnings: funds_ended` 结束。",
    ),
    h2("reading", "Reading a stream", "读取流"),
    p(
      "A network read may end in the middle of a line, so keep the rest for the next one, and skip `[DONE]`. Older samples parse `[DONE]` as JSON and fail at the end; these do not.",
      "一次网络读取可能在行中间断开，需要保留剩余部分；并跳过 `[DONE]`。旧示例会把 `[DONE]` 当作 JSON 解析而在末尾报错，以下代码已更正。",
    ),
    code("JavaScript", "js", javascript(origin, sampleModel(facts))),
    code("Python", "python", python(origin, sampleModel(facts))),
    h2("others", "Other formats", "其他格式"),
    list(
      text(
        "[Responses](/docs/api/responses): typed events, the last is `response.completed`.",
        "[Responses](/docs/api/responses)：带类型的事件，最后为 `response.completed`。",
      ),
      text(
        "[Messages](/docs/api/anthropic): typed events, the last is `message_stop`.",
        "[Messages](/docs/api/anthropic)：带类型的事件，最后为 `message_stop`。",
      ),
      text(
        "[Gemini](/docs/api/gemini): one JSON object a line; the stream ends without a mark.",
        "[Gemini](/docs/api/gemini)：每行一个 JSON 对象，没有结束标记。",
      ),
    ),
  ];
}

const PRINT_TEXT = `    if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
    const chunk = JSON.parse(line.slice(6));
    if (chunk.error) throw new Error(chunk.error.message);
    process.stdout.write(chunk.choices[0]?.delta?.content ?? "");`;

function javascript(origin: string, model: string): string {
  return `const response = await fetch("${origin}/v1/chat/completions", {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-API-Key": "${SAMPLE_KEY}" },
  body: JSON.stringify({ model: "${model}", stream: true, messages: [{ role: "user", content: "Hello!" }] }),
});
if (!response.ok) throw new Error(await response.text());

${readLines(PRINT_TEXT)}
`;
}

function python(origin: string, model: string): string {
  return `import json
import requests

response = requests.post(
    "${origin}/v1/chat/completions",
    headers={"X-API-Key": "${SAMPLE_KEY}"},
    json={"model": "${model}", "stream": True, "messages": [{"role": "user", "content": "Hello!"}]},
    stream=True,
)
response.raise_for_status()
for line in response.iter_lines():
    text = line.decode("utf-8")
    if not text.startswith("data: ") or text == "data: [DONE]":
        continue
    chunk = json.loads(text[6:])
    if "error" in chunk:
        raise RuntimeError(chunk["error"]["message"])
    if chunk["choices"]:
        print(chunk["choices"][0]["delta"].get("content") or "", end="", flush=True)
`;
}
