/** Writes neutral events as the chunks of generateContent. */
import { givenId, randomId } from "../../core/id.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, parseForeign, type JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/units.ts";
import type { ChatEvent, EndReason, PartStart } from "../../operation/chat/answer-events.ts";
import type { Proof } from "../../operation/chat/conversation.ts";
import type { PieceOptions, PieceWriter } from "../codec.ts";
import { shownAs } from "../media.ts";
import type { Piece } from "../types.ts";
import { writeSignature } from "./signatures.ts";
import { writeUsage } from "./usage.ts";

const REASONS: Readonly<Record<EndReason, string>> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  tools: "STOP",
  filter: "SAFETY",
};

interface OpenPart {
  readonly start: PartStart;
  /** The arguments of a call, which are sent whole. */
  text: string;
  proof: Proof | undefined;
}

interface Choice {
  readonly parts: Map<number, OpenPart>;
  readonly sources: { readonly uri: string; readonly title?: string }[];
  reason: EndReason | undefined;
}

export class GeneratePieceWriter implements PieceWriter {
  readonly #options: PieceOptions;
  readonly #choices = new Map<number, Choice>();
  #id: string | undefined;
  #usage: Usage | undefined;

  constructor(options: PieceOptions) {
    this.#options = options;
  }

  write(event: ChatEvent): Piece[] {
    switch (event.kind) {
      case "start":
        this.#id = event.id;
        return [];
      case "usage":
        this.#usage = event.usage;
        return [];
      case "end":
        this.#choice(event.choice).reason = event.reason;
        return [];
      case "part-start":
        this.#choice(event.choice).parts.set(event.part, { start: event, text: "", proof: undefined });
        return event.type === "image" ? [this.#part(event.choice, pictureOf(event.url ?? ""))] : [];
      case "delta":
      case "proof":
      case "citation":
      case "part-end": {
        const part = this.#choice(event.choice).parts.get(event.part);
        return part === undefined ? [] : this.#content(event, part);
      }
    }
  }

  /** The reasons come last, for a client stops reading at them. */
  end(counted: () => Usage): Piece[] {
    if (this.#choices.size === 0) this.#choice(0);
    const candidates = [...this.#choices].map(([index, { reason = "stop", sources }]) => ({
      index,
      content: { role: "model", parts: [{ text: "" }] },
      finishReason: REASONS[reason],
      ...(sources.length === 0 ? {} : { groundingMetadata: { groundingChunks: sources.map((web) => ({ web })) } }),
    }));
    return [this.#piece({ candidates, usageMetadata: writeUsage(this.#usage ?? counted()) })];
  }

  #content(event: Exclude<ChatEvent, { kind: "start" | "usage" | "end" | "part-start" }>, part: OpenPart): Piece[] {
    const { choice } = event;
    switch (event.kind) {
      case "delta":
        part.text += event.text;
        if (part.start.type === "tool-call") return [];
        return [
          this.#part(
            choice,
            part.start.type === "reasoning" ? { text: event.text, thought: true } : { text: event.text },
          ),
        ];
      case "proof":
        part.proof = event.proof;
        if (part.start.type === "tool-call") return [];
        return [this.#part(choice, { text: "", thought: true, thoughtSignature: writeSignature(event.proof) })];
      case "citation": {
        const { url, title } = event.citation;
        this.#choice(choice).sources.push({ uri: url, ...(title === undefined ? {} : { title }) });
        return [];
      }
      case "part-end":
        return part.start.type === "tool-call" ? [this.#part(choice, callOf(part))] : [];
    }
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) this.#choices.set(index, (choice = { parts: new Map(), sources: [], reason: undefined }));
    return choice;
  }

  #part(index: number, part: JsonObject): Piece {
    return this.#piece({ candidates: [{ index, content: { role: "model", parts: [part] } }] });
  }

  #piece(members: JsonObject): Piece {
    this.#id = givenId(this.#id, "");
    const identity = { modelVersion: this.#options.target.publicModel, responseId: this.#id };
    return { draft: new JsonDraft({ ...members, ...identity }) };
  }
}

function callOf({ start: { id, name }, text, proof }: OpenPart): JsonObject {
  const args = text.trim() === "" ? {} : parseForeign(text);
  const call = { id: id === "" ? randomId("call_") : id, name, args: isObject(args) ? args : { _raw: text } };
  return proof === undefined ? { functionCall: call } : { functionCall: call, thoughtSignature: writeSignature(proof) };
}

const DATA_URL = /^data:([^;,]+);base64,/;

/** A picture that is only an address becomes text that shows it. */
function pictureOf(url: string): JsonObject {
  const match = DATA_URL.exec(url.slice(0, 200));
  if (match === null) return { text: shownAs(url) };
  const [head, mimeType] = match;
  return { inlineData: { mimeType, data: url.slice(head.length) } };
}
