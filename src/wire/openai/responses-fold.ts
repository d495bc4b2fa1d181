/** Turns the events of a stream into a response, and a response into events. */
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Fold, Piece } from "../types.ts";

/** The events that hold the whole response at the end. */
export const TERMINAL: ReadonlySet<unknown> = new Set(["response.completed", "response.incomplete", "response.failed"]);

/** The last event holds the response. Until then, what was said so far is put together from its items. */
export class ResponseFold implements Fold {
  #response: JsonObject = {};
  #isWhole = false;
  readonly #items = new Map<unknown, JsonObject>();

  add({ draft: { value } }: Piece): void {
    const { type, response, item, output_index: index } = value;
    if (isObject(response)) this.#response = response;
    if (TERMINAL.has(type)) this.#isWhole = true;
    if (isObject(item)) this.#items.set(index, { ...item });
    else if (typeof value["delta"] === "string") this.#addDelta(value, value["delta"]);
  }

  answer(): JsonDraft {
    if (this.#isWhole) return new JsonDraft({ ...this.#response });
    return new JsonDraft({ ...this.#response, output: [...this.#items.values()] });
  }

  #addDelta({ type, output_index: index, content_index: position = 0 }: JsonObject, delta: string): void {
    const item = this.#items.get(index);
    if (item === undefined) return;
    const join = (name: string) => (item[name] = (typeof item[name] === "string" ? item[name] : "") + delta);
    if (type === "response.function_call_arguments.delta") join("arguments");
    else if (type === "response.custom_tool_call_input.delta") join("input");
    else if (type === "response.output_text.delta" || type === "response.refusal.delta") {
      const parts = [...objectsOf(item["content"])];
      const at = typeof position === "number" ? position : 0;
      const name = type === "response.refusal.delta" ? "refusal" : "text";
      const part =
        parts[at] ??
        (name === "text" ? { type: "output_text", text: "", annotations: [] } : { type: "refusal", refusal: "" });
      parts[at] = { ...part, [name]: (typeof part[name] === "string" ? part[name] : "") + delta };
      item["content"] = parts;
    }
  }
}

/** An event of this wire. Its number is set by the writer. */
export function responseEvent(type: string, members: JsonObject): Piece {
  return { event: type, draft: new JsonDraft({ type, ...members }) };
}

export function unfoldResponse({ value: response }: JsonDraft): Piece[] {
  const begun = {
    ...response,
    status: "in_progress",
    output: [],
    usage: null,
    completed_at: null,
    incomplete_details: null,
  };
  const last = response["status"] === "incomplete" ? "response.incomplete" : "response.completed";
  return [
    responseEvent("response.created", { response: begun }),
    responseEvent("response.in_progress", { response: begun }),
    ...objectsOf(response["output"]).flatMap(unfoldItem),
    responseEvent(last, { response }),
  ];
}

function unfoldItem(item: JsonObject, index: number): Piece[] {
  const place = { item_id: item["id"], output_index: index };
  const event = (type: string, members: JsonObject) => responseEvent(`response.${type}`, { ...place, ...members });
  const around = (empty: JsonObject, inside: readonly Piece[]) => [
    responseEvent("response.output_item.added", {
      output_index: index,
      item: { ...item, ...empty, status: "in_progress" },
    }),
    ...inside,
    responseEvent("response.output_item.done", { output_index: index, item }),
  ];
  switch (item["type"]) {
    case "message":
      return around(
        { content: [] },
        objectsOf(item["content"]).flatMap((part, position) => unfoldPart(part, position, event)),
      );
    case "function_call":
      return around({ arguments: "" }, [
        event("function_call_arguments.delta", { delta: item["arguments"] ?? "" }),
        event("function_call_arguments.done", { name: item["name"], arguments: item["arguments"] ?? "" }),
      ]);
    case "custom_tool_call":
      return around({ input: "" }, [
        event("custom_tool_call_input.delta", { delta: item["input"] ?? "" }),
        event("custom_tool_call_input.done", { input: item["input"] ?? "" }),
      ]);
    case "reasoning":
      return around({ summary: [] }, [
        ...objectsOf(item["summary"]).flatMap((part, position) => {
          const at = { summary_index: position };
          return [
            event("reasoning_summary_part.added", { ...at, part: { ...part, text: "" } }),
            event("reasoning_summary_text.delta", { ...at, delta: part["text"] ?? "" }),
            event("reasoning_summary_text.done", { ...at, text: part["text"] ?? "" }),
            event("reasoning_summary_part.done", { ...at, part }),
          ];
        }),
        ...objectsOf(item["content"]).flatMap((part, position) => [
          event("reasoning_text.delta", { content_index: position, delta: part["text"] ?? "" }),
          event("reasoning_text.done", { content_index: position, text: part["text"] ?? "" }),
        ]),
      ]);
    default:
      return around({}, []);
  }
}

type MakeEvent = (type: string, members: JsonObject) => Piece;

function unfoldPart(part: JsonObject, position: number, event: MakeEvent): Piece[] {
  const at = { content_index: position };
  if (part["type"] === "refusal") {
    return [
      event("content_part.added", { ...at, part: { ...part, refusal: "" } }),
      event("refusal.delta", { ...at, delta: part["refusal"] ?? "" }),
      event("refusal.done", { ...at, refusal: part["refusal"] ?? "" }),
      event("content_part.done", { ...at, part }),
    ];
  }
  const { text = "", logprobs = [] } = part;
  return [
    event("content_part.added", { ...at, part: { ...part, text: "", annotations: [], logprobs: [] } }),
    event("output_text.delta", { ...at, delta: text, logprobs }),
    ...objectsOf(part["annotations"]).map((annotation, number) =>
      event("output_text.annotation.added", { ...at, annotation_index: number, annotation }),
    ),
    event("output_text.done", { ...at, text, logprobs }),
    event("content_part.done", { ...at, part }),
  ];
}
