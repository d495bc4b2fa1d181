/**
 * What a vendor wants back with the results of a tool call: the reasoning before the call, and proofs. Many clients send back
 * no more than the call.
 */
import type { ChatEvent, PartStart } from "./answer-events.ts";
import type { ChatRequest, Part, Proof, ReasoningPart, ToolCallPart, Turn } from "./conversation.ts";

export interface CallProofs {
  /** The id of the call. */
  readonly id: string;
  readonly name: string;
  readonly input: string;
  /** What was thought since the call before, or since the answer began. */
  readonly reasoning: readonly ReasoningPart[];
  /** Of the call itself. */
  readonly proof?: Proof;
}

interface OpenPart {
  readonly start: PartStart;
  text: string;
  proof?: Proof;
}

/** Whether the vendor wants anything back. */
export function hasProofs({ reasoning, proof }: CallProofs): boolean {
  return reasoning.length > 0 || proof !== undefined;
}

/** Finds the calls in an answer's events, with their proofs. */
export class ProofCollector {
  readonly #open = new Map<string, OpenPart>();
  /** By choice. */
  readonly #reasoning = new Map<number, ReasoningPart[]>();
  #found: CallProofs[] = [];

  add(event: ChatEvent): void {
    if (!("part" in event)) return;
    const key = `${event.choice} ${event.part}`;
    if (event.kind === "part-start") {
      if (event.type === "reasoning" || event.type === "tool-call") this.#open.set(key, { start: event, text: "" });
      return;
    }
    const part = this.#open.get(key);
    if (part === undefined) return;
    if (event.kind === "delta") part.text += event.text;
    else if (event.kind === "proof") part.proof = event.proof;
    else if (event.kind === "part-end") {
      this.#open.delete(key);
      this.#end(part);
    }
  }

  /** Those that were found since the last time. */
  take(): CallProofs[] {
    const found = this.#found;
    if (found.length > 0) this.#found = [];
    return found;
  }

  #end({ start, text, proof }: OpenPart): void {
    const { choice, type, id, name } = start;
    const proven = proof === undefined ? {} : { proof };
    const before = this.#reasoning.get(choice) ?? [];
    if (type === "reasoning") {
      this.#reasoning.set(choice, [...before, { kind: "reasoning", text, ...proven }]);
      return;
    }
    this.#reasoning.delete(choice);
    const reasoning = before.some((part) => part.proof !== undefined) ? before : [];
    if (id === undefined || id === "") return;
    this.#found.push({ id, name: name ?? "", input: text, reasoning, ...proven });
  }
}

/** Ids of calls whose results the model waits for, and that came back without any proof. */
export function unprovenCalls(chat: ChatRequest): string[] {
  return openTurns(chat).flatMap(({ parts }) => (parts.some(isProven) ? [] : parts.filter(isCall).map(({ id }) => id)));
}

/** The request with the proofs of its calls. */
export function withProofs(chat: ChatRequest, known: ReadonlyMap<string, CallProofs>): ChatRequest {
  const open = new Set(openTurns(chat));
  const complete = (turn: Turn): Turn => {
    if (!open.has(turn) || turn.parts.some(isProven)) return turn;
    const proofs = new Map(turn.parts.filter(isCall).map((call) => [call, proofsOf(call, known)]));
    // What came back of the reasoning has no proof; the whole takes its place.
    const isReplaced = [...proofs.values()].some((found) => found !== undefined && found.reasoning.length > 0);
    return { ...turn, parts: turn.parts.flatMap((part) => provenPart(part, proofs, isReplaced)) };
  };
  return { ...chat, turns: chat.turns.map(complete) };
}

function provenPart(
  part: Part,
  proofs: ReadonlyMap<Part, CallProofs | undefined>,
  isReplaced: boolean,
): readonly Part[] {
  if (part.kind === "reasoning" && isReplaced) return [];
  const found = part.kind === "tool-call" ? proofs.get(part) : undefined;
  if (part.kind !== "tool-call" || found === undefined) return [part];
  return [...found.reasoning, found.proof === undefined ? part : { ...part, proof: found.proof }];
}

/** A vendor may use an id twice, so the call must be the same, too. */
function proofsOf(call: ToolCallPart, known: ReadonlyMap<string, CallProofs>): CallProofs | undefined {
  const found = known.get(call.id);
  return found?.name === call.name && compact(found.input) === compact(call.input) ? found : undefined;
}

function compact(json: string): string {
  return json.replaceAll(/\s+/g, "");
}

/** The model's turns since somebody last spoke to it. */
function openTurns({ turns }: ChatRequest): Turn[] {
  const speaks = ({ role, parts }: Turn) => role !== "assistant" && parts.some(({ kind }) => kind !== "tool-result");
  return turns.slice(turns.findLastIndex(speaks) + 1).filter(({ role }) => role === "assistant");
}

function isCall(part: Part): part is ToolCallPart {
  return part.kind === "tool-call";
}

function isProven(part: Part): boolean {
  return (part.kind === "reasoning" || part.kind === "tool-call") && part.proof !== undefined;
}
