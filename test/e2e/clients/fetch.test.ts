/**
 * The samples of Xlei's published documents that need no SDK, made with Node's fetch, which accepts any type, as curl
 * does.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chunk } from "../../support/upstream.ts";
import { startGateway } from "../../support/gateway.ts";
import { echoOf, SCRIPT, SCRIPTED, startStage, type Stage } from "./stage.ts";

const XLEI_CHAT = "/xlei/v1/chat/completions";
const HELLO = [{ role: "user", content: "Hello" }];
const JSON_TYPE = { "Content-Type": "application/json" };

let stage: Stage;

beforeAll(async () => {
  stage = await startStage(startGateway);
});

afterAll(async () => {
  await stage.close();
});

const asXKey = () => ({ ...JSON_TYPE, "X-API-Key": stage.gateway.key });
const asBearer = () => ({ ...JSON_TYPE, Authorization: `Bearer ${stage.gateway.key}` });

async function post(path: string, headers: Record<string, string>, body: unknown): Promise<Response> {
  return fetch(stage.gateway.url + path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(stage.gateway.url + path, { headers });
}

/** The data of every `data: ` line; checks that there is nothing else but blank lines, and that `[DONE]` is the last. */
async function readData(answer: Response): Promise<string[]> {
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  expect(answer.headers.get("content-type"), text).toMatch(/^text\/event-stream/);
  const lines = text.split("\n").filter((line) => line !== "");
  expect(
    lines.filter((line) => !line.startsWith("data: ")),
    text,
  ).toEqual([]);
  const data = lines.map((line) => line.slice("data: ".length));
  expect(data.at(-1), text).toBe("[DONE]");
  return data.slice(0, -1);
}

async function readText(answer: Response): Promise<string> {
  return (await readData(answer)).map((data) => contentOf(JSON.parse(data) as Chunk)).join("");
}

interface Chunk {
  choices: { text?: string; delta?: { content?: string } }[];
}

/** Reads a chunk as the published JavaScript does: it needs `choices`. */
function contentOf(data: Chunk): string {
  return data.choices[0]?.delta?.content ?? "";
}

async function readJson(answer: Response): Promise<Record<string, unknown>> {
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  expect(answer.headers.get("content-type"), text).toMatch(/^application\/json/);
  return JSON.parse(text) as Record<string, unknown>;
}

describe("samples 1 to 3: curl", () => {
  it.each([
    ["with X-API-Key and auto", asXKey, { model: "auto", messages: HELLO }],
    ["without a model", asXKey, { messages: HELLO }],
    ["with a bearer token and no model", asBearer, { messages: HELLO }],
    ["with null for stream", asBearer, { messages: HELLO, stream: null }],
  ])("stream unasked %s", async (_what, headers, body) => {
    expect(await readText(await post(XLEI_CHAT, headers(), body))).toBe(echoOf("Hello"));
  });

  it("say what they accept, and get it", async () => {
    const body = { messages: HELLO };
    await readJson(await post(XLEI_CHAT, { ...asXKey(), Accept: "application/json" }, body));
    await readJson(await post(XLEI_CHAT, asXKey(), { ...body, stream: false }));
    const both = { ...asXKey(), Accept: "application/json, text/event-stream" };
    expect(await readText(await post(XLEI_CHAT, both, body))).toBe(echoOf("Hello"));
  });
});

describe("samples 4 and 5: lines", () => {
  it.each([{}, { stream: true }])("come whole and end with [DONE], with %j", async (extra) => {
    const data = await readData(await post(XLEI_CHAT, asXKey(), { model: "auto", messages: HELLO, ...extra }));
    const chunks = data.map((text) => JSON.parse(text) as Chunk);
    expect(chunks.map(contentOf).join(""), data.join("\n")).toBe(echoOf("Hello"));
    expect(chunks[0], data[0]).toMatchObject({
      object: "chat.completion.chunk",
      model: "deepseek-v4-flash",
      choices: [{ index: 0, delta: { role: "assistant" }, finish_reason: null }],
    });
    expect(chunks.at(-1), data.at(-1)).toMatchObject({ choices: [{ index: 0, finish_reason: "stop" }] });
  });
});

