import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { leastUsage, type Fee, type Usage } from "../../core/units.ts";
import { countIn } from "../values.ts";

/**
 * The usage of a response in disjoint counts; undefined when it is absent. A value that cannot be true becomes NaN or
 * negative, and billing refuses it. Searches are counted where the response tells of them.
 * @see https://platform.openai.com/docs/api-reference/responses/object
 */
export function readResponseUsage(
  { usage, tool_usage: tools, output }: JsonObject,
  fees: ReadonlySet<Fee> = new Set(),
): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = countIn(usage["input_tokens"]);
  const written = countIn(usage["output_tokens"]);
  if (input === undefined && written === undefined) return undefined;
  const inputDetails = isObject(usage["input_tokens_details"]) ? usage["input_tokens_details"] : {};
  const outputDetails = isObject(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
  const cachedRead = countIn(inputDetails["cached_tokens"]);
  const cacheWrite = countIn(inputDetails["cache_write_tokens"]);
  const reasoning = countIn(outputDetails["reasoning_tokens"]);
  const counts = {
    input: input === undefined ? undefined : input - (cachedRead ?? 0) - (cacheWrite ?? 0),
    cachedRead,
    [fees.has("cacheWrite1h") ? "cacheWrite1h" : "cacheWrite"]: cacheWrite,
    output: written === undefined ? undefined : written - (reasoning ?? 0),
    reasoning,
    searches: searchesIn(tools, output),
  };
  return {
    ...leastUsage(fees),
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)),
  };
}

function searchesIn(tools: unknown, output: unknown): number | undefined {
  const search = isObject(tools) ? tools["web_search"] : undefined;
  const told = isObject(search) ? countIn(search["num_requests"]) : undefined;
  if (told !== undefined) return told;
  const made = objectsOf(output).filter(({ type, action }) => {
    return type === "web_search_call" && (!isObject(action) || action["type"] === "search");
  });
  return made.length === 0 ? undefined : made.length;
}

/** Disjoint counts as the usage of a response. */
export function writeResponseUsage(usage: Usage): JsonObject {
  const { input = 0, inputAudio = 0, inputImage = 0, cachedRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = usage;
  const { output = 0, reasoning = 0, outputAudio = 0, outputImage = 0 } = usage;
  const prompt = input + inputAudio + inputImage + cachedRead + cacheWrite + cacheWrite1h;
  const written = output + reasoning + outputAudio + outputImage;
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cachedRead, cache_write_tokens: cacheWrite + cacheWrite1h },
    output_tokens: written,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: prompt + written,
  };
}
