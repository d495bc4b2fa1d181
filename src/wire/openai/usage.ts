import type { JsonDraft } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/units.ts";

/** Fields that upstreams add to `usage` about their own bill. Clients must not see them. */
const PRIVATE_FIELDS = ["cost", "cost_details", "is_byok"] as const;

/** Removes an upstream's own costs and routing from an answer or chunk. */
export function scrub(draft: JsonDraft): void {
  draft.set("provider", undefined);
  const usage = draft.object("usage");
  for (const field of PRIVATE_FIELDS) usage?.set(field, undefined);
}

/**
 * OpenAI's `usage` in disjoint counts, or undefined when it is absent. A value that cannot be true becomes a negative
 * count (more cached tokens than prompt tokens) or NaN (not a number), and billing refuses it. Also reads DeepSeek's
 * `prompt_cache_hit_tokens`, and usage that leaves reasoning out of `completion_tokens`.
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const prompt = count(usage["prompt_tokens"]);
  const completion = count(usage["completion_tokens"]);
  if (prompt === undefined && completion === undefined) return undefined;
  const promptDetails = isObject(usage["prompt_tokens_details"]) ? usage["prompt_tokens_details"] : {};
  const completionDetails = isObject(usage["completion_tokens_details"]) ? usage["completion_tokens_details"] : {};

  const cachedRead = count(promptDetails["cached_tokens"] ?? usage["prompt_cache_hit_tokens"]);
  const cacheWrite = count(promptDetails["cache_write_tokens"]);
  const freshInput = minus(prompt, cachedRead, cacheWrite);
  const inputAudio = upTo(count(promptDetails["audio_tokens"]), freshInput);
  const inputImage = upTo(count(promptDetails["image_tokens"]), minus(freshInput, inputAudio));

  const reasoning = count(completionDetails["reasoning_tokens"]);
  const outputAudio = count(completionDetails["audio_tokens"]);
  const total = count(usage["total_tokens"]);
  const reasoningIsApart =
    reasoning !== undefined && reasoning > 0 && total === (prompt ?? 0) + (completion ?? 0) + reasoning;
  const output = reasoningIsApart ? minus(completion, outputAudio) : minus(completion, reasoning, outputAudio);

  const counts = {
    input: minus(freshInput, inputAudio, inputImage),
    cachedRead,
    cacheWrite,
    inputAudio,
    inputImage,
    output,
    reasoning,
    outputAudio,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined));
}

/**
 * Disjoint counts as OpenAI's `usage`, for answers whose upstream reported none.
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export function writeUsage(usage: Usage): JsonObject {
  const { input = 0, cachedRead = 0, cacheWrite = 0, inputAudio = 0, inputImage = 0 } = usage;
  const { output = 0, reasoning = 0, outputAudio = 0 } = usage;
  const prompt = input + cachedRead + cacheWrite + inputAudio + inputImage;
  const completion = output + reasoning + outputAudio;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: reasoning } } : {}),
  };
}

/** A count of tokens; NaN for a value that cannot be one. */
function count(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" && Number.isSafeInteger(value) ? value : Number.NaN;
}

function minus(whole: number | undefined, ...parts: (number | undefined)[]): number | undefined {
  return whole === undefined ? undefined : parts.reduce<number>((rest, part) => rest - (part ?? 0), whole);
}

/** At most `limit`, the tokens not yet counted: audio or image tokens may be cached, and are then counted as cached. */
function upTo(value: number | undefined, limit: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.min(value, Math.max(0, limit ?? 0));
}
