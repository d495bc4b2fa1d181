/** Writes neutral events as the events of a response stream. */
import { givenId, randomId } from "../../core/id.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/units.ts";
import type { ChatEvent, EndReason, PartStart } from "../../operation/chat/answer-events.ts";
import type { Proof } from "../../operation/chat/conversation.ts";
import type { PieceOptions, PieceWriter } from "../codec.ts";
import { shownAs } from "../media.ts";
import { writeProof } from "../proof-text.ts";
import { isWrapped, unwrapped } from "../text-tools.ts";
import type { Piece } from "../types.ts";
import { responseEvent } from "./responses-fold.ts";
import { responseShell } from "./responses-shell.ts";
import { writeResponseUsage } from "./responses-usage.ts";

interface OpenPart {
  readonly start: PartStart;
  /** The upstream knows the tool as one with a single argument, the client as one that takes text. */
  readonly isWrapped: boolean;
  /** The picture itself, not its address. */
  readonly isPicture: boolean;
  /** undefined = its item has not begun. */
  index: number | undefined;
  readonly itemId: string;
  text: string;
  readonly annotations: JsonObject[];
  proof: Proof | undefined;
}

const PICTURE = /^data:image\/[^;,]+;base64,/;
const PREFIXES = { text: "msg_", refusal: "msg_", reasoning: "rs_", "tool-call": "fc_", image: "ig_" } as const;

export class ResponsePieceWriter implements PieceWriter {
  readonly #options: PieceOptions;
  readonly #parts = new Map<number, OpenPart>();
  readonly #output: JsonObject[] = [];
  #id: string | undefined;
  #hasStarted = false;
  #usage: Usage | undefined;
  #reason: EndReason = "stop";

  constructor(options: PieceOptions) {
    this.#options = options;
  }

