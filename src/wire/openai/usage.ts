import type { JsonPlace } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { leastUsage, type Fee, type Usage } from "../../core/units.ts";
import { countIn } from "../values.ts";

/** The members of answers and chunks that the wires document. They need no look at their names. */
export const DOCUMENTED: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "system_fingerprint",
  "service_tier",
]);

/** Removes what tells who served a choice, and for how much: Vercel's gateway puts it beside the message's text. */
export function scrubMessage(choice: JsonPlace, member: "message" | "delta"): void {
  const message = choice.value[member];
  if (isObject(message) && message["provider_metadata"] !== undefined)
    choice.object(member)?.set("provider_metadata", undefined);
}

/** The members that no wire documents. */
export function extrasOf(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !DOCUMENTED.has(name)));
}

/**
 * OpenAI's `usage` in disjoint counts, or undefined when it is absent. A value that cannot be true becomes a negative
 * count (more cached tokens than prompt tokens) or NaN (not a number), and billing refuses it. Also reads DeepSeek's
 * `prompt_cache_hit_tokens`, usage that leaves reasoning out of `completion_tokens`, and vendors' counts of web searches.
 * @param fees those that the request was sent with. An upstream that does not count them used them once; all that it wrote
 *   to its prompt cache counts as kept for an hour if the request asked for that
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export function readUsage(usage: unknown, fees: ReadonlySet<Fee> = new Set()): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const prompt = countIn(usage["prompt_tokens"]);
  const completion = countIn(usage["completion_tokens"]);
  if (prompt === undefined && completion === undefined) return undefined;
  const promptDetails = isObject(usage["prompt_tokens_details"]) ? usage["prompt_tokens_details"] : {};
  const completionDetails = isObject(usage["completion_tokens_details"]) ? usage["completion_tokens_details"] : {};

  const cachedRead = countIn(promptDetails["cached_tokens"] ?? usage["prompt_cache_hit_tokens"]);
  const cacheWrite = countIn(promptDetails["cache_write_tokens"]);
  const freshInput = minus(prompt, cachedRead, cacheWrite);
  const inputAudio = upTo(countIn(promptDetails["audio_tokens"]), freshInput);
  const inputImage = upTo(countIn(promptDetails["image_tokens"]), minus(freshInput, inputAudio));

  const reasoning = countIn(completionDetails["reasoning_tokens"]);
  const outputAudio = countIn(completionDetails["audio_tokens"]);
  const outputImage = countIn(completionDetails["image_tokens"]);
  const total = countIn(usage["total_tokens"]);
  const reasoningIsApart =
    reasoning !== undefined && reasoning > 0 && total === (prompt ?? 0) + (completion ?? 0) + reasoning;
  const output = minus(completion, reasoningIsApart ? undefined : reasoning, outputAudio, outputImage);

  const counts = {
    input: minus(freshInput, inputAudio, inputImage),
    cachedRead,
    [fees.has("cacheWrite1h") ? "cacheWrite1h" : "cacheWrite"]: cacheWrite,
    inputAudio,
    inputImage,
    output,
    reasoning,
    outputAudio,
    outputImage,
    searches: searchesIn(usage),
  };
  return {
    ...leastUsage(fees),
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)),
  };
}

/**
 * The number of web searches, where it is reported.
 * @see https://openrouter.ai/docs/features/web-search, https://docs.perplexity.ai, https://docs.x.ai
 */
function searchesIn(usage: JsonObject): number | undefined {
  const { server_tool_use: tools, num_search_queries: queries, num_sources_used: sources } = usage;
  return countIn((isObject(tools) ? tools["web_search_requests"] : undefined) ?? queries ?? sources);
}

/** The usage of what makes no output. Some upstreams tell the tokens of the prompt as `total_tokens` alone. */
export function promptUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const { prompt_tokens: prompt, total_tokens: total, prompt_tokens_details: details } = usage;
  return readUsage({ prompt_tokens: prompt ?? total, prompt_tokens_details: details });
}

/**
 * Disjoint counts as OpenAI's `usage`.
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export function writeUsage(usage: Usage): JsonObject {
  const { input = 0, cachedRead = 0, cacheWrite = 0, cacheWrite1h = 0, inputAudio = 0, inputImage = 0 } = usage;
  const { output = 0, reasoning = 0, outputAudio = 0, outputImage = 0 } = usage;
  const prompt = input + cachedRead + cacheWrite + cacheWrite1h + inputAudio + inputImage;
  const completion = output + reasoning + outputAudio + outputImage;
  const read = details({
    cached_tokens: cachedRead,
    cache_write_tokens: cacheWrite + cacheWrite1h,
    audio_tokens: inputAudio,
    image_tokens: inputImage,
  });
  const written = details({ reasoning_tokens: reasoning, audio_tokens: outputAudio, image_tokens: outputImage });
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(read === undefined ? {} : { prompt_tokens_details: read }),
    ...(written === undefined ? {} : { completion_tokens_details: written }),
  };
}

/** Those that are more than 0; undefined when none is. */
function details(counts: Readonly<Record<string, number>>): JsonObject | undefined {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? undefined : Object.fromEntries(some);
}

function minus(whole: number | undefined, ...parts: (number | undefined)[]): number | undefined {
  return whole === undefined ? undefined : parts.reduce<number>((rest, part) => rest - (part ?? 0), whole);
}

/** At most `limit`, the tokens not yet counted: audio or image tokens may be cached, and are then counted as cached. */
function upTo(value: number | undefined, limit: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.min(value, Math.max(0, limit ?? 0));
}
