/** How the Xlei surface reads paths and bodies, and how both surfaces show reasoning. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, USAGE, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectFault, MESSAGES, type Answer, type JsonObject } from "../call.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "chatter", routes: [{ upstreamId: "one" }] });
  await addModel(gateway.db, {
    id: "continuer",
    operation: "complete",
    routes: [{ upstreamId: "one", wire: "openai.completions" }],
  });
  await addModel(gateway.db, { id: "thinker", routes: [{ upstreamId: "one" }] });
  upstream.script("upstream-chatter", (exchange) => {
    if (exchange.body["stream"] !== true) return exchange.json(completion("Hi you"));
    exchange.openStream();
    exchange.event(chunk({ role: "assistant", content: "" }));
    exchange.event(chunk({ content: "Hi " }));
    exchange.event(chunk({ content: "you" }));
    exchange.event(chunk({}, "stop"));
    exchange.done();
  });
  const text = (piece: string, finish: string | null) => ({
    id: "cmpl-upstream",
    object: "text_completion",
    created: 1_700_000_000,
    model: "upstream-name",
    choices: [{ index: 0, text: piece, logprobs: null, finish_reason: finish }],
  });
  upstream.script("upstream-continuer", (exchange) => {
    if (exchange.body["stream"] !== true) return exchange.json({ ...text("Hi you", "stop"), usage: USAGE });
    exchange.openStream();
    exchange.event(text("Hi ", null));
    exchange.event(text("you", null));
    exchange.event(text("", "stop"));
    exchange.done();
  });
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

const COMPLETIONS = "/completions";
const PROMPT = { prompt: "Hello" };

/**
 * `messages` asks for chat, `prompt` for text, on either path. `text`: the answer also has `choices[].text`. `sent`:
 * the path at the upstream.
 */
const ROWS = [
  { path: CHAT, body: { messages: MESSAGES }, model: "chatter", object: "chat.completion", text: false, sent: CHAT },
  { path: CHAT, body: PROMPT, model: "chatter", object: "chat.completion", text: true, sent: CHAT },
  { path: CHAT, body: PROMPT, model: "continuer", object: "chat.completion", text: true, sent: COMPLETIONS },
  { path: COMPLETIONS, body: PROMPT, model: "chatter", object: "text_completion", text: true, sent: CHAT },
  { path: COMPLETIONS, body: PROMPT, model: "continuer", object: "text_completion", text: true, sent: COMPLETIONS },
  {
    path: COMPLETIONS,
    body: { messages: MESSAGES },
    model: "chatter",
    object: "chat.completion",
    text: true,
    sent: CHAT,
  },
  {
    path: COMPLETIONS,
    body: { messages: MESSAGES, ...PROMPT },
    model: "chatter",
    object: "chat.completion",
    text: true,
    sent: CHAT,
  },
] as const;

function choiceOf(answer: JsonObject): JsonObject {
  return ((answer["choices"] ?? []) as JsonObject[])[0] ?? {};
}

function joined(deltas: readonly JsonObject[], key: string): string {
  return deltas.map((delta) => (typeof delta[key] === "string" ? delta[key] : "")).join("");
}

function chunksOf({ events, story }: Answer): JsonObject[] {
  expect(events.at(-1), story).toBe("[DONE]");
  return events.filter((event) => event !== "[DONE]");
}

describe("the Xlei surface", () => {
  it.each(ROWS)("answers $path with $body on $model as $object", async ({ path, body, model, object, text, sent }) => {
    const answer = await call(gateway, `/xlei/v1${path}`, { body: { model, stream: false, ...body } });
    expect(answer.status, answer.story).toBe(200);
    expect(answer.body, answer.story).toMatchObject({ object, model, created: 1_700_000_000, usage: USAGE });
    const choice = choiceOf(answer.body);
    expect(choice, answer.story).toMatchObject({
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: "Hi you" },
    });
    expect(choice["text"], answer.story).toBe(text ? "Hi you" : undefined);
    expect(choice["delta"], answer.story).toBeUndefined();
    expect(upstream.received.at(-1)?.path, answer.story).toBe(`/v1${sent}`);
    expect(upstream.received.at(-1)?.body["prompt"], answer.story).toBe(sent === COMPLETIONS ? "Hello" : undefined);
  });

  it.each(ROWS)("streams $path with $body on $model as $object", async ({ path, body, model, object, text }) => {
    const answer = await call(gateway, `/xlei/v1${path}`, { body: { model, stream: true, ...body } });
    const chunks = chunksOf(answer);
    const objects = new Set(chunks.map((event) => event["object"]));
    expect([...objects], answer.story).toEqual([object === "chat.completion" ? "chat.completion.chunk" : object]);
    const choices = chunks.map(choiceOf);
    const deltas = choices.map(({ delta }) => delta as JsonObject);
    expect(joined(deltas, "content"), answer.story).toBe("Hi you");
    expect(deltas.map((delta) => delta["role"]).filter(Boolean), answer.story).toEqual(["assistant"]);
    expect(deltas[0]?.["role"], answer.story).toBe("assistant");
    if (text) expect(choices.map((choice) => choice["text"]).join(""), answer.story).toBe("Hi you");
    else
      expect(
        choices.some((choice) => "text" in choice),
        answer.story,
      ).toBe(false);
    expect(
      choices.some((choice) => "message" in choice),
      answer.story,
    ).toBe(false);
    expect(
      choices.map((choice) => choice["finish_reason"]),
      answer.story,
    ).toEqual([...choices.slice(1).map(() => null), "stop"]);
  });

  it.each([CHAT, COMPLETIONS])("reads the prompt where messages are null, on %s", async (path) => {
    const body = { model: "chatter", stream: false, messages: null, ...PROMPT };
    const answer = await call(gateway, `/xlei/v1${path}`, { body });
    expect(answer.status, answer.story).toBe(200);
    expect(upstream.received.at(-1)?.body["messages"], answer.story).toEqual(MESSAGES);
  });

  it("refuses messages for a model that only completes", async () => {
    const body = { model: "continuer", messages: MESSAGES };
    const answer = await call(gateway, "/xlei/v1/completions", { body });
    expectFault(answer, "/xlei/v1", { fault: "model_endpoint_mismatch", param: "model" });
  });
});

