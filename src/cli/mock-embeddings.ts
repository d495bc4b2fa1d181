/**
 * Embeddings of the mock. Each word moves a text's vector along one axis, so texts with the same words are near each other.
 * @see https://platform.openai.com/docs/api-reference/embeddings
 */
import { createHash } from "node:crypto";
import { wordsOf } from "./mock-words.ts";

type Input = string | readonly number[];

interface EmbeddingsBody {
  readonly model: string;
  readonly input: Input | readonly Input[];
  readonly dimensions?: number;
}

/** Those of text-embedding-3-small. */
const DIMENSIONS = 1536;

export function mockEmbeddings({ model, input, dimensions = DIMENSIONS }: EmbeddingsBody): object {
  const texts = inputsOf(input).map((one) => (typeof one === "string" ? wordsOf(one) : one.map(String)));
  const tokens = texts.reduce((sum, words) => sum + words.length, 0);
  const data = texts.map((words, index) => ({ object: "embedding", index, embedding: vectorOf(words, dimensions) }));
  return { object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function inputsOf(input: EmbeddingsBody["input"]): readonly Input[] {
  if (typeof input === "string") return [input];
  return typeof input[0] === "number" ? [input as readonly number[]] : (input as readonly Input[]);
}

/** Of length 1. */
function vectorOf(words: readonly string[], dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  for (const word of words.length === 0 ? [""] : words) {
    const axis = Number.parseInt(createHash("sha256").update(word).digest("hex").slice(0, 8), 16) % dimensions;
    vector[axis] = (vector[axis] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