  write(event: ChatEvent): Piece[] {
    switch (event.kind) {
      case "start":
        this.#id = event.id;
        return this.#begin();
      case "usage":
        this.#usage = event.usage;
        return [];
      case "end":
        if (event.choice === 0) this.#reason = event.reason;
        return [];
      case "part-start":
        return event.choice === 0 ? [...this.#begin(), ...this.#start(event)] : [];
      case "delta":
      case "proof":
      case "citation":
      case "part-end": {
        const part = event.choice === 0 ? this.#parts.get(event.part) : undefined;
        return part === undefined ? [] : this.#content(event, part);
      }
    }
  }

  end(counted: () => Usage): Piece[] {
    const open = this.#begin();
    for (const part of this.#parts.values()) if (part.index !== undefined) open.push(...this.#close(part));
    const isShort = this.#reason === "length" || this.#reason === "filter";
    const response = {
      ...this.#shell(),
      status: isShort ? "incomplete" : "completed",
      completed_at: isShort ? null : this.#options.target.created,
      incomplete_details: isShort
        ? { reason: this.#reason === "filter" ? "content_filter" : "max_output_tokens" }
        : null,
      output: this.#output,
      usage: writeResponseUsage(this.#usage ?? counted()),
    };
    return [...open, responseEvent(isShort ? "response.incomplete" : "response.completed", { response })];
  }

  #begin(): Piece[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    const response = { ...this.#shell(), status: "in_progress", output: [], usage: null };
    return [responseEvent("response.created", { response }), responseEvent("response.in_progress", { response })];
  }

  #shell(): JsonObject {
    this.#id = givenId(this.#id, "resp_");
    return responseShell(this.#id, this.#options);
  }

  #start(start: PartStart): Piece[] {
    const { type, url } = start;
    const wraps = isWrapped(start, this.#options.chat.tools);
    const itemId = randomId(wraps || start.takesText === true ? "ctc_" : PREFIXES[type]);
    const [head = ""] = PICTURE.exec((url ?? "").slice(0, 100)) ?? [];
    const common = { index: undefined, itemId, text: "", annotations: [], proof: undefined };
    const part: OpenPart = { start, isWrapped: wraps, isPicture: head !== "", ...common };
    this.#parts.set(start.part, part);
    if (type === "tool-call") return this.#open(part);
    if (type !== "image") return [];
    if (!part.isPicture) {
      return this.#content({ kind: "delta", choice: 0, part: start.part, text: shownAs(url ?? "") }, part);
    }
    part.text = (url ?? "").slice(head.length);
    return this.#open(part);
  }

  #content(event: Exclude<ChatEvent, { kind: "start" | "usage" | "end" | "part-start" }>, part: OpenPart): Piece[] {
    switch (event.kind) {
      case "delta": {
        part.text += event.text;
        if (part.isWrapped) return [];
        return [
          ...this.#open(part),
          this.#event(part, deltaName(part), { ...placeOf(part), delta: event.text, ...logprobsOf(part) }),
        ];
      }
      case "proof":
        part.proof = event.proof;
        return part.start.type === "reasoning" ? this.#open(part) : [];
      case "citation": {
        const { url, title = "" } = event.citation;
        const annotation = { type: "url_citation", start_index: 0, end_index: part.text.length, url, title };
        const opened = this.#open(part);
        part.annotations.push(annotation);
        const place = { content_index: 0, annotation_index: part.annotations.length - 1 };
        return [...opened, this.#event(part, "output_text.annotation.added", { ...place, annotation })];
      }
      case "part-end":
        return part.index === undefined ? [] : this.#close(part);
    }
  }

  /** Begins the item of a part, unless it has begun. */
  #open(part: OpenPart): Piece[] {
    if (part.index !== undefined) return [];
    part.index = this.#output.length;
    const empty = itemOf(part, "");
    this.#output.push({ ...empty, status: "in_progress" });
    const added = responseEvent("response.output_item.added", {
      output_index: part.index,
      item: { ...empty, status: "in_progress", ...(empty["type"] === "message" ? { content: [] } : {}) },
    });
    switch (part.start.type) {
      case "text":
      case "refusal":
        return [added, this.#event(part, "content_part.added", { content_index: 0, part: contentOf(part, "") })];
      case "reasoning":
        return part.proof?.kind === "hidden"
          ? [added]
          : [
              added,
              this.#event(part, "reasoning_summary_part.added", {
                summary_index: 0,
                part: { type: "summary_text", text: "" },
              }),
            ];
      case "image":
      case "tool-call":
        return [added];
    }
  }

  #close(part: OpenPart): Piece[] {
    const { index, text } = part;
    if (index === undefined || this.#output[index]?.["status"] !== "in_progress") return [];
    const item = itemOf(part, part.isWrapped ? unwrapped(text) : text);
    this.#output[index] = item;
    const done = responseEvent("response.output_item.done", { output_index: index, item });
    const proof = this.#callProof(part);
    return [...this.#ends(part, item), done, ...proof];
  }

  #ends(part: OpenPart, item: JsonObject): Piece[] {
    const { text, start } = part;
    const at = { content_index: 0 };
    switch (start.type) {
      case "text":
      case "image":
        if (item["type"] === "image_generation_call") return [this.#event(part, "image_generation_call.completed", {})];
        return [
          this.#event(part, "output_text.done", { ...at, text, logprobs: [] }),
          this.#event(part, "content_part.done", { ...at, part: contentOf(part, text) }),
        ];
      case "refusal":
        return [
          this.#event(part, "refusal.done", { ...at, refusal: text }),
          this.#event(part, "content_part.done", { ...at, part: contentOf(part, text) }),
        ];
      case "reasoning": {
        if (text === "") return [];
        const summary = { summary_index: 0 };
        return [
          this.#event(part, "reasoning_summary_text.done", { ...summary, text }),
          this.#event(part, "reasoning_summary_part.done", { ...summary, part: { type: "summary_text", text } }),
        ];
      }
      case "tool-call": {
        if (item["type"] === "function_call") {
          return [
            this.#event(part, "function_call_arguments.done", { name: start.name, arguments: item["arguments"] }),
          ];
        }
        const { input } = item;
        const late = part.isWrapped ? [this.#event(part, "custom_tool_call_input.delta", { delta: input })] : [];
        return [...late, this.#event(part, "custom_tool_call_input.done", { input })];
      }
    }
  }

  /** The proof of a call has no field here. It travels as a thought that names the call. */
  #callProof({ start, proof }: OpenPart): Piece[] {
    if (start.type !== "tool-call" || proof === undefined || start.id === undefined) return [];
    const index = this.#output.length;
    const sealed = writeProof({ ...proof, id: start.id }, "openai");
    const item = {
      type: "reasoning",
      id: randomId("rs_"),
      summary: [],
      encrypted_content: sealed,
      status: "completed",
    };
    this.#output.push(item);
    return [
      responseEvent("response.output_item.added", { output_index: index, item: { ...item, status: "in_progress" } }),
      responseEvent("response.output_item.done", { output_index: index, item }),
    ];
  }

  #event({ itemId, index }: OpenPart, name: string, members: JsonObject): Piece {
    return responseEvent(`response.${name}`, { item_id: itemId, output_index: index, ...members });
  }
}

function deltaName({ start: { type, takesText } }: OpenPart): string {
  switch (type) {
    case "text":
    case "image":
      return "output_text.delta";
    case "refusal":
      return "refusal.delta";
    case "reasoning":
      return "reasoning_summary_text.delta";
    case "tool-call":
      return takesText === true ? "custom_tool_call_input.delta" : "function_call_arguments.delta";
  }
}

function placeOf({ start: { type } }: OpenPart): JsonObject {
  if (type === "tool-call") return {};
  return type === "reasoning" ? { summary_index: 0 } : { content_index: 0 };
}

function logprobsOf({ start: { type } }: OpenPart): JsonObject {
  return type === "text" || type === "image" ? { logprobs: [] } : {};
}

function contentOf({ start: { type }, annotations }: OpenPart, text: string): JsonObject {
  if (type === "refusal") return { type: "refusal", refusal: text };
  return { type: "output_text", text, annotations: [...annotations], logprobs: [] };
}

/** The item of a part that is over. */
function itemOf(part: OpenPart, text: string): JsonObject {
  const { start, itemId: id, isWrapped, proof } = part;
  const done = { id, status: "completed" };
  switch (start.type) {
    case "text":
    case "refusal":
      return { type: "message", ...done, role: "assistant", content: [contentOf(part, text)] };
    case "reasoning": {
      const sealed = proof === undefined ? {} : { encrypted_content: writeProof(proof, "openai") };
      return { type: "reasoning", ...done, summary: text === "" ? [] : [{ type: "summary_text", text }], ...sealed };
    }
    case "image":
      return part.isPicture
        ? { type: "image_generation_call", ...done, result: text === "" ? null : text }
        : { type: "message", ...done, role: "assistant", content: [contentOf(part, text)] };
    case "tool-call": {
      const call = { ...done, call_id: start.id === "" ? randomId("call_") : start.id, name: start.name };
      if (isWrapped || start.takesText === true) return { type: "custom_tool_call", ...call, input: text };
      return { type: "function_call", ...call, arguments: text };
    }
  }
}
