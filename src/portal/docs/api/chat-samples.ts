/** Requests of Chat Completions, and what they are answered. */
import type { Capability } from "../../../operation/operations.ts";
import { text } from "../blocks.ts";
import { namedModel, sampleModel, type Facts } from "../facts.ts";
import type { Sample, SampleRequest } from "../types.ts";

const PATH = "/v1/chat/completions";

function asks(body: NonNullable<SampleRequest["body"]>): SampleRequest {
  return { method: "POST", path: PATH, key: "authorization", body, sdkCall: "chat.completions.create" };
}

const user = (content: unknown) => ({ role: "user", content });

interface Answered {
  /** What the model of the request must take. */
  readonly needs?: readonly Capability[];
  readonly finishReason?: string;
}

/** A whole answer. */
function answers(facts: Facts, message: object, { needs = [], finishReason = "stop" }: Answered = {}) {
  const usage = { prompt: 18, completion: 9 };
  return {
    id: "chatcmpl-0199f2a1",
    object: "chat.completion",
    created: 1764230400,
    model: namedModel(facts, needs),
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finishReason }],
    usage: {
      prompt_tokens: usage.prompt,
      completion_tokens: usage.completion,
      total_tokens: usage.prompt + usage.completion,
    },
  };
}

/** The lines of a stream. */
export function chunks(facts: Facts, ...choices: readonly object[]): string {
  const line = (rest: object) =>
    `data: ${JSON.stringify({
      id: "chatcmpl-0199f2a1",
      object: "chat.completion.chunk",
      created: 1764230400,
      model: namedModel(facts),
      ...rest,
    })}\n\n`;
  return `${choices.map((choice) => line("choices" in choice ? choice : { choices: [{ index: 0, ...choice }] })).join("")}data: [DONE]`;
}

const WEATHER_TOOL = {
  type: "function",
  function: {
    name: "get_current_weather",
    description: "Get the current weather in a given location",
    parameters: {
      type: "object",
      properties: {
        location: { type: "string", description: "The city, such as Boston" },
        unit: { type: "string", enum: ["celsius", "fahrenheit"] },
      },
      required: ["location"],
    },
  },
};

const CALL = {
  id: "call_8Yd2",
  type: "function",
  function: { name: "get_current_weather", arguments: '{"location":"Boston","unit":"celsius"}' },
};

export function chatSamples(facts: Facts): readonly Sample[] {
  const model = sampleModel(facts);
  const question = user("What is the weather like in Boston?");
  return [
    {
      id: "first",
      name: text("A question", "一问一答"),
      request: asks({
        model,
        messages: [{ role: "system", content: "You are a helpful assistant." }, user("Hello!")],
        temperature: 0.7,
        max_tokens: 1024,
        stream: false,
      }),
      answer: answers(facts, { content: "Hello! How can I help you today?" }),
    },
    {
      id: "turns",
      name: text("Several turns", "多轮对话"),
      note: text(
        "The gateway keeps nothing of a chat: send all earlier turns with each request.",
        "网关不保存对话内容，每次请求都要带上之前的全部消息。",
      ),
      request: asks({
        model,
        messages: [
          user("My name is Ada."),
          { role: "assistant", content: "Nice to meet you, Ada." },
          user("What is my name?"),
        ],
      }),
      answer: answers(facts, { content: "Your name is Ada." }),
    },
    {
      id: "stream",
      name: text("Streamed", "流式输出"),
      note: text("[Streaming](/docs/streaming) explains each chunk.", "逐块说明见[流式输出](/docs/streaming)。"),
      request: asks({ model, messages: [user("Hello!")], stream: true, stream_options: { include_usage: true } }),
      answer: chunks(
        facts,
        { delta: { role: "assistant", content: "" }, finish_reason: null },
        { delta: { content: "Hello" }, finish_reason: null },
        { delta: { content: "!" }, finish_reason: null },
        { delta: {}, finish_reason: "stop" },
        { choices: [], usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } },
      ),
    },
    {
      id: "tools",
      name: text("Tools", "工具调用"),
      note: text(
        "The model answers with `tool_calls`, and `content` is null. `arguments` is a text of JSON that the model wrote: check it. There may be several calls.",
        "模型返回 `tool_calls`，此时 `content` 为 null。`arguments` 是模型写的 JSON 字符串，请先校验；一次可能返回多个调用。",
      ),
      request: asks({ model: sampleModel(facts, ["tools"]), messages: [question], tools: [WEATHER_TOOL] }),
      answer: answers(facts, { content: null, tool_calls: [CALL] }, { needs: ["tools"], finishReason: "tool_calls" }),
    },
    {
      id: "tool-result",
      name: text("The result of a tool", "返回工具结果"),
      note: text(
        "Run the tool, and send the assistant's message back with one `tool` message for each call.",
        "执行工具后，把助手消息原样带回，并为每个调用附上一条 `tool` 消息。",
      ),
      request: asks({
        model: sampleModel(facts, ["tools"]),
        messages: [
          question,
          {
            role: "assistant",
            content: null,
            tool_calls: [{ ...CALL, function: { ...CALL.function, arguments: "{}" } }],
          },
          { role: "tool", tool_call_id: CALL.id, content: "22 degrees, sunny" },
        ],
        tools: [WEATHER_TOOL],
      }),
      answer: answers(facts, { content: "It is 22 degrees and sunny in Boston." }, { needs: ["tools"] }),
    },
    ...mediaSamples(facts),
    ...shapedSamples(facts, model),
  ];
}

