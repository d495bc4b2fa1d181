/** What is peculiar to a pair of wires, beyond the matrix. */
import { describe, expect, it } from "vitest";
import { FrameReader } from "../../src/core/frame.ts";
import { JsonDraft } from "../../src/core/json-edit.ts";
import { objectsOf, type JsonObject } from "../../src/core/json.ts";
import { messages } from "../../src/wire/anthropic/messages.ts";
import { generateContent } from "../../src/wire/gemini/generate-content.ts";
import { chat } from "../../src/wire/openai/chat.ts";
import { completions } from "../../src/wire/openai/completions.ts";
import { responses } from "../../src/wire/openai/responses.ts";
import { passage } from "../../src/wire/passage.ts";
import type { Target, Wire } from "../../src/wire/types.ts";
import { faultOf, frame, readRequest, TARGET } from "./support.ts";

function carry(from: Wire, to: Wire, body: JsonObject, target: Partial<Target> = {}) {
  const carried = passage(readRequest(from, body), to, { ...TARGET, ...target });
  if (carried?.payload.kind !== "json") throw new Error("not carried");
  return Object.assign(carried, { body: carried.payload.value });
}

const HELLO = [{ role: "user", content: "Hello" }];
const toMessages = (body: JsonObject, target: Partial<Target> = {}) =>
  carry(chat, messages, { messages: HELLO, ...body }, target);
const toChat = (body: JsonObject) => carry(messages, chat, { max_tokens: 100, messages: HELLO, ...body });
const FUNCTION = { type: "function", function: { name: "f", parameters: { type: "object" } } };

