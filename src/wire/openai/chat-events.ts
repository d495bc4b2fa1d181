/** Reads the chunks of a chat stream as neutral events. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { ChatEvent, EndReason } from "../../operation/chat/answer-events.ts";
import type { EventReader } from "../codec.ts";
import { OpenParts } from "../open-parts.ts";
import type { Piece, Target } from "../types.ts";
import { only, textIn } from "../values.ts";
import { proofOf } from "./proofs.ts";
import { readUsage } from "./usage.ts";

const REASONS: Readonly<Record<string, EndReason>> = {
  length: "length",
  tool_calls: "tools",
  function_call: "tools",
  content_filter: "filter",
};

/** A choice with its calls, by their position. */
class Choice extends OpenParts {
  readonly calls = new Map<unknown, number>();
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
    const number = typeof index === "number" ? index : 0;
    let choice = this.#choices.get(number);
    if (choice === undefined) this.#choices.set(number, (choice = new Choice(number)));
    choice.events = events;
    if (isObject(delta)) readDelta(delta, choice);
    if (typeof reason !== "string") return;
    choice.close();
    for (const part of choice.calls.values()) choice.end(part);
    const explanation = only({ explanation: isObject(delta) ? textIn(delta["refusal"]) : undefined });
    events.push({ kind: "end", choice: number, reason: REASONS[reason] ?? "stop", ...explanation });
  }
}

function readDelta(delta: JsonObject, choice: Choice): void {
  const { content, refusal, reasoning_content: thought, reasoning = thought, function_call: called } = delta;
  choice.say("reasoning", reasoning);
  for (const detail of objectsOf(delta["reasoning_details"])) addProof(choice, detail);
  choice.say("text", content);
  choice.say("refusal", refusal);
  for (const annotation of objectsOf(delta["annotations"])) addCitation(choice, annotation);
  for (const image of objectsOf(delta["images"])) addImage(choice, image);
  for (const call of objectsOf(delta["tool_calls"])) addCall(choice, call["index"], call);
  if (isObject(called)) addCall(choice, "function", { function: called, id: `call_${textIn(called["name"]) ?? ""}` });
}

/** What stands in place of a thought is a thought of its own, and a signature ends one. */
function addProof(choice: Choice, detail: JsonObject): void {
  const proof = proofOf(detail);
  if (proof === undefined) return;
  if (proof.kind === "hidden") choice.close();
  choice.events.push({ kind: "proof", choice: choice.choice, part: choice.open("reasoning"), proof });
  choice.close();
}

function addCitation(choice: Choice, { type, url_citation: cited }: JsonObject): void {
  const url = type === "url_citation" && isObject(cited) ? textIn(cited["url"]) : undefined;
  if (url === undefined || !isObject(cited)) return;
  const citation = { url, ...only({ title: textIn(cited["title"]), quote: textIn(cited["content"]) }) };
  choice.events.push({ kind: "citation", choice: choice.choice, part: choice.open("text"), citation });
}

function addImage(choice: Choice, { image_url: image }: JsonObject): void {
  const url = isObject(image) ? textIn(image["url"]) : undefined;
  if (url !== undefined) choice.end(choice.start({ type: "image", url }));
}

function addCall(choice: Choice, position: unknown, call: JsonObject): void {
  const { custom, function: called, extra_content: extra } = call;
  const inner = isObject(custom) ? custom : isObject(called) ? called : {};
  let part = choice.calls.get(position);
  if (part === undefined) {
    const takesText = isObject(custom) ? { takesText: true } : {};
    const [id, name] = [textIn(call["id"]) ?? "", textIn(inner["name"]) ?? ""];
    part = choice.start({ type: "tool-call", id, name, ...takesText });
    choice.calls.set(position, part);
  }
  const place = { choice: choice.choice, part };
  const text = textIn(inner["arguments"]) ?? textIn(inner["input"]) ?? "";
  if (text !== "") choice.events.push({ kind: "delta", ...place, text });
  const google =
    isObject(extra) && isObject(extra["google"]) ? textIn(extra["google"]["thought_signature"]) : undefined;
  if (google === undefined) return;
  choice.events.push({ kind: "proof", ...place, proof: { vendor: "google", kind: "signature", value: google } });
}
