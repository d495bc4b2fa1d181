/** Rerank as Cohere's clients and Jina's ask for it, over upstreams of both forms: results, errors, charges, receipts. */
import { Cohere, CohereClient, CohereClientV2 } from "cohere-ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, logLine } from "../call.ts";
import { chargesOf, closedCharge, expectSoundBooks } from "../money/books.ts";
import { failureOf } from "./stage.ts";

const MODELS = ["jina", "cohere"] as const;
const DOCUMENTS = ["a", "bbb", "cc"];
/** A document scores by its length. */
const BEST_FIRST = [1, 2, 0];
const SEARCH_NANOS = 2_000_000;

let gateway: Gateway;
let upstream: ScriptedUpstream;

interface Asked {
  readonly query: unknown;
  readonly documents: readonly unknown[];
  readonly top_n?: number;
}

/** In the order of the documents. */
function scoresOf({ documents }: Asked) {
  const textOf = (document: unknown) =>
    typeof document === "string" ? document : ((document as { text?: string }).text ?? "");
  return documents.map((document, index) => ({ index, relevance_score: textOf(document).length / 1000 }));
}

/** A server of open models in Jina's form: it neither sorts nor cuts. @see https://api.jina.ai/redoc#tag/rerank (2026-11-20) */
function answerJina({ body, path, json }: Exchange): void {
  const asked = body as unknown as Asked;
  if (path !== "/v1/rerank") return json({ detail: "Not Found" }, 404);
  if (asked.query === "bad") return json({ detail: "[query] is bad" }, 422);
  json({ model: "jina-reranker", object: "list", usage: { total_tokens: 30 }, results: scoresOf(asked) });
}

const COHERE_FIELDS = new Set(["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"]);

/** Takes texts alone, and no field that it does not know. @see https://docs.cohere.com/reference/rerank (2026-11-20) */
function answerCohere({ body, path, json }: Exchange): void {
  const asked = body as unknown as Asked;
  const unknown = Object.keys(body).filter((name) => !COHERE_FIELDS.has(name));
  if (path !== "/v2/rerank") return json({ message: "not found" }, 404);
  if (unknown.length > 0) return json({ message: `unknown field: ${unknown.join()}` }, 422);
  if (!asked.documents.every((document) => typeof document === "string")) {
    return json({ message: "invalid type: documents" }, 400);
  }
  if (asked.query === "bad") return json({ message: "query is bad" }, 400);
  json({
    id: "0f9d",
    results: scoresOf(asked)
      .toSorted((one, other) => other.relevance_score - one.relevance_score)
      .slice(0, asked.top_n),
    meta: {
      api_version: { version: "2" },
      billed_units: { search_units: Math.ceil(asked.documents.length / 100) },
    },
  });
}

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  const { db } = gateway;
  await addUpstream(db, { id: "jina", baseUrl: upstream.baseUrl });
  await addUpstream(db, { id: "cohere", baseUrl: upstream.baseUrl.replace(/\/v1$/, "/v2") });
  await addModel(db, {
    id: "jina",
    operation: "rerank",
    price: { inputNanos: 20_000, outputNanos: 0 },
    autoWeight: 1,
    routes: [{ upstreamId: "jina", wire: "jina.rerank" }],
  });
  await addModel(db, {
    id: "cohere",
    operation: "rerank",
    price: { inputNanos: 0, outputNanos: 0 },
    rates: [{ unit: "searches", nanos: SEARCH_NANOS }],
    routes: [{ upstreamId: "cohere", wire: "cohere.rerank" }],
  });
  await addModel(db, { id: "talker", routes: [{ upstreamId: "jina" }] });
  upstream.script("upstream-jina", answerJina);
  upstream.script("upstream-cohere", answerCohere);
});

afterAll(async () => {
  await expectSoundBooks(gateway);
  await Promise.all([gateway.close(), upstream.close()]);
});

const client = (token = gateway.key) => new CohereClientV2({ token, baseUrl: gateway.url, maxRetries: 0 });

/** What stands on the receipt of a request: what was counted, how much of it, and its price. */
async function linesOf(id: string): Promise<unknown[]> {
  const answer = await call(gateway, `/api/charges/${id}`);
  const { lines } = answer.body as { lines?: readonly { class: string; count: number; nanos: string }[] };
  expect(lines, answer.story).toBeDefined();
  return (lines ?? []).map(({ class: unit, count, nanos }) => [unit, count, nanos]);
}