/** A chat upstream's stream, as a client of Messages gets it. */
function streamed(chunks: readonly JsonObject[], request: JsonObject = {}): JsonObject {
  const carried = carry(messages, chat, { max_tokens: 100, messages: HELLO, ...request }, { stream: true });
  for (const chunk of chunks) carried.frame(frame(chunk));
  carried.frame(frame("[DONE]"));
  const fold = messages.fold?.();
  for (const { data } of new FrameReader().feed(carried.close(() => ({ input: 1, output: 1 })))) {
    fold?.add({ draft: new JsonDraft(JSON.parse(data) as JsonObject) });
  }
  return fold?.answer().value ?? {};
}
const chunk = (delta: JsonObject, finish: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const call = (index: number, id: string | undefined, text: string) => ({
  tool_calls: [
    {
      index,
      ...(id === undefined ? {} : { id, type: "function" }),
      function: { ...(id === undefined ? {} : { name: `f${index}` }), arguments: text },
    },
  ],
});

describe("chat over messages: the request", () => {
  it("has a cap, for the field is required", () => {
    expect(toMessages({}).body["max_tokens"]).toBe(8192);
    expect(toMessages({}, { maxOutput: 4000 }).body["max_tokens"]).toBe(4000);
    expect(toMessages({ max_tokens: 5 }, { outputCap: { field: "max_tokens", tokens: 5 } }).body["max_tokens"]).toBe(5);
  });

  it("has its results first, and one message for each turn", () => {
    const { body } = toMessages({
      messages: [
        ...HELLO,
        { role: "assistant", content: "Wait", tool_calls: [{ id: "a", function: { name: "f", arguments: "{" } }] },
        { role: "user", content: "Hurry" },
        { role: "system", content: "Be kind." },
        { role: "tool", tool_call_id: "a", content: "done" },
      ],
    });
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      {
        role: "assistant",
        content: [
          { type: "text", text: "Wait" },
          // The arguments are no JSON: the model sees what it wrote.
          { type: "tool_use", id: "a", name: "f", input: { _raw: "{" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "done" }] },
          { type: "text", text: "Hurry" },
          { type: "text", text: "Be kind." },
        ],
      },
    ]);
  });

  it("has the old functions as tools, and their calls with ids", () => {
    const { body } = toMessages({
      functions: [{ name: "f", parameters: { type: "object" } }],
      function_call: { name: "f" },
      messages: [
        ...HELLO,
        { role: "assistant", content: null, function_call: { name: "f", arguments: "" } },
        { role: "function", name: "f", content: "done" },
      ],
    });
    expect(body).toMatchObject({
      tools: [{ name: "f" }],
      tool_choice: { type: "tool", name: "f" },
      messages: [{}, { content: [{ id: "call_f", input: {} }] }, { content: [{ tool_use_id: "call_f" }] }],
    });
  });

  it.each<[string, JsonObject, JsonObject | undefined, string[]]>([
    ["an effort", { reasoning_effort: "high" }, { type: "enabled", budget_tokens: 8191 }, []],
    ["a budget", { reasoning: { max_tokens: 2000 } }, { type: "enabled", budget_tokens: 2000 }, []],
    ["none", { reasoning_effort: "none" }, { type: "disabled" }, []],
    ["Qwen's switch", { enable_thinking: false }, { type: "disabled" }, []],
    [
      "a forced call",
      { reasoning_effort: "low", tools: [FUNCTION], tool_choice: "required" },
      undefined,
      ["dropped=reasoning"],
    ],
    ["nothing", {}, undefined, []],
  ])("thinks by %s", (_name, body, thinking, warnings) => {
    const carried = toMessages(body);
    expect([carried.body["thinking"], carried.warnings]).toEqual([thinking, warnings]);
  });

  it("tells a later Claude how hard to think, not for how long", () => {
    const { body } = toMessages({ reasoning_effort: "high" }, { model: "claude-opus-5-20260101" });
    expect(body).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "high" } });
    expect(toMessages({ reasoning_effort: "high" }, { model: "claude-sonnet-4-5-20250929" }).body).toMatchObject({
      thinking: { type: "enabled" },
    });
  });

  it("has thoughts that Anthropic signed, and no others", () => {
    const turn = (format: string) => ({
      reasoning_effort: "low",
      messages: [
        ...HELLO,
        {
          role: "assistant",
          content: "Hi",
          reasoning_details: [{ type: "reasoning.text", text: "Hm", signature: "s", format }],
        },
        ...HELLO,
      ],
    });
    expect(JSON.stringify(toMessages(turn("anthropic-claude-v1")).body)).toContain('"signature":"s"');
    expect(JSON.stringify(toMessages(turn("google-gemini-v1")).body)).not.toContain('"signature"');
  });

  it("does not think where the thoughts before the calls of this turn are lost", () => {
    const calls = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }],
    };
    const loop = [...HELLO, calls, { role: "tool", tool_call_id: "a", content: "done" }];
    const carried = toMessages({ reasoning_effort: "low", tools: [FUNCTION], messages: loop });
    expect(carried.body).not.toHaveProperty("thinking");
    expect(carried.warnings).toEqual(["dropped=reasoning"]);
  });

  it.each<[JsonObject, string]>([
    [{ n: 2 }, "unsupported_feature n"],
    [{ modalities: ["text", "audio"] }, "unsupported_feature modalities"],
    [
      { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "A", format: "wav" } }] }] },
      "unsupported_feature input_audio",
    ],
    [
      { messages: [{ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }] },
      "unsupported_feature file_id",
    ],
    [
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://x/a.png" } }] }] },
      "unsupported_feature url",
    ],
  ])("that asks for %j is refused", (body, fault) => {
    expect(faultOf(() => toMessages(body))).toBe(fault);
  });
});

