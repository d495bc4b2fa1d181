/** Turns the events of a stream into a message, and a message into events. */
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, parseForeign, type JsonObject } from "../../core/json.ts";
import type { Fold, Piece } from "../types.ts";
import { piece } from "./reader.ts";

export class MessageFold implements Fold {
  #message: JsonObject = {};
  readonly #blocks = new Map<unknown, JsonObject>();
  /** The arguments of tools come as pieces of JSON. */
  readonly #inputs = new Map<unknown, string>();

  add({ draft: { value } }: Piece): void {
    const { index } = value;
    switch (value["type"]) {
      case "message_start":
        if (isObject(value["message"])) this.#message = { ...value["message"] };
        return;
      case "content_block_start":
        if (isObject(value["content_block"])) this.#blocks.set(index, { ...value["content_block"] });
        return;
      case "content_block_delta":
        if (isObject(value["delta"])) this.#addDelta(index, value["delta"]);
        return;
      case "message_delta":
        if (isObject(value["delta"])) this.#message = { ...this.#message, ...value["delta"] };
        if (isObject(value["usage"])) {
          const before = isObject(this.#message["usage"]) ? this.#message["usage"] : {};
          this.#message["usage"] = { ...before, ...withoutNulls(value["usage"]) };
        }
    }
  }

  answer(): JsonDraft {
    for (const [index, json] of this.#inputs) {
      const block = this.#blocks.get(index);
      if (block !== undefined && json !== "") block["input"] = inputOf(json);
    }
    return new JsonDraft({ ...this.#message, content: [...this.#blocks.values()] });
  }

  #addDelta(index: unknown, delta: JsonObject): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    const add = (name: string, value: unknown) => {
      if (typeof value === "string") block[name] = (typeof block[name] === "string" ? block[name] : "") + value;
    };
    add("text", delta["text"]);
    add("thinking", delta["thinking"]);
    add("signature", delta["signature"]);
    if (typeof delta["partial_json"] === "string") {
      this.#inputs.set(index, (this.#inputs.get(index) ?? "") + delta["partial_json"]);
    }
    if (isObject(delta["citation"])) block["citations"] = [...objectsOf(block["citations"]), delta["citation"]];
  }
}

/** Arguments that are no JSON are kept as text: the client sees what the model wrote. */
function inputOf(json: string): unknown {
  const input = parseForeign(json);
  return input === undefined ? { _raw: json } : input;
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined));
}

export function unfoldMessage({ value: message }: JsonDraft): Piece[] {
  const { content, stop_reason: reason, stop_sequence: sequence, stop_details: details, usage, ...rest } = message;
  const start = {
    ...rest,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...toObject(usage), output_tokens: 0 },
  };
  const ending = { stop_reason: reason ?? "end_turn", stop_sequence: sequence ?? null };
  return [
    piece("message_start", { message: start }),
    ...objectsOf(content).flatMap(unfoldBlock),
    piece("message_delta", {
      delta: details === undefined ? ending : { ...ending, stop_details: details },
      ...(isObject(usage) ? { usage } : {}),
    }),
    piece("message_stop", {}),
  ];
}

function unfoldBlock(block: JsonObject, index: number): Piece[] {
  const { start, deltas } = unfolded(block);
  return [
    piece("content_block_start", { index, content_block: start }),
    ...deltas.map((delta) => piece("content_block_delta", { index, delta })),
    piece("content_block_stop", { index }),
  ];
}

function unfolded(block: JsonObject): { readonly start: JsonObject; readonly deltas: readonly JsonObject[] } {
  switch (block["type"]) {
    case "text": {
      const { text, citations, ...rest } = block;
      const cited = objectsOf(citations).map((citation) => ({ type: "citations_delta", citation }));
      return { start: { ...rest, text: "" }, deltas: [{ type: "text_delta", text: text ?? "" }, ...cited] };
    }
    case "thinking": {
      const { thinking, signature, ...rest } = block;
      const signed = typeof signature === "string" ? [{ type: "signature_delta", signature }] : [];
      const deltas = [{ type: "thinking_delta", thinking: thinking ?? "" }, ...signed];
      return { start: { ...rest, thinking: "", signature: "" }, deltas };
    }
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use": {
      const { input, ...rest } = block;
      const json = JSON.stringify(input ?? {});
      return { start: { ...rest, input: {} }, deltas: [{ type: "input_json_delta", partial_json: json }] };
    }
    default:
      return { start: block, deltas: [] };
  }
}

function toObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
