/** Anthropic's own SDK against upstreams of every wire. */
import Anthropic, { APIError, AuthenticationError, BadRequestError, NotFoundError } from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../../wire/matrix/streams.ts";
import { failureOf } from "./stage.ts";
import { beginningOf, modelOver, startWires, UPSTREAM_WIRES, type WireStage } from "./wires.ts";

let stage: WireStage;
let client: Anthropic;

beforeAll(async () => {
  stage = await startWires();
  client = new Anthropic({ apiKey: stage.gateway.key, baseURL: stage.gateway.url, maxRetries: 0 });
});
afterAll(async () => stage.close());

const TOKENS = { prompt: 20, cached: 4, output: 9, thoughts: 0 };
const HI: Answer = { said: [{ text: "Hi there" }], ends: "stop", tokens: TOKENS };
const CALL = { id: "call_a", name: "weather", input: '{"city":"Boston"}' };
const WEATHER: Anthropic.Tool = {
  name: "weather",
  description: "Now",
  input_schema: { type: "object", properties: { city: { type: "string" } } },
};
const hello = (wire: string) => ({
  model: modelOver(wire),
  max_tokens: 1000,
  messages: [{ role: "user" as const, content: "Hello" }],
});

describe.each(UPSTREAM_WIRES)("over %s", (wire) => {
  it("gets a whole message, with the tokens that the upstream counted", async () => {
    stage.answer(wire, HI);
    const { data, response, request_id: id } = await client.messages.create(hello(wire)).withResponse();
    expect(data, JSON.stringify(data)).toMatchObject({
      type: "message",
      role: "assistant",
      model: modelOver(wire),
      content: [{ type: "text", text: "Hi there" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 16, cache_read_input_tokens: 4, output_tokens: 9 },
    });
    expect(id).toMatch(/^req_/);
    expect(response.headers.get("x-gateway-model")).toBe(modelOver(wire));
  });

  it("gets a stream, event by event", async () => {
    stage.answer(wire, HI);
    const stream = client.messages.stream(hello(wire));
    const texts: string[] = [];
    stream.on("text", (text) => texts.push(text));
    const message = await stream.finalMessage();
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join("")).toBe("Hi there");
    expect(message, JSON.stringify(message)).toMatchObject({
      content: [{ type: "text", text: "Hi there" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 16, output_tokens: 9 },
    });
  });

  it.each([false, true])("calls a tool and gets its result back, stream %s", async (streams) => {
    stage.answer(wire, { said: [{ text: "Let me see." }, { call: CALL }], ends: "tools", tokens: TOKENS });
    const asked = { ...hello(wire), tools: [WEATHER] };
    const first = streams ? await client.messages.stream(asked).finalMessage() : await client.messages.create(asked);
    expect(first, JSON.stringify(first)).toMatchObject({
      content: [
        { type: "text", text: "Let me see." },
        { type: "tool_use", id: "call_a", name: "weather", input: { city: "Boston" } },
      ],
      stop_reason: "tool_use",
    });
    stage.answer(wire, HI);
    const result = { type: "tool_result" as const, tool_use_id: "call_a", content: "sunny" };
    const second = await client.messages.create({
      ...asked,
      messages: [...asked.messages, { role: "assistant", content: first.content }, { role: "user", content: [result] }],
    });
    expect(second.content).toMatchObject([{ type: "text", text: "Hi there" }]);
    expect(JSON.stringify(stage.sent().body)).toContain("sunny");
  });

  it("is told of an upstream that breaks off, as an error of its own kind", async () => {
    stage.upstream.script(`upstream-${wire.replace(".", "-")}`, (exchange) => {
      exchange.openStream();
      exchange.write(beginningOf(wire));
      setTimeout(() => exchange.reset(), 50);
    });
    const error = await failureOf(client.messages.stream(hello(wire)).finalMessage());
    expect(error).toBeInstanceOf(APIError);
    expect(String(error)).toMatch(/api_error|broke|upstream/);
  });

  it("counts tokens for nothing", async () => {
    const { input_tokens: tokens } = await client.messages.countTokens({
      model: modelOver(wire),
      messages: [{ role: "user", content: "How many tokens is this text?" }],
    });
    expect(tokens).toBeGreaterThan(4);
    expect(tokens).toBeLessThan(20);
  });
});

// Google's signatures are for calls alone, and OpenAI's thoughts are sealed as a whole.
describe.each(["openai.chat", "anthropic.messages"])("over %s", (wire) => {
  it("gets thoughts with their signature, and may give them back", async () => {
    const said = [{ thought: "Hm, so.", proof: "EqQB" }, { call: CALL }];
    stage.answer(wire, { said, ends: "tools", tokens: { ...TOKENS, thoughts: 3 } });
    const thinking = { type: "enabled" as const, budget_tokens: 1024 };
    const asked = { ...hello(wire), max_tokens: 4000, thinking, tools: [WEATHER] };
    const first = await client.messages.stream(asked).finalMessage();
    expect(first.content, JSON.stringify(first)).toMatchObject([
      { type: "thinking", thinking: "Hm, so.", signature: "EqQB" },
      { type: "tool_use" },
    ]);
    stage.answer(wire, HI);
    const result = { type: "tool_result" as const, tool_use_id: "call_a", content: "sunny" };
    const messages = [
      ...asked.messages,
      { role: "assistant" as const, content: first.content },
      { role: "user" as const, content: [result] },
    ];
    await client.messages.create({ ...asked, messages });
    expect(JSON.stringify(stage.sent().body)).toContain("EqQB");
  });
});

it.each(["auto", "claude-sonnet-5-20260101"])("%s is served by any model that fits", async (model) => {
  stage.answer("openai.chat", HI);
  const message = await client.messages.create({ ...hello("openai.chat"), model });
  expect(message.content).toMatchObject([{ type: "text", text: "Hi there" }]);
  expect(message.model).toBe(modelOver("openai.chat"));
});

describe("an upstream of Anthropic", () => {
  it("gets the key, the version and the allowed betas, and nothing else of the client", async () => {
    stage.answer("anthropic.messages", HI);
    await client.messages.create(
      { ...hello("anthropic.messages"), metadata: { user_id: "me@example.com" } },
      { headers: { "anthropic-beta": "interleaved-thinking-2025-05-14,files-api-2025-04-14", "x-custom": "mine" } },
    );
    const { headers, body, path } = stage.sent();
    expect(path).toBe("/v1/messages");
    expect(headers["x-api-key"]).toBe("credential-of-anthropic-messages");
    expect(headers["anthropic-version"]).toBe("2023-06-01");
    expect(headers["anthropic-beta"]).toBe("interleaved-thinking-2025-05-14");
    expect(JSON.stringify(headers)).not.toMatch(/mine|stainless/i);
    expect(JSON.stringify(body)).not.toContain("me@example.com");
  });
});

describe("errors", () => {
  it.each<[string, Record<string, unknown>, new (...args: never[]) => Error, RegExp]>([
    ["an unknown model", { model: "nobody" }, NotFoundError, /not_found_error/],
    ["no cap", { max_tokens: undefined }, BadRequestError, /max_tokens/],
    ["no messages", { messages: [] }, BadRequestError, /messages/],
    [
      "an unknown block",
      { messages: [{ role: "user", content: [{ type: "hologram" }] }] },
      BadRequestError,
      /messages\[0\]\.content\[0\]\.type/,
    ],
    ["a role", { messages: [{ role: "tool", content: "x" }] }, BadRequestError, /role/],
  ])("%s is an error of the SDK's own class", async (_name, change, kind, words) => {
    const error = await failureOf(client.messages.create({ ...hello("openai.chat"), ...change } as never));
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toMatch(words);
  });

  it("of a wrong key, whichever header it comes in", async () => {
    const wrong = new Anthropic({ apiKey: "sk-wrong", baseURL: stage.gateway.url, maxRetries: 0 });
    expect(await failureOf(wrong.messages.create(hello("openai.chat")))).toBeInstanceOf(AuthenticationError);
    const token = new Anthropic({
      apiKey: null,
      authToken: stage.gateway.key,
      baseURL: `${stage.gateway.url}/v1`,
      maxRetries: 0,
    });
    stage.answer("openai.chat", HI);
    expect((await token.messages.create(hello("openai.chat"))).type).toBe("message");
  });
});
