import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chunk, completion } from "../../support/upstream.ts";
import { collect, echoOf, failureOf, SCRIPT, SCRIPTED, startStage, SURFACES, type Stage } from "./stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage.close();
});

describe.each(SURFACES)("the AI SDK on %s", (surface) => {
  /** What the SDK sent and received last. */
  let sent: { accept: string | null; userAgent: string | null; body: Record<string, unknown> };
  let received: Response;

  const model = (id: string, { includeUsage = false } = {}) =>
    createOpenAICompatible({
      name: "gateway",
      apiKey: stage.gateway.key,
      baseURL: stage.gateway.url + surface,
      includeUsage,
      supportsStructuredOutputs: true,
      fetch: async (url, init) => {
        const headers = new Headers(init?.headers);
        const body = JSON.parse(init?.body as string) as Record<string, unknown>;
        sent = { accept: headers.get("accept"), userAgent: headers.get("user-agent"), body };
        received = await fetch(url, init);
        return received;
      },
    })(id);

  const weather = tool({
    description: "The weather now",
    inputSchema: jsonSchema<{ location: string }>({
      type: "object",
      properties: { location: { type: "string" } },
      required: ["location"],
    }),
    execute: async ({ location }) => `22 degrees in ${location}`,
  });

  it("generates text: it does not say what it accepts, and gets JSON", async () => {
    const answer = await generateText({ model: model("auto"), prompt: "Hello", temperature: 0.7, maxRetries: 0 });
    expect(answer.text, JSON.stringify(answer.response.body)).toBe(echoOf("Hello"));
    expect(answer.finishReason).toBe("stop");
    expect(answer.usage.totalTokens).toBeGreaterThan(0);
    expect(answer.response.modelId).toBe("deepseek-v4-flash");
    expect(received.headers.get("content-type")).toMatch(/^application\/json/);
    expect(sent.body).not.toHaveProperty("stream");
    expect(sent.accept).toBeNull();
    expect(sent.userAgent).toMatch(/\bai-sdk-/);
  });

  it.each([true, false])("streams text, with usage asked for: %s", async (includeUsage) => {
    const answer = streamText({ model: model("auto", { includeUsage }), prompt: "Hello", maxRetries: 0 });
    const pieces = await collect(answer.textStream);
    expect(pieces.join(""), JSON.stringify(pieces)).toBe(echoOf("Hello"));
    expect(pieces.length).toBeGreaterThan(3);
    expect(await answer.finishReason).toBe("stop");
    expect((await answer.usage).totalTokens).toBeGreaterThan(0);
    expect(received.headers.get("content-type")).toMatch(/^text\/event-stream/);
  });

  it("runs a tool in a loop, whole", async () => {
    const answer = await generateText({
      model: model("gpt-4o"),
      prompt: "What is the weather in Boston?",
      tools: { weather },
      stopWhen: isStepCount(2),
      maxRetries: 0,
    });
    expect(answer.text, JSON.stringify(answer.steps)).toBe("The tool answered: 22 degrees in Boston");
    expect(answer.steps[0]?.toolCalls).toMatchObject([{ toolName: "weather", input: { location: "Boston" } }]);
  });

  it("runs a tool in a loop, streaming", async () => {
    const answer = streamText({
      model: model("gpt-4o"),
      prompt: "What is the weather in Boston?",
      tools: { weather },
      stopWhen: isStepCount(2),
      maxRetries: 0,
    });
    expect((await collect(answer.textStream)).join("")).toBe("The tool answered: 22 degrees in Boston");
    const steps = await answer.steps;
    expect(steps.map((step) => step.finishReason)).toEqual(["tool-calls", "stop"]);
    expect(steps[0]?.toolResults).toMatchObject([{ toolName: "weather", output: "22 degrees in Boston" }]);
  });

  it("gets reasoning, whole and streamed", async () => {
    const request = { model: model("deepseek-reasoner"), prompt: "Hello", maxRetries: 0 };
    const whole = await generateText(request);
    expect(whole.finalStep.reasoningText, JSON.stringify(whole.response.body)).toContain("I am a mock");
    const streamed = streamText(request);
    expect(await streamed.text).toBe(echoOf("Hello"));
    expect((await streamed.finalStep).reasoningText).toBe(whole.finalStep.reasoningText);
  });

  it("gets structured output", async () => {
    const schema = jsonSchema<{ city: string }>({
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    });
    const answer = await generateText({
      model: model("gpt-4o"),
      prompt: "Where?",
      output: Output.object({ schema }),
      maxRetries: 0,
    });
    expect(answer.output, answer.text).toEqual({ city: "Boston" });
  });

  it("throws APICallError with the gateway's message", async () => {
    const asked = generateText({ model: model("gpt-nowhere"), prompt: "Hello", maxRetries: 0 });
    const error = await failureOf(asked);
    expect(error, String(error)).toBeInstanceOf(APICallError);
    expect(error).toMatchObject({ statusCode: surface === "/v1" ? 404 : 400, isRetryable: false });
    expect(String(error)).toContain("gpt-nowhere");
  });

  it("reports an error in a stream that breaks, after the text that came", async () => {
    stage.upstream.script(SCRIPT, (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ role: "assistant", content: "Half " }));
      exchange.event({ error: { message: "boom at vendor-host" } });
    });
    const errors: unknown[] = [];
    const answer = streamText({
      model: model(SCRIPTED),
      prompt: "Hello",
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    const parts = await collect(answer.fullStream);
    const said = JSON.stringify(parts);
    expect(parts.map((part) => (part.type === "text-delta" ? part.text : "")).join(""), said).toBe("Half ");
    const words = surface === "/v1" ? "answered with an error" : "模型服务返回错误";
    expect(
      parts.filter((part) => part.type === "error").map(({ error }) => JSON.stringify(error)),
      said,
    ).toEqual([expect.stringContaining(words)]);
    expect(
      errors.map((error) => JSON.stringify(error)),
      said,
    ).toEqual([expect.stringContaining(words)]);
    expect(said).not.toContain("boom");
  });

  it("tries again after a rate limit", async () => {
    const turns = [429, 200];
    stage.upstream.script(SCRIPT, (exchange) => {
      if (turns.shift() === 200) exchange.json(completion("At last"));
      else exchange.json({ error: { message: "slow down" } }, 429, { "retry-after-ms": "1" });
    });
    const answer = await generateText({ model: model(SCRIPTED), prompt: "Hello" });
    expect(answer.text).toBe("At last");
    expect(turns).toEqual([]);
  });
});
