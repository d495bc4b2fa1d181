/** Writes neutral events as the chunks of a chat stream. */
import { randomId } from "../../core/id.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ChatEvent, EndReason, PartStart } from "../../operation/chat/answer-events.ts";
import type { PieceOptions, PieceWriter } from "../codec.ts";
import { shownAs } from "../media.ts";
import { isWrapped, unwrapped } from "../text-tools.ts";
import type { Piece } from "../types.ts";
import { detailOf } from "./proofs.ts";
import { writeUsage } from "./usage.ts";

const REASONS: Readonly<Record<EndReason, string>> = {
  stop: "stop",
  length: "length",
  tools: "tool_calls",
  filter: "content_filter",
};

interface OpenPart {
  readonly start: PartStart;
  /** The position of a call, a thought or a picture among those of its choice. */
  readonly index: number;
  /** Where the text of the part begins in the content of the message. */
  readonly offset: number;
  text: string;
  /** The client knows the tool as one that takes text, and the upstream as one with a single argument. */
  readonly isWrapped: boolean;
}

interface Choice {
  readonly parts: Map<number, OpenPart>;
  readonly counts: Map<PartStart["type"], number>;
  hasStarted: boolean;
  contentLength: number;
}

export class ChatPieceWriter implements PieceWriter {
  readonly #options: PieceOptions;
  readonly #choices = new Map<number, Choice>();
  #id = randomId("chatcmpl-");

  constructor(options: PieceOptions) {
    this.#options = options;
  }

  write(event: ChatEvent): Piece[] {
    switch (event.kind) {
      case "start":
        if (event.id !== undefined && event.id !== "") this.#id = event.id;
        return [];
      case "usage":
        return [this.#piece({ choices: [], usage: writeUsage(event.usage) })];
      case "end":
        return [this.#choice(event.choice, {}, REASONS[event.reason])];
      case "part-start":
        return this.#start(event);
      case "delta":
      case "proof":
      case "citation":
      case "part-end": {
        const part = this.#state(event.choice).parts.get(event.part);
        const delta = part === undefined ? undefined : this.#deltaOf(event, part);
        return delta === undefined ? [] : [this.#choice(event.choice, delta)];
      }
    }
  }

  end(): Piece[] {
    return [];
  }

  #start(start: PartStart): Piece[] {
    const state = this.#state(start.choice);
    const index = state.counts.get(start.type) ?? 0;
    state.counts.set(start.type, index + 1);
    const wraps = isWrapped(start, this.#options.chat.tools);
    const { id, name, type, url } = start;
    state.parts.set(start.part, { start, index, offset: state.contentLength, text: "", isWrapped: wraps });
    if (type === "image") return [this.#picture(start.choice, url ?? "", index)];
    if (type !== "tool-call") return [];
    const takesText = start.takesText === true || wraps;
    const called = takesText
      ? { type: "custom", custom: { name, input: "" } }
      : { type: "function", function: { name, arguments: "" } };
    return [this.#choice(start.choice, { tool_calls: [{ index, id: id === "" ? randomId("call_") : id, ...called }] })];
  }

  /** Also as text, on a line of its own: many clients show no other picture. */
  #picture(choice: number, url: string, index: number): Piece {
    const state = this.#state(choice);
    const content = (state.contentLength === 0 ? "" : "\n\n") + shownAs(url);
    state.contentLength += content.length;
    return this.#choice(choice, { content, images: [{ type: "image_url", image_url: { url }, index }] });
  }

  #deltaOf(
    event: Exclude<ChatEvent, { kind: "start" | "usage" | "end" | "part-start" }>,
    part: OpenPart,
  ): JsonObject | undefined {
    switch (event.kind) {
      case "delta":
        return this.#textOf(event.choice, event.text, part);
      case "proof": {
        const { proof } = event;
        if (part.start.type !== "tool-call") return { reasoning_details: [detailOf(proof, part.text, part.index)] };
        if (proof.vendor !== "google") return undefined;
        return { tool_calls: [{ index: part.index, extra_content: { google: { thought_signature: proof.value } } }] };
      }
      case "citation": {
        const { url, title = "", quote } = event.citation;
        const place = { start_index: part.offset, end_index: part.offset + part.text.length };
        const cited = { url, title, ...place, ...(quote === undefined ? {} : { content: quote }) };
        return { annotations: [{ type: "url_citation", url_citation: cited }] };
      }
      case "part-end":
        return part.isWrapped
          ? { tool_calls: [{ index: part.index, custom: { input: unwrapped(part.text) } }] }
          : undefined;
    }
  }

  #textOf(choice: number, text: string, part: OpenPart): JsonObject | undefined {
    part.text += text;
    switch (part.start.type) {
      case "text":
        this.#state(choice).contentLength += text.length;
        return { content: text };
      case "reasoning":
        return { reasoning_content: text };
      case "refusal":
        return { refusal: text };
      case "tool-call": {
        const { index, isWrapped, start } = part;
        if (isWrapped) return undefined;
        return {
          tool_calls: [
            { index, ...(start.takesText === true ? { custom: { input: text } } : { function: { arguments: text } }) },
          ],
        };
      }
      case "image":
        return undefined;
    }
  }

  #state(choice: number): Choice {
    let state = this.#choices.get(choice);
    if (state === undefined) {
      state = { parts: new Map(), counts: new Map(), hasStarted: false, contentLength: 0 };
      this.#choices.set(choice, state);
    }
    return state;
  }

  #choice(index: number, delta: JsonObject, finishReason: string | null = null): Piece {
    const state = this.#state(index);
    const role = state.hasStarted ? {} : { role: "assistant" };
    state.hasStarted = true;
    return this.#piece({ choices: [{ index, delta: { ...role, ...delta }, finish_reason: finishReason }] });
  }

  #piece(members: JsonObject): Piece {
    const { publicModel: model, created } = this.#options.target;
    return { draft: new JsonDraft({ id: this.#id, object: "chat.completion.chunk", created, model, ...members }) };
  }
}
