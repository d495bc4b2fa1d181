/** Reads the chunks of a chat stream as neutral events. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { ChatEvent, EndReason, PartStart } from "../../operation/chat/answer-events.ts";
import type { EventReader } from "../codec.ts";
import type { Piece, Target } from "../types.ts";
import { textIn } from "../values.ts";
import { proofOf } from "./proofs.ts";
import { readUsage } from "./usage.ts";

const REASONS: Readonly<Record<string, EndReason>> = {
  length: "length",
  tool_calls: "tools",
  function_call: "tools",
  content_filter: "filter",
};

/** What is known of one choice so far. */
interface Choice {
  parts: number;
  /** The text, thought or refusal under way. */
  open: { readonly part: number; readonly type: PartStart["type"] } | undefined;
  /** The calls, by their position. */
  readonly calls: Map<unknown, number>;
}

export class ChatEventReader implements EventReader {
  readonly #target: Target;
  readonly #choices = new Map<number, Choice>();
  #hasStarted = false;

  constructor(target: Target) {
    this.#target = target;
  }

  read({ draft: { value } }: Piece): ChatEvent[] {
    const events: ChatEvent[] = [];
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      events.push({ kind: "start", id: textIn(value["id"]) });
    }
    for (const choice of objectsOf(value["choices"])) this.#readChoice(choice, events);
    const usage = readUsage(value["usage"], this.#target.fees);
    if (usage !== undefined) events.push({ kind: "usage", usage });
    return events;
  }

  #readChoice({ index, delta, finish_reason: reason }: JsonObject, events: ChatEvent[]): void {
    const choice = typeof index === "number" ? index : 0;
    let state = this.#choices.get(choice);
    if (state === undefined) this.#choices.set(choice, (state = { parts: 0, open: undefined, calls: new Map() }));
    if (isObject(delta)) readDelta(delta, { choice, state, events });
    if (typeof reason !== "string") return;
    closeText({ choice, state, events });
    for (const part of state.calls.values()) events.push({ kind: "part-end", choice, part });
    const explanation = isObject(delta) ? textIn(delta["refusal"]) : undefined;
    const why = explanation === undefined ? {} : { explanation };
    events.push({ kind: "end", choice, reason: REASONS[reason] ?? "stop", ...why });
  }
}

interface Place {
  readonly choice: number;
  readonly state: Choice;
  readonly events: ChatEvent[];
}

function readDelta(delta: JsonObject, place: Place): void {
  const { content, refusal, reasoning_content: thought, reasoning = thought, function_call: called } = delta;
  addText(place, "reasoning", reasoning);
  for (const detail of objectsOf(delta["reasoning_details"])) {
    const proof = proofOf(detail);
    if (proof === undefined) continue;
    // What stands in place of a thought is a thought of its own, and a signature ends one.
    if (proof.kind === "hidden") closeText(place);
    const part = openText(place, "reasoning");
    place.events.push({ kind: "proof", choice: place.choice, part, proof });
    closeText(place);
  }
  addText(place, "text", content);
  addText(place, "refusal", refusal);
  for (const annotation of objectsOf(delta["annotations"])) addCitation(place, annotation);
  for (const image of objectsOf(delta["images"])) addImage(place, image);
  for (const call of objectsOf(delta["tool_calls"])) addCall(place, call["index"], call);
  if (isObject(called)) addCall(place, "function", { function: called, id: `call_${textIn(called["name"]) ?? ""}` });
}

function addText(place: Place, type: PartStart["type"], text: unknown): void {
  if (typeof text !== "string" || text === "") return;
  const part = openText(place, type);
  place.events.push({ kind: "delta", choice: place.choice, part, text });
}

/** The number of the part of this type that is open; opens one if none is. */
function openText(place: Place, type: PartStart["type"]): number {
  const { choice, state, events } = place;
  if (state.open?.type === type) return state.open.part;
  closeText(place);
  const part = state.parts++;
  state.open = { part, type };
  events.push({ kind: "part-start", choice, part, type });
  return part;
}

function closeText({ choice, state, events }: Place): void {
  if (state.open !== undefined) events.push({ kind: "part-end", choice, part: state.open.part });
  state.open = undefined;
}

function addCitation(place: Place, { type, url_citation: cited }: JsonObject): void {
  if (type !== "url_citation" || !isObject(cited)) return;
  const [url, title, quote] = [textIn(cited["url"]), textIn(cited["title"]), textIn(cited["content"])];
  if (url === undefined) return;
  const part = openText(place, "text");
  const citation = { url, ...(title === undefined ? {} : { title }), ...(quote === undefined ? {} : { quote }) };
  place.events.push({ kind: "citation", choice: place.choice, part, citation });
}

function addImage(place: Place, { image_url: image }: JsonObject): void {
  const url = isObject(image) ? textIn(image["url"]) : undefined;
  if (url === undefined) return;
  closeText(place);
  const { choice, state, events } = place;
  const part = state.parts++;
  events.push({ kind: "part-start", choice, part, type: "image", url }, { kind: "part-end", choice, part });
}

function addCall(place: Place, position: unknown, call: JsonObject): void {
  const { choice, state, events } = place;
  const inner = isObject(call["custom"]) ? call["custom"] : isObject(call["function"]) ? call["function"] : {};
  let part = state.calls.get(position);
  if (part === undefined) {
    closeText(place);
    part = state.parts++;
    state.calls.set(position, part);
    const takesText = isObject(call["custom"]) ? { takesText: true } : {};
    const [id, name] = [textIn(call["id"]) ?? "", textIn(inner["name"]) ?? ""];
    events.push({ kind: "part-start", choice, part, type: "tool-call", id, name, ...takesText });
  }
  const text = textIn(inner["arguments"]) ?? textIn(inner["input"]) ?? "";
  if (text !== "") events.push({ kind: "delta", choice, part, text });
  const { extra_content: extra } = call;
  const google =
    isObject(extra) && isObject(extra["google"]) ? textIn(extra["google"]["thought_signature"]) : undefined;
  if (google === undefined) return;
  events.push({ kind: "proof", choice, part, proof: { vendor: "google", kind: "signature", value: google } });
}
