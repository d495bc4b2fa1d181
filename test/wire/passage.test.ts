import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { WIRES } from "../../src/wire/index.ts";
import { passage, wiresServing, type Passage } from "../../src/wire/passage.ts";
import type { Target } from "../../src/wire/types.ts";
import { frame, MATCH, TARGET } from "./support.ts";

const { "openai.chat": chat, "openai.completions": completions } = WIRES;

const counted = () => ({ input: 3, output: 4 });
const MESSAGES = [{ role: "user", content: "Hello" }];

function carry(body: JsonObject, upstream: string, target: Partial<Target> = {}): Passage {
  const wire = body["messages"] === undefined ? completions : chat;
  const upstreamWire = Object.values(WIRES).find(({ name }) => name === upstream) ?? chat;
  const carried = passage(wire.read(jsonPayload(body), MATCH), upstreamWire, { ...TARGET, ...target });
  if (carried === undefined) throw new Error("nothing carries it");
  return carried;
}

function sent({ payload }: Passage): JsonObject {
  if (payload.kind !== "json") throw new Error("no JSON");
  expect(JSON.parse(payload.text)).toEqual(payload.value);
  return payload.value;
}

function answerOf(carried: Passage): JsonObject {
  const payload = carried.answer(counted);
  if (payload.kind !== "json") throw new Error("no JSON");
  return JSON.parse(payload.text) as JsonObject;
}

function streamed(carried: Passage, ...chunks: unknown[]): string {
  const text = chunks.map((data) => {
    carried.frame(frame(data));
    return carried.takeText();
  });
  return text.join("") + carried.close(counted);
}

const delta = (content: string, finishReason: string | null = null) => ({
  id: "c1",
  created: 9,
  choices: [{ index: 0, delta: { content }, finish_reason: finishReason }],
});

describe("the wires that serve a client's", () => {
  it("are the wire itself first, then the wires that an adapter carries it over, if they are registered", () => {
    expect(wiresServing(chat, WIRES)).toEqual([
      "openai.chat",
      "openai.images",
      "openai.responses",
      "anthropic.messages",
      "gemini.generate",
    ]);
    expect(wiresServing(completions, WIRES)).toEqual([
      "openai.completions",
      "openai.chat",
      "openai.images",
      "openai.responses",
      "anthropic.messages",
      "gemini.generate",
    ]);
    expect(wiresServing(completions, { "openai.chat": chat })).toEqual(["openai.chat"]);
  });

  it("are no others", () => {
    const request = chat.read(jsonPayload({ messages: MESSAGES }), MATCH);
    expect(passage(request, completions, TARGET)).toBeUndefined();
  });
});

describe("a request over its own wire", () => {
  it("keeps its text, but for the named edits", () => {
    const text =
      '{ "model" : "public","messages":[ {"role":"user","content":"\\u00e9", "of_tomorrow": 1e400} ], "seed": 9223372036854775807, "provider": {"sort":"price"},\n "n":1.0}';
    const request = chat.read(jsonPayload(JSON.parse(text) as JsonObject, text), MATCH);
    const { payload } = passage(request, chat, TARGET) ?? {};
    expect(payload?.kind === "json" && payload.text).toBe(
      '{ "model" : "upstream-model","messages":[ {"role":"user","content":"\\u00e9", "of_tomorrow": 1e400} ], "seed": 9223372036854775807,\n "n":1.0,"stream":false}',
    );
  });

  it("asks for usage in a stream where the route accepts that, and keeps other options", () => {
    const options = { include_obfuscation: false };
    const body = { messages: MESSAGES, stream_options: options };
    expect(sent(carry(body, "openai.chat", { stream: true }))["stream_options"]).toEqual({
      ...options,
      include_usage: true,
    });
    const plain = carry({ messages: MESSAGES }, "openai.chat", { stream: true });
    expect(sent(plain)["stream_options"]).toEqual({ include_usage: true });
    expect(sent(carry(body, "openai.chat", { stream: true, asksUsage: false }))).not.toHaveProperty("stream_options");
    expect(sent(carry(body, "openai.chat"))).not.toHaveProperty("stream_options");
    expect(body.stream_options, "another attempt will send the same body").toEqual({ include_obfuscation: false });
  });

  it("has the cap that its account can pay for in the field that the route's model obeys", () => {
    const outputCap = { field: "max_completion_tokens", tokens: 50 };
    expect(sent(carry({ messages: MESSAGES }, "openai.chat", { outputCap }))).toMatchObject({
      max_completion_tokens: 50,
    });
    const both = { messages: MESSAGES, max_tokens: 9000, max_completion_tokens: 8000 };
    expect(sent(carry(both, "openai.chat", { outputCap })), "upstreams refuse two caps").toEqual({
      ...sent(carry({ messages: MESSAGES }, "openai.chat")),
      max_completion_tokens: 50,
    });
  });

  it("has its cap in that field alone, whichever field the client used", () => {
    const outputCap = { field: "max_tokens", tokens: 50 };
    for (const caps of [{ max_completion_tokens: 50 }, { max_tokens: 9, max_completion_tokens: 50 }]) {
      const body = sent(carry({ messages: MESSAGES, ...caps }, "openai.chat", { outputCap }));
      expect(body["max_tokens"]).toBe(50);
      expect(body).not.toHaveProperty("max_completion_tokens");
    }
  });
});

