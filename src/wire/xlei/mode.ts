/**
 * What the Xlei surface does differently on its two completion endpoints: the body, not the path, says what is asked,
 * and answers carry their text where readers of either shape look for it.
 */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { WireName } from "../types.ts";

/** Changes an answer (or, `streaming`, an event) in place. */
export type Present = (answer: JsonObject, streaming: boolean) => JsonObject;

export interface Mode {
  /** The wire that the body is asked on. */
  readonly wire: WireName;
  readonly body: JsonObject;
  /** Puts an answer or event into the shape that the client's path and body call for. */
  readonly present: Present;
}

/** `messages` wins over `prompt`; a body with neither stays with its path, whose wire says what is missing. */
export function detectMode(pathWire: WireName, body: JsonObject): Mode {
  const hasMessages = isPresent(body["messages"]);
  const hasPrompt = isPresent(body["prompt"]);
  const wire: WireName = hasMessages ? "openai.chat" : hasPrompt ? "openai.completions" : pathWire;
  const asText = pathWire === "openai.completions" && !hasMessages;
  const mirrored = pathWire === "openai.completions" || wire === "openai.completions";
  const started = new Set<unknown>();
  return {
    wire,
    body: hasMessages ? chatBody(body) : body,
    present: (answer, streaming) => {
      for (const choice of objectsOf(answer["choices"])) {
        const output = messageOf(choice, streaming ? "delta" : "message", started);
        mirrorReasoning(output);
        if (mirrored) choice["text"] ??= typeof output["content"] === "string" ? output["content"] : "";
      }
      if (mirrored)
        answer["object"] = asText ? "text_completion" : streaming ? "chat.completion.chunk" : "chat.completion";
      return answer;
    },
  };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Without the ignored prompt; reasoning handed back under either name is found under the one upstreams read. */
function chatBody(body: JsonObject): JsonObject {
  const { prompt: _ignored, ...rest } = body;
  if (!Array.isArray(rest["messages"])) return rest;
  const messages: unknown[] = rest["messages"];
  return {
    ...rest,
    messages: messages.map((message) =>
      isObject(message) && typeof message["reasoning"] === "string" && message["reasoning_content"] === undefined
        ? { ...message, reasoning_content: message["reasoning"] }
        : message,
    ),
  };
}

/** The choice's message or delta; for a choice that has only text one is made of it, its first with a role. */
function messageOf(choice: JsonObject, field: "message" | "delta", started: Set<unknown>): JsonObject {
  const present = choice[field];
  if (isObject(present)) return present;
  const made: JsonObject = { content: choice["text"] ?? "" };
  if (!started.has(choice["index"])) made["role"] = "assistant";
  started.add(choice["index"]);
  if (choice["reasoning_content"] !== undefined) made["reasoning_content"] = choice["reasoning_content"];
  choice[field] = made;
  return made;
}

/** Reasoning under both its names, with equal text. */
function mirrorReasoning(output: JsonObject): void {
  const text = output["reasoning_content"] ?? output["reasoning"];
  if (typeof text !== "string") return;
  output["reasoning_content"] ??= text;
  output["reasoning"] ??= text;
}
