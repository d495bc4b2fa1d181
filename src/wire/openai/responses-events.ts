/** Reads the events of a response stream as neutral events. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { ChatEvent, EndReason, PartStart } from "../../operation/chat/answer-events.ts";
import type { EventReader } from "../codec.ts";
import type { Piece, Target } from "../types.ts";
import { only, textIn } from "../values.ts";
import { TERMINAL } from "./responses-fold.ts";
import { readResponseUsage } from "./responses-usage.ts";

const CHOICE = { choice: 0 } as const;

const DELTAS: Readonly<Record<string, PartStart["type"]>> = {
  "response.output_text.delta": "text",
  "response.refusal.delta": "refusal",
  "response.reasoning_summary_text.delta": "reasoning",
  "response.reasoning_text.delta": "reasoning",
};

interface Open {
  readonly part: number;
  readonly type: PartStart["type"];
  hasText: boolean;
}

export class ResponseEventReader implements EventReader {
  readonly #target: Target;
  #parts = 0;
  /** The open part of each item. */
  readonly #open = new Map<unknown, Open>();
  #hasCalls = false;

  constructor(target: Target) {
    this.#target = target;
  }

  read({ draft: { value } }: Piece): ChatEvent[] {
    const { type, output_index: index, delta, item, response } = value;
    if (type === "response.created")
      return [{ kind: "start", id: isObject(response) ? textIn(response["id"]) : undefined }];
    if (type === "response.output_item.added" && isObject(item)) return this.#begin(index, item);
    if (type === "response.output_item.done" && isObject(item)) return this.#finish(index, item);
    if (type === "response.content_part.done") return this.#close(index);
    if (type === "response.output_text.annotation.added") return this.#cite(index, value["annotation"]);
    if (TERMINAL.has(type) && isObject(response)) return this.#end(response);
    if (typeof delta !== "string" || typeof type !== "string") return [];
    const kind = DELTAS[type];
    if (kind !== undefined) return this.#text(index, kind, delta);
    return type === "response.function_call_arguments.delta" || type === "response.custom_tool_call_input.delta"
      ? this.#more(index, delta)
      : [];
  }

  #begin(index: unknown, item: JsonObject): ChatEvent[] {
    const takesText = item["type"] === "custom_tool_call";
    if (item["type"] !== "function_call" && !takesText) return [];
    this.#hasCalls = true;
    const call = { id: textIn(item["call_id"]) ?? "", name: textIn(item["name"]) ?? "" };
    return [this.#start(index, { type: "tool-call", ...call, ...(takesText ? { takesText } : {}) })];
  }

  #start(index: unknown, start: Omit<PartStart, "kind" | "choice" | "part">): ChatEvent {
    const part = this.#parts++;
    this.#open.set(index, { part, type: start.type, hasText: false });
    return { kind: "part-start", ...CHOICE, part, ...start };
  }

  #text(index: unknown, type: PartStart["type"], text: string): ChatEvent[] {
    const events: ChatEvent[] = [];
    if (this.#open.get(index)?.type !== type) events.push(...this.#close(index), this.#start(index, { type }));
    return [...events, ...this.#more(index, text)];
  }

  #more(index: unknown, text: string): ChatEvent[] {
    const open = this.#open.get(index);
    if (open === undefined || text === "") return [];
    open.hasText = true;
    return [{ kind: "delta", ...CHOICE, part: open.part, text }];
  }

  #close(index: unknown): ChatEvent[] {
    const open = this.#open.get(index);
    this.#open.delete(index);
    return open === undefined ? [] : [{ kind: "part-end", ...CHOICE, part: open.part }];
  }

  #cite(index: unknown, annotation: unknown): ChatEvent[] {
    const open = this.#open.get(index);
    const url = isObject(annotation) ? textIn(annotation["url"]) : undefined;
    if (open === undefined || !isObject(annotation) || url === undefined) return [];
    const citation = { url, ...only({ title: textIn(annotation["title"]) }) };
    return [{ kind: "citation", ...CHOICE, part: open.part, citation }];
  }

  #finish(index: unknown, item: JsonObject): ChatEvent[] {
    switch (item["type"]) {
      case "reasoning":
        return this.#finishThought(index, item);
      case "function_call":
      case "custom_tool_call": {
        const whole = textIn(item["arguments"]) ?? textIn(item["input"]) ?? "";
        const late = this.#open.get(index)?.hasText === false ? this.#more(index, whole) : [];
        return [...late, ...this.#close(index)];
      }
      case "image_generation_call": {
        const picture = textIn(item["result"]);
        if (picture === undefined) return [];
        const format = textIn(item["output_format"]) ?? "png";
        return [
          this.#start(index, { type: "image", url: `data:image/${format};base64,${picture}` }),
          ...this.#close(index),
        ];
      }
      default:
        return this.#close(index);
    }
  }

  /** What the vendor wants back is a thought of its own for other wires, beside the words of its summary. */
  #finishThought(index: unknown, item: JsonObject): ChatEvent[] {
    const events = this.#close(index);
    const value = textIn(item["encrypted_content"]);
    if (value === undefined || value === "") return events;
    const start = this.#start(index, { type: "reasoning" });
    const part = this.#open.get(index)?.part ?? 0;
    const proof = { vendor: "openai", kind: "hidden", value, ...only({ id: textIn(item["id"]) }) } as const;
    return [...events, start, { kind: "proof", ...CHOICE, part, proof }, ...this.#close(index)];
  }

  #end(response: JsonObject): ChatEvent[] {
    const usage = readResponseUsage(response, this.#target.fees);
    const open = [...this.#open.keys()].flatMap((index) => this.#close(index));
    const { incomplete_details: details } = response;
    const why = isObject(details) ? details["reason"] : undefined;
    const hasCalls = this.#hasCalls || objectsOf(response["output"]).some(({ type }) => type === "function_call");
    const reason: EndReason =
      why === "content_filter"
        ? "filter"
        : response["status"] === "incomplete"
          ? "length"
          : hasCalls
            ? "tools"
            : "stop";
    return [
      ...open,
      ...(usage === undefined ? [] : [{ kind: "usage", usage } as const]),
      { kind: "end", ...CHOICE, reason },
    ];
  }
}