describe("sample 6: a reader that splits each network read at newlines", () => {
  interface Reading {
    text: string;
    /** What JSON.parse refused. */
    refused: string[];
  }

  async function read(answer: Response, afterRead: () => void = () => undefined): Promise<Reading> {
    const reading: Reading = { text: "", refused: [] };
    const reader = answer.body?.getReader();
    if (reader === undefined) throw new Error("no body");
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return reading;
      for (const line of new TextDecoder().decode(value).split("\n")) readLine(line, reading);
      afterRead();
    }
  }

  function readLine(line: string, reading: Reading): void {
    if (!line.startsWith("data: ")) return;
    const data = line.slice("data: ".length);
    let value: Chunk;
    try {
      value = JSON.parse(data) as Chunk;
    } catch {
      reading.refused.push(data);
      return;
    }
    reading.text += contentOf(value);
  }

  it.each([{}, { stream: true }])(
    "sees the whole text, and fails to parse nothing but [DONE], with %j",
    async (extra) => {
      const content = "从前有一座遥远的城堡 🏰 ".repeat(40);
      const messages = [{ role: "user", content }];
      const answer = await post(XLEI_CHAT, asXKey(), { model: "auto", messages, ...extra });
      expect(await read(answer)).toEqual({ text: echoOf(content), refused: ["[DONE]"] });
    },
  );

  it("gets each event in one read, however the upstream cut it", async () => {
    const words = Array.from({ length: 20 }, (_, n) => `第${n}个词 `);
    const reads: (() => void)[] = [];
    stage.upstream.script(SCRIPT, async (exchange) => {
      exchange.openStream();
      for (const content of words) {
        const bytes = Buffer.from(`data: ${JSON.stringify(chunk({ content }))}\n\n`);
        const read = new Promise<void>((resolve) => reads.push(resolve));
        // Cut inside of a character of three bytes.
        const cut = bytes.indexOf("第") + 1;
        exchange.write(bytes.subarray(0, cut));
        exchange.write(bytes.subarray(cut));
        await read;
      }
      exchange.event(chunk({}, "stop"));
      exchange.done();
    });
    const answer = await post(XLEI_CHAT, asXKey(), { model: SCRIPTED, messages: HELLO });
    const reading = await read(answer, () => reads.shift()?.());
    expect(reading).toEqual({ text: words.join(""), refused: ["[DONE]"] });
  });
});

describe.each(["/xlei/v1/chat/completions", "/xlei/v1/completions"])("sample 7: a prompt to %s", (path) => {
  const object = path.endsWith("/chat/completions") ? "chat.completion.chunk" : "text_completion";

  it.each([
    { model: "auto", prompt: "从前有一座遥远的城堡," },
    { prompt: "Once upon a time in a faraway land,", max_tokens: 200, temperature: 0.9 },
  ])("is completed as a stream: %j", async (body) => {
    const data = await readData(await post(path, asXKey(), body));
    const chunks = data.map((text) => JSON.parse(text) as Chunk & { object: string });
    expect(chunks.map(contentOf).join(""), data.join("\n")).toBe(echoOf(body.prompt));
    expect(chunks.map(({ choices }) => choices[0]?.text ?? "").join(""), data.join("\n")).toBe(echoOf(body.prompt));
    expect(new Set(chunks.map((piece) => piece.object))).toEqual(new Set([object]));
  });

  it("is completed as JSON", async () => {
    const body = await readJson(await post(path, asXKey(), { prompt: "Once", stream: false }));
    expect(body, JSON.stringify(body)).toMatchObject({
      object: object.replace(".chunk", ""),
      choices: [{ text: echoOf("Once"), message: { role: "assistant", content: echoOf("Once") } }],
    });
  });
});

