/**
 * Three turns with tools and thoughts over each pair of wires. The upstreams refuse, as their vendors do, a turn that lacks
 * the proofs of the turns before. One client sends back all that it got, the other one its calls alone.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DONE, FrameReader } from "../../../src/core/frame.ts";
import { objectsOf, type JsonObject } from "../../../src/core/json.ts";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import { WIRES } from "../../../src/wire/index.ts";
import type { Wire } from "../../../src/wire/types.ts";
import type { Answer } from "../../wire/matrix/streams.ts";
import { call } from "../call.ts";
import { modelOver, startWires, UPSTREAM_WIRES, type WireStage } from "../clients/wires.ts";

let stage: WireStage;
beforeAll(async () => {
  stage = await startWires();
});
afterAll(async () => stage.close());

const TOKENS = { prompt: 20, cached: 0, output: 9, thoughts: 3 };
const SCHEMA = { type: "object", properties: { city: { type: "string" } } };

/** Where each vendor wants the proof of a turn. Google's stands on the call itself. */
function answerOf(wire: string, turn: number, pair: string): Answer {
  const [proof, id] = [`proof-${turn}-${pair}`, `call_${turn}_${pair}`];
  const asked = { id, name: "weather", input: `{"city":"City ${turn}"}` };
  const thought = { thought: `Thought ${turn}` };
  const said =
    wire === "gemini.generate" ? [thought, { call: { ...asked, proof } }] : [{ ...thought, proof }, { call: asked }];
  return { said, ends: "tools", tokens: TOKENS };
}

/** The proofs in a request, in the places where the vendor looks for them. */
const PROOFS: Readonly<Record<string, (body: JsonObject) => unknown[]>> = {
  "openai.chat": ({ messages }) =>
    objectsOf(messages).flatMap(({ reasoning_details: details }) =>
      objectsOf(details).map(({ signature }) => signature),
    ),
  "openai.responses": ({ input }) =>
    objectsOf(input).flatMap(({ type, encrypted_content: proof }) => (type === "reasoning" ? [proof] : [])),
  "anthropic.messages": ({ messages }) =>
    objectsOf(messages)
      .flatMap(({ content }) => objectsOf(content))
      .flatMap(({ type, signature }) => (type === "thinking" ? [signature] : [])),
  "gemini.generate": ({ contents }) =>
    objectsOf(contents)
      .flatMap(({ parts }) => objectsOf(parts))
      .flatMap(({ functionCall, thoughtSignature }) => (functionCall === undefined ? [] : [thoughtSignature])),
};