describe("messages over chat", () => {
  it("shows pictures in results of tools in a message of the user", () => {
    const picture = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
    const result = { type: "tool_result", tool_use_id: "a", content: [picture] };
    const { body } = toChat({
      messages: [
        ...HELLO,
        { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] },
        { role: "user", content: [result] },
      ],
    });
    expect(body["messages"]).toMatchObject([
      {},
      { tool_calls: [{ id: "a" }] },
      { role: "tool", tool_call_id: "a", content: "The result is in the next message." },
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] },
    ]);
  });

  it("keeps apart the calls whose pieces come mixed", () => {
    const answer = streamed([
      chunk(call(0, "a", "")),
      chunk(call(1, "b", "")),
      chunk(call(0, undefined, '{"x":')),
      chunk(call(1, undefined, '{"y":2}')),
      chunk(call(0, undefined, "1}")),
      chunk({}, "tool_calls"),
    ]);
    expect(answer).toMatchObject({
      content: [
        { type: "tool_use", id: "a", name: "f0", input: { x: 1 } },
        { type: "tool_use", id: "b", name: "f1", input: { y: 2 } },
      ],
    });
  });

  it("waits for results of calls, whatever the upstream says of its end", () => {
    expect(streamed([chunk(call(0, "a", "{}")), chunk({}, "stop")])).toMatchObject({ stop_reason: "tool_use" });
    expect(streamed([chunk({ content: "Hi" }), chunk({}, "stop")])).toMatchObject({ stop_reason: "end_turn" });
  });

  it("has our own count where the upstream has none", () => {
    expect(streamed([chunk({ content: "Hi" }), chunk({}, "stop")])).toMatchObject({
      usage: { input_tokens: 1, output_tokens: 1 },
    });
  });

  it("shows a picture that a model made by its address", () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    expect(streamed([chunk({ images: [image] }), chunk({}, "stop")])).toMatchObject({
      content: [{ type: "text", text: "![image](data:image/png;base64,AAAA)" }],
    });
  });

  it("gives thoughts without a signature an empty one", () => {
    expect(streamed([chunk({ reasoning_content: "Hm" }), chunk({ content: "Hi" }), chunk({}, "stop")])).toMatchObject({
      content: [{ type: "thinking", thinking: "Hm", signature: "" }, { type: "text" }],
    });
  });
});

describe("over Google's wire", () => {
  const toGoogle = (body: JsonObject, target: Partial<Target> = {}) =>
    carry(chat, generateContent, { messages: HELLO, ...body }, target);
  const calls = [
    { id: "a", function: { name: "f", arguments: "{}" } },
    { id: "b", function: { name: "f", arguments: "[" } },
  ];

  it("the first of several calls has a signature, its own or none that counts", () => {
    const own = { ...calls[0], extra_content: { google: { thought_signature: "Cg==" } } };
    const loop = (tool_calls: readonly JsonObject[]) =>
      toGoogle({ messages: [...HELLO, { role: "assistant", content: null, tool_calls }] }).body["contents"];
    expect(loop(calls)).toEqual([
      { role: "user", parts: [{ text: "Hello" }] },
      {
        role: "model",
        parts: [
          { functionCall: { name: "f", args: {} }, thoughtSignature: "skip_thought_signature_validator" },
          { functionCall: { name: "f", args: { _raw: "[" } } },
        ],
      },
    ]);
    expect(loop([own])).toMatchObject([{}, { parts: [{ thoughtSignature: "Cg==" }] }]);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ["gemini-2.5-pro", { reasoning_effort: "low" }, { includeThoughts: true, thinkingBudget: 1024 }],
    ["gemini-3-pro", { reasoning_effort: "low" }, { includeThoughts: true, thinkingLevel: "LOW" }],
    ["gemini-2.5-pro", { reasoning_effort: "none" }, { includeThoughts: false, thinkingBudget: 0 }],
    ["gemini-3-pro", { reasoning: { max_tokens: 99 } }, { includeThoughts: true, thinkingBudget: 99 }],
    [
      "gemini-3-pro",
      { reasoning: { effort: "high", exclude: true } },
      { includeThoughts: false, thinkingLevel: "HIGH" },
    ],
  ])("%s thinks by %j", (model, body, thinkingConfig) => {
    expect(toGoogle(body, { model }).body["generationConfig"]).toEqual({ thinkingConfig });
  });

  it("no more stops are sent than it takes, and the client is told", () => {
    const { body, warnings } = toGoogle({
      stop: ["a", "b", "c", "d", "e", "f"],
      parallel_tool_calls: false,
      logit_bias: {},
    });
    expect(body["generationConfig"]).toEqual({ stopSequences: ["a", "b", "c", "d", "e"] });
    expect(warnings).toEqual(["dropped=logit_bias", "dropped=parallel_tool_calls", "dropped=stop"]);
  });

  it("pictures that a model made come in the form of the client", () => {
    const carried = toGoogle({ modalities: ["text", "image"] }, { stream: true });
    expect(carried.body["generationConfig"]).toEqual({ responseModalities: ["TEXT", "IMAGE"] });
    carried.frame(
      frame({
        candidates: [
          { content: { parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }] }, finishReason: "STOP" },
        ],
      }),
    );
    expect(carried.close(() => ({}))).toContain(
      '"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"},"index":0}]',
    );
  });
});

