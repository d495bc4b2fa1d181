/** Kept responses and conversations, as OpenAI's SDK and the AI SDK use them, over upstreams of every wire. */
import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey } from "../../support/seed.ts";
import type { Answer } from "../../wire/matrix/streams.ts";
import { collect, failureOf } from "./stage.ts";
import { modelOver, startWires, UPSTREAM_WIRES, type WireStage } from "./wires.ts";

let stage: WireStage;
let client: OpenAI;
let stranger: OpenAI;

beforeAll(async () => {
  stage = await startWires();
  const baseURL = `${stage.gateway.url}/v1`;
  client = new OpenAI({ apiKey: stage.gateway.key, baseURL, maxRetries: 0 });
  stranger = new OpenAI({ apiKey: await addKey(stage.gateway.db), baseURL, maxRetries: 0 });
});
afterAll(async () => stage.close());

const TOKENS = { prompt: 20, cached: 0, output: 9, thoughts: 0 };
const says = (text: string): Answer => ({ said: [{ text }], ends: "stop", tokens: TOKENS });
const CALL = { id: "call_a", name: "weather", input: '{"city":"Boston"}' };
const WEATHER: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "weather",
  parameters: { type: "object", properties: { city: { type: "string" } } },
  strict: false,
};

describe.each(UPSTREAM_WIRES)("over %s", (wire) => {
  const model = modelOver(wire);

  it.each([false, true])("a response is continued, stream %s", async (stream) => {
    stage.answer(wire, says("My name is Hal"));
    const first = await client.responses.create({ model, input: "Who are you?" });
    expect(first).toMatchObject({ store: true, previous_response_id: null });

    stage.answer(wire, says("Still Hal"));
    const asked = { model, input: "And now?", previous_response_id: first.id };
    const second = stream
      ? (await collect(await client.responses.create({ ...asked, stream: true }))).flatMap((event) =>
          event.type === "response.completed" ? [event.response] : [],
        )[0]
      : await client.responses.create(asked);
    const sent = JSON.stringify(stage.sent().body);
    for (const text of ["Who are you?", "My name is Hal", "And now?"]) expect(sent).toContain(text);
    expect(sent).not.toContain(first.id);
    expect(second).toMatchObject({ store: true, previous_response_id: first.id });

    stage.answer(wire, says("Hal for ever"));
    await client.responses.create({ model, input: "Sure?", previous_response_id: second?.id ?? "" });
    const all = JSON.stringify(stage.sent().body);
    const places = ["Who are you?", "My name is Hal", "And now?", "Still Hal", "Sure?"].map((text) =>
      all.indexOf(text),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it("a tool's result is sent without the call", async () => {
    stage.answer(wire, { said: [{ call: CALL }], ends: "tools", tokens: TOKENS });
    const first = await client.responses.create({ model, input: "How is it in Boston?", tools: [WEATHER] });
    const call = first.output.find((item) => item.type === "function_call");
    stage.answer(wire, says("Sunny"));
    const second = await client.responses.create({
      model,
      tools: [WEATHER],
      previous_response_id: first.id,
      input: [{ type: "function_call_output", call_id: call?.call_id ?? "", output: "sun" }],
    });
    expect(second.output_text).toBe("Sunny");
    const sent = JSON.stringify(stage.sent().body);
    expect(sent).toContain("How is it in Boston?");
    expect(sent).toContain("Boston");
    expect(sent.indexOf("weather")).toBeLessThan(sent.indexOf("sun"));
  });

  it("a conversation is continued", async () => {
    const conversation = await client.conversations.create({
      metadata: { topic: "names" },
      items: [{ role: "user", content: "Call yourself Hal." }],
    });
    expect(conversation).toMatchObject({ object: "conversation", metadata: { topic: "names" } });
    stage.answer(wire, says("I am Hal"));
    const first = await client.responses.create({ model, input: "Who are you?", conversation: conversation.id });
    expect(first.conversation).toEqual({ id: conversation.id });
    stage.answer(wire, says("Yes"));
    await client.responses.create({ model, input: "Really?", conversation: { id: conversation.id }, store: false });
    const sent = JSON.stringify(stage.sent().body);
    for (const text of ["Call yourself Hal.", "Who are you?", "I am Hal", "Really?"]) expect(sent).toContain(text);
    expect(sent).not.toContain(conversation.id);

    const items = await collect(client.conversations.items.list(conversation.id, { order: "asc", limit: 2 }));
    expect(items.map((item) => JSON.stringify(item).match(/Call yourself|Who are|I am Hal|Really|Yes/)?.[0])).toEqual([
      "Call yourself",
      "Who are",
      "I am Hal",
      "Really",
      "Yes",
    ]);
  });
});

describe("a response that is kept", () => {
  const model = modelOver("openai.chat");
  const create = async (more: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming> = {}) => {
    stage.answer("openai.chat", says("Hi"));
    return client.responses.create({ model, input: "Hello", ...more });
  };

  it("is read again, as it was", async () => {
    const response = await create({ metadata: { a: "b" } });
    expect(await client.responses.retrieve(response.id)).toEqual(response);
  });

  it("is deleted", async () => {
    const { id } = await create();
    await client.responses.delete(id);
    expect(await failureOf(client.responses.retrieve(id))).toBeInstanceOf(NotFoundError);
    const failure = await failureOf(create({ previous_response_id: id }));
    expect(failure).toBeInstanceOf(BadRequestError);
    expect(failure).toMatchObject({ code: "previous_response_not_found", param: "previous_response_id" });
  });

  it("lists its input, page by page, with that of earlier responses", async () => {
    const first = await create({ input: [{ role: "user", content: "One" }] });
    const second = await create({ previous_response_id: first.id, input: "Two" });
    const texts = async (order: "asc" | "desc") => {
      const items = await collect(client.responses.inputItems.list(second.id, { order, limit: 1 }));
      return items.map((item) => JSON.stringify(item).match(/One|Two|Hi/)?.[0]);
    };
    expect(await texts("asc")).toEqual(["One", "Hi", "Two"]);
    expect(await texts("desc")).toEqual(["Two", "Hi", "One"]);
  });

  it("is not cancelled, because it is over", async () => {
    const { id } = await create();
    expect(await failureOf(client.responses.cancel(id))).toBeInstanceOf(BadRequestError);
  });

  it("is not there for another account, whatever it asks", async () => {
    const response = await create();
    const itemId = response.output[0]?.id ?? "";
    const failures = await Promise.all([
      failureOf(stranger.responses.retrieve(response.id)),
      failureOf(stranger.responses.delete(response.id)),
      failureOf(stranger.responses.cancel(response.id)),
      failureOf(stranger.responses.inputItems.list(response.id)),
    ]);
    for (const failure of failures) expect(failure).toBeInstanceOf(NotFoundError);
    const before = stage.upstream.received.length;
    const continued = { model, input: "Hello", previous_response_id: response.id };
    expect(await failureOf(stranger.responses.create(continued))).toBeInstanceOf(BadRequestError);
    const referring = { model, input: [{ type: "item_reference" as const, id: itemId }] };
    expect(await failureOf(stranger.responses.create(referring))).toMatchObject({ param: "input[0].id" });
    expect(stage.upstream.received.length).toBe(before);
    expect(await client.responses.retrieve(response.id)).toEqual(response);
  });

  it("is none if the client does not want it", async () => {
    const response = await create({ store: false });
    expect(response).toMatchObject({ store: false });
    expect(await failureOf(client.responses.retrieve(response.id))).toBeInstanceOf(NotFoundError);
  });

  it("is counted with what came before", async () => {
    const first = await create({ input: "word ".repeat(300) });
    const { input_tokens: alone } = await client.responses.inputTokens.count({ model, input: "Two" });
    const { input_tokens: whole } = await client.responses.inputTokens.count({
      model,
      input: "Two",
      previous_response_id: first.id,
    });
    expect(whole).toBeGreaterThan(alone + 300);
    stage.answer("openai.chat", says("Hi"));
  });
});

describe("a conversation that is kept", () => {
  it("is changed, and loses items", async () => {
    const { id } = await client.conversations.create({ items: [{ role: "user", content: "One" }] });
    expect(await client.conversations.update(id, { metadata: { x: "y" } })).toMatchObject({ metadata: { x: "y" } });
    const added = await client.conversations.items.create(id, { items: [{ role: "user", content: "Two" }] });
    const [two] = added.data;
    expect(await client.conversations.items.retrieve(two?.id ?? "", { conversation_id: id })).toEqual(two);
    await client.conversations.items.delete(two?.id ?? "", { conversation_id: id });
    const left = await collect(client.conversations.items.list(id));
    expect(left).toHaveLength(1);
    expect(JSON.stringify(left)).toContain("One");
    expect(await client.conversations.retrieve(id)).toMatchObject({ id, metadata: { x: "y" } });
    expect(await client.conversations.delete(id)).toMatchObject({ deleted: true });
    expect(await failureOf(client.conversations.retrieve(id))).toBeInstanceOf(NotFoundError);
    const failure = await failureOf(client.responses.create({ model: "auto", input: "Hello", conversation: id }));
    expect(failure).toBeInstanceOf(NotFoundError);
  });

  it("is not there for another account", async () => {
    const { id } = await client.conversations.create({ items: [{ role: "user", content: "Secret" }] });
    const failures = await Promise.all([
      failureOf(stranger.conversations.retrieve(id)),
      failureOf(stranger.conversations.update(id, { metadata: {} })),
      failureOf(stranger.conversations.delete(id)),
      failureOf(stranger.conversations.items.list(id)),
      failureOf(stranger.conversations.items.create(id, { items: [{ role: "user", content: "Mine" }] })),
      failureOf(stranger.responses.create({ model: "auto", input: "Hello", conversation: id })),
    ]);
    for (const failure of failures) expect(failure).toBeInstanceOf(NotFoundError);
    expect(await collect(client.conversations.items.list(id))).toHaveLength(1);
  });

  it.each([
    ["items that are no list", { items: "x" }, "items"],
    ["too many items", { items: Array.from({ length: 21 }, () => ({ role: "user", content: "x" })) }, "items"],
    ["an item without a role", { items: [{ content: "x" }] }, "input[0].role"],
    ["metadata that is no text", { metadata: { a: 1 } }, "metadata"],
  ])("is refused with %s", async (_, body, param) => {
    const failure = await failureOf(client.conversations.create(body as OpenAI.Conversations.ConversationCreateParams));
    expect(failure).toMatchObject({ status: 400, param });
  });
});

describe("a request that names what is kept is refused", () => {
  it.each([
    ["both ways at once", { previous_response_id: "resp_1", conversation: "conv_1" }, "previous_response_id"],
    ["an id that is no text", { previous_response_id: 7 }, "previous_response_id"],
    ["a conversation that is no text", { conversation: { id: 7 } }, "conversation"],
    ["a store that is no flag", { store: "yes" }, "store"],
    ["an item that is not kept", { input: [{ type: "item_reference", id: "msg_x" }] }, "input[0].id"],
  ])("with %s", async (_, more, param) => {
    const body = { model: "auto", input: "Hello", ...more } as OpenAI.Responses.ResponseCreateParamsNonStreaming;
    expect(await failureOf(client.responses.create(body))).toMatchObject({ status: 400, param });
  });

  it("names the client's own items by their own positions", async () => {
    stage.answer("openai.chat", says("Hi"));
    const { id } = await client.responses.create({ model: modelOver("openai.chat"), input: "Hello" });
    const input = [
      { role: "user", content: "Hello" },
      { role: "odd", content: "x" },
    ] as never;
    const failure = await failureOf(client.responses.create({ model: "auto", input, previous_response_id: id }));
    expect(failure).toMatchObject({ status: 400, param: "input[1].role" });
  });
});

it("the AI SDK's references to items of earlier answers are resolved", async () => {
  const bodies: unknown[] = [];
  const provider = createOpenAI({
    apiKey: stage.gateway.key,
    baseURL: `${stage.gateway.url}/v1`,
    async fetch(url, init) {
      bodies.push(init?.body);
      return fetch(url, init);
    },
  });
  const model = provider.responses(modelOver("openai.responses"));
  stage.answer("openai.responses", says("My name is Hal"));
  const first = await generateText({ model, prompt: "Who are you?" });
  stage.answer("openai.responses", says("Still Hal"));
  const messages = [
    { role: "user" as const, content: "Who are you?" },
    ...first.response.messages,
    { role: "user" as const, content: "And now?" },
  ];
  const second = await generateText({ model, messages });
  expect(second.text).toBe("Still Hal");
  expect(bodies.at(-1)).toContain("item_reference");
  const sent = JSON.stringify(stage.sent().body);
  expect(sent).toContain("My name is Hal");
  expect(sent).not.toContain("item_reference");
});
