/** Clients that sort and judge texts: OpenAI's moderations, and rerank in the forms of Jina and Cohere. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call } from "../call.ts";
import { closedCharge, expectSoundBooks } from "../money/books.ts";
import { SDKS } from "./openai-sdks.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  const free = { inputNanos: 0, outputNanos: 0 };
  const model = async (id: string, operation: string, wire: string, rates: readonly object[] = []) =>
    addModel(gateway.db, { id, operation, price: free, rates, autoWeight: 1, routes: [{ upstreamId: "one", wire }] });
  await model("judge", "moderate", "openai.moderations", [{ unit: "request", nanos: 700 }]);
  await model("jina", "rerank", "jina.rerank");
  await model("cohere", "rerank", "cohere.rerank", [{ unit: "searches", nanos: 2_000_000 }]);
  upstream.script("upstream-judge", ({ body, json }) => {
    const flagged = JSON.stringify(body["input"]).includes("hate");
    json({ id: "modr-1", model: "upstream-judge", results: [{ flagged, categories: { hate: flagged } }] });
  });
  const results = (body: Record<string, unknown>) =>
    (body["documents"] as string[]).map((_, index) => ({ index, relevance_score: index / 10 }));
  upstream.script("upstream-jina", ({ body, json }) => json({ results: results(body), usage: { total_tokens: 12 } }));
  upstream.script("upstream-cohere", ({ body, json }) =>
    json({ id: "r", results: results(body).toReversed(), meta: { billed_units: { search_units: 1 } } }),
  );
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

describe.each(SDKS)("%s", (_, Sdk) => {
  const client = () => new Sdk({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });

  it("has a text judged without naming a model", async () => {
    const { results, model } = await client().moderations.create({ input: "I hate this" });
    expect([model, results.map(({ flagged }) => flagged)]).toEqual(["judge", [true]]);
  });

  it("has a picture judged with its text", async () => {
    const { results } = await client().moderations.create({
      model: "judge",
      input: [
        { type: "text", text: "look" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      ],
    });
    expect(results.map(({ flagged }) => flagged)).toEqual([false]);
  });
});

describe("rerank", () => {
  const documents = ["a", "b", "c"];

  it.each([
    ["/v1/rerank", "jina"],
    ["/v1/rerank", "cohere"],
    ["/v2/rerank", "jina"],
    ["/v2/rerank", "cohere"],
    ["/rerank", "jina"],
  ])("%s sorts by %s", async (path, model) => {
    const answer = await call(gateway, path, { body: { model, query: "which?", documents, top_n: 2 } });
    expect(answer.status, answer.story).toBe(200);
    expect(answer.body, answer.story).toMatchObject({
      model,
      results: [
        { index: 2, relevance_score: 0.2 },
        { index: 1, relevance_score: 0.1 },
      ],
      meta: { billed_units: { search_units: 1 } },
    });
  });

  it("tells errors where Cohere's and OpenAI's clients look for them", async () => {
    const answer = await call(gateway, "/v2/rerank", { body: { model: "cohere", query: "which?" } });
    expect(answer.body, answer.story).toMatchObject({
      message: expect.stringContaining("documents"),
      error: { param: "documents", code: "missing_required_parameter" },
    });
    expect(answer.status).toBe(400);
  });

  it("is charged by searches where the price says so, and that is no estimate", async () => {
    const answer = await call(gateway, "/v2/rerank", { body: { model: "cohere", query: "which?", documents } });
    const charge = await closedCharge(gateway, gateway.key, new Response(null, answer));
    expect(charge).toMatchObject({ state: "settled", searches: 1, amountNanos: 2_000_000, estimated: false });
  });
});

it("a judgement costs what a request costs", async () => {
  const client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1` });
  const { response } = await client.moderations.create({ input: "fine" }).withResponse();
  expect(await closedCharge(gateway, gateway.key, response)).toMatchObject({ amountNanos: 700, estimated: false });
  await expectSoundBooks(gateway);
});
