/** Reads the chunks of generateContent as neutral events. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { ChatEvent, EndReason } from "../../operation/chat/answer-events.ts";
import type { EventReader } from "../codec.ts";
import { OpenParts } from "../open-parts.ts";
import type { Piece, Target } from "../types.ts";
import { only, textIn } from "../values.ts";
import { readUsage } from "./usage.ts";

/** All others are a filter's, or an ending as any. */
const REASONS: Readonly<Record<string, EndReason>> = {
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "filter",
  RECITATION: "filter",
  LANGUAGE: "filter",
  BLOCKLIST: "filter",
  PROHIBITED_CONTENT: "filter",
  SPII: "filter",
  IMAGE_SAFETY: "filter",
  IMAGE_PROHIBITED_CONTENT: "filter",
  IMAGE_RECITATION: "filter",
  IMAGE_OTHER: "filter",
  NO_IMAGE: "filter",
};

/** A candidate, and how many calls it made. */
class Candidate extends OpenParts {
  calls = 0;
}

export class GenerateEventReader implements EventReader {
  readonly #target: Target;
  readonly #candidates = new Map<number, Candidate>();
  #hasStarted = false;

  constructor(target: Target) {
    this.#target = target;
  }

  read({ draft: { value } }: Piece): ChatEvent[] {
    const events: ChatEvent[] = [];
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      events.push({ kind: "start", id: textIn(value["responseId"]) });
    }
    const candidates = objectsOf(value["candidates"]);
    // Every chunk counts up to itself. The last count is the whole.
    const isLast = candidates.length === 0 || candidates.some(({ finishReason }) => Boolean(finishReason));
    const usage = isLast ? readUsage(value["usageMetadata"], this.#target.fees) : undefined;
    if (usage !== undefined) events.push({ kind: "usage", usage });
    for (const candidate of candidates) this.#read(candidate, events);
    return events;
  }

  #read({ index, content, finishReason: reason, groundingMetadata: grounding }: JsonObject, events: ChatEvent[]): void {
    const number = typeof index === "number" ? index : 0;
    let candidate = this.#candidates.get(number);
    if (candidate === undefined) this.#candidates.set(number, (candidate = new Candidate(number)));
    candidate.events = events;
    for (const part of isObject(content) ? objectsOf(content["parts"]) : []) readPart(part, candidate);
    if (isObject(grounding)) addSources(grounding, candidate);
    if (typeof reason !== "string" || reason === "" || reason === "FINISH_REASON_UNSPECIFIED") return;
    candidate.close();
    events.push({ kind: "end", choice: number, reason: REASONS[reason] ?? "stop" });
  }
}

function readPart(part: JsonObject, candidate: Candidate): void {
  const {
    text,
    thought,
    functionCall: call,
    inlineData: data,
    executableCode: code,
    codeExecutionResult: result,
  } = part;
  candidate.say(thought === true ? "reasoning" : "text", text);
  if (isObject(call)) addCall(call, textIn(part["thoughtSignature"]), candidate);
  // What a model draws while it thinks is no answer.
  if (isObject(data) && thought !== true) {
    const url = `data:${textIn(data["mimeType"]) ?? "image/png"};base64,${textIn(data["data"]) ?? ""}`;
    candidate.end(candidate.start({ type: "image", url }));
  }
  candidate.say("text", fencedText(code, result));
}

/** What the upstream ran, in the form in which models show code. */
function fencedText(code: unknown, result: unknown): string | undefined {
  if (isObject(code)) {
    return `\n\`\`\`${(textIn(code["language"]) ?? "").toLowerCase()}\n${textIn(code["code"]) ?? ""}\n\`\`\`\n`;
  }
  return isObject(result) ? `\n\`\`\`\n${textIn(result["output"]) ?? ""}\n\`\`\`\n` : undefined;
}

/** Calls come whole. Those without an id get one. */
function addCall(call: JsonObject, signature: string | undefined, candidate: Candidate): void {
  const { choice, events } = candidate;
  const id = textIn(call["id"]) ?? `call_${choice}_${candidate.calls}`;
  candidate.calls++;
  const part = candidate.start({ type: "tool-call", id, name: textIn(call["name"]) ?? "" });
  events.push({ kind: "delta", choice, part, text: JSON.stringify(call["args"] ?? {}) });
  if (signature !== undefined) {
    events.push({ kind: "proof", choice, part, proof: { vendor: "google", kind: "signature", value: signature } });
  }
  candidate.end(part);
}

/** The pages that the answer rests on. */
function addSources(grounding: JsonObject, candidate: Candidate): void {
  const sources = objectsOf(grounding["groundingChunks"]).flatMap(({ web }) => (isObject(web) ? [web] : []));
  for (const web of sources) {
    const url = textIn(web["uri"]);
    if (url === undefined) continue;
    const citation = { url, ...only({ title: textIn(web["title"]) }) };
    candidate.events.push({ kind: "citation", choice: candidate.choice, part: candidate.open("text"), citation });
  }
}
