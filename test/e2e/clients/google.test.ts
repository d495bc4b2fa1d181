/** Google's own SDK against upstreams of every wire. */
import { ApiError, type GenerateContentResponse, GoogleGenAI, FunctionCallingConfigMode, Type } from "@google/genai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../../wire/matrix/streams.ts";
import { failureOf } from "./stage.ts";
import { beginningOf, modelOver, startWires, UPSTREAM_WIRES, type WireStage } from "./wires.ts";

let stage: WireStage;
let client: GoogleGenAI;

beforeAll(async () => {
  stage = await startWires();
  client = new GoogleGenAI({ apiKey: stage.gateway.key, httpOptions: { baseUrl: stage.gateway.url } });
});
afterAll(async () => stage.close());

const TOKENS = { prompt: 20, cached: 4, output: 9, thoughts: 0 };
const HI: Answer = { said: [{ text: "Hi there" }], ends: "stop", tokens: TOKENS };
const CALL = { id: "call_a", name: "weather", input: '{"city":"Boston"}' };
const tools = [
  {
    functionDeclarations: [
      {
        name: "weather",
        description: "Now",
        parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } },
      },
    ],
  },
];

describe.each(UPSTREAM_WIRES)("over %s", (wire) => {
  const hello = { model: modelOver(wire), contents: "Hello" };

  it("gets a whole answer", async () => {
    stage.answer(wire, HI);
    const answer = await client.models.generateContent({
      ...hello,
      config: { systemInstruction: "Be brief.", temperature: 0.5, maxOutputTokens: 100 },
    });
    expect(answer.text, JSON.stringify(answer)).toBe("Hi there");
    expect(answer).toMatchObject({
      modelVersion: modelOver(wire),
      candidates: [{ finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 20, cachedContentTokenCount: 4, totalTokenCount: 29 },
    });
    expect(JSON.stringify(stage.sent().body)).toContain("Be brief.");
  });

  it("gets a stream", async () => {
    stage.answer(wire, HI);
    const chunks: GenerateContentResponse[] = [];
    for await (const chunk of await client.models.generateContentStream(hello)) chunks.push(chunk);
    expect(chunks.map(({ text }) => text ?? "").join("")).toBe("Hi there");
    expect(chunks.at(-1)).toMatchObject({
      candidates: [{ finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 20, totalTokenCount: 29 },
    });
  });

  it("calls a function and gives its result back, in a chat", async () => {
    stage.answer(wire, { said: [{ call: CALL }], ends: "tools", tokens: TOKENS });
    const chat = client.chats.create({
      model: modelOver(wire),
      config: { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } },
    });
    const first = await chat.sendMessage({ message: "Weather?" });
    expect(first.functionCalls, JSON.stringify(first)).toMatchObject([{ name: "weather", args: { city: "Boston" } }]);
    stage.answer(wire, HI);
    const result = {
      functionResponse: { ...only(first.functionCalls?.[0]?.id), name: "weather", response: { output: "sunny" } },
    };
    const second = await chat.sendMessage({ message: [result] });
    expect(second.text).toBe("Hi there");
    expect(JSON.stringify(stage.sent().body)).toContain("sunny");
  });

  it("is told of an upstream that breaks off", async () => {
    stage.upstream.script(`upstream-${wire.replace(".", "-")}`, (exchange) => {
      exchange.openStream();
      exchange.write(beginningOf(wire));
      setTimeout(() => exchange.reset(), 50);
    });
    const read = async () => {
      for await (const chunk of await client.models.generateContentStream(hello)) void chunk;
    };
    expect(String(await failureOf(read()))).toMatch(/UNAVAILABLE|502|upstream/i);
  });

  it("counts tokens", async () => {
    const { totalTokens } = await client.models.countTokens({
      model: modelOver(wire),
      contents: "How many tokens is this?",
    });
    expect(totalTokens).toBeGreaterThan(4);
    expect(totalTokens).toBeLessThan(20);
  });
});

function only(id: string | undefined): { id?: string } {
  return id === undefined ? {} : { id };
}

const post = async (
  path: string,
  body: unknown,
  headers: Record<string, string> = { "x-goog-api-key": stage.gateway.key },
) =>
  fetch(stage.gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const HELLO = { contents: [{ parts: [{ text: "Hello" }] }] };

describe("paths", () => {
  it.each([
    "/v1beta/models/over%20openai.chat:generateContent",
    "/v1/models/over%20openai.chat:generateContent",
    "/xlei/v1/models/over%20openai.chat:generateContent",
    "/v1alpha/models/over%20openai.chat:generateContent",
    "/v1/v1beta/models/over%20openai.chat:generateContent",
  ])("%s generates", async (path) => {
    stage.answer("openai.chat", HI);
    const answer = await post(path, HELLO);
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { candidates: [{ content: { parts: [{ text: "Hi there" }] } }] },
    ]);
  });

  it("take the key from the query on Google's own path alone", async () => {
    stage.answer("openai.chat", HI);
    const model = "models/over%20openai.chat:generateContent";
    const own = await post(`/v1beta/${model}?key=${stage.gateway.key}`, HELLO, {});
    expect(own.status).toBe(200);
    expect(JSON.stringify(stage.gateway.requestLog())).not.toContain(stage.gateway.key);
    expect((await post(`/v1/${model}?key=${stage.gateway.key}`, HELLO, {})).status).toBe(401);
  });

  it("of OpenAI's format below Google's are those of /v1", async () => {
    stage.answer("openai.chat", HI);
    const answer = await post("/v1beta/openai/chat/completions", {
      model: modelOver("openai.chat"),
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(await answer.json()).toMatchObject({ object: "chat.completion" });
  });

  it("without alt=sse stream one JSON array", async () => {
    for (const wire of UPSTREAM_WIRES) {
      stage.answer(wire, HI);
      const answer = await post(`/v1beta/models/${encodeURIComponent(modelOver(wire))}:streamGenerateContent`, HELLO);
      expect(answer.headers.get("content-type")).toBe("application/json");
      const chunks = (await answer.json()) as { candidates: { content: { parts: { text: string }[] } }[] }[];
      expect(chunks.length).toBeGreaterThan(1);
      expect(chunks.map(({ candidates }) => candidates[0]?.content.parts[0]?.text ?? "").join("")).toBe("Hi there");
    }
  });
});

describe("errors", () => {
  it.each<[string, unknown, number, object]>([
    ["nobody:generateContent", HELLO, 404, { status: "NOT_FOUND", code: 404 }],
    ["over%20openai.chat:generateContent", {}, 400, { status: "INVALID_ARGUMENT" }],
    [
      "over%20openai.chat:generateContent",
      { contents: [{ role: "robot", parts: [] }] },
      400,
      { status: "INVALID_ARGUMENT" },
    ],
    ["over%20openai.chat:generateContent", { contents: [{ parts: "x" }] }, 400, { status: "INVALID_ARGUMENT" }],
    ["over%20openai.chat:embedThis", HELLO, 404, { status: "NOT_FOUND" }],
  ])("of %s with %j are Google's: %d", async (call, body, status, error) => {
    const answer = await post(`/v1beta/models/${call}`, body);
    expect([answer.status, await answer.json()]).toMatchObject([status, { error }]);
  });

  it("of a wrong key say so to the SDK", async () => {
    const wrong = new GoogleGenAI({ apiKey: "sk-wrong", httpOptions: { baseUrl: stage.gateway.url } });
    const error = await failureOf(wrong.models.generateContent({ model: "auto", contents: "Hello" }));
    expect(error).toBeInstanceOf(ApiError);
    expect(String(error)).toContain("API_KEY_INVALID");
  });
});

describe("lists of models", () => {
  const get = async (path: string, headers: Record<string, string>) =>
    (await fetch(stage.gateway.url + path, { headers })).json() as Promise<Record<string, unknown>>;

  it("have the form of the client", async () => {
    const { key } = stage.gateway;
    const id = modelOver("openai.chat");
    expect(await get("/v1/models", { authorization: `Bearer ${key}` })).toMatchObject({
      object: "list",
      data: expect.arrayContaining([expect.objectContaining({ id, object: "model" })]),
    });
    expect(
      await get("/v1/models?limit=1000", { authorization: `Bearer ${key}`, "anthropic-version": "2023-06-01" }),
    ).toMatchObject({
      has_more: false,
      data: expect.arrayContaining([expect.objectContaining({ id, type: "model", max_tokens: 8192 })]),
    });
    for (const path of ["/v1beta/models", "/v1/models"]) {
      expect(await get(path, { "x-goog-api-key": key })).toMatchObject({
        models: expect.arrayContaining([expect.objectContaining({ name: `models/${id}`, outputTokenLimit: 8192 })]),
      });
    }
    const one = await get(`/v1/models/${encodeURIComponent(id)}`, {
      "x-api-key": key,
      "anthropic-version": "2023-06-01",
    });
    expect(one).toMatchObject({ type: "model", id });
    const none = await get("/v1/models/nobody", { "x-api-key": key, "anthropic-version": "2023-06-01" });
    expect(none).toMatchObject({ type: "error", error: { type: "not_found_error" } });
  });

  it("come in pages", async () => {
    const names: unknown[] = [];
    for await (const model of await client.models.list({ config: { pageSize: 1 } })) names.push(model.name);
    expect(names.toSorted()).toEqual(
      ["models/auto", ...UPSTREAM_WIRES.map((wire) => `models/${modelOver(wire)}`)].toSorted(),
    );
  });
});
