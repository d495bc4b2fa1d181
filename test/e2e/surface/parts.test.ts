/** A request for many embeddings goes up in parts where the upstream takes fewer at once, and is one request to its client. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, expectFault } from "../call.ts";
import { closedCharge, expectSoundBooks } from "../money/books.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

/** So many inputs does each upstream take. */
const LIMITS = { listed: 10, silent: 40, google: 100 };
const BAD = "an input that is refused";

function refuse({ json }: Exchange): void {
  json({ error: { message: "no", code: "invalid_value", type: "invalid_request_error" } }, 400);
}

function answer(exchange: Exchange, limit: number): void {
  const inputs = exchange.body["input"] as string[];
  if (inputs.length > limit || inputs.includes(BAD)) return refuse(exchange);
  exchange.json({
    data: inputs.map((text, index) => ({ index, embedding: [Number(text), 1] })).toReversed(),
    usage: { prompt_tokens: inputs.length, total_tokens: inputs.length },
  });
}

function answerGoogle(exchange: Exchange): void {
  const requests = exchange.body["requests"] as { content: { parts: { text: string }[] } }[];
  if (requests.length > LIMITS.google) return refuse(exchange);
  exchange.json({
    embeddings: requests.map(({ content }) => ({ values: [Number(content.parts[0]?.text), 1] })),
    usageMetadata: { promptTokenCount: requests.length },
  });
}

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addUpstream(gateway.db, { id: "google", baseUrl: upstream.baseUrl, kind: "gemini" });
  const price = { inputNanos: 1_000_000, outputNanos: 0 };
  const wire = "openai.embeddings";
  await addModel(gateway.db, {
    id: "listed",
    operation: "embed",
    price,
    routes: [{ upstreamId: "one", wire, maxInputs: LIMITS.listed }],
  });
  await addModel(gateway.db, { id: "silent", operation: "embed", price, routes: [{ upstreamId: "one", wire }] });
  await addModel(gateway.db, {
    id: "google",
    operation: "embed",
    price,
    routes: [{ upstreamId: "google", wire: "gemini.embed" }],
  });
  upstream.script("upstream-listed", (exchange) => answer(exchange, LIMITS.listed));
  upstream.script("upstream-silent", (exchange) => answer(exchange, LIMITS.silent));
  upstream.script("upstream-google", answerGoogle);
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

const texts = (count: number) => Array.from({ length: count }, (_, position) => String(position));

async function embed(model: string, input: readonly string[]) {
  upstream.received.length = 0;
  const got = await call(gateway, "/v1/embeddings", { body: { model, input } });
  const sizes = upstream.received.map(({ body }) => ((body["input"] ?? body["requests"]) as unknown[]).length);
  return { got, sizes, charge: async () => closedCharge(gateway, gateway.key, new Response(null, got)) };
}

describe("a request with more inputs than the upstream takes", () => {
  it.each([
    ["listed", 25, [10, 10, 5]],
    ["listed", 10, [10]],
    // Nobody wrote the limit of this one down: it is asked for fewer until it takes them.
    ["silent", 500, [500, 125, ...Array.from({ length: 15 }, () => 32), 20]],
    ["google", 150, [100, 50]],
  ])("%s: %i inputs go up as %j, in order, for one charge", async (model, count, expected) => {
    const { got, sizes, charge } = await embed(model, texts(count));
    expect(got.status, got.story).toBe(200);
    expect(sizes.toSorted()).toEqual(expected.toSorted());
    const data = got.body["data"] as { index: number; embedding: number[] }[];
    expect(data.map(({ index }) => index)).toEqual(texts(count).map(Number));
    const ofUnitLength = model === "google";
    expect(
      data.map(({ embedding: [first = 0, second = 0] }) => Math.round(ofUnitLength ? first / second : first)),
    ).toEqual(texts(count).map(Number));
    expect(got.body).toMatchObject({ model, usage: { prompt_tokens: count, total_tokens: count } });
    expect(await charge()).toMatchObject({ state: "settled", inputTokens: count, amountNanos: count * 1000 });
  });

  it("that is refused for one of its inputs costs nothing, and the account cannot do so without end", async () => {
    const { got, sizes, charge } = await embed("listed", [...texts(14), BAD]);
    expectFault(got, "/v1", { fault: "invalid_parameter" });
    expect(sizes).toEqual([10, 5]);
    expect(await charge()).toMatchObject({
      state: "settled",
      amountNanos: 0,
      writtenOffNanos: 10_000,
      inputTokens: 10,
    });
    await expectSoundBooks(gateway);
  });

  it("that is refused whatever its size is the client's mistake after a few tries", async () => {
    const { got, sizes, charge } = await embed("silent", [BAD, ...texts(99)]);
    expectFault(got, "/v1", { fault: "invalid_parameter" });
    expect(sizes).toEqual([100, 25, 7, 2, 1]);
    expect(await charge()).toMatchObject({ state: "void", amountNanos: 0 });
  });
});