/** Shown where a model can take them. */
function mediaSamples(facts: Facts): readonly Sample[] {
  const takes = (need: "image" | "audio" | "file") => facts.models.some(({ capabilities }) => capabilities.has(need));
  const question = (words: string, part: object) => user([{ type: "text", text: words }, part]);
  return [
    ...(takes("image")
      ? [
          {
            id: "picture",
            name: text("A picture", "看图"),
            note: text(
              "`url` is an address that the model can reach, or a `data:` URL.",
              "`url` 为模型可访问的地址，或 `data:` URL。",
            ),
            request: asks({
              model: sampleModel(facts, ["image"]),
              messages: [
                question("What is in this picture?", {
                  type: "image_url",
                  image_url: { url: "https://example.com/cat.png", detail: "auto" },
                }),
              ],
            }),
            answer: answers(facts, { content: "A cat on a sofa." }, { needs: ["image"] }),
          },
        ]
      : []),
    ...(takes("file")
      ? [
          {
            id: "file",
            name: text("A file", "文件"),
            request: asks({
              model: sampleModel(facts, ["file"]),
              messages: [
                question("Summarise this file.", {
                  type: "file",
                  file: { filename: "report.pdf", file_data: "data:application/pdf;base64,JVBERi0xLjQK" },
                }),
              ],
            }),
            answer: answers(facts, { content: "The file is a report." }, { needs: ["file"] }),
          },
        ]
      : []),
    ...(takes("audio")
      ? [
          {
            id: "audio",
            name: text("Speech", "语音输入"),
            request: asks({
              model: sampleModel(facts, ["audio"]),
              messages: [
                question("What is said here?", {
                  type: "input_audio",
                  input_audio: { data: "UklGRiQAAABXQVZF", format: "wav" },
                }),
              ],
            }),
            answer: answers(facts, { content: "Somebody says hello." }, { needs: ["audio"] }),
          },
        ]
      : []),
  ];
}

function shapedSamples(facts: Facts, model: string): readonly Sample[] {
  const schema = {
    type: "object",
    properties: { city: { type: "string" }, country: { type: "string" } },
    required: ["city", "country"],
    additionalProperties: false,
  };
  return [
    {
      id: "json",
      name: text("JSON", "JSON 输出"),
      note: text(
        "Say in the prompt that you want JSON: models demand it.",
        "请在提示词中说明需要 JSON，否则部分模型会拒绝。",
      ),
      request: asks({
        model,
        messages: [user("Name a city and its country as JSON.")],
        response_format: { type: "json_object" },
      }),
      answer: answers(facts, { content: '{"city":"Boston","country":"USA"}' }),
    },
    {
      id: "schema",
      name: text("JSON by a schema", "结构化输出"),
      request: asks({
        model,
        messages: [user("Name a city and its country.")],
        response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } },
      }),
      answer: answers(facts, { content: '{"city":"Boston","country":"USA"}' }),
    },
    {
      id: "thinking",
      name: text("Thinking", "深度思考"),
      note: text(
        "The thoughts are in `reasoning_content`; on `/xlei/v1` also in `reasoning`. They are output, and are charged.",
        "思考内容在 `reasoning_content` 中，`/xlei/v1` 上还有 `reasoning`；它们属于输出，会计费。",
      ),
      request: asks({ model, messages: [user("How many days are 1000 hours?")], reasoning_effort: "low" }),
      answer: answers(facts, { content: "41 days and 16 hours.", reasoning_content: "1000 / 24 = 41.67" }),
    },
    {
      id: "xlei",
      name: text("On /xlei/v1", "使用 /xlei/v1"),
      note: text(
        "Without `stream` the answer is a stream, unless the client asks for JSON; see [surfaces](/docs/surfaces#stream).",
        "不带 `stream` 时返回流，除非客户端要求 JSON，见[接口格式](/docs/surfaces#stream)。",
      ),
      request: {
        method: "POST",
        path: "/xlei/v1/chat/completions",
        key: "x-api-key",
        body: { messages: [user("Hello")], stream: true },
      },
      answer: chunks(
        facts,
        { delta: { role: "assistant", content: "" }, finish_reason: null },
        { delta: { content: "Hi" }, finish_reason: null },
        { delta: {}, finish_reason: "stop" },
      ),
    },
  ];
}