describe("sample 8: a history of three turns", () => {
  it.each([
    ["What is the capital of France?", "Paris.", "And of Italy?"],
    ["法国的首都是哪里?", "巴黎。", "意大利呢?"],
  ])("is answered: %s", async (...turns) => {
    const [first, second, third] = turns;
    const messages = [
      { role: "system", content: "Be brief. 请简短回答。" },
      { role: "user", content: first },
      { role: "assistant", content: second },
      { role: "user", content: third },
    ];
    expect(await readText(await post(XLEI_CHAT, asXKey(), { messages }))).toBe(echoOf(third));
    stage.upstream.script(SCRIPT, (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ role: "assistant", content: "Rome." }, "stop"));
      exchange.done();
    });
    expect(await readText(await post(XLEI_CHAT, asXKey(), { model: SCRIPTED, messages }))).toBe("Rome.");
    expect(stage.upstream.received.at(-1)?.body["messages"]).toEqual(messages);
  });
});

describe.each(["/v1", "/xlei/v1"])("samples 12 to 15 on %s", (surface) => {
  it("12: one JSON object", async () => {
    const body = await readJson(
      await post(`${surface}/chat/completions`, asBearer(), {
        model: "gpt-4o",
        messages: [{ role: "system", content: "Be brief." }, ...HELLO],
        temperature: 0.7,
        max_tokens: 1024,
        stream: false,
      }),
    );
    expect(body, JSON.stringify(body)).toMatchObject({
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: echoOf("Hello") }, finish_reason: "stop" }],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) },
    });
  });

  it("13: models, with and without a key, and not with a wrong one", async () => {
    const open = await readJson(await get(`${surface}/models`));
    const { object, data } = open as { object: string; data: { id: string; object: string }[] };
    expect([object, data[0]], JSON.stringify(open)).toEqual([
      "list",
      expect.objectContaining({ id: "auto", object: "model" }),
    ]);
    // The ways to choose, and a model of each operation at least.
    expect(data.length).toBeGreaterThan(8);
    expect(await readJson(await get(`${surface}/models`, asBearer()))).toEqual(open);
    const [plain, escaped] = await Promise.all(
      ["qwen/qwen3-max", "qwen%2Fqwen3-max"].map(async (id) => readJson(await get(`${surface}/models/${id}`))),
    );
    expect(plain, JSON.stringify(plain)).toMatchObject({ id: "qwen/qwen3-max", object: "model" });
    expect(escaped).toEqual(plain);
    const refused = await get(`${surface}/models`, { Authorization: "Bearer sk-wrong" });
    expect(refused.status, await refused.text()).toBe(401);
  });

  it("14: a text completion", async () => {
    const request = { model: "gpt-4o", prompt: "The quick brown fox", max_tokens: 50, stream: false };
    const body = await readJson(await post(`${surface}/completions`, asBearer(), request));
    expect(body, JSON.stringify(body)).toMatchObject({
      object: "text_completion",
      choices: [{ index: 0, text: echoOf("The quick brown fox"), finish_reason: "stop" }],
    });
  });

  it("15: a tool call, with null for content", async () => {
    const properties = { location: { type: "string" }, unit: { type: "string", enum: ["celsius", "fahrenheit"] } };
    const parameters = { type: "object", properties, required: ["location"] };
    const body = await readJson(
      await post(`${surface}/chat/completions`, asBearer(), {
        model: "gpt-4o",
        messages: [{ role: "user", content: "What is the weather like in Boston today?" }],
        tools: [{ type: "function", function: { name: "get_current_weather", parameters } }],
        tool_choice: "auto",
        stream: false,
      }),
    );
    const call = { name: "get_current_weather", arguments: JSON.stringify({ location: "Boston", unit: "celsius" }) };
    expect(body, JSON.stringify(body)).toMatchObject({
      choices: [
        {
          finish_reason: "tool_calls",
          message: {
            role: "assistant",
            content: null,
            tool_calls: [{ id: expect.any(String), type: "function", function: call }],
          },
        },
      ],
    });
  });
});

it("samples 12, 14 and 15 get JSON on /v1 though they do not say 'stream'", async () => {
  const chat = await readJson(await post("/v1/chat/completions", asBearer(), { model: "gpt-4o", messages: HELLO }));
  expect(chat["object"]).toBe("chat.completion");
  const text = await readJson(await post("/v1/completions", asBearer(), { model: "gpt-4o", prompt: "The quick" }));
  expect(text["object"]).toBe("text_completion");
});
