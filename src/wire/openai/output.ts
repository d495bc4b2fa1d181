/** What a message, a delta or a text choice holds. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";

/** Any part of a message but its role that is not empty is output: text, reasoning, tools, refusal, media, or new. */
export function hasOutput(output: JsonObject): boolean {
  return Object.entries(output).some(
    ([name, value]) =>
      name !== "role" &&
      (typeof value === "string" || Array.isArray(value)
        ? value.length > 0
        : typeof value === "object" && value !== null),
  );
}

/** Adds what an output says to `text`: text, refusals, calls, and the reasoning under whichever name. */
export function addText(text: { output: string; reasoning: string }, output: JsonObject): void {
  const {
    content,
    text: plain,
    refusal,
    reasoning_content: thought,
    reasoning = thought,
    function_call: call,
  } = output;
  text.output += textIn(content) + textIn(plain) + textIn(refusal);
  if (Array.isArray(content)) for (const part of objectsOf(content)) text.output += textIn(part["text"]);
  for (const { function: called = call, custom } of objectsOf(output["tool_calls"] ?? [{}])) {
    if (isObject(called)) text.output += textIn(called["name"]) + textIn(called["arguments"]);
    if (isObject(custom)) text.output += textIn(custom["name"]) + textIn(custom["input"]);
  }
  text.reasoning += textIn(reasoning);
}

/** A `content` of parts that are all text, which some upstreams send, as one text; any other value as it is. */
export function joinText(content: unknown): unknown {
  if (!Array.isArray(content) || content.length === 0 || !content.every(isTextPart)) return content;
  return content.map((part) => part.text).join("");
}

function isTextPart(part: unknown): part is { text: string } {
  return isObject(part) && part["type"] === "text" && typeof part["text"] === "string";
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}