interface Client {
  readonly path: (model: string, stream: boolean) => string;
  /** The first request. */
  readonly begin: JsonObject;
  /** The request after an answer, with the result of its call. */
  readonly goOn: (request: JsonObject, answer: JsonObject, isForgetful: boolean) => JsonObject;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  "openai.chat": {
    path: () => "/v1/chat/completions",
    begin: {
      messages: [{ role: "user", content: "Hello" }],
      reasoning_effort: "medium",
      max_tokens: 8000,
      tools: [{ type: "function", function: { name: "weather", parameters: SCHEMA } }],
    },
    goOn(request, { choices }, isForgetful) {
      const message = objectsOf(choices)[0]?.["message"] as JsonObject;
      const { role, content, tool_calls: calls } = message;
      const bare = objectsOf(calls).map(({ id, type, function: called }) => ({ id, type, function: called }));
      const results = bare.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "sunny" }));
      const own = isForgetful ? { role, content, tool_calls: bare } : message;
      return { ...request, messages: [...objectsOf(request["messages"]), own, ...results] };
    },
  },
  "openai.responses": {
    path: () => "/v1/responses",
    begin: {
      input: [{ role: "user", content: "Hello" }],
      reasoning: { effort: "medium", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      store: false,
      max_output_tokens: 8000,
      tools: [{ type: "function", name: "weather", parameters: SCHEMA }],
    },
    goOn(request, { output }, isForgetful) {
      const calls = objectsOf(output).filter(({ type }) => type === "function_call");
      const results = calls.map(({ call_id: id }) => ({ type: "function_call_output", call_id: id, output: "sunny" }));
      const own = isForgetful ? calls : objectsOf(output);
      return { ...request, input: [...objectsOf(request["input"]), ...own, ...results] };
    },
  },
  "anthropic.messages": {
    path: () => "/v1/messages",
    begin: {
      messages: [{ role: "user", content: "Hello" }],
      max_tokens: 8000,
      thinking: { type: "enabled", budget_tokens: 2000 },
      tools: [{ name: "weather", input_schema: SCHEMA }],
    },
    goOn(request, { content }, isForgetful) {
      const calls = objectsOf(content).filter(({ type }) => type === "tool_use");
      const results = calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "sunny" }));
      const own = { role: "assistant", content: isForgetful ? calls : content };
      return { ...request, messages: [...objectsOf(request["messages"]), own, { role: "user", content: results }] };
    },
  },
  "gemini.generate": {
    path: (model, stream) =>
      `/v1beta/models/${encodeURIComponent(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    begin: {
      contents: [{ role: "user", parts: [{ text: "Hello" }] }],
      generationConfig: { maxOutputTokens: 8000, thinkingConfig: { thinkingBudget: 2000, includeThoughts: true } },
      tools: [{ functionDeclarations: [{ name: "weather", parametersJsonSchema: SCHEMA }] }],
    },
    goOn(request, { candidates }, isForgetful) {
      const content = objectsOf(candidates)[0]?.["content"] as JsonObject;
      const calls = objectsOf(content["parts"]).filter((part) => part["functionCall"] !== undefined);
      const results = calls.map(({ functionCall }) => {
        const { id, name } = functionCall as JsonObject;
        return { functionResponse: { id, name, response: { output: "sunny" } } };
      });
      const bare = calls.map(({ functionCall }) => ({ functionCall }));
      const own = isForgetful ? { role: "model", parts: bare } : content;
      return { ...request, contents: [...objectsOf(request["contents"]), own, { role: "user", parts: results }] };
    },
  },
};

async function ask(wire: string, request: JsonObject, { model, stream }: { model: string; stream: boolean }) {
  const client = CLIENTS[wire];
  const isGoogle = wire === "gemini.generate";
  const body = isGoogle ? request : { ...request, model, stream };
  const answer = await call(stage.gateway, client?.path(model, stream) ?? "", { body });
  expect(answer.status, answer.story).toBe(200);
  if (!stream) return answer.body;
  const fold = (WIRES as Readonly<Record<string, Wire>>)[wire]?.fold?.();
  for (const { data } of new FrameReader().feed(answer.text)) {
    if (data !== DONE) fold?.add({ draft: new JsonDraft(JSON.parse(data) as JsonObject) });
  }
  return fold?.answer().value ?? {};
}

const WAYS = [
  { name: "sends back what it got", isForgetful: false, stream: false },
  { name: "sends back what it got of streams", isForgetful: false, stream: true },
  { name: "sends back its calls alone", isForgetful: true, stream: false },
  { name: "sends back its calls alone, of streams", isForgetful: true, stream: true },
];
const PAIRS = UPSTREAM_WIRES.flatMap(
  (client) => UPSTREAM_WIRES.flatMap((upstream) => WAYS.map((way) => ({ client, upstream, ...way }))),
  // Over its own wire a request keeps its words: what a client leaves out is left out.
).filter(({ client, upstream, isForgetful }) => client !== upstream || !isForgetful);

describe("the model's thoughts come back to it", () => {
  it.each(PAIRS)("$client over $upstream: a client that $name", async ({ client, upstream, isForgetful, stream }) => {
    const pair = `${PAIRS.findIndex((one) => one.client === client && one.upstream === upstream && one.isForgetful === isForgetful && one.stream === stream)}`;
    const how = { model: modelOver(upstream), stream };
    let request = CLIENTS[client]?.begin ?? {};
    for (const turn of [1, 2]) {
      stage.answer(upstream, answerOf(upstream, turn, pair));
      const answer = await ask(client, request, how);
      request = CLIENTS[client]?.goOn(request, answer, isForgetful) ?? {};
    }
    stage.answer(upstream, { said: [{ text: "Sunny" }], ends: "stop", tokens: TOKENS });
    expect(JSON.stringify(await ask(client, request, how))).toContain("Sunny");
    const { body } = stage.sent();
    expect(PROOFS[upstream]?.(body), JSON.stringify(body, null, 1)).toEqual([`proof-1-${pair}`, `proof-2-${pair}`]);
  });
});
