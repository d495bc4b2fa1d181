/** Reads the chunks of generateContent as neutral events. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { ChatEvent, EndReason, PartStart } from "../../operation/chat/answer-events.ts";
import type { EventReader } from "../codec.ts";
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

interface Candidate {
  parts: number;
  calls: number;
  open: { readonly part: number; readonly type: PartStart["type"] } | undefined;
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
    const usage = readUsage(value["usageMetadata"], this.#target.fees);
    if (usage !== undefined) events.push({ kind: "usage", usage });
    for (const candidate of objectsOf(value["candidates"])) this.#read(candidate, events);
    return events;
  }

  #read(candidate: JsonObject, events: ChatEvent[]): void {
    const choice = typeof candidate["index"] === "number" ? candidate["index"] : 0;
    let state = this.#candidates.get(choice);
    if (state === undefined) this.#candidates.set(choice, (state = { parts: 0, calls: 0, open: undefined }));
    const place = { choice, state, events };
    const { content, finishReason: reason, groundingMetadata: grounding } = candidate;
    for (const part of isObject(content) ? objectsOf(content["parts"]) : []) readPart(part, place);
    if (isObject(grounding)) addSources(grounding, place);
    if (typeof reason !== "string" || reason === "" || reason === "FINISH_REASON_UNSPECIFIED") return;
    close(place);
    events.push({ kind: "end", choice, reason: REASONS[reason] ?? "stop" });
  }
}

interface Place {
  readonly choice: number;
  readonly state: Candidate;
  readonly events: ChatEvent[];
}

function readPart(part: JsonObject, place: Place): void {
  const {
    text,
    thought,
    functionCall: call,
    inlineData: data,
    executableCode: code,
    codeExecutionResult: result,
  } = part;
  const { choice, events } = place;
  if (typeof text === "string" && text !== "") {
    const number = open(place, thought === true ? "reasoning" : "text");
    events.push({ kind: "delta", choice, part: number, text });
  }
  if (isObject(call)) addCall(call, textIn(part["thoughtSignature"]), place);
  if (isObject(data)) {
    const url = `data:${textIn(data["mimeType"]) ?? "image/png"};base64,${textIn(data["data"]) ?? ""}`;
    whole(place, { type: "image", url }, []);
  }
  const fenced = fencedText(code, result);
  if (fenced !== undefined) events.push({ kind: "delta", choice, part: open(place, "text"), text: fenced });
}

/** What the upstream ran, in the form in which models show code. */
function fencedText(code: unknown, result: unknown): string | undefined {
  if (isObject(code))
    return `\n\`\`\`${(textIn(code["language"]) ?? "").toLowerCase()}\n${textIn(code["code"]) ?? ""}\n\`\`\`\n`;
  return isObject(result) ? `\n\`\`\`\n${textIn(result["output"]) ?? ""}\n\`\`\`\n` : undefined;
}

/** Calls come whole. Those without an id get one. */
function addCall(call: JsonObject, signature: string | undefined, place: Place): void {
  const name = textIn(call["name"]) ?? "";
  const id = textIn(call["id"]) ?? `call_${place.choice}_${place.state.calls}`;
  place.state.calls++;
  const { choice } = place;
  whole(place, { type: "tool-call", id, name }, (part) => [
    { kind: "delta", choice, part, text: JSON.stringify(call["args"] ?? {}) },
    ...(signature === undefined
      ? []
      : [{ kind: "proof", choice, part, proof: { vendor: "google", kind: "signature", value: signature } } as const]),
  ]);
}

/** A part that begins and ends at once. */
function whole(
  place: Place,
  start: Pick<PartStart, "type" | "id" | "name" | "url">,
  inside: readonly ChatEvent[] | ((part: number) => readonly ChatEvent[]),
): void {
  close(place);
  const { choice, state, events } = place;
  const part = state.parts++;
  const content = typeof inside === "function" ? inside(part) : inside;
  events.push({ kind: "part-start", choice, part, ...start }, ...content, { kind: "part-end", choice, part });
}

function open(place: Place, type: PartStart["type"]): number {
  const { choice, state, events } = place;
  if (state.open?.type === type) return state.open.part;
  close(place);
  const part = state.parts++;
  state.open = { part, type };
  events.push({ kind: "part-start", choice, part, type });
  return part;
}

function close({ choice, state, events }: Place): void {
  if (state.open !== undefined) events.push({ kind: "part-end", choice, part: state.open.part });
  state.open = undefined;
}

/** The pages that the answer rests on. */
function addSources(grounding: JsonObject, place: Place): void {
  const sources = objectsOf(grounding["groundingChunks"]).flatMap(({ web }) => (isObject(web) ? [web] : []));
  for (const web of sources) {
    const url = textIn(web["uri"]);
    if (url === undefined) continue;
    const part = open(place, "text");
    place.events.push({
      kind: "citation",
      choice: place.choice,
      part,
      citation: { url, ...only({ title: textIn(web["title"]) }) },
    });
  }
}
