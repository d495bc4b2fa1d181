/**
 * Rerank of the mock, in Jina's form. A document scores by the words that it shares with the query, and a word counts the
 * more, the fewer documents have it.
 * @see https://api.jina.ai/redoc#tag/rerank
 */
import { wordsOf } from "./mock-words.ts";

interface RerankBody {
  readonly model: string;
  readonly query: string | { readonly text: string };
  readonly documents: readonly (string | { readonly text: string })[];
  readonly top_n?: number;
}

export function mockRerank({ model, query, documents, top_n: top = documents.length }: RerankBody): object {
  const texts = documents.map(textOf);
  const results = scoresOf(textOf(query), texts)
    .map((score, index) => ({ index, relevance_score: score }))
    .toSorted((one, other) => other.relevance_score - one.relevance_score)
    .slice(0, top);
  const tokens = texts.reduce((sum, text) => sum + wordsOf(`${textOf(query)} ${text}`).length, 0);
  return { model, object: "list", usage: { prompt_tokens: tokens, total_tokens: tokens }, results };
}

/** Each from 0 to 1. */
function scoresOf(query: string, documents: readonly string[]): number[] {
  const held = documents.map((document) => new Set(wordsOf(document)));
  const weights = [...new Set(wordsOf(query))].map((word) => {
    const holders = held.filter((words) => words.has(word)).length;
    return { word, weight: 1 / (1 + holders) };
  });
  const most = weights.reduce((sum, { weight }) => sum + weight, 0);
  return held.map((words) => {
    const shared = weights.reduce((sum, { word, weight }) => sum + (words.has(word) ? weight : 0), 0);
    return most === 0 ? 0 : shared / most;
  });
}

function textOf(document: string | { readonly text: string }): string {
  return typeof document === "string" ? document : document.text;
}
