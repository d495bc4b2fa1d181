/** Rerank: what is read, what goes to each vendor, and what clients of both find in the answer. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { leastSearches, mostSearches } from "../../src/operation/rerank/ranking.ts";
import { cohereRerank } from "../../src/wire/cohere/rerank.ts";
import { rerank } from "../../src/wire/jina/rerank.ts";
import { passage } from "../../src/wire/passage.ts";
import type { Wire } from "../../src/wire/types.ts";
import { faultOf, MATCH, TARGET } from "./support.ts";

const DOCUMENTS = ["first", "second", "third"];
const ask = (body: JsonObject = {}) =>
  rerank.read(jsonPayload({ model: "ranker", query: "Which?", documents: DOCUMENTS, ...body }), MATCH);

function carry(body: JsonObject, upstream: Wire, answer?: JsonObject) {
  const carried = passage(ask(body), upstream, TARGET);
  if (carried?.payload.kind !== "json") throw new Error("nothing carries it");
  const step = answer && carried.whole(jsonPayload(structuredClone(answer)));
  const given = step && carried.answer(() => ({ input: 7 }));
  return {
    path: carried.address.path,
    sent: carried.payload.value,
    warnings: carried.warnings,
    usage: step?.usage,
    given: given?.kind === "json" ? (JSON.parse(given.text) as JsonObject) : {},
  };
}

const result = (index: number, score: number) => ({ index, relevance_score: score });
const jina = (...results: object[]) => ({ model: "upstream-model", results, usage: { total_tokens: 30 } });
const cohere = (...results: object[]) => ({
  id: "1",
  results,
  meta: { api_version: { version: "2" }, billed_units: { search_units: 2 } },
});
const RANKED = [result(1, 0.9), result(0, 0.5), result(2, 0.1)];

describe("a request", () => {
  it("is read with its documents, each with the question", () => {
    const { demand, promptText } = ask();
    expect(demand).toMatchObject({
      operation: "rerank",
      model: "ranker",
      prompts: 3,
      maxOutput: 0,
      units: { searches: 1 },
    });
    expect(promptText()).toBe("Which?\nfirst\nWhich?\nsecond\nWhich?\nthird");
    expect(demand.promptBytes).toBeGreaterThanOrEqual(promptText().length);
  });

  it.each([
    ["no question", { query: undefined }, "missing_input query"],
    ["no documents", { documents: undefined }, "missing_input documents"],
    ["an empty list", { documents: [] }, "invalid_parameter documents"],
    ["numbers for documents", { documents: [1] }, "invalid_parameter documents"],
    ["too many documents", { documents: Array.from({ length: 10_001 }, () => "a") }, "invalid_parameter documents"],
    ["a top of 0", { top_n: 0 }, "invalid_parameter top_n"],
    ["a question that is a number", { query: 5 }, "invalid_parameter query"],
  ])("with %s is refused", (_, body, fault) => expect(faultOf(() => ask(body))).toBe(fault));

  it("needs a model for pictures where it has some", () => {
    expect(ask({ documents: [{ image: "https://a.example/a.png" }, "b"] }).demand.needs).toEqual(
      new Map([["image", 1]]),
    );
    expect(faultOf(() => carry({ documents: [{ image: "x" }] }, cohereRerank))).toBe("unsupported_feature documents");
  });

  it("goes to its own wire as it came", () => {
    const { sent, path, warnings } = carry({ top_n: 2, truncation: true, user: "a", nonsense: 1 }, rerank);
    expect(path).toBe("/rerank");
    expect(sent).toEqual({
      model: "upstream-model",
      query: "Which?",
      documents: DOCUMENTS,
      top_n: 2,
      truncation: true,
      user: "account-alias",
    });
    expect(warnings).toEqual(["dropped=nonsense"]);
  });

  it("goes to Cohere as texts", () => {
    const documents = [{ text: "first" }, { title: "Two", body: "second" }, "third"];
    const { sent, warnings } = carry(
      { documents, rank_fields: ["title", "body"], top_n: 9, max_tokens_per_doc: 100, truncation: true },
      cohereRerank,
    );
    expect(sent).toEqual({
      model: "upstream-model",
      query: "Which?",
      documents: ["first", "title: Two\nbody: second", "third"],
      top_n: 3,
      max_tokens_per_doc: 100,
    });
    expect(warnings).toEqual(["dropped=truncation"]);
  });
});

describe("an answer", () => {
  const superset = (tokens: number, searches: number) => ({
    object: "list",
    model: "public",
    usage: { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens },
    meta: {
      api_version: { version: "2" },
      billed_units: { search_units: searches },
      tokens: { input_tokens: tokens },
    },
  });

  it("of Jina's has what clients of both look for", () => {
    const { given, usage } = carry({}, rerank, {
      ...jina(...RANKED),
      usage: { prompt_tokens: 30, completion_tokens: 0, total_tokens: 30 },
    });
    expect(given).toEqual({ ...superset(30, 1), results: RANKED });
    expect(usage).toEqual({ input: 30, searches: 1 });
  });

  it("of Cohere's has what clients of both look for", () => {
    const { given, usage } = carry({}, cohereRerank, cohere(...RANKED));
    expect(given).toMatchObject({ object: "list", model: "public", results: RANKED, usage: { total_tokens: 7 } });
    expect(given["meta"]).toMatchObject({ billed_units: { search_units: 2 } });
    expect(usage).toEqual({ searches: 2 });
  });

  it("is sorted, and cut to what was asked for", () => {
    const unsorted = [result(0, 0.5), result(2, 0.1), result(1, 0.9)];
    expect(carry({}, rerank, jina(...unsorted)).given["results"]).toEqual(RANKED);
    expect(carry({ top_n: 2 }, rerank, jina(...unsorted)).given["results"]).toEqual(RANKED.slice(0, 2));
    expect(carry({ top_n: 2 }, cohereRerank, cohere(...unsorted)).given["results"]).toEqual(RANKED.slice(0, 2));
  });

  it("is read where its results stand under `data`", () => {
    const { results, ...rest } = jina(...RANKED);
    expect(carry({}, rerank, { ...rest, data: results }).given).toMatchObject({ results: RANKED });
  });

  it("has the documents where they are asked for, as objects, whatever the upstream gives", () => {
    const given = carry(
      { return_documents: true },
      rerank,
      jina({ ...result(1, 0.9), document: "second" }, result(0, 0.5), result(2, 0.1)),
    );
    expect(given.given["results"]).toEqual([
      { ...result(1, 0.9), document: { text: "second" } },
      { ...result(0, 0.5), document: { text: "first" } },
      { ...result(2, 0.1), document: { text: "third" } },
    ]);
    expect(carry({ return_documents: true }, cohereRerank, cohere(...RANKED)).given["results"]).toMatchObject([
      { document: { text: "second" } },
      {},
      {},
    ]);
    const unasked = carry({}, rerank, jina(...RANKED.map((one) => ({ ...one, document: { text: "x" } }))));
    expect(unasked.given["results"]).toEqual(RANKED);
  });

  it.each([
    ["has fewer results", jina(result(0, 1))],
    ["names a document twice", jina(result(0, 1), result(0, 0.5), result(1, 0.1))],
    ["names a document that is not there", jina(result(0, 1), result(3, 0.5), result(1, 0.1))],
    ["has no scores", jina({ index: 0 }, { index: 1 }, { index: 2 })],
    ["is empty", {}],
  ])("that %s is none", (_, answer) => {
    expect(faultOf(() => carry({}, rerank, answer))).toBe("upstream_error");
    expect(faultOf(() => carry({}, cohereRerank, answer))).toBe("upstream_error");
  });
});

describe("searches", () => {
  it.each([
    [1, 1],
    [100, 1],
    [101, 2],
  ])("of %i short documents are %i", (documents, searches) => expect(leastSearches(documents)).toBe(searches));

  it("are never more than what is held for", () => {
    expect(mostSearches(6, [1, 1])).toBe(1);
    // 494 bytes of each piece are left for the document.
    expect(
      mostSearches(
        6,
        Array.from({ length: 60 }, () => 989),
      ),
    ).toBe(2);
    expect(mostSearches(600, [200])).toBe(2);
  });
});
