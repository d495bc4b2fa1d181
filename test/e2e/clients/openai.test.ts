import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chunk, completion, USAGE } from "../../support/upstream.ts";
import { collect, echoOf, SCRIPT, SCRIPTED, startStage, SURFACES, type Stage } from "./stage.ts";

const WEATHER_PARAMETERS = {
  type: "object",
  properties: { location: { type: "string" }, unit: { type: "string", enum: ["celsius", "fahrenheit"] } },
  required: ["location"],
};
const WEATHER = {
  type: "function" as const,
  function: { name: "get_current_weather", description: "The weather now", parameters: WEATHER_PARAMETERS },
};
const HELLO = [{ role: "user" as const, content: "Hello" }];
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A message or delta, with what the SDK has no type for. */
interface Output {
  content?: string | null;
  reasoning_content?: string;
  reasoning?: string;
}

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage.close();
});

describe.each(SURFACES)("the openai SDK on %s", (surface) => {
  let client: OpenAI;

  beforeAll(() => {
    client = new OpenAI({ apiKey: stage.gateway.key, baseURL: stage.gateway.url + surface, maxRetries: 0 });
  });

  it("gets one JSON answer without asking for it", async () => {
    const { data, response, request_id } = await client.chat.completions
      .create({
        model: "gpt-4o",
        messages: [{ role: "system", content: "Be brief." }, ...HELLO],
        temperature: 0.7,
        max_tokens: 1024,
      })
      .withResponse();
    expect(data, JSON.stringify(data)).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: "chat.completion",
      created: expect.any(Number),
      model: "gpt-4o",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: echoOf("Hello") } }],
      usage: { total_tokens: expect.any(Number) },
    });
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(request_id).toMatch(/^req_/);
  });

  it("lets the gateway choose for 'auto', and names the model it chose", async () => {
    const { data, response } = await client.chat.completions
      .create({ model: "auto", messages: HELLO, stream: false })
      .withResponse();
    expect(data.model, JSON.stringify(data)).toBe("deepseek-v4-flash");
    expect(response.headers.get("x-gateway-model")).toBe("deepseek-v4-flash");
  });

  it("streams, with a choice in every chunk and usage on the last", async () => {
    const stream = await client.chat.completions.create({ model: "auto", messages: HELLO, stream: true });
    const chunks = await collect(stream);
    const said = JSON.stringify(chunks);
    expect(chunks.map((piece) => piece.choices[0]?.delta.content ?? "").join(""), said).toBe(echoOf("Hello"));
    expect(
      chunks.filter((piece) => piece.choices.length !== 1),
      said,
    ).toEqual([]);
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size, said).toBe(1);
    expect(chunks[0]?.choices[0]?.delta.role, said).toBe("assistant");
    expect(chunks.at(-1), said).toMatchObject({
      choices: [{ finish_reason: "stop" }],
      usage: { total_tokens: expect.any(Number) },
    });
    expect(chunks.slice(0, -1).filter((piece) => piece.usage !== undefined)).toEqual([]);
  });

  it("gets usage as a chunk of its own when it asks", async () => {
    stage.upstream.script(SCRIPT, (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ role: "assistant", content: "Hi" }));
      exchange.event(chunk({}, "stop"));
      exchange.event({ ...chunk({}), choices: [], usage: USAGE });
      exchange.done();
    });
    const stream = await client.chat.completions.create({
      model: SCRIPTED,
      messages: HELLO,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await collect(stream);
    expect(
      chunks.map(({ choices, usage }) => [choices.length, usage]),
      JSON.stringify(chunks),
    ).toEqual([
      [1, null],
      [1, null],
      [0, USAGE],
    ]);
  });

  it("assembles the answer with its .stream() helper", async () => {
    const pieces: string[] = [];
    const stream = client.chat.completions
      .stream({ model: "gpt-4o", messages: HELLO, stream_options: { include_usage: true } })
      .on("content", (piece) => pieces.push(piece));
    const answer = await stream.finalChatCompletion();
    expect(answer, JSON.stringify(answer)).toMatchObject({
      model: "gpt-4o",
      choices: [{ finish_reason: "stop", message: { role: "assistant", content: echoOf("Hello") } }],
    });
    expect(pieces.join("")).toBe(echoOf("Hello"));
    expect(await stream.totalUsage()).toMatchObject({ total_tokens: answer.usage?.total_tokens ?? -1 });
  });

  it("makes a round trip with a tool", async () => {
    const messages = [{ role: "user" as const, content: "What is the weather in Boston?" }];
    const asked = await client.chat.completions.create({ model: "gpt-4o", messages, tools: [WEATHER] });
    const [choice] = asked.choices;
    expect(choice, JSON.stringify(asked)).toMatchObject({
      finish_reason: "tool_calls",
      message: { content: null, tool_calls: [{ type: "function", function: { name: "get_current_weather" } }] },
    });
    const [call] = choice?.message.tool_calls ?? [];
    if (choice === undefined || call?.type !== "function") throw new Error(JSON.stringify(asked));
    expect(JSON.parse(call.function.arguments)).toEqual({ location: "Boston", unit: "celsius" });

    const answered = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [...messages, choice.message, { role: "tool", tool_call_id: call.id, content: "22 degrees" }],
      tools: [WEATHER],
    });
    expect(answered.choices[0]?.message.content, JSON.stringify(answered)).toBe("The tool answered: 22 degrees");
  });

  it("gets words where nothing asks for the tool, and a call where the request forces one", async () => {
    const answer = await client.chat.completions.create({ model: "gpt-4o", messages: HELLO, tools: [WEATHER] });
    expect(answer.choices[0]?.message.content, JSON.stringify(answer)).toBe(echoOf("Hello"));
    const choice = { type: "function" as const, function: { name: "get_current_weather" } };
    for (const tool_choice of ["required" as const, choice]) {
      const request = { model: "gpt-4o", messages: HELLO, tools: [WEATHER], tool_choice };
      const forced = await client.chat.completions.create(request);
      expect(forced.choices[0]?.finish_reason, JSON.stringify(forced)).toBe("tool_calls");
    }
  });

  it("runs tools itself, streaming", async () => {
    const locations: string[] = [];
    const runner = client.chat.completions.runTools({
      model: "auto",
      stream: true,
      messages: [{ role: "user", content: "What is the weather in Boston?" }],
      tools: [
        {
          type: "function",
          function: {
            ...WEATHER.function,
            parse: (text: string) => JSON.parse(text) as { location: string },
            function: ({ location }: { location: string }) => {
              locations.push(location);
              return "22 degrees";
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe("The tool answered: 22 degrees");
    expect(locations).toEqual(["Boston"]);
  });

  it("parses structured output", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" }, population: { type: "integer" } },
      required: ["city", "population"],
      additionalProperties: false,
    };
    const answer = await client.chat.completions.parse({
      model: "gpt-4o",
      messages: HELLO,
      response_format: { type: "json_schema", json_schema: { name: "city", strict: true, schema } },
    });
    expect(answer.choices[0]?.message.parsed, JSON.stringify(answer)).toEqual({ city: "Boston", population: 42 });
  });

  it("shows an image", async () => {
    stage.upstream.script(SCRIPT, (exchange) => exchange.json(completion("A pixel.")));
    const content = [
      { type: "text" as const, text: "What is this?" },
      { type: "image_url" as const, image_url: { url: PIXEL, detail: "low" as const } },
    ];
    const messages = [{ role: "user" as const, content }];
    const answer = await client.chat.completions.create({ model: SCRIPTED, messages });
    expect(answer.choices[0]?.message.content, JSON.stringify(answer)).toBe("A pixel.");
    expect(stage.upstream.received.at(-1)?.body["messages"]).toEqual(messages);
    const seen = await client.chat.completions.create({ model: "auto", messages });
    expect(seen.choices[0]?.message.content, JSON.stringify(seen)).toBe(echoOf("What is this? [image_url]"));
  });

  it("receives reasoning under the name that clients read", async () => {
    const request = { model: "deepseek-reasoner", messages: HELLO };
    const whole = await client.chat.completions.create(request);
    expect(whole.choices[0]?.message, JSON.stringify(whole)).toMatchObject({
      content: echoOf("Hello"),
      reasoning_content: expect.stringContaining("I am a mock"),
    });
    const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
    const deltas = chunks.map((piece): Output => piece.choices[0]?.delta ?? {});
    const { reasoning_content: reasoning }: Output = whole.choices[0]?.message ?? {};
    expect(deltas.map((delta) => delta.reasoning_content ?? "").join(""), JSON.stringify(chunks)).toBe(reasoning);
    if (surface === "/xlei/v1") expect(deltas.map((delta) => delta.reasoning ?? "").join("")).toBe(reasoning);
  });

  it("completes a prompt, whole and streamed", async () => {
    const request = { model: "gpt-4o", prompt: "The quick brown fox", max_tokens: 50 };
    const whole = await client.completions.create(request);
    expect(whole, JSON.stringify(whole)).toMatchObject({
      object: "text_completion",
      model: "gpt-4o",
      choices: [{ index: 0, text: echoOf("The quick brown fox"), finish_reason: "stop", logprobs: null }],
      usage: { total_tokens: expect.any(Number) },
    });
    const chunks = await collect(await client.completions.create({ ...request, stream: true }));
    expect(chunks.map((piece) => piece.choices[0]?.text).join(""), JSON.stringify(chunks)).toBe(
      echoOf("The quick brown fox"),
    );
    expect(new Set(chunks.map((piece) => piece.object))).toEqual(new Set(["text_completion"]));
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });

  it("lists models and finds one, also by an id with a slash", async () => {
    const listed = await collect(client.models.list());
    const ids = listed.map(({ id }) => id);
    expect(ids[0], JSON.stringify(listed)).toBe("auto");
    expect(ids).toEqual(expect.arrayContaining(["deepseek-v4-flash", "gpt-4o", "qwen/qwen3-max"]));
    const found = await Promise.all(["auto", "gpt-4o", "qwen/qwen3-max"].map(async (id) => client.models.retrieve(id)));
    expect(found).toMatchObject([
      { id: "auto", object: "model" },
      { id: "gpt-4o", object: "model", owned_by: "openai", created: expect.any(Number) },
      { id: "qwen/qwen3-max", object: "model", owned_by: "qwen" },
    ]);
  });

  it("passes fields of other vendors on, and keeps its headers and the key from the upstream", async () => {
    stage.upstream.script(SCRIPT, (exchange) => exchange.json(completion("Hi")));
    const body = {
      model: SCRIPTED,
      messages: HELLO,
      enable_thinking: true,
      provider: { order: ["nobody"], sort: "price" },
      service_tier: "priority" as const,
    };
    await client.chat.completions.create(body, {
      headers: { "x-request-id": "mine-1", "openai-organization": "org-mine", "x-custom": "mine" },
    });
    const sent = stage.upstream.received.at(-1);
    expect(sent?.body).toEqual({ model: SCRIPT, messages: HELLO, enable_thinking: true, stream: false });
    expect(sent?.headers.authorization).toBe("Bearer credential-of-scripted-upstream");
    const headers = JSON.stringify(sent?.headers);
    expect(headers).not.toMatch(/mine|stainless|openai/i);
    expect(headers).not.toContain(stage.gateway.key);
    await expect.poll(() => stage.gateway.requestLog().at(-1)).toMatchObject({ client_request_id: "mine-1" });
  });

  it("is known by X-API-Key as well, which wins", async () => {
    const mixed = new OpenAI({
      apiKey: "sk-placeholder",
      baseURL: stage.gateway.url + surface,
      defaultHeaders: { "X-API-Key": stage.gateway.key },
      maxRetries: 0,
    });
    const answer = await mixed.chat.completions.create({ model: "auto", messages: HELLO });
    expect(answer.choices[0]?.message.content, JSON.stringify(answer)).toBe(echoOf("Hello"));
  });
});
