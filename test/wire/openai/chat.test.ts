import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { chat } from "../../../src/wire/openai/chat.ts";
import { faultOf, readRequest, readWhole } from "../support.ts";

const USER = { role: "user", content: "Hello" };

const ask = (body: JsonObject) => readRequest(chat, { messages: [USER], ...body });
const demand = (body: JsonObject) => ask(body).demand;

/** Bytes of a whole body, as it is sent. */
const bytes = (body: JsonObject) => new TextEncoder().encode(JSON.stringify({ messages: [USER], ...body })).length;

describe("what chat asks", () => {
  it("gives what routing needs, and nothing of the text", () => {
    const full = { model: " m ", stream: true, stream_options: { include_usage: true }, n: 2, max_tokens: 9 };
    expect(ask(full)).toMatchObject({ stream: true, wantsUsage: true, session: undefined });
    expect(demand(full)).toEqual({
      operation: "chat",
      model: "m",
      fallbacks: [],
      maxOutput: 9,
      promptBytes: bytes(full),
      choices: 2,
      needs: new Map(),
    });
    const nulls = { model: null, stream: null, n: null, max_tokens: null, stream_options: null };
    expect(ask(nulls)).toMatchObject({ stream: undefined, wantsUsage: false });
    expect(demand(nulls)).toMatchObject({ model: undefined, maxOutput: undefined, choices: 1 });
    expect(demand({ max_tokens: 1, max_completion_tokens: 2 }).maxOutput).toBe(2);
    expect(ask({ prompt_cache_key: "thread" }).session).toBe("thread");
  });

  it("tells how a conversation began, once the model has answered", () => {
    const beginning = (...messages: JsonObject[]) => ask({ messages }).beginning?.();
    const [system, hello] = [
      { role: "system", content: "You are kind." },
      { role: "user", content: "Hello" },
    ];
    const answer = { role: "assistant", content: "Hi" };
    expect(beginning(system, hello)).toBeUndefined();
    const began = beginning(system, hello, answer, { role: "user", content: "And now?" });
    expect(began).toBe("You are kind.\nHello");
    expect(beginning(system, hello, answer, { role: "user", content: "Or?" }, answer, hello)).toBe(began);
    const parts = [
      { type: "text", text: "Look" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
    ];
    expect(beginning({ role: "user", content: parts }, answer, hello)).toBe("Look");
    expect(beginning({ role: "user", content: "x".repeat(9000) }, answer)?.length).toBe(2000);
  });

  it("counts the bytes of the whole body, of fields that nobody knows too, without inline media", () => {
    for (const body of [
      { messages: [{ role: "user", content: "世界" }] },
      { tools: [{ type: "function", function: { name: "f" } }] },
      { reasoning: { effort: "high", hidden: "x".repeat(400_000) } },
      { documents: ["y".repeat(400_000)] },
    ]) {
      expect(demand(body).promptBytes).toBe(bytes(body));
    }
    const media = "A".repeat(4000);
    const parts = (data: string) => ({
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: `data:${data}` } },
            { type: "image_url", image_url: `data:${data}` },
            { type: "input_audio", input_audio: { data } },
            { type: "file", file: { file_data: data } },
            { type: "video_url", video_url: { url: `data:${data}` } },
          ],
        },
      ],
    });
    // What remains of the two URLs of pictures and the one of a video is counted with them.
    expect(demand(parts(media)).promptBytes).toBe(bytes(parts("")) - 3 * "data:".length);
    const linked = {
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: `https://${media}` } }] }],
    };
    expect(demand(linked).promptBytes).toBe(bytes(linked));
  });

  it("counts the parts that need a capability", () => {
    const content = [
      { type: "text", text: "x" },
      { type: "image_url", image_url: { url: "data:," } },
      { type: "image_url", image_url: { url: "https://example.com/a.png" } },
      { type: "input_audio", input_audio: {} },
      { type: "file", file: { file_id: "file-1" } },
      { type: "video_url", video_url: { url: "https://example.com/a.mp4" } },
    ];
    const { needs } = demand({ messages: [{ role: "user", content }], tools: [{}], functions: [{}], audio: {} });
    expect(Object.fromEntries(needs)).toEqual({ tools: 2, image: 2, audio: 1, file: 2 });
    expect(Object.fromEntries(demand({ tools: [], functions: null, audio: null }).needs)).toEqual({});
  });

  it.each(["part_of_tomorrow", "toString", "constructor", "__proto__", "", undefined, 5])(
    "refuses a part of the type %j, whose cost nobody knows",
    (type) => {
      const content = [{ type: "text", text: "x" }, type === undefined ? { text: "x" } : { type }];
      expect(faultOf(() => ask({ messages: [USER, { role: "user", content }] }))).toBe(
        "invalid_parameter messages[1].content",
      );
    },
  );

  it.each<[JsonObject, string]>([
    [{ messages: undefined }, "missing_input messages"],
    [{ messages: null }, "missing_input messages"],
    [{ messages: [] }, "invalid_parameter messages"],
    [{ messages: [USER, "x"] }, "invalid_parameter messages[1]"],
    [{ messages: [{ role: "user", content: {} }] }, "invalid_parameter messages[0].content"],
    [{ messages: [{ role: 5 }] }, "invalid_parameter messages[0].role"],
    [{ messages: [{ role: "narrator" }] }, "none"],
    [{ messages: [{ role: "assistant", content: null }] }, "none"],
    [{ model: 5 }, "invalid_parameter model"],
    [{ stream: "yes" }, "invalid_parameter stream"],
    [{ n: 0 }, "invalid_parameter n"],
    [{ n: 128 }, "none"],
    [{ n: 129 }, "invalid_parameter n"],
    [{ n: Number.MAX_SAFE_INTEGER }, "invalid_parameter n"],
    [{ max_tokens: "5" }, "invalid_parameter max_tokens"],
    [{ max_completion_tokens: 1.5 }, "invalid_parameter max_completion_tokens"],
    [{ temperature: "hot", stop: 5 }, "none"],
    [{ tools: "x" }, "invalid_parameter tools"],
    [{ tools: { type: "web_search" } }, "invalid_parameter tools"],
  ])("of %j is refused: %s", (body, expected) => {
    expect(faultOf(() => ask(body))).toBe(expected);
  });
});

