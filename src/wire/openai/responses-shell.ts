/** The members of a response besides what the model said: mostly what the client asked for. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { PieceOptions } from "../codec.ts";

/** @see https://platform.openai.com/docs/api-reference/responses/object */
export function responseShell(id: string, { target, asked }: PieceOptions): JsonObject {
  const said = (name: string, otherwise: unknown) => asked[name] ?? otherwise;
  return {
    id,
    object: "response",
    created_at: target.created,
    completed_at: null,
    status: "in_progress",
    background: false,
    error: null,
    incomplete_details: null,
    instructions: said("instructions", null),
    max_output_tokens: said("max_output_tokens", null),
    max_tool_calls: said("max_tool_calls", null),
    model: target.publicModel,
    output: [],
    parallel_tool_calls: said("parallel_tool_calls", true),
    previous_response_id: said("previous_response_id", null),
    prompt_cache_key: said("prompt_cache_key", null),
    reasoning: { effort: null, summary: null, ...(said("reasoning", {}) as JsonObject) },
    safety_identifier: null,
    service_tier: "default",
    store: said("store", true),
    temperature: said("temperature", 1),
    presence_penalty: 0,
    frequency_penalty: 0,
    text: { verbosity: "medium", ...textOf(said("text", {})) },
    tool_choice: said("tool_choice", "auto"),
    tools: objectsOf(said("tools", [])).map(toolOf),
    top_logprobs: said("top_logprobs", 0),
    top_p: said("top_p", 1),
    truncation: said("truncation", "disabled"),
    usage: null,
    user: null,
    metadata: said("metadata", {}),
  };
}

/** Answers name every member of a function, also those that the client left out. */
function toolOf(tool: JsonObject): JsonObject {
  if (tool["type"] !== "function") return tool;
  return { description: null, parameters: null, ...tool, strict: tool["strict"] ?? false };
}

function textOf(text: unknown): JsonObject {
  const { format = { type: "text" }, ...rest } = isObject(text) ? text : {};
  if (!isObject(format) || format["type"] !== "json_schema") return { ...rest, format };
  return { ...rest, format: { description: null, ...format, strict: format["strict"] ?? false } };
}
