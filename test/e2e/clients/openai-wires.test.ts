/** The SDK of OpenAI against upstreams of every wire. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../../wire/matrix/streams.ts";
import { failureOf } from "./stage.ts";
import { SDKS } from "./openai-sdks.ts";
import { modelOver, startWires, UPSTREAM_WIRES, type WireStage } from "./wires.ts";

let stage: WireStage;

beforeAll(async () => {
  stage = await startWires();
});
afterAll(async () => stage.close());

const TOKENS = { prompt: 20, cached: 4, output: 9, thoughts: 3 };
const HI: Answer = { said: [{ text: "Hi there" }], ends: "stop", tokens: TOKENS };
const USAGE = {
  prompt_tokens: 20,
  completion_tokens: 9,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 3 },
};
const call = (id: string, city: string) => ({ id, name: "weather", input: JSON.stringify({ city }) });
const WEATHER: OpenAI.ChatCompletionTool = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};
const hello = (wire: string) => ({
  model: modelOver(wire),
  messages: [{ role: "user" as const, content: "Hello" }],
});

describe.each(SDKS)("%s", (_name, Sdk) => {
  let client: OpenAI;
  beforeAll(() => {
    client = new Sdk({ apiKey: stage.gateway.key, baseURL: `${stage.gateway.url}/v1`, maxRetries: 0 });
  });

  describe.each(UPSTREAM_WIRES)("over %s", (wire) => {
    it("completes a prompt", async () => {
      stage.answer(wire, HI);
      const asked = { model: modelOver(wire), prompt: "Hello", max_tokens: 500, stop: ["END"] };
      const answer = await client.completions.create(asked);
      expect(answer).toMatchObject({
        object: "text_completion",
        model: modelOver(wire),
        choices: [{ index: 0, text: "Hi there", finish_reason: "stop" }],
        usage: { prompt_tokens: 20, completion_tokens: 9 },
      });
      expect(JSON.stringify(stage.sent().body)).toContain("Hello");
      const pieces: string[] = [];
      for await (const { choices } of await client.completions.create({ ...asked, echo: true, stream: true }))
        pieces.push(choices[0]?.text ?? "");
      expect(pieces.join("")).toBe("HelloHi there");
      expect(pieces.length).toBeGreaterThan(2);
    });

    it("gets a whole answer", async () => {
      stage.answer(wire, HI);
      const answer = await client.chat.completions.create(hello(wire));
      expect(answer, JSON.stringify(answer)).toMatchObject({
        object: "chat.completion",
        model: modelOver(wire),
        choices: [{ index: 0, message: { role: "assistant", content: "Hi there" }, finish_reason: "stop" }],
        usage: USAGE,
      });
    });

    it.each([false, true])("gets a stream, with a chunk for the usage: %s", async (include) => {
      stage.answer(wire, HI);
      const options = { stream: true, stream_options: { include_usage: include } } as const;
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of await client.chat.completions.create({ ...hello(wire), ...options }))
        chunks.push(chunk);
      const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
      expect(text).toBe("Hi there");
      expect(chunks.filter(({ choices }) => choices.length === 0).length).toBe(include ? 1 : 0);
      expect(chunks.map(({ usage }) => usage).findLast((usage) => usage)).toMatchObject(USAGE);
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    });

    it("calls two tools at once in a stream, and gets their results back", async () => {
      const said = [{ call: call("call_a", "Boston") }, { call: call("call_b", "Paris") }];
      stage.answer(wire, { said, ends: "tools", tokens: TOKENS });
      const asked = { ...hello(wire), tools: [WEATHER] };
      const first = await client.chat.completions.stream(asked).finalChatCompletion();
      const message = first.choices[0]?.message;
      expect(message?.tool_calls, JSON.stringify(first)).toMatchObject([
        { id: "call_a", type: "function", function: { name: "weather", arguments: '{"city":"Boston"}' } },
        { id: "call_b", type: "function", function: { name: "weather", arguments: '{"city":"Paris"}' } },
      ]);
      expect(first.choices[0]?.finish_reason).toBe("tool_calls");
      if (message === undefined) throw new Error("no message");
      stage.answer(wire, HI);
      const results = ["call_a", "call_b"].map((id) => ({
        role: "tool" as const,
        tool_call_id: id,
        content: `of ${id}`,
      }));
      const second = await client.chat.completions.create({
        ...asked,
        messages: [...asked.messages, message, ...results],
      });
      expect(second.choices[0]?.message.content).toBe("Hi there");
      expect(JSON.stringify(stage.sent().body)).toMatch(/of call_a.*of call_b/);
    });

    it("gets what an upstream refuses as an error", async () => {
      stage.upstream.script(`upstream-${wire.replace(".", "-")}`, (exchange) =>
        exchange.json({ type: "error", error: { type: "invalid_request_error", message: "The prompt is odd." } }, 400),
      );
      const error = await failureOf(client.chat.completions.create(hello(wire)));
      expect(error).toBeInstanceOf(Sdk.BadRequestError);
      expect(String(error)).toContain("The prompt is odd.");
    });
  });

  it("is told what the upstream's wire cannot carry", async () => {
    stage.answer("anthropic.messages", HI);
    const asked = { ...hello("anthropic.messages"), seed: 1, logit_bias: { 5: 1 }, frequency_penalty: 0.5 };
    const { response } = await client.chat.completions.create(asked).withResponse();
    const warnings = (response.headers.get("x-gateway-warnings") ?? "").split(", ");
    expect(warnings.toSorted()).toEqual(["dropped=frequency_penalty", "dropped=logit_bias", "dropped=seed"]);
    const error = await failureOf(client.chat.completions.create({ ...hello("anthropic.messages"), n: 2 }));
    expect(error).toBeInstanceOf(Sdk.BadRequestError);
    expect(error).toMatchObject({ param: "n", code: "unsupported_parameter" });
  });
});