describe("an answer to chat", () => {
  const read = (body: unknown) => readWhole(chat, body);
  const choice = (fields: JsonObject) => ({ choices: [fields] });

  it("gets the fields it lacks, and the public name", () => {
    expect(read(choice({ message: { content: "Hi" } })).body).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{24}$/),
      object: "chat.completion",
      created: 5,
      model: "public",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hi" } }],
    });
  });

  it("is otherwise unchanged", () => {
    const message = { role: "assistant", content: "Hi", refusal: null, annotations: [], x: { y: [1] } };
    const body = {
      id: "c1",
      object: "chat.completion",
      created: 9,
      model: "upstream",
      system_fingerprint: "fp",
      choices: [{ index: 0, message, logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    };
    expect(read(body)).toEqual({
      body: { ...body, model: "public" },
      usage: { input: 1, output: 2 },
      text: { output: "Hi", reasoning: "" },
      written: JSON.stringify({ ...body, model: "public" }),
    });
  });

  it("gets ids for its tool calls, null for content, and the finish reason tool_calls", () => {
    const calls = [{ function: { name: "f", arguments: "{}" } }, { id: "call_b", type: "custom", custom: {} }];
    expect(read(choice({ message: { tool_calls: calls }, finish_reason: "" })).body["choices"]).toMatchObject([
      {
        finish_reason: "tool_calls",
        message: {
          content: null,
          tool_calls: [
            { id: expect.stringMatching(/^call_/), type: "function" },
            { id: "call_b", type: "custom" },
          ],
        },
      },
    ]);
  });

  it("numbers choices that have no index", () => {
    const messages = [{ message: { content: "a" } }, { message: { content: "b" } }];
    expect(read({ choices: messages }).body["choices"]).toMatchObject([{ index: 0 }, { index: 1 }]);
  });

  /** Empty = no text, reasoning, tool call, refusal or media; finish reason absent, stop or error; no output tokens. */
  it.each<[string, JsonObject, boolean]>([
    ["nothing", {}, false],
    ["empty text and stop", { message: { content: "" }, finish_reason: "stop" }, false],
    ["empty lists", { message: { content: [], tool_calls: [], annotations: [] } }, false],
    ["a role", { message: { role: "assistant" } }, false],
    ["text", { message: { content: "x" } }, true],
    ["a picture in parts", { message: { content: [{ type: "image_url", image_url: { url: "data:," } }] } }, true],
    ["text in parts", { message: { content: [{ type: "text", text: "x" }] } }, true],
    ["reasoning", { message: { content: "", reasoning_content: "x" } }, true],
    ["a tool call", { message: { tool_calls: [{ function: { name: "f" } }] } }, true],
    ["a refusal", { message: { content: null, refusal: "no" } }, true],
    ["sound", { message: { content: null, audio: { data: "AAAA" } } }, true],
    ["images", { message: { images: [{}] } }, true],
    ["nothing, for length", { message: { content: "" }, finish_reason: "length" }, true],
    ["nothing, for a filter", { message: { content: "" }, finish_reason: "content_filter" }, true],
  ])("of %s: is it an answer? %s", (_title, fields, isAnswer) => {
    expect(faultOf(() => read(choice(fields)))).toBe(isAnswer ? "none" : "upstream_error");
  });

  it("without output that cost output tokens is an answer", () => {
    const empty = choice({ message: { content: "" }, finish_reason: "stop" });
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    expect(faultOf(() => read({ ...empty, usage }))).toBe("none");
    expect(faultOf(() => read({ ...empty, usage: { ...usage, completion_tokens: 0 } }))).toBe("upstream_error");
  });

  it.each<[string, unknown]>([
    ["no choices", { id: "x" }],
    ["choices that are none", { choices: "x" }],
    ["choices that are no objects", { choices: ["x", null] }],
  ])("is no answer: %s", (_title, body) => {
    expect(faultOf(() => read(body))).toBe("upstream_error");
  });

  it("joins text that comes in parts, and leaves other parts unchanged", () => {
    const text = { type: "text", text: "a" };
    const picture = { type: "image_url", image_url: { url: "data:," } };
    const contentOf = (content: unknown) => read(choice({ message: { content } })).body["choices"];
    expect(contentOf([text, text])).toMatchObject([{ message: { content: "aa" } }]);
    expect(contentOf([text, picture])).toMatchObject([{ message: { content: [text, picture] } }]);
    expect(read(choice({ message: { content: [text, picture] } })).text.output).toBe("a");
  });

  it.each([null, undefined, false, ""])("is an answer, not an error, with an error of %j", (error) => {
    expect(faultOf(() => read({ error, ...choice({ message: { content: "Hi" } }) }))).toBe("none");
  });

  it("of a vendor without free machines is overloaded, or cut off", () => {
    const finish_reason = "insufficient_system_resource";
    expect(faultOf(() => read(choice({ message: { content: "" }, finish_reason })))).toBe("overloaded");
    expect(read(choice({ message: { content: "Hi" }, finish_reason })).body["choices"]).toMatchObject([
      { finish_reason: "length" },
    ]);
  });
});