describe("from Google's wire", () => {
  it("results without ids belong to the open calls of their names, in order", () => {
    const call = (name: string, n: number) => ({ functionCall: { name, args: { n } } });
    const result = (name: string, output: string) => ({ functionResponse: { name, response: { output } } });
    const { body } = carry(generateContent, chat, {
      contents: [
        { role: "user", parts: [{ text: "Hello" }] },
        { role: "model", parts: [call("f", 1), call("g", 2), call("f", 3)] },
        { role: "user", parts: [result("g", "of g"), result("f", "of 1"), result("f", "of 3")] },
      ],
    });
    const told = objectsOf(body["messages"]);
    const ids = objectsOf(told[1]?.["tool_calls"]).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(told.slice(2)).toEqual([
      { role: "tool", tool_call_id: ids[1], content: "of g" },
      { role: "tool", tool_call_id: ids[0], content: "of 1" },
      { role: "tool", tool_call_id: ids[2], content: "of 3" },
    ]);
  });

  it("thoughts that Anthropic signed come back to it", () => {
    const stream = carry(generateContent, messages, { contents: [{ parts: [{ text: "Hello" }] }] }, { stream: true });
    const send = (type: string, members: JsonObject) => void stream.frame(frame({ type, ...members }, type));
    send("message_start", { message: { id: "m", usage: {} } });
    send("content_block_start", { index: 0, content_block: { type: "thinking", thinking: "" } });
    send("content_block_delta", { index: 0, delta: { type: "thinking_delta", thinking: "Hm" } });
    send("content_block_delta", { index: 0, delta: { type: "signature_delta", signature: "EqQB" } });
    send("content_block_stop", { index: 0 });
    send("content_block_start", { index: 1, content_block: { type: "tool_use", id: "a", name: "f", input: {} } });
    send("content_block_stop", { index: 1 });
    send("message_delta", { delta: { stop_reason: "tool_use" }, usage: { output_tokens: 3 } });
    send("message_stop", {});
    const fold = generateContent.fold?.();
    for (const { data } of new FrameReader().feed(stream.close(() => ({})))) {
      fold?.add({ draft: new JsonDraft(JSON.parse(data) as JsonObject) });
    }
    const [candidate] = objectsOf(fold?.answer().value["candidates"]);
    const { body } = carry(generateContent, messages, {
      generationConfig: { thinkingConfig: { thinkingBudget: 2000 } },
      contents: [
        { parts: [{ text: "Hello" }] },
        candidate?.["content"],
        { parts: [{ functionResponse: { id: "a", name: "f", response: { output: "x" } } }] },
      ],
    });
    expect(body).toMatchObject({
      thinking: { budget_tokens: 2000 },
      messages: [
        {},
        {
          content: [
            { type: "thinking", thinking: "Hm", signature: "EqQB" },
            { type: "tool_use", id: "a" },
          ],
        },
        {},
      ],
    });
  });
});

