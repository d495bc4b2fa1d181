/** What the mock LLM says of texts: it follows from their words. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startMockLlm } from "../../src/cli/mock-model.ts";

let mock: Awaited<ReturnType<typeof startMockLlm>>;
beforeAll(async () => {
  mock = await startMockLlm({ latencyMs: 0 });
});
afterAll(async () => mock.stop());

async function ask<Answer>(path: string, body: object): Promise<Answer> {
  const answer = await fetch(`${mock.url}/v1/${path}`, {
    method: "POST",
    body: JSON.stringify({ model: "m", ...body }),
  });
  return (await answer.json()) as Answer;
}

interface Ranking {
  readonly usage: { readonly total_tokens: number };
  readonly results: readonly { readonly index: number; readonly relevance_score: number }[];
}

const rank = async (body: object) => ask<Ranking>("rerank", body);
const orderOf = ({ results }: Ranking) => results.map(({ index }) => index);

describe("a ranking", () => {
  it.each([
    [
      "What is the capital of France?",
      ["Berlin is the capital of Germany.", "Paris is the capital of France.", "Nice is by the sea."],
      [1, 0, 2],
    ],
    ["法国的首都在哪里？", ["熊猫吃竹子。", "巴黎是法国的首都。"], [1, 0]],
    ["France", ["france", "Germany", "FRANCE!"], [0, 2, 1]],
  ])("%s", async (query, documents, order) => {
    const ranking = await rank({ query, documents });
    expect(orderOf(ranking)).toEqual(order);
    for (const { relevance_score: score } of ranking.results) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  });

  it("counts the tokens of each document with the query, and gives the best so many", async () => {
    const documents = ["a red panda", { text: "a black cat" }];
    const { usage, results } = await rank({ query: { text: "red cat" }, documents, top_n: 1 });
    expect(usage.total_tokens).toBe(10);
    expect(results).toHaveLength(1);
  });

  it("scores nothing where nothing is shared, or the query has no words", async () => {
    for (const query of ["???", "zebra"]) {
      const { results } = await rank({ query, documents: ["a", "b"] });
      expect(results).toEqual([
        { index: 0, relevance_score: 0 },
        { index: 1, relevance_score: 0 },
      ]);
    }
  });
});

describe("vectors", () => {
  interface Vectors {
    readonly usage: { readonly prompt_tokens: number };
    readonly data: readonly { readonly embedding: readonly number[] }[];
  }
  const embed = async (body: object) => {
    const { data, usage } = await ask<Vectors>("embeddings", body);
    return { vectors: data.map(({ embedding }) => embedding), tokens: usage.prompt_tokens };
  };
  const product = (one: readonly number[] = [], other: readonly number[] = []) =>
    one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);

  it("are of length 1, and near each other where texts have the same words", async () => {
    const { vectors, tokens } = await embed({
      input: ["a red panda", "the red panda", "gold mines", "红色的熊猫", "…"],
    });
    const [first, near, far] = vectors;
    for (const vector of vectors) expect(product(vector, vector)).toBeCloseTo(1, 9);
    expect(product(first, near)).toBeCloseTo(2 / 3, 9);
    expect(product(first, far)).toBe(0);
    expect(tokens).toBe(11);
  });

  it.each([
    ["of one text", { input: "a" }, 1, 1536],
    ["of one text in tokens", { input: [5, 7], dimensions: 64 }, 1, 64],
    ["of two texts in tokens", { input: [[5, 7], [9]], dimensions: 8 }, 2, 8],
  ])("%s have the length that is asked for", async (_, body, count, dimensions) => {
    const { vectors } = await embed(body);
    expect(vectors.map((vector) => vector.length)).toEqual(Array.from({ length: count }, () => dimensions));
  });
});

describe("a judgement", () => {
  interface Judgements {
    readonly results: readonly { readonly flagged: boolean; readonly categories: Readonly<Record<string, boolean>> }[];
  }

  it.each([
    ["of one text", "I hate idiots", [["harassment", "hate"]]],
    ["of each text", ["He was killed.", "I hatch eggs."], [["violence"], []]],
    [
      "of parts, together",
      [
        { type: "text", text: "杀" },
        { type: "image_url", image_url: { url: "x" } },
      ],
      [["violence"]],
    ],
  ])("%s", async (_, input, expected) => {
    const { results } = await ask<Judgements>("moderations", { input });
    expect(results.map(({ categories }) => Object.keys(categories).filter((name) => categories[name]))).toEqual(
      expected,
    );
    expect(results.map(({ flagged }) => flagged)).toEqual(expected.map(({ length }) => length > 0));
    expect(Object.keys(results[0]?.categories ?? {})).toHaveLength(13);
  });
});
