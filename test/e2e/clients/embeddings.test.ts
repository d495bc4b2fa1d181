/** The vendors' own clients ask for embeddings, over upstreams of both wires. */
import { GoogleGenAI } from "@google/genai";
import { OpenAIEmbeddings } from "@langchain/openai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { base64Of } from "../../../src/operation/embed/embedding.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { call } from "../call.ts";
import { chargesOf, closedCharge, expectSoundBooks } from "../money/books.ts";
import { SDKS } from "./openai-sdks.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

/** A vector that tells its text, exact as 32-bit floats and of length 1. */
const vectorOf = (text: string) => (text.length % 2 === 0 ? [1, 0] : [0, -1]);

function answerOpenai({ body, json }: Exchange): void {
  const { input, encoding_format: format } = body as { input: string | string[]; encoding_format?: string };
  const vectors = [input].flat().map(vectorOf);
  json({
    object: "list",
    model: "upstream-vectors",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: format === "base64" ? base64Of(vector) : vector,
    })),
    usage: { prompt_tokens: 10, total_tokens: 10 },
  });
}

/** An upstream that knows floats alone, whatever it is asked for. */
function answerFloats(exchange: Exchange): void {
  answerOpenai({ ...exchange, body: { ...exchange.body, encoding_format: "float" } });
}

function answerGoogle({ body, path, json }: Exchange): void {
  type Asked = { content: { parts: { text: string }[] } };
  const valuesOf = ({ content }: Asked) => ({ values: vectorOf(content.parts[0]?.text ?? "") });
  const { requests } = body as { requests?: Asked[] };
  if (path.endsWith(":batchEmbedContents"))
    json({ embeddings: requests?.map(valuesOf), usageMetadata: { promptTokenCount: 10 } });
  else json({ embedding: valuesOf(body as unknown as Asked) });
}

const MODELS = ["vectors", "floats", "google-vectors"] as const;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "openai", baseUrl: upstream.baseUrl });
  await addUpstream(gateway.db, { id: "google", baseUrl: upstream.baseUrl, kind: "gemini" });
  const price = { inputNanos: 20_000, outputNanos: 0 };
  const model = (id: string, upstreamId: string, wire: string) =>
    addModel(gateway.db, { id, operation: "embed", price, routes: [{ upstreamId, wire }] });
  await model("vectors", "openai", "openai.embeddings");
  await model("floats", "openai", "openai.embeddings");
  await model("google-vectors", "google", "gemini.embed");
  await addModel(gateway.db, { id: "talker", autoWeight: 1, routes: [{ upstreamId: "openai" }] });
  await addModel(gateway.db, {
    id: "free-vectors",
    operation: "embed",
    autoWeight: 1,
    price: { inputNanos: 0, outputNanos: 0 },
    routes: [{ upstreamId: "openai", wire: "openai.embeddings" }],
  });
  upstream.script("upstream-vectors", answerOpenai);
  upstream.script("upstream-free-vectors", answerOpenai);
  upstream.script("upstream-floats", answerFloats);
  upstream.script("upstream-google-vectors", answerGoogle);
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

describe.each(SDKS)("%s", (_, Sdk) => {
  const client = () => new Sdk({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });

  it.each(MODELS)("gets vectors of %s, which it asks for in base64", async (model) => {
    const answer = await client().embeddings.create({ model, input: ["even", "odd"] });
    expect(answer.data.map(({ embedding }) => [...embedding])).toEqual([
      [1, 0],
      [0, -1],
    ]);
    expect(answer).toMatchObject({ object: "list", model, usage: { prompt_tokens: 10, total_tokens: 10 } });
  });

  it.each(MODELS)("gets floats of %s", async (model) => {
    const { data } = await client().embeddings.create({ model, input: "odd", encoding_format: "float" });
    expect(data).toEqual([{ object: "embedding", index: 0, embedding: [0, -1] }]);
  });

  it("gets vectors of `auto`, which is no model that talks", async () => {
    const answer = await client().embeddings.create({ model: "auto", input: "odd" });
    expect(answer.model).toBe("free-vectors");
  });

  it("is told that a model which talks makes no vectors", async () => {
    await expect(client().embeddings.create({ model: "talker", input: "a" })).rejects.toMatchObject({
      status: 400,
      param: "model",
    });
  });
});

describe("LangChain", () => {
  it.each(MODELS)("embeds documents with %s", async (model) => {
    const embedder = new OpenAIEmbeddings({
      model,
      apiKey: gateway.key,
      configuration: { baseURL: `${gateway.url}/v1` },
      maxRetries: 0,
    });
    expect(await embedder.embedDocuments(["even", "odd"])).toEqual([
      [1, 0],
      [0, -1],
    ]);
  });
});

describe("Google's SDK", () => {
  it.each(MODELS)("gets vectors of %s", async (model) => {
    const client = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
    const { embeddings } = await client.models.embedContent({ model, contents: ["even", "odd"] });
    expect(embeddings?.map(({ values }) => values)).toEqual([
      [1, 0],
      [0, -1],
    ]);
  });

  it.each(MODELS)("gets a single vector of %s from embedContent", async (model) => {
    const answer = await call(gateway, `/v1beta/models/${model}:embedContent`, {
      body: { content: { parts: [{ text: "odd" }] } },
    });
    expect(answer.body, answer.story).toMatchObject({ embedding: { values: [0, -1] } });
  });
});

describe("the charge", () => {
  it("is for the tokens of the prompt", async () => {
    const sdk = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const { response } = await sdk.embeddings.create({ model: "vectors", input: "odd" }).withResponse();
    expect(await closedCharge(gateway, gateway.key, response)).toMatchObject({
      state: "settled",
      inputTokens: 10,
      amountNanos: 200,
      estimated: false,
    });
  });

  it("is one for each request, and the books are sound", async () => {
    await expectSoundBooks(gateway);
    const charges = await chargesOf(gateway, gateway.key);
    expect(charges.length).toBe(upstream.received.length);
    expect(charges.every(({ state }) => state === "settled")).toBe(true);
  });
});