describe("a tool that takes text", () => {
  const custom = {
    type: "custom",
    custom: { name: "patch", description: "A patch", format: { type: "grammar", grammar: {} } },
  };
  const deltas = ['{"inp', 'ut":"*** \\"Be', 'gin"}'];

  it("has one argument at an upstream without such tools, and its text comes back", () => {
    const carried = toMessages({ tools: [custom] }, { stream: true });
    expect(carried.body["tools"]).toMatchObject([{ name: "patch", input_schema: { required: ["input"] } }]);
    expect(carried.warnings).toEqual(["dropped=tools.patch.format"]);
    const send = (type: string, members: JsonObject) => void carried.frame(frame({ type, ...members }, type));
    send("message_start", { message: { id: "m", usage: {} } });
    send("content_block_start", { index: 0, content_block: { type: "tool_use", id: "a", name: "patch", input: {} } });
    for (const partial_json of deltas)
      send("content_block_delta", { index: 0, delta: { type: "input_json_delta", partial_json } });
    send("content_block_stop", { index: 0 });
    send("message_delta", { delta: { stop_reason: "tool_use" }, usage: { output_tokens: 3 } });
    send("message_stop", {});
    const fold = chat.fold?.();
    for (const { data } of new FrameReader().feed(carried.close(() => ({})))) {
      if (data !== "[DONE]") fold?.add({ draft: new JsonDraft(JSON.parse(data) as JsonObject) });
    }
    expect(fold?.answer().value).toMatchObject({
      choices: [
        { message: { tool_calls: [{ id: "a", type: "custom", custom: { name: "patch", input: '*** "Begin' } }] } },
      ],
    });
  });

  it("gets its own words back in the next turn", () => {
    const calls = [{ id: "a", type: "custom", custom: { name: "patch", input: "*** x" } }];
    const { body } = toMessages({
      tools: [custom],
      messages: [...HELLO, { role: "assistant", content: null, tool_calls: calls }],
    });
    expect(body["messages"]).toMatchObject([
      {},
      { content: [{ type: "tool_use", id: "a", input: { input: "*** x" } }] },
    ]);
  });
});

describe("a service tier that costs extra", () => {
  const fees = new Set(["tier"] as const);
  const asked = { messages: HELLO, max_tokens: 100, service_tier: "priority" };

  it("is asked for where it has a price, and left out by name where it has none", () => {
    const priced = carry(chat, responses, asked, { fees });
    expect([priced.body["service_tier"], priced.warnings]).toEqual(["priority", []]);
    const unpriced = carry(chat, responses, asked);
    expect([unpriced.body["service_tier"], unpriced.warnings]).toEqual([undefined, ["dropped=service_tier"]]);
  });

  it("is refused where it would be charged and not be served", () => {
    expect(faultOf(() => carry(chat, messages, asked, { fees }))).toBe("unsupported_feature service_tier");
    expect(carry(chat, messages, asked).warnings).toEqual(["dropped=service_tier"]);
    const odd = { max_tokens: 100, messages: HELLO, service_tier: "turbo" };
    expect(faultOf(() => carry(messages, chat, odd, { fees }))).toBe("unsupported_feature service_tier");
  });
});

describe("thoughts that the client does not want to see", () => {
  const thought = { reasoning_content: "Secret plan" };
  const proof = {
    reasoning_details: [{ type: "reasoning.text", text: "", signature: "sig", format: "anthropic-claude-v1" }],
  };
  const chunks = [chunk(thought), chunk(proof), chunk({ content: "Hi" }), chunk({}, "stop")];
  const textOf = (thinking: JsonObject) => JSON.stringify(streamed(chunks, { thinking }));

  it("are left out, but for what proves them", () => {
    expect(textOf({ type: "adaptive", display: "summarized" })).toContain("Secret plan");
    const hidden = textOf({ type: "adaptive", display: "omitted" });
    expect(hidden).not.toContain("Secret plan");
    expect(hidden).toContain("sig");
    expect(hidden).toContain("Hi");
  });
});

describe("tools that the upstream would run", () => {
  const hosted = { type: "code_interpreter", container: { type: "auto" } };
  const own = { type: "function", name: "f", parameters: { type: "object" } };
  const ask = (...tools: JsonObject[]) => carry(responses, chat, { input: "Hello", tools });

  it("are left out beside the client's own, and refused where they are all", () => {
    expect(ask(hosted, own).warnings).toEqual(["dropped=tools.code_interpreter"]);
    expect(faultOf(() => ask(hosted))).toBe("unsupported_feature tools.code_interpreter");
  });
});

it("the tools that may be called are all that Anthropic's models see", () => {
  const tools = [FUNCTION, { type: "function", function: { name: "g", parameters: { type: "object" } } }];
  const allowed = (mode: string) => ({
    type: "allowed_tools",
    allowed_tools: { mode, tools: [{ type: "function", function: { name: "g" } }] },
  });
  const { body } = toMessages({ tools, tool_choice: allowed("auto") });
  expect(objectsOf(body["tools"]).map(({ name }) => name)).toEqual(["g"]);
  expect(body["tool_choice"]).toEqual({ type: "auto" });
});

