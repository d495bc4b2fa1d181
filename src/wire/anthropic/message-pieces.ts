/** Writes neutral events as the events of a message stream. */
import { randomId } from "../../core/id.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/units.ts";
import type { ChatEvent, EndReason, PartStart } from "../../operation/chat/answer-events.ts";
import type { Proof } from "../../operation/chat/conversation.ts";
import type { PieceOptions, PieceWriter } from "../codec.ts";
import { shownAs } from "../media.ts";
import { writeProof } from "../proof-text.ts";
import type { Piece } from "../types.ts";
import { emptyMessage, piece } from "./reader.ts";
import { writeUsage } from "./usage.ts";

const REASONS: Readonly<Record<EndReason, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tools: "tool_use",
  filter: "refusal",
};

type PartEvent = Exclude<ChatEvent, { kind: "start" | "usage" | "end" }>;

/** A stream has one open block at a time: what comes for other parts meanwhile waits. */
export class MessagePieceWriter implements PieceWriter {
  readonly #options: PieceOptions;
  #hasStarted = false;
  #id: string | undefined;
  #blocks = 0;
  /** The part whose events are written now, and its block. A block begins with its first content. */
  #open: { readonly start: PartStart; block: number | undefined } | undefined;
  #waiting: PartEvent[] = [];
  #callProof: Proof | undefined;
  #usage: Usage | undefined;
  #ending: JsonObject | undefined;

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
      case "end": {
        // Further choices have no place.
        if (event.choice !== 0) return [];
        const { explanation } = event;
        const details = explanation === undefined ? {} : { stop_details: { type: "refusal", explanation } };
        this.#ending = { stop_reason: REASONS[event.reason], stop_sequence: null, ...details };
        return [];
      }
      case "part-start":
      case "delta":
      case "proof":
      case "citation":
      case "part-end":
        return event.choice === 0 ? [...this.#begin(), ...this.#take(event)] : [];
    }
  }

  end(counted: () => Usage): Piece[] {
    const open = this.#begin();
    // A part that never ended ends here, and so do those that waited for it.
    while (this.#open !== undefined)
      open.push(...this.#take({ kind: "part-end", choice: 0, part: this.#open.start.part }));
    const delta = this.#ending ?? { stop_reason: "end_turn", stop_sequence: null };
    const usage = writeUsage(this.#usage ?? counted());
    return [...open, piece("message_delta", { delta, usage }), piece("message_stop", {})];
  }

  #begin(): Piece[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    const { target, promptTokens } = this.#options;
    // The count comes with the end.
    const usage = {
      input_tokens: promptTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 0,
    };
    const message = { ...emptyMessage(target.publicModel, this.#id), usage };
    return [piece("message_start", { message })];
  }

  #take(event: PartEvent): Piece[] {
    if (this.#open === undefined && event.kind === "part-start") {
      this.#open = { start: event, block: undefined };
      return event.type === "text" || event.type === "reasoning" || event.type === "refusal"
        ? []
        : this.#startWhole(event);
    }
    if (this.#open?.start.part !== event.part) {
      this.#waiting.push(event);
      return [];
    }
    return event.kind === "part-end" ? [...this.#stop(), ...this.#next()] : this.#content(event);
  }

  /** Goes on with what waited for the open block to end. */
  #next(): Piece[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.flatMap((event) => this.#take(event));
  }

  #startWhole({ type, id, name, url }: PartStart): Piece[] {
    if (type === "tool-call") {
      return this.#block({ type: "tool_use", id: id === "" ? randomId("toolu_") : id, name, input: {} });
    }
    return [...this.#block({ type: "text", text: "" }), this.#delta({ type: "text_delta", text: shownAs(url ?? "") })];
  }

  #content(event: Exclude<PartEvent, { kind: "part-end" }>): Piece[] {
    const type = this.#open?.start.type;
    switch (event.kind) {
      case "delta": {
        const { text } = event;
        if (type === "tool-call") return [this.#delta({ type: "input_json_delta", partial_json: text })];
        if (type === "reasoning") {
          const begun = this.#block({ type: "thinking", thinking: "", signature: "" });
          return [...begun, this.#delta({ type: "thinking_delta", thinking: text })];
        }
        return [...this.#block({ type: "text", text: "" }), this.#delta({ type: "text_delta", text })];
      }
      case "proof": {
        if (type === "tool-call") this.#callProof = event.proof;
        if (type !== "reasoning") return [];
        const value = writeProof(event.proof, "anthropic");
        if (event.proof.kind === "hidden" && this.#open?.block === undefined) {
          return this.#block({ type: "redacted_thinking", data: value });
        }
        const begun = this.#block({ type: "thinking", thinking: "", signature: "" });
        return [...begun, this.#delta({ type: "signature_delta", signature: value })];
      }
      case "citation": {
        const { url, title = "", quote = "" } = event.citation;
        const citation = { type: "web_search_result_location", url, title, cited_text: quote, encrypted_index: "" };
        return [...this.#block({ type: "text", text: "" }), this.#delta({ type: "citations_delta", citation })];
      }
      case "part-start":
        return [];
    }
  }

  /** Begins the block of the open part, unless it has begun. */
  #block(block: JsonObject): Piece[] {
    if (this.#open === undefined || this.#open.block !== undefined) return [];
    this.#open.block = this.#blocks++;
    return [piece("content_block_start", { index: this.#open.block, content_block: block })];
  }

  #delta(delta: JsonObject): Piece {
    return piece("content_block_delta", { index: this.#open?.block, delta });
  }

  #stop(): Piece[] {
    const { block, start } = this.#open ?? {};
    const proof = this.#callProof;
    this.#open = undefined;
    this.#callProof = undefined;
    if (block === undefined) return [];
    const stopped = piece("content_block_stop", { index: block });
    if (proof === undefined || start?.id === undefined) return [stopped];
    // A call has no field for its proof: it travels as a thought that names the call.
    const index = this.#blocks++;
    const hidden = { type: "redacted_thinking", data: writeProof({ ...proof, id: start.id }, "anthropic") };
    return [
      stopped,
      piece("content_block_start", { index, content_block: hidden }),
      piece("content_block_stop", { index }),
    ];
  }
}
