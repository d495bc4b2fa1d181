/** Reads the events of a message stream as neutral events. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { ChatEvent, EndReason } from "../../operation/chat/answer-events.ts";
import type { EventReader } from "../codec.ts";
import type { Piece, Target } from "../types.ts";
import { only, textIn } from "../values.ts";
import { readUsage } from "./usage.ts";

const REASONS: Readonly<Record<string, EndReason>> = {
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tools",
  refusal: "filter",
};

const CHOICE = { choice: 0 } as const;

export class MessageEventReader implements EventReader {
  readonly #target: Target;
  #usage: JsonObject = {};
  /** The blocks that have a place in other wires. */
  readonly #parts = new Set<number>();

  constructor(target: Target) {
    this.#target = target;
  }

  read({ draft: { value } }: Piece): ChatEvent[] {
    const part = typeof value["index"] === "number" ? value["index"] : 0;
    switch (value["type"]) {
      case "message_start": {
        const message = isObject(value["message"]) ? value["message"] : {};
        this.#takeUsage(message["usage"]);
        return [{ kind: "start", id: textIn(message["id"]) }];
      }
      case "content_block_start":
        return this.#start(part, isObject(value["content_block"]) ? value["content_block"] : {});
      case "content_block_delta":
        return this.#parts.has(part) && isObject(value["delta"]) ? deltaOf(part, value["delta"]) : [];
      case "content_block_stop":
        return this.#parts.has(part) ? [{ kind: "part-end", ...CHOICE, part }] : [];
      case "message_delta":
        return this.#end(value);
      default:
        return [];
    }
  }

  #start(part: number, block: JsonObject): ChatEvent[] {
    const start = { kind: "part-start", ...CHOICE, part } as const;
    const more = (text: unknown): ChatEvent[] =>
      typeof text === "string" && text !== "" ? [{ kind: "delta", ...CHOICE, part, text }] : [];
    this.#parts.add(part);
    switch (block["type"]) {
      case "text":
        return [{ ...start, type: "text" }, ...more(block["text"])];
      case "thinking":
        return [{ ...start, type: "reasoning" }, ...more(block["thinking"]), ...signed(part, block["signature"])];
      case "redacted_thinking": {
        const proof = { vendor: "anthropic", kind: "hidden", value: textIn(block["data"]) ?? "" } as const;
        return [
          { ...start, type: "reasoning" },
          { kind: "proof", ...CHOICE, part, proof },
        ];
      }
      case "tool_use": {
        const { input } = block;
        const whole = isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : "";
        const call = { id: textIn(block["id"]) ?? "", name: textIn(block["name"]) ?? "" };
        return [{ ...start, type: "tool-call", ...call }, ...more(whole)];
      }
      default:
        // What the upstream's own tools did. What the model says of it is in the text.
        this.#parts.delete(part);
        return [];
    }
  }

  #end(value: JsonObject): ChatEvent[] {
    this.#takeUsage(value["usage"]);
    const usage = readUsage(this.#usage, this.#target.fees);
    const counted: ChatEvent[] = usage === undefined ? [] : [{ kind: "usage", usage }];
    const { stop_reason: reason, stop_details: details } = isObject(value["delta"]) ? value["delta"] : {};
    if (typeof reason !== "string") return counted;
    const explanation = only({ explanation: isObject(details) ? textIn(details["explanation"]) : undefined });
    return [...counted, { kind: "end", ...CHOICE, reason: REASONS[reason] ?? "stop", ...explanation }];
  }

  #takeUsage(usage: unknown): void {
    if (!isObject(usage)) return;
    const known = Object.entries(usage).filter(([, count]) => count !== null && count !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(known) };
  }
}

function deltaOf(part: number, delta: JsonObject): ChatEvent[] {
  const text = textIn(delta["text"]) ?? textIn(delta["thinking"]) ?? textIn(delta["partial_json"]);
  if (text !== undefined) return text === "" ? [] : [{ kind: "delta", ...CHOICE, part, text }];
  if (delta["signature"] !== undefined) return signed(part, delta["signature"]);
  const { citation } = delta;
  const url = isObject(citation) ? textIn(citation["url"]) : undefined;
  if (!isObject(citation) || url === undefined) return [];
  const told = only({ title: textIn(citation["title"]), quote: textIn(citation["cited_text"]) });
  return [{ kind: "citation", ...CHOICE, part, citation: { url, ...told } }];
}

function signed(part: number, value: unknown): ChatEvent[] {
  if (typeof value !== "string" || value === "") return [];
  return [{ kind: "proof", ...CHOICE, part, proof: { vendor: "anthropic", kind: "signature", value } }];
}
