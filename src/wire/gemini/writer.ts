/** Writes answers of generateContent to clients: as server-sent events, or as the parts of one JSON array. */
import { onOneLine, writeFrame } from "../../core/frame.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { draftPayload, type Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import type { ClientWriter, Fold, Piece, Whole } from "../types.ts";
import { writeUsage } from "./usage.ts";
import { textIn } from "../values.ts";

/** A chunk that ends an answer without a count is held back until the count is known. */
export class GenerateWriter implements ClientWriter {
  readonly inArray: boolean;
  #held: JsonDraft | undefined;
  #hasBegun = false;

  constructor(inArray: boolean) {
    this.inArray = inArray;
  }

  get waits(): boolean {
    return false;
  }

  write({ draft }: Piece): string {
    const before = this.flush();
    if (!finishes(draft.value) || isObject(draft.value["usageMetadata"])) return before + this.#text(draft);
    this.#held = draft;
    return before;
  }

  flush(): string {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? "" : this.#text(held);
  }

  end(counted: () => Usage): string {
    this.#held?.set("usageMetadata", writeUsage(counted()));
    return this.flush() + (this.inArray ? `${this.#hasBegun ? "" : "["}]` : "");
  }

  fail(body: JsonObject): string {
    return this.flush() + this.#text(new JsonDraft(body)) + (this.inArray ? "]" : "");
  }

  whole(body: Whole["body"], counted: () => Usage): Payload {
    if (!(body instanceof JsonDraft)) return body;
    if (!isObject(body.value["usageMetadata"])) body.set("usageMetadata", writeUsage(counted()));
    return draftPayload(body);
  }

  #text(draft: JsonDraft): string {
    const json = onOneLine(draft.toString());
    if (!this.inArray) return writeFrame(json);
    const before = this.#hasBegun ? ",\r\n" : "[";
    this.#hasBegun = true;
    return before + json;
  }
}

function finishes({ candidates }: JsonObject): boolean {
  return objectsOf(candidates).some(({ finishReason: reason }) => typeof reason === "string" && reason !== "");
}

/** The chunks of a stream as one answer: texts of one kind in a row are joined. */
export class GenerateFold implements Fold {
  #answer: JsonObject = {};
  readonly #candidates = new Map<unknown, JsonObject>();
  readonly #parts = new Map<unknown, JsonObject[]>();

  add({ draft: { value } }: Piece): void {
    const { candidates, ...rest } = value;
    this.#answer = { ...this.#answer, ...rest };
    for (const candidate of objectsOf(candidates)) {
      const { index = 0, content, ...more } = candidate;
      this.#candidates.set(index, { ...this.#candidates.get(index), ...more, index });
      const parts = this.#parts.get(index) ?? [];
      this.#parts.set(index, parts);
      for (const part of isObject(content) ? objectsOf(content["parts"]) : []) addPart(parts, part);
    }
  }

  answer(): JsonDraft {
    const candidates = [...this.#candidates].map(([index, candidate]) => ({
      content: { role: "model", parts: this.#parts.get(index) ?? [] },
      ...candidate,
    }));
    return new JsonDraft({ candidates, ...this.#answer });
  }
}

function addPart(parts: JsonObject[], part: JsonObject): void {
  const last = parts.at(-1);
  const isText = (one: JsonObject | undefined) => typeof one?.["text"] === "string";
  // A signature belongs to the part that it came with.
  const isNext =
    isText(last) && isText(part) && last?.["thought"] === part["thought"] && last?.["thoughtSignature"] === undefined;
  if (!isNext || last === undefined) {
    if (part["text"] !== "" || Object.keys(part).length > 1) parts.push({ ...part });
    return;
  }
  last["text"] = (textIn(last["text"]) ?? "") + (textIn(part["text"]) ?? "");
  if (part["thoughtSignature"] !== undefined) last["thoughtSignature"] = part["thoughtSignature"];
}