describe.each(MODELS)("over %s's form", (model) => {
  it("Cohere's client gets the best first, and what it cost", async () => {
    const answer = await client().rerank({ model, query: "which?", documents: DOCUMENTS });
    expect(answer.results).toEqual(
      BEST_FIRST.map((index) => ({ index, relevanceScore: (DOCUMENTS[index] ?? "").length / 1000 })),
    );
    expect(answer.meta).toMatchObject({ apiVersion: { version: "2" }, billedUnits: { searchUnits: 1 } });
  });

  it.each([
    [1, [1]],
    [2, [1, 2]],
    [9, BEST_FIRST],
  ])("Cohere's client gets the best %i", async (topN, indices) => {
    const answer = await client().rerank({ model, query: "which?", documents: DOCUMENTS, topN, maxTokensPerDoc: 100 });
    expect(answer.results.map(({ index }) => index)).toEqual(indices);
  });

  it("Cohere's first client sends objects, and gets them back", async () => {
    const old = new CohereClient({ token: gateway.key, baseUrl: gateway.url, maxRetries: 0 });
    const documents = [{ text: "a" }, { text: "bbb" }];
    const answer = await old.rerank({ model, query: "which?", documents, returnDocuments: true });
    expect(answer.results.map(({ document }) => document?.text)).toEqual(["bbb", "a"]);
  });

  it.each(["/v1/rerank", "/v2/rerank", "/rerank"])("Jina's clients get documents and tokens at %s", async (path) => {
    const body = { model, query: "which?", documents: ["a", { text: "bbb" }], return_documents: true };
    const answer = await call(gateway, path, { body });
    expect(answer.body, answer.story).toMatchObject({
      object: "list",
      model,
      results: [
        { index: 1, relevance_score: 0.003, document: { text: "bbb" } },
        { index: 0, relevance_score: 0.001, document: { text: "a" } },
      ],
      usage: { total_tokens: model === "jina" ? 30 : (expect.any(Number) as unknown) },
    });
    const without = await call(gateway, path, { body: { ...body, return_documents: false } });
    expect(without.text).not.toContain("document");
  });

  it("an error of the upstream's reaches Cohere's client in the upstream's words, and costs nothing", async () => {
    const error = await failureOf(client().rerank({ model, query: "bad", documents: DOCUMENTS }));
    expect(error).toBeInstanceOf(Cohere.BadRequestError);
    const { body, rawResponse } = error as Cohere.BadRequestError;
    expect(body).toMatchObject({ message: expect.stringContaining("is bad") });
    const answer = new Response(null, { headers: { "x-request-id": rawResponse?.headers.get("x-request-id") ?? "" } });
    expect(await closedCharge(gateway, gateway.key, answer)).toMatchObject({ state: "void", amountNanos: 0 });
  });
});

describe("Cohere's client", () => {
  it.each<[string, Cohere.V2RerankRequest, abstract new (...given: never[]) => Error, RegExp]>([
    ["no documents", { model: "cohere", query: "which?", documents: [] }, Cohere.BadRequestError, /documents/],
    ["no question", { model: "cohere", query: "", documents: DOCUMENTS }, Cohere.BadRequestError, /query/],
    ["a top of 0", { model: "cohere", query: "q", documents: ["a"], topN: 0 }, Cohere.BadRequestError, /top_n/],
    ["an unknown model", { model: "nobody", query: "q", documents: ["a"] }, Cohere.NotFoundError, /nobody/],
    ["a model that talks", { model: "talker", query: "q", documents: ["a"] }, Cohere.BadRequestError, /talker/],
  ])("is told of %s", async (_, request, kind, words) => {
    const before = upstream.received.length;
    const error = await failureOf(client().rerank(request));
    expect(error).toBeInstanceOf(kind);
    expect((error as Cohere.BadRequestError).body).toMatchObject({ message: expect.stringMatching(words) });
    expect(upstream.received.length).toBe(before);
  });

  it("is told of a wrong key, and of an upstream that has too much to do", async () => {
    const wrong = await failureOf(client("sk-wrong").rerank({ model: "cohere", query: "q", documents: ["a"] }));
    expect(wrong).toBeInstanceOf(Cohere.UnauthorizedError);
    expect((wrong as Cohere.UnauthorizedError).body).toMatchObject({ message: expect.stringContaining("key") });
    upstream.script("upstream-cohere", ({ json }) => json({ message: "trial key" }, 429, { "retry-after": "1" }));
    const busy = await failureOf(client().rerank({ model: "cohere", query: "q", documents: ["a"] }));
    expect(busy).toBeInstanceOf(Cohere.TooManyRequestsError);
    expect(JSON.stringify((busy as Cohere.TooManyRequestsError).body)).not.toContain("trial key");
    upstream.script("upstream-cohere", answerCohere);
    // Its credential cools as long as it said.
    await expect
      .poll(
        async () =>
          client()
            .rerank({ model: "cohere", query: "q", documents: ["a"] })
            .then(() => "answered", String),
        {
          timeout: 10_000,
        },
      )
      .toBe("answered");
  });
});

describe("a charge", () => {
  it("is for searches where the price says so, and its receipt shows them", async () => {
    const documents = Array.from({ length: 150 }, (_, index) => `document ${index}`);
    const { data, rawResponse } = await client()
      .rerank({ model: "cohere", query: "which?", documents })
      .withRawResponse();
    expect(data.meta?.billedUnits?.searchUnits).toBe(2);
    const id = rawResponse.headers.get("x-request-id") ?? "";
    const charge = await closedCharge(gateway, gateway.key, new Response(null, { headers: { "x-request-id": id } }));
    expect(charge).toMatchObject({ state: "settled", searches: 2, amountNanos: 2 * SEARCH_NANOS, estimated: false });
    expect(await linesOf(id)).toEqual([
      ["input_tokens", expect.any(Number), "0"],
      ["searches", 2, String(2 * SEARCH_NANOS)],
    ]);
  });

  it("is for the tokens that Jina counts, and the log says the same", async () => {
    const answer = await call(gateway, "/v1/rerank", {
      body: { model: "auto", query: "which?", documents: DOCUMENTS },
    });
    const charge = await closedCharge(gateway, gateway.key, new Response(null, answer));
    expect(charge).toMatchObject({ state: "settled", inputTokens: 30, amountNanos: 600, estimated: false });
    expect(await linesOf(answer.headers.get("x-request-id") ?? "")).toEqual([
      ["input_tokens", 30, "600"],
      ["searches", 1, "0"],
    ]);
    expect(await logLine(gateway, answer)).toMatchObject({ model: "jina", status: 200, usage: { input: 30 } });
  });

  it("is one for each request, and none is left open", async () => {
    await expectSoundBooks(gateway);
    const charges = await chargesOf(gateway, gateway.key);
    expect(new Set(charges.map(({ state }) => state))).toEqual(new Set(["settled", "void"]));
    for (const { state, amountNanos } of charges) if (state === "void") expect(amountNanos).toBe(0);
  });
});
