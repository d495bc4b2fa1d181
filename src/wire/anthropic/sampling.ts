/** Which settings of sampling a model of this vendor refuses. */
import { numberIn } from "../values.ts";

/**
 * Claude after Opus 4.6 samples as it thinks right.
 * @see https://platform.claude.com/docs/en/api/messages
 */
const FIXED = /claude-(opus|sonnet|haiku|fable|mythos)-(4-([7-9]|[1-9]\d)(?!\d)|[5-9]|[1-9]\d)/;
const LEAST_TOP_P = 0.99;

/** @returns the names of the fields that the model refuses with these values */
export function refusedSampling(
  model: string,
  { temperature, top_p, top_k }: { readonly temperature?: unknown; readonly top_p?: unknown; readonly top_k?: unknown },
): string[] {
  if (!FIXED.test(model)) return [];
  return [
    ...((numberIn(temperature) ?? 1) === 1 ? [] : ["temperature"]),
    ...((numberIn(top_p) ?? 1) >= LEAST_TOP_P ? [] : ["top_p"]),
    ...(numberIn(top_k) === undefined ? [] : ["top_k"]),
  ];
}
