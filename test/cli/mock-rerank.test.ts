/** What the mock LLM says to a rerank: the order follows from the words. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startMockLlm } from "../../src/cli/mock-model.ts";

let mock: Awaited<ReturnType<typeof startMockLlm>>;
beforeAll(async () => {
  mock = await startMockLlm({ latencyMs: 0 });
});
afterAll(async () => mock.stop());

interface Ranking {
  readonly usage: { readonly total_tokens: number };
  readonly results: readonly { readonly index: number; readonly relevance_score: number }[];
}

async function rank(body: object): Promise<Ranking> {
  const answer = await fetch(`${mock.url}/v1/rerank`, {
    method: "POST",
    body: JSON.stringify({ model: "m", ...body }),
  });
  return (await answer.json()) as Ranking;
}

const orderOf = ({ results }: Ranking) => results.map(({ index }) => index);

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
