/** Reads the output in a message, a delta or a text choice. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";

/** Whether any member but the role is not empty: text, reasoning, tools, refusal, media, or a member we do not know. */
export function hasOutput(output: JsonObject): boolean {
  return Object.entries(output).some(
    ([name, value]) =>
      name !== "role" &&
      (typeof value === "string" || Array.isArray(value)
        ? value.length > 0
        : typeof value === "object" && value !== null),
  );
}

/**
 * Adds text, refusals and tool calls to `text.output`, and the reasoning, under either of its names, to
 * `text.reasoning`.
 */
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
  // Sound comes with the words that are said in it.
  if (isObject(output["audio"])) text.output += textIn(output["audio"]["transcript"]);
  text.reasoning += textIn(reasoning);
}

/** Joins a `content` whose parts are all text, as some upstreams send it. Any other value is returned unchanged. */
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