describe("an answer", () => {
  it("that is whole is given as a stream to a client that asked for one", () => {
    const carried = carry({ messages: MESSAGES }, "openai.chat", { stream: true });
    carried.whole(jsonPayload({ ...delta(""), choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] }));
    expect(carried.streams).toBe(true);
    const text = carried.close(counted);
    expect(text).toMatch(/^(data: [^\n]+\n\n)+$/);
    expect(text).toMatch(/"content":"Hi".*\n\n.*"finish_reason":"stop".*\n\ndata: \[DONE\]\n\n$/);
  });

  it("that the gateway ends finishes as at a cap, each choice that is open", () => {
    const carried = carry({ messages: MESSAGES, n: 2 }, "openai.chat", { stream: true });
    carried.frame(frame(delta("Hel")));
    carried.frame(frame({ choices: [{ index: 1, delta: { content: "Bye" }, finish_reason: "stop" }] }));
    carried.takeText();
    const text = carried.cut() + carried.close(counted);
    expect(text.match(/"finish_reason":"\w+"/g)).toEqual(['"finish_reason":"stop"', '"finish_reason":"length"']);
    expect(text).toMatch(/"index":0[^\n]*"finish_reason":"length"[^\n]*\n\ndata: \[DONE\]\n\n$/);
    const silent = carry({ messages: MESSAGES }, "openai.chat", { stream: true });
    expect(silent.cut() + silent.close(counted)).toMatch(/"index":0[^\n]*"finish_reason":"length"/);
  });

  it("that is a stream is given whole to a client that asked for no stream", () => {
    const carried = carry({ messages: MESSAGES }, "openai.chat");
    for (const chunk of [delta("Hel"), delta("lo"), delta("", "stop")]) carried.frame(frame(chunk));
    expect(carried.takeText()).toBe("");
    expect(answerOf(carried)).toMatchObject({
      id: "c1",
      object: "chat.completion",
      model: "public",
      choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    });
  });

  it("without edits keeps its text, whole and in pieces", () => {
    const whole =
      '{ "id":"c1","object":"chat.completion","created":9,"model":"public","seed":9223372036854775807,"choices":[{"index":0,"message":{"role":"assistant","content":"\\u00e9"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1, "completion_tokens":1}}';
    const carried = carry({ messages: MESSAGES }, "openai.chat");
    carried.whole(jsonPayload(JSON.parse(whole) as JsonObject, whole));
    expect(carried.answer(counted)).toMatchObject({ kind: "json", text: whole });

    const piece =
      '{"id":"c1","object":"chat.completion.chunk","created":9,"model":"public", "seed":9223372036854775807,"choices":[{"index":0,"delta":{"role":"assistant","content":"\\u00e9"},"finish_reason":null}]}';
    const streaming = carry({ messages: MESSAGES }, "openai.chat", { stream: true });
    streaming.frame({ data: piece });
    expect(streaming.takeText()).toBe(`data: ${piece}\n\n`);
  });
});

describe("a completion over chat", () => {
  it("is asked as chat, keeping its other fields' text, and answered as a completion", () => {
    const text = '{"prompt":"Hello","seed":9223372036854775807,"stop":["a"]}';
    const request = completions.read(jsonPayload(JSON.parse(text) as JsonObject, text), MATCH);
    const carried = passage(request, chat, TARGET);
    expect(carried?.address.path).toBe("/chat/completions");
    expect(carried?.payload.kind === "json" && carried.payload.text).toBe(
      '{"seed":9223372036854775807,"stop":["a"],"messages":[{"role":"user","content":"Hello"}],"model":"upstream-model","stream":false}',
    );
    carried?.whole(jsonPayload({ choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] }));
    expect(carried && answerOf(carried)).toMatchObject({
      object: "text_completion",
      choices: [{ index: 0, text: "Hi", finish_reason: "stop" }],
    });
  });

  it("streams, echo and all", () => {
    const carried = carry({ prompt: "Hello ", echo: true }, "openai.chat", { stream: true });
    const text = streamed(carried, delta("Wor"), delta("ld"), "[DONE]");
    const chunks = text
      .split("\n\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice("data: ".length)) as { object: string; choices: { text: string }[] });
    expect(chunks.map(({ choices }) => choices[0]?.text).join("")).toBe("Hello World");
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(["text_completion"]));
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: "stop" }] });
  });
});