describe("the plain surface", () => {
  it("mirrors nothing", async () => {
    const chat = await call(gateway, `/v1${CHAT}`, { body: { model: "chatter", messages: MESSAGES } });
    expect(Object.keys(choiceOf(chat.body)).toSorted(), chat.story).toEqual(["finish_reason", "index", "message"]);
    const text = await call(gateway, "/v1/completions", { body: { model: "chatter", ...PROMPT } });
    expect(text.body, text.story).toMatchObject({ object: "text_completion" });
    expect(choiceOf(text.body), text.story).toEqual({
      index: 0,
      text: "Hi you",
      logprobs: null,
      finish_reason: "stop",
    });
  });

  it.each([
    [CHAT, PROMPT, /\/v1\/completions/],
    [COMPLETIONS, { messages: MESSAGES }, /\/v1\/chat\/completions/],
  ])("goes by the path: %s with %j is refused, and the message names the right path", async (path, body, says) => {
    const answer = await call(gateway, `/v1${path}`, { body: { model: "chatter", ...body } });
    const param = path === CHAT ? "messages" : "prompt";
    expectFault(answer, "/v1", { fault: "missing_input", param, says });
  });

  it("puts an echo before the answer of an upstream that only chats", async () => {
    const body = { model: "chatter", echo: true, ...PROMPT };
    const answer = await call(gateway, "/v1/completions", { body });
    expect(choiceOf(answer.body), answer.story).toMatchObject({ text: "HelloHi you" });
  });

  it("offers no tools to a chat that answers a prompt", async () => {
    const tools = [{ type: "function", function: { name: "look_up" } }];
    const body = { model: "chatter", tools, tool_choice: "required", functions: [], ...PROMPT };
    const answer = await call(gateway, "/v1/completions", { body });
    expect(answer.status, answer.story).toBe(200);
    expect(upstream.received.at(-1)?.body).not.toMatchObject({ tools: expect.anything() });
    expect(upstream.received.at(-1)?.body).not.toMatchObject({ tool_choice: expect.anything() });
  });
});

describe.each([
  ["/v1", "reasoning", ["reasoning", "reasoning_content"]],
  ["/v1", "reasoning_content", ["reasoning_content"]],
  ["/xlei/v1", "reasoning", ["reasoning", "reasoning_content"]],
  ["/xlei/v1", "reasoning_content", ["reasoning", "reasoning_content"]],
])("on %s reasoning that an upstream calls %s", (mount, name, shown) => {
  const namesIn = (output: unknown) =>
    Object.keys(output as JsonObject)
      .filter((key) => key.startsWith("reasoning"))
      .toSorted();

  it("is shown in an answer", async () => {
    const message = { role: "assistant", content: "4", [name]: "2 and 2" };
    upstream.script("upstream-thinker", (exchange) =>
      exchange.json(completion("", { choices: [{ index: 0, message, finish_reason: "stop" }] })),
    );
    const answer = await call(gateway, mount + CHAT, { body: { model: "thinker", stream: false, messages: MESSAGES } });
    const output = choiceOf(answer.body)["message"];
    expect(namesIn(output), answer.story).toEqual(shown);
    for (const key of shown) expect(output, answer.story).toMatchObject({ [key]: "2 and 2" });
  });

  it("is shown in a stream", async () => {
    upstream.script("upstream-thinker", (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ [name]: "2 and " }));
      exchange.event(chunk({ [name]: "2" }));
      exchange.event(chunk({ content: "4" }));
      exchange.event(chunk({}, "stop"));
      exchange.done();
    });
    const answer = await call(gateway, mount + CHAT, { body: { model: "thinker", stream: true, messages: MESSAGES } });
    const deltas = chunksOf(answer).map((event) => choiceOf(event)["delta"] as JsonObject);
    expect(namesIn(deltas[0]), answer.story).toEqual(shown);
    for (const key of shown) {
      expect(joined(deltas, key), answer.story).toBe("2 and 2");
    }
  });

  it("is understood when a client sends it back", async () => {
    const messages = [...MESSAGES, { role: "assistant", content: "4", [name]: "2 and 2" }, ...MESSAGES];
    upstream.script("upstream-thinker", (exchange) => exchange.json(completion("5")));
    const answer = await call(gateway, mount + CHAT, { body: { model: "thinker", stream: false, messages } });
    expect(answer.status, answer.story).toBe(200);
    const [, sent] = (upstream.received.at(-1)?.body["messages"] ?? []) as JsonObject[];
    expect(sent, answer.story).toMatchObject({ [name]: "2 and 2" });
    if (mount === "/xlei/v1") expect(sent, answer.story).toMatchObject({ reasoning_content: "2 and 2" });
  });
});
