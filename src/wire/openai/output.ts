/** Reads the output in a message, a delta or a text choice. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Text } from "../reading.ts";
import { textOrEmpty } from "../values.ts";

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
export function addText(text: Text, output: JsonObject): void {
  const {
    content,
    text: plain,
    refusal,
    reasoning_content: thought,
    reasoning = thought,
    function_call: call,
  } = output;
  text.output += textOrEmpty(content) + textOrEmpty(plain) + textOrEmpty(refusal);
  if (Array.isArray(content)) for (const part of objectsOf(content)) text.output += textOrEmpty(part["text"]);
  for (const { function: called = call, custom } of objectsOf(output["tool_calls"] ?? [{}])) {
    if (isObject(called)) text.output += textOrEmpty(called["name"]) + textOrEmpty(called["arguments"]);
    if (isObject(custom)) text.output += textOrEmpty(custom["name"]) + textOrEmpty(custom["input"]);
  }
  // Sound comes with the words that are said in it.
  if (isObject(output["audio"])) text.output += textOrEmpty(output["audio"]["transcript"]);
  text.reasoning += textOrEmpty(reasoning);
  const pictures = objectsOf(output["images"]).length + objectsOf(content).filter(isPicturePart).length;
  if (pictures > 0) text.pictures = (text.pictures ?? 0) + pictures;
}

function isPicturePart({ type }: JsonObject): boolean {
  return type === "image_url" || type === "image";
}

/** Joins a `content` whose parts are all text, as some upstreams send it. Any other value is returned unchanged. */
export function joinText(content: unknown): unknown {
  if (!Array.isArray(content) || content.length === 0 || !content.every(isTextPart)) return content;
  return content.map((part) => part.text).join("");
}

function isTextPart(part: unknown): part is { text: string } {
  return isObject(part) && part["type"] === "text" && typeof part["text"] === "string";
}