describe("a picture that the model made", () => {
  const picture = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
  const conversation = [
    { role: "user", content: "Draw" },
    { role: "assistant", content: null, images: [picture] },
    { role: "user", content: "Bluer" },
  ];

  it("comes back to the vendors that take none from the model with what the user says next", () => {
    expect(toMessages({ messages: conversation }).body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Draw" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
          { type: "text", text: "Bluer" },
        ],
      },
    ]);
    const { body } = carry(chat, responses, { messages: conversation.slice(0, 2) });
    expect(objectsOf(body["input"]).at(-1)).toMatchObject({
      role: "user",
      content: [{ type: "input_image", image_url: "data:image/png;base64,AAAA" }],
    });
  });

  it("comes back to Google as it came", () => {
    const { body } = carry(chat, generateContent, { messages: conversation });
    expect(objectsOf(body["contents"])[1]).toEqual({
      role: "model",
      parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }],
    });
  });

  it("is counted as a picture, not as its letters", () => {
    const long = { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(5000)}` } };
    const { demand } = readRequest(chat, { messages: [{ role: "assistant", content: "", images: [long] }] });
    expect(demand.promptBytes).toBeLessThan(1000);
    expect(demand.needs.get("image")).toBe(1);
    const call = { type: "image_generation_call", result: "A".repeat(5000) };
    const asked = readRequest(responses, { input: [{ role: "user", content: "x" }, call] }).demand;
    expect(asked.promptBytes).toBeLessThan(1000);
    expect(asked.needs.get("image")).toBe(1);
  });
});

describe("a completion over another wire than chat", () => {
  const steps = (body: JsonObject, stream: boolean) =>
    carry(completions, messages, { prompt: "Say", ...body }, { stream });

  it("is asked as one message of the user", () => {
    const { body, warnings } = steps({ max_tokens: 9, tools: [FUNCTION], seed: 5 }, false);
    expect(body["messages"]).toEqual([{ role: "user", content: [{ type: "text", text: "Say" }] }]);
    expect(warnings.toSorted()).toEqual(["dropped=seed", "dropped=tools"]);
    expect(faultOf(() => steps({ suffix: "x" }, false))).toBe("unsupported_feature suffix");
  });

  it("is answered in text", () => {
    const carried = steps({ echo: true }, true);
    for (const [type, members] of [
      ["message_start", { message: { id: "m", usage: { input_tokens: 1, output_tokens: 1 } } }],
      ["content_block_start", { index: 0, content_block: { type: "text", text: "" } }],
      ["content_block_delta", { index: 0, delta: { type: "text_delta", text: "Hi" } }],
      ["content_block_stop", { index: 0 }],
      ["message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }],
      ["message_stop", {}],
    ] as const)
      carried.frame(frame({ type, ...members }, type));
    const chunks = new FrameReader()
      .feed(carried.close(() => ({})))
      .flatMap(({ data }) => (data === "[DONE]" ? [] : [JSON.parse(data) as JsonObject]));
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(["text_completion"]));
    const choices = chunks.flatMap((one) => objectsOf(one["choices"]));
    expect(choices.map(({ text }) => text).join("")).toBe("SayHi");
    expect(choices.at(-1)).toMatchObject({ finish_reason: "stop" });
  });
});

it("calls of OpenAI's own tools are left out by name, and so are their results", () => {
  const input = [
    { role: "user", content: "List" },
    {
      type: "local_shell_call",
      id: "ls_1",
      call_id: "a",
      status: "completed",
      action: { type: "exec", command: ["ls"] },
    },
    { type: "function_call_output", call_id: "a", output: "files" },
    { role: "user", content: "And now?" },
  ];
  const { body, warnings } = carry(responses, chat, { input });
  expect(objectsOf(body["messages"]).map(({ content }) => content)).toEqual(["List", "And now?"]);
  expect(warnings).toEqual(["dropped=input.local_shell_call", "dropped=input.function_call_output"]);
});
