import { AIMessage, HumanMessage, SystemMessage, type ToolMessage, type UsageMetadata } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { chunk } from "../../support/upstream.ts";
import { collect, echoOf, failureOf, SCRIPT, SCRIPTED, startStage, SURFACES, type Stage } from "./stage.ts";

const weather = tool(({ location }) => `22 degrees in ${location}`, {
  name: "get_current_weather",
  description: "The weather now",
  schema: z.object({ location: z.string(), unit: z.enum(["celsius", "fahrenheit"]) }),
});

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage.close();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** LangChain's types lose this field under `exactOptionalPropertyTypes`. */
const usageOf = (message: { usage_metadata?: unknown }) => message.usage_metadata as UsageMetadata | undefined;

/** Where LangChain decides to stream by itself, it counts tokens with a tokenizer that it looks up on the web. */
function withoutTokenizer(): void {
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) =>
    url.startsWith("https://tiktoken.") ? Response.json({}) : fetch(url, init),
  );
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
}

describe.each(SURFACES)("LangChain's ChatOpenAI on %s", (surface) => {
  const chat = (fields: ChatOpenAIFields = {}) =>
    new ChatOpenAI({
      model: "auto",
      apiKey: stage.gateway.key,
      maxRetries: 0,
      configuration: { baseURL: stage.gateway.url + surface },
      ...fields,
    });

  it("invokes, and learns the model and the usage", async () => {
    const answer = await chat().invoke([new SystemMessage("Be brief."), new HumanMessage("Hello!")]);
    expect(answer.content, JSON.stringify(answer)).toBe(echoOf("Hello!"));
    expect(answer.response_metadata, JSON.stringify(answer)).toMatchObject({
      finish_reason: "stop",
      model_name: "deepseek-v4-flash",
    });
    const { input_tokens, output_tokens, total_tokens } = usageOf(answer) ?? {};
    expect(input_tokens, JSON.stringify(answer)).toBeGreaterThan(0);
    expect(output_tokens, JSON.stringify(answer)).toBeGreaterThan(0);
    expect(total_tokens).toBe((input_tokens ?? 0) + (output_tokens ?? 0));
  });

  it("takes 'streaming' and a temperature", async () => {
    withoutTokenizer();
    const answer = await chat({ streaming: true, temperature: 0.7 }).invoke("Hello!");
    expect(answer.content, JSON.stringify(answer)).toBe(echoOf("Hello!"));
  });

  it.each([true, false])("streams, with usage asked for: %s", async (streamUsage) => {
    const pieces = await collect(await chat({ streamUsage }).stream("Hello!"));
    const said = JSON.stringify(pieces);
    expect(pieces.map((piece) => piece.text).join(""), said).toBe(echoOf("Hello!"));
    expect(pieces.length, said).toBeGreaterThan(3);
    const whole = pieces.reduce((sum, piece) => sum.concat(piece));
    expect(whole.response_metadata["finish_reason"], said).toBe("stop");
    expect(usageOf(whole)?.total_tokens, said).toBeGreaterThan(0);
  });

  it("calls a tool and goes on with its result", async () => {
    const model = chat().bindTools([weather]);
    const question = new HumanMessage("What is the weather in Boston?");
    const asked = await model.invoke([question]);
    expect(asked.tool_calls, JSON.stringify(asked)).toMatchObject([
      { name: "get_current_weather", args: { location: "Boston", unit: "celsius" }, id: expect.any(String) },
    ]);
    const [call] = asked.tool_calls ?? [];
    if (call === undefined) throw new Error(JSON.stringify(asked));
    const result: ToolMessage = await weather.invoke({ ...call, type: "tool_call" });
    const answered = await model.invoke([question, asked, result]);
    expect(answered.content, JSON.stringify(answered)).toBe("The tool answered: 22 degrees in Boston");
  });

  it("assembles a streamed tool call", async () => {
    const pieces = await collect(await chat().bindTools([weather]).stream("What is the weather in Boston?"));
    const whole = pieces.reduce((sum, piece) => sum.concat(piece));
    expect(whole.tool_calls, JSON.stringify(pieces)).toMatchObject([
      { name: "get_current_weather", args: { location: "Boston", unit: "celsius" } },
    ]);
  });

  it.each(["jsonSchema", "functionCalling"] as const)("gives structured output by %s", async (method) => {
    const City = z.object({ city: z.string(), population: z.number().int() });
    const answer = await chat({ model: "gpt-4o" })
      .withStructuredOutput(City, { name: "city", method })
      .invoke("Where?");
    expect(answer).toEqual({ city: "Boston", population: 42 });
  });

  it("carries a conversation", async () => {
    const history = [new HumanMessage("One"), new AIMessage("Two"), new HumanMessage("三")];
    expect((await chat({ model: "gpt-4o-mini" }).invoke(history)).content).toBe(echoOf("三"));
  });

  it("fails with the gateway's message", async () => {
    const error = await failureOf(chat({ model: "gpt-nowhere" }).invoke("Hello!"));
    expect(error, String(error)).toMatchObject({ code: "model_not_found", status: surface === "/v1" ? 404 : 400 });
    expect(String(error)).toContain("gpt-nowhere");
  });

  it("fails in a stream that breaks", async () => {
    stage.upstream.script(SCRIPT, (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ role: "assistant", content: "Half " }));
      exchange.response.end();
    });
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of await chat({ model: SCRIPTED }).stream("Hello!")) pieces.push(piece.text);
    })();
    expect(await failureOf(reading)).toMatchObject({ code: "bad_gateway" });
    expect(pieces.join("")).toBe("Half ");
  });
});
