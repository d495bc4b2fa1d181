import { isObject, type JsonObject } from "../../core/json.ts";
import { leastUsage, type Fee, type Usage } from "../../core/units.ts";
import { countIn } from "../values.ts";

/**
 * Anthropic's `usage` in disjoint counts; undefined when it is absent. A value that cannot be true becomes NaN or negative,
 * and billing refuses it.
 * @param fees those that the request was sent with. Where the upstream does not tell for how long it caches, all that it
 *   wrote counts as kept for an hour if the request asked for that
 * @see https://platform.claude.com/docs/en/api/messages
 */
export function readUsage(usage: unknown, fees: ReadonlySet<Fee> = new Set()): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = countIn(usage["input_tokens"]);
  const output = countIn(usage["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const written = countIn(usage["cache_creation_input_tokens"]);
  const lives = isObject(usage["cache_creation"]) ? usage["cache_creation"] : {};
  const hour = countIn(lives["ephemeral_1h_input_tokens"]) ?? (fees.has("cacheWrite1h") ? written : undefined);
  const details = isObject(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
  const reasoning = countIn(details["thinking_tokens"]);
  const tools = isObject(usage["server_tool_use"]) ? usage["server_tool_use"] : {};
  const counts = {
    input,
    cachedRead: countIn(usage["cache_read_input_tokens"]),
    cacheWrite: written === undefined ? undefined : written - (hour ?? 0),
    cacheWrite1h: hour,
    output: output === undefined ? undefined : output - (reasoning ?? 0),
    reasoning,
    searches: countIn(tools["web_search_requests"]),
  };
  return {
    ...leastUsage(fees),
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)),
  };
}

/** Disjoint counts as Anthropic's `usage`. */
export function writeUsage(usage: Usage): JsonObject {
  const { input = 0, inputAudio = 0, inputImage = 0, cachedRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = usage;
  const { output = 0, reasoning = 0, outputAudio = 0, outputImage = 0, searches = 0 } = usage;
  return {
    input_tokens: input + inputAudio + inputImage,
    cache_creation_input_tokens: cacheWrite + cacheWrite1h,
    cache_read_input_tokens: cachedRead,
    ...(cacheWrite1h > 0
      ? { cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: cacheWrite1h } }
      : {}),
    output_tokens: output + reasoning + outputAudio + outputImage,
    ...(reasoning > 0 ? { output_tokens_details: { thinking_tokens: reasoning } } : {}),
    ...(searches > 0 ? { server_tool_use: { web_search_requests: searches } } : {}),
  };
}
