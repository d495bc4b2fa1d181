/** Every conversation of the matrix by the vendors' own SDKs, whole and streamed, over upstreams of every other wire. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI, type GenerateContentParameters, type GenerateContentResponse } from "@google/genai";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../../src/core/json.ts";
import { generateContent } from "../../../src/wire/gemini/generate-content.ts";
import { CASES } from "../../wire/matrix/cases.ts";
import { SDKS } from "./openai-sdks.ts";
import { modelOver, startWires, UPSTREAM_WIRES, type WireStage } from "./wires.ts";

let stage: WireStage;
beforeAll(async () => {
  stage = await startWires();
});
afterAll(async () => stage.close());

interface Client {
  readonly name: string;
  readonly wire: string;
  /** @returns the whole answer, also of a stream, as the SDK puts it together */
  readonly ask: (body: JsonObject, model: string, stream: boolean) => Promise<unknown>;
}

function openai([name, Sdk]: (typeof SDKS)[number]): Client[] {
  const client = () => new Sdk({ apiKey: stage.gateway.key, baseURL: `${stage.gateway.url}/v1`, maxRetries: 0 });
  return [
    {
      name: `${name}, chat`,
      wire: "openai.chat",
      async ask(body, model, stream) {
        const asked = { ...body, model } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
        if (!stream) return client().chat.completions.create(asked);
        const options = { ...asked, stream: true, stream_options: { include_usage: true } } as const;
        return client().chat.completions.stream(options).finalChatCompletion();
      },
    },
    {
      name: `${name}, responses`,
      wire: "openai.responses",
      async ask(body, model, stream) {
        const asked = { ...body, model, store: false } as OpenAI.Responses.ResponseCreateParamsNonStreaming;
        if (!stream) return client().responses.create(asked);
        return client()
          .responses.stream({ ...asked, stream: true })
          .finalResponse();
      },
    },
  ];
}

const CLIENTS: readonly Client[] = [
  ...SDKS.flatMap(openai),
  {
    name: "@anthropic-ai/sdk",
    wire: "anthropic.messages",
    async ask(body, model, stream) {
      const client = new Anthropic({ apiKey: stage.gateway.key, baseURL: stage.gateway.url, maxRetries: 0 });
      const asked = { ...body, model } as unknown as Anthropic.MessageCreateParamsNonStreaming;
      return stream ? client.messages.stream(asked).finalMessage() : client.messages.create(asked);
    },
  },
  {
    name: "@google/genai",
    wire: "gemini.generate",
    async ask({ contents, generationConfig, generation_config: snaky, ...rest }, model, stream) {
      const client = new GoogleGenAI({ apiKey: stage.gateway.key, httpOptions: { baseUrl: stage.gateway.url } });
      const config = { ...rest, ...(isObject(generationConfig) ? generationConfig : {}), ...camel(snaky) };
      const asked = { model, contents, config } as GenerateContentParameters;
      if (!stream) return client.models.generateContent(asked);
      const fold = generateContent.fold?.();
      const chunks: GenerateContentResponse[] = [];
      for await (const chunk of await client.models.generateContentStream(asked)) chunks.push(chunk);
      // The SDK gives the chunks alone.
      for (const chunk of chunks) fold?.add({ draft: new JsonDraft(JSON.parse(JSON.stringify(chunk)) as JsonObject) });
      return fold?.answer().value;
    },
  },
];

/** The SDK knows names in camel case alone. */
function camel(members: unknown): JsonObject {
  const name = (snake: string) => snake.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(isObject(members) ? members : {}).map(([key, value]) => [name(key), value]));
}

/** What the client must get. Models have the names of the stage. */
function expectedOf(gets: JsonObject, model: string): JsonObject {
  const named = Object.keys(gets).filter((name) => name === "model" || name === "modelVersion");
  return { ...gets, ...Object.fromEntries(named.map((name) => [name, model])) };
}

/** OpenAI's SDK joins the members of a streamed message that OpenAI has: of others it keeps the last piece. */
function asJoined(gets: JsonObject): JsonObject {
  const choices = objectsOf(gets["choices"]).map((choice) => {
    const { reasoning_content: _thought, images: _images, ...message } = choice["message"] as JsonObject;
    return { ...choice, message };
  });
  return { ...gets, choices };
}

function withoutModel({ model: _model, ...sent }: JsonObject): JsonObject {
  return sent;
}

describe.each(CLIENTS)("$name", ({ wire: client, ask }) => {
  describe.each(UPSTREAM_WIRES.filter((wire) => wire !== client))("over %s", (upstream) => {
    const cases = CASES.filter(
      ({ upstreams = UPSTREAM_WIRES, clients = UPSTREAM_WIRES }) =>
        upstreams.includes(upstream) && clients.includes(client),
    );

    it.each(cases.flatMap((one) => [false, true].map((stream) => ({ ...one, stream }))))(
      "$name, stream $stream",
      async ({ asks, sent, answer, gets, stream }) => {
        const model = modelOver(upstream);
        stage.answer(upstream, answer);
        const got = await ask(asks[client] ?? {}, model, stream);
        const expected = expectedOf(gets[client] ?? {}, model);
        expect(got).toMatchObject(client === "openai.chat" && stream ? asJoined(expected) : expected);
        expect(stage.sent().body).toMatchObject(withoutModel(sent[upstream] ?? {}));
      },
    );
  });
});