describe("a body of Responses, as Cursor sends it here", () => {
  const read = (body: JsonObject) => {
    const { payload, demand, stream } = readRequest(chat, body);
    if (payload.kind !== "json") throw new Error("not JSON");
    return { value: payload.value, text: payload.text, demand, stream };
  };

  it("becomes one of chat: its items messages, its tools nested, its cap chat's", () => {
    const { value, text, demand, stream } = read({
      model: "m",
      stream: true,
      user: "u",
      max_output_tokens: 9,
      include: ["reasoning.encrypted_content"],
      instructions: "Be brief.",
      reasoning: { effort: "low" },
      tools: [{ type: "function", name: "f", parameters: { type: "object", properties: { a: {} } } }],
      tool_choice: "auto",
      input: [
        { role: "user", content: "Hello" },
        { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "a", output: "x" },
      ],
    });
    expect(value).toEqual({
      model: "m",
      stream: true,
      user: "u",
      max_tokens: 9,
      reasoning_effort: "low",
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: { a: {} } } } }],
      tool_choice: "auto",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "a", content: "x" },
      ],
    });
    expect(JSON.parse(text)).toEqual(value);
    expect([demand.maxOutput, stream]).toEqual([9, true]);
  });

  it.each<[JsonObject, string]>([
    [{ input: [] }, "invalid_parameter input"],
    [{ input: [{ type: "hologram" }] }, "invalid_parameter input[0].type"],
    [{ input: [{ type: "web_search_call" }] }, "unsupported_feature input.web_search_call"],
    [{ input: "Hello", max_output_tokens: -1 }, "invalid_parameter max_tokens"],
    [{ input: "Hello", messages: [] }, "invalid_parameter messages"],
  ])("%j is refused: %s", (body, fault) => {
    expect(faultOf(() => readRequest(chat, body))).toBe(fault);
  });
});
