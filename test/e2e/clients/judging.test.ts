/** OpenAI's clients have texts and pictures judged. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
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
  upstream.script("upstream-judge", ({ body, json }) => {
    const flagged = JSON.stringify(body["input"]).includes("hate");
    json({ id: "modr-1", model: "upstream-judge", results: [{ flagged, categories: { hate: flagged } }] });
  });
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

it("a judgement costs what a request costs", async () => {
  const client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1` });
  const { response } = await client.moderations.create({ input: "fine" }).withResponse();
  expect(await closedCharge(gateway, gateway.key, response)).toMatchObject({ amountNanos: 700, estimated: false });
  await expectSoundBooks(gateway);
});
