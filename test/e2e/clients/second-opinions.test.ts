/** Clients that are not the vendors' own, each with the wire of one vendor, over upstreams of every wire. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenResponses } from "@ai-sdk/open-responses";
import { createOpenAI } from "@ai-sdk/openai";
import { ChatAnthropic } from "@langchain/anthropic";
import { HumanMessage } from "@langchain/core/messages";
import { tool as langchainTool } from "@langchain/core/tools";
import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, tool, type LanguageModel } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Answer } from "../../wire/matrix/streams.ts";
import { collect, failureOf } from "./stage.ts";
import { modelOver, startWires, UPSTREAM_WIRES, type WireStage } from "./wires.ts";

let stage: WireStage;
beforeAll(async () => {
  stage = await startWires();
});
afterAll(async () => stage.close());

const TOKENS = { prompt: 20, cached: 4, output: 9, thoughts: 3 };
const HI: Answer = { said: [{ text: "Hi there, how are you?" }], ends: "stop", tokens: TOKENS };
const CALL: Answer = {
  said: [{ thought: "Look it up." }, { call: { id: "call_a", name: "weather", input: '{"city":"Boston"}' } }],
  ends: "tools",
  tokens: TOKENS,
};

type Provider = (url: string, apiKey: string) => (model: string) => LanguageModel;

const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: (url, apiKey) => (model) => createOpenAI({ apiKey, baseURL: `${url}/v1` }).responses(model),
  "openai.chat": (url, apiKey) => (model) => createOpenAI({ apiKey, baseURL: `${url}/v1` }).chat(model),
  anthropic: (url, apiKey) => createAnthropic({ apiKey, baseURL: `${url}/v1` }),
  google: (url, apiKey) => createGoogle({ apiKey, baseURL: `${url}/v1beta` }),
  "open-responses": (url, apiKey) => createOpenResponses({ name: "gateway", apiKey, url: `${url}/v1/responses` }),
};

const weather = tool({
  description: "The weather now",
  inputSchema: jsonSchema<{ city: string }>({ type: "object", properties: { city: { type: "string" } } }),
  execute: async ({ city }) => `22 degrees in ${city}`,
});

describe.each(Object.keys(PROVIDERS))("the AI SDK's provider %s", (name) => {
  const modelOf = (id: string) => PROVIDERS[name]?.(stage.gateway.url, stage.gateway.key)(id) as LanguageModel;

  describe.each(UPSTREAM_WIRES)("over %s", (wire) => {
    const common = () => ({ model: modelOf(modelOver(wire)), maxRetries: 0 });

    it("generates text", async () => {
      stage.answer(wire, HI);
      const answer = await generateText({ ...common(), instructions: "Be brief.", prompt: "Hello" });
      expect(answer.text).toBe("Hi there, how are you?");
      expect(answer.finishReason).toBe("stop");
      expect(answer.usage).toMatchObject({ inputTokens: 20, outputTokens: 9 });
    });

    it("streams text", async () => {
      stage.answer(wire, HI);
      const answer = streamText({ ...common(), prompt: "Hello" });
      const pieces = await collect(answer.textStream);
      expect(pieces.join("")).toBe("Hi there, how are you?");
      expect(pieces.length).toBeGreaterThan(2);
      expect(await answer.finishReason).toBe("stop");
      expect(await answer.usage).toMatchObject({ inputTokens: 20, outputTokens: 9 });
    });

    it.each([false, true])("runs a tool in a loop, stream %s", async (stream) => {
      stage.answer(wire, CALL);
      const asked = {
        ...common(),
        prompt: "How is it in Boston?",
        tools: { weather },
        stopWhen: isStepCount(2),
        onStepFinish: () => stage.answer(wire, HI),
      };
      const text = stream ? await streamText(asked).text : (await generateText(asked)).text;
      expect(text).toBe("Hi there, how are you?");
      expect(JSON.stringify(stage.sent().body)).toContain("22 degrees in Boston");
    });

    it("gets an object", async () => {
      stage.answer(wire, { ...HI, said: [{ text: '{"city":"Boston"}' }] });
      const schema = jsonSchema<{ city: string }>({
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
        additionalProperties: false,
      });
      const { output } = await generateText({ ...common(), prompt: "Where?", output: Output.object({ schema }) });
      expect(output).toEqual({ city: "Boston" });
      // Google's own format has no strict mode, and some providers put the schema into a tool.
      expect(JSON.stringify(stage.sent().body)).toContain("city");
    });
  });

  it("throws its own error, with our message", async () => {
    const error = await failureOf(generateText({ model: modelOf("no-such-model"), prompt: "Hello", maxRetries: 0 }));
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 404, message: expect.stringContaining("no-such-model") as string });
  });
});

describe.each(UPSTREAM_WIRES)("LangChain's ChatAnthropic over %s", (wire) => {
  const chat = () =>
    new ChatAnthropic({
      model: modelOver(wire),
      apiKey: stage.gateway.key,
      anthropicApiUrl: stage.gateway.url,
      maxRetries: 0,
    });

  it("invokes", async () => {
    stage.answer(wire, HI);
    const answer = await chat().invoke("Hello");
    expect(answer.text).toBe("Hi there, how are you?");
    expect(answer.usage_metadata).toMatchObject({ output_tokens: 9 });
  });

  it("streams", async () => {
    stage.answer(wire, HI);
    const pieces = await collect(await chat().stream("Hello"));
    expect(pieces.map(({ text }) => text).join("")).toBe("Hi there, how are you?");
    expect(pieces.length).toBeGreaterThan(2);
  });

  it("calls a tool, and sends its result", async () => {
    const lookUp = langchainTool(({ city }) => `22 degrees in ${city}`, {
      name: "weather",
      description: "The weather now",
      schema: z.object({ city: z.string() }),
    });
    const asked = new HumanMessage("How is it in Boston?");
    stage.answer(wire, CALL);
    const answer = await chat().bindTools([lookUp]).invoke([asked]);
    const [called] = answer.tool_calls ?? [];
    expect(called).toMatchObject({ name: "weather", args: { city: "Boston" } });
    stage.answer(wire, HI);
    const result = await lookUp.invoke({ ...called, name: "weather", type: "tool_call", args: { city: "Boston" } });
    await chat().bindTools([lookUp]).invoke([asked, answer, result]);
    expect(JSON.stringify(stage.sent().body)).toContain("22 degrees in Boston");
  });
});
