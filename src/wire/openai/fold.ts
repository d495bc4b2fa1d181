/** Turns the chunks of a stream into a whole answer, and a whole answer into chunks. */
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Fold, Piece } from "../types.ts";
import { numberIn } from "../values.ts";

export interface FoldShape {
  readonly answerObject: string;
  readonly chunkObject: string;
  /** The member of a choice that holds its output; null = the choice itself holds it. */
  readonly message: { readonly whole: string; readonly streamed: string } | null;
}

/** Members of a chunk that are not copied to the answer. */
const FRAME = ["choices", "object", "usage"] as const;

/** Members whose text is not joined, because it comes whole. All other texts come in pieces. */
const SAID_ONCE = new Set(["role", "id", "type", "index", "format", "expires_at"]);

/** The whole answer. Texts are joined, list items with an index are merged by it, other items are appended. */
export class OpenAIFold implements Fold {
  readonly #shape: FoldShape;
  readonly #answer: JsonObject = {};
  readonly #choices = new Map<unknown, JsonObject>();
  /** The items of each list of the answer by their index: a list can be long, and grows with each chunk. */
  readonly #byIndex = new Map<unknown[], Map<unknown, JsonObject>>();

  constructor(shape: FoldShape) {
    this.#shape = shape;
  }

  add({ draft: { value: chunk } }: Piece): void {
    for (const [name, value] of Object.entries(chunk)) {
      if (!(FRAME as readonly string[]).includes(name)) this.#answer[name] = value;
    }
    if (isObject(chunk["usage"])) this.#answer["usage"] = chunk["usage"];
    for (const more of objectsOf(chunk["choices"])) {
      let choice = this.#choices.get(more["index"]);
      if (choice === undefined) this.#choices.set(more["index"], (choice = { index: more["index"] }));
      this.#addChoice(choice, more);
    }
  }

  answer(): JsonDraft {
    const choices = [...this.#choices.values()].toSorted(
      (a, b) => (numberIn(a["index"]) ?? 0) - (numberIn(b["index"]) ?? 0),
    );
    for (const choice of choices) for (const call of callsOf(this.#shape, choice)) delete call["index"];
    return new JsonDraft({ ...this.#answer, object: this.#shape.answerObject, choices });
  }

  #addChoice(choice: JsonObject, chunk: JsonObject): void {
    const { message } = this.#shape;
    if (message !== null) {
      const output = isObject(choice[message.whole])
        ? choice[message.whole]
        : (choice[message.whole] = { role: "assistant", content: null });
      const delta = chunk[message.streamed];
      if (isObject(delta)) this.#merge(output as JsonObject, delta);
    }
    const streamed = message === null ? [] : [message.streamed];
    this.#merge(choice, without(chunk, [...streamed, "index", "finish_reason"]));
    choice["finish_reason"] = chunk["finish_reason"] ?? choice["finish_reason"] ?? null;
  }

  #merge(into: JsonObject, more: JsonObject): void {
    for (const [name, value] of Object.entries(more)) {
      // `into` has no such member but a prototype, which all objects share.
      if (name === "__proto__") continue;
      const before = into[name];
      if (value === null || value === undefined) into[name] ??= value;
      else if (typeof before === "string" && typeof value === "string" && !SAID_ONCE.has(name))
        into[name] = before + value;
      else if (isObject(before) && isObject(value)) this.#merge(before, value);
      else if (Array.isArray(value)) into[name] = this.#mergeLists(Array.isArray(before) ? before : [], value);
      else into[name] = isObject(value) ? structuredClone(value) : value;
    }
  }

  /** Adds the items of `more` to `list`. */
  #mergeLists(list: unknown[], more: readonly unknown[]): unknown[] {
    const known = this.#byIndex.get(list) ?? new Map(objectsOf(list).map((item) => [item["index"], item]));
    this.#byIndex.set(list, known);
    for (const item of more) {
      const index = isObject(item) && typeof item["index"] === "number" ? item["index"] : undefined;
      const same = index === undefined ? undefined : known.get(index);
      if (same !== undefined && isObject(item)) this.#merge(same, item);
      else {
        const added: unknown = structuredClone(item);
        list.push(added);
        if (index !== undefined && isObject(added)) known.set(index, added);
      }
    }
    return list;
  }
}

/** The tool calls of a choice of the answer. A whole answer does not have their `index`. */
function callsOf({ message }: FoldShape, choice: JsonObject): JsonObject[] {
  const output = message === null ? choice : choice[message.whole];
  return isObject(output) ? objectsOf(output["tool_calls"]) : [];
}

/** Up to three chunks: all output, the finish reasons, and the usage if there is any. */
export function unfold(shape: FoldShape, answer: JsonDraft): Piece[] {
  const { choices, usage, ...rest } = answer.value;
  const frame = { ...rest, object: shape.chunkObject };
  const said = objectsOf(choices).map((choice) => ({ ...unfoldChoice(shape, choice), finish_reason: null }));
  const ends = objectsOf(choices).map((choice) => ({
    index: choice["index"],
    ...(shape.message === null ? { text: "" } : { [shape.message.streamed]: {} }),
    finish_reason: choice["finish_reason"],
  }));
  const pieces = [
    { ...frame, choices: said },
    { ...frame, choices: ends },
  ];
  return [...pieces, ...(isObject(usage) ? [{ ...frame, choices: [], usage }] : [])].map((chunk) => ({
    draft: new JsonDraft(chunk),
  }));
}

function unfoldChoice({ message }: FoldShape, choice: JsonObject): JsonObject {
  if (message === null) return without(choice, ["finish_reason"]);
  const output = isObject(choice[message.whole]) ? choice[message.whole] : {};
  const delta: JsonObject = { ...(output as JsonObject) };
  const calls = objectsOf(delta["tool_calls"]);
  if (calls.length > 0) delta["tool_calls"] = calls.map((call, index) => ({ index, ...call }));
  return { ...without(choice, [message.whole, "finish_reason"]), [message.streamed]: delta };
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
