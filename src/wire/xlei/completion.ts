/**
 * The Xlei surface's two completion endpoints. The body, not the path, decides between chat and completion. Answers carry
 * their text in the fields of both shapes.
 */
import { JsonDraft, type JsonPlace } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { draftPayload, withMembers, type JsonPayload, type Payload } from "../../core/payload.ts";
import { chat } from "../openai/chat.ts";
import { completions } from "../openai/completions.ts";
import { jsonOf } from "../request-members.ts";
import type { ClientRequest, Match, Wire } from "../types.ts";

/**
 * Reads a request to one of the two endpoints. `messages` wins over `prompt`. A body with neither is read by the wire of
 * its path, which reports the missing field.
 * @throws what the wire's `read` throws
 */
export function readXlei(pathWire: Wire, payload: Payload, match: Match): ClientRequest {
  const json = jsonOf(payload);
  const hasMessages = isPresent(json.value["messages"]);
  const wire = hasMessages ? chat : isPresent(json.value["prompt"]) ? completions : pathWire;
  const request = wire.read(hasMessages ? chatPayload(json) : json, match);
  return { ...request, present: presenter(pathWire, wire, hasMessages) };
}

/** Fills in the fields of the other shape. */
function presenter(pathWire: Wire, wire: Wire, hasMessages: boolean): (draft: JsonDraft, streaming: boolean) => void {
  const asText = pathWire === completions && !hasMessages;
  const isMirrored = pathWire === completions || wire === completions;
  const started = new Set<unknown>();
  return (draft, streaming) => {
    for (const choice of draft.objects("choices")) {
      const output = messageOf(choice, streaming ? "delta" : "message", started);
      mirrorReasoning(output);
      const { content } = output.value;
      if (isMirrored) choice.fill("text", typeof content === "string" ? content : "");
    }
    if (isMirrored)
      draft.set("object", asText ? "text_completion" : streaming ? "chat.completion.chunk" : "chat.completion");
  };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/**
 * The payload without `prompt`. Earlier reasoning in `reasoning` is copied to `reasoning_content`, which upstreams
 * read.
 */
function chatPayload(payload: JsonPayload): JsonPayload {
  const { messages } = payload.value;
  if (!Array.isArray(messages)) return withMembers(payload, { prompt: undefined });
  const draft = new JsonDraft(
    { ...payload.value, messages: messages.map((message: unknown) => (isObject(message) ? { ...message } : message)) },
    payload.text,
  );
  draft.set("prompt", undefined);
  for (const message of draft.objects("messages")) {
    if (typeof message.value["reasoning"] === "string") message.fill("reasoning_content", message.value["reasoning"]);
  }
  return draftPayload(draft);
}

/**
 * The choice's message or delta. A choice with text alone gets one made of its text; the first one of a choice has a
 * role.
 */
function messageOf(choice: JsonPlace, field: "message" | "delta", started: Set<unknown>): JsonPlace {
  const present = choice.object(field);
  if (present !== undefined) return present;
  const { index, text, reasoning_content: thought } = choice.value;
  const made: JsonObject = { content: text ?? "" };
  if (!started.has(index)) made["role"] = "assistant";
  started.add(index);
  if (thought !== undefined) made["reasoning_content"] = thought;
  choice.set(field, made);
  return choice.ownObject(field);
}

/** Puts the reasoning under both of its names. */
function mirrorReasoning(output: JsonPlace): void {
  const text = output.value["reasoning_content"] ?? output.value["reasoning"];
  if (typeof text !== "string") return;
  output.fill("reasoning_content", text);
  output.fill("reasoning", text);
}
