/** What the answers and events of chat and completions have in common; each wire brings its `ChoiceShape`. */
import { Fault } from "../../core/fault.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { DONE } from "../../core/sse.ts";
import type { Answer, EventReader, Said, Stamp, WireEvent } from "../types.ts";
import { readUsage, scrub } from "./usage.ts";
import { randomId } from "../../core/id.ts";

export interface ChoiceShape {
  readonly idPrefix: string;
  readonly answerObject: string;
  readonly eventObject: string;
  /** Fills in what a finished choice lacks, in place; returns what it holds. */
  readonly answerChoice: (choice: JsonObject) => JsonObject;
  /** The same for a choice of an event; `seen` is that choice's memory for the length of the stream. */
  readonly eventChoice: (choice: JsonObject, seen: ChoiceMemory) => JsonObject;
}

/** What one choice of a stream has shown so far. */
export interface ChoiceMemory {
  started: boolean;
  finished: boolean;
  toolCalls: number;
}

/** A finish reason of DeepSeek's for "we ran out of machines". */
const OUT_OF_RESOURCES = "insufficient_system_resource";

export function readAnswer(shape: ChoiceShape, value: unknown, stamp: Stamp): Answer {
  const body = withoutError(value);
  const choices = objectsOf(body["choices"]);
  if (choices.length === 0) throw broken("an answer without choices");
  scrub(body);
  const usage = readUsage(body["usage"]);
  const said = { output: "", reasoning: "" };
  const answered = choices.map((choice, position) => {
    choice["index"] ??= position;
    const output = shape.answerChoice(choice);
    hear(said, output);
    const has = hasOutput(output);
    if (choice["finish_reason"] === OUT_OF_RESOURCES) {
      if (!has) throw new Fault("overloaded", { reason: OUT_OF_RESOURCES });
      choice["finish_reason"] = "length";
    }
    return has || isAnswerWithoutOutput(choice["finish_reason"]);
  });
  if (!answered.includes(true) && !spentOutput(usage)) throw broken("an empty answer");
  body["choices"] = choices;
  complete(body, shape.answerObject, { ...stamp, id: textOr(body["id"], () => randomId(shape.idPrefix)) });
  return { body, usage, said };
}

/** Reads the events of one stream and gives them one id, one time and one model. */
export class ChunkReader implements EventReader {
  readonly #shape: ChoiceShape;
  readonly #stamp: Stamp;
  readonly #choices = new Map<unknown, ChoiceMemory>();
  #identity: { id: string; created: number } | undefined;
  #hasOutput = false;

  constructor(shape: ChoiceShape, stamp: Stamp) {
    this.#shape = shape;
    this.#stamp = stamp;
  }

  get complete(): boolean {
    return this.#choices.size > 0 && [...this.#choices.values()].every((choice) => choice.finished);
  }

  read(data: string): WireEvent | "done" | undefined {
    if (data.trim() === DONE) return "done";
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      throw broken("an event that is not JSON");
    }
    const body = withoutError(value);
    scrub(body);
    const choices = objectsOf(body["choices"]);
    const usage = readUsage(body["usage"]);
    if (choices.length === 0 && !isObject(body["usage"])) return undefined;

    const said = { output: "", reasoning: "" };
    let meaningful = spentOutput(usage);
    let finishes = false;
    for (const choice of choices) {
      const ending = this.#readChoice(choice, said);
      finishes ||= ending !== null;
      meaningful ||= this.#hasOutput || isAnswerWithoutOutput(ending);
    }
    body["choices"] = choices;
    this.#identity ??= {
      id: textOr(body["id"], () => randomId(this.#shape.idPrefix)),
      created: typeof body["created"] === "number" ? body["created"] : this.#stamp.created,
    };
    Object.assign(body, this.#identity, { object: this.#shape.eventObject, model: this.#stamp.model });
    return { body, meaningful, finishes, usageOnly: choices.length === 0, usage, said };
  }

  /** Normalises a choice in place; adds its text to `said`; returns its finish reason. */
  #readChoice(choice: JsonObject, said: Writable<Said>): unknown {
    const index = (choice["index"] ??= 0);
    let seen = this.#choices.get(index);
    if (seen === undefined) this.#choices.set(index, (seen = { started: false, finished: false, toolCalls: 0 }));
    if (choice["finish_reason"] === undefined || choice["finish_reason"] === "") choice["finish_reason"] = null;
    const output = this.#shape.eventChoice(choice, seen);
    hear(said, output);
    seen.started = true;
    this.#hasOutput ||= hasOutput(output);
    if (choice["finish_reason"] === OUT_OF_RESOURCES) {
      if (!this.#hasOutput) throw new Fault("overloaded", { reason: OUT_OF_RESOURCES });
      choice["finish_reason"] = "length";
    }
    seen.finished ||= choice["finish_reason"] !== null;
    return choice["finish_reason"];
  }
}

/** The text of a `content` that some upstreams send as parts; any other value as it is. */
export function joinParts(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return objectsOf(content)
    .map((part) => (typeof part["text"] === "string" ? part["text"] : ""))
    .join("");
}

export function broken(reason: string): Fault {
  return new Fault("upstream_error", { reason });
}

/** @throws Fault `upstream_error` for what is no object or carries an error */
function withoutError(value: unknown): JsonObject {
  if (!isObject(value)) throw broken("an answer that is no JSON object");
  const { error } = value;
  if (error !== undefined && error !== null && error !== false && error !== "") {
    const code = isObject(error) ? (error["code"] ?? error["type"]) : undefined;
    throw broken(`an error in an answer of status 200, code ${String(code).slice(0, 60)}`);
  }
  return value;
}

/** Any part of a message but its role that is not empty is output: text, reasoning, tools, refusal, media, or new. */
function hasOutput(output: JsonObject): boolean {
  return Object.entries(output).some(
    ([name, value]) =>
      name !== "role" &&
      (typeof value === "string" || Array.isArray(value)
        ? value.length > 0
        : typeof value === "object" && value !== null),
  );
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Adds what a message or delta says: text, refusals, calls, and the reasoning under whichever name. */
function hear(said: Writable<Said>, output: JsonObject): void {
  const { content, text, refusal, reasoning_content: thought, reasoning = thought, function_call: call } = output;
  for (const piece of [content, text, refusal]) if (typeof piece === "string") said.output += piece;
  for (const { function: called = call, custom } of objectsOf(output["tool_calls"] ?? [{}])) {
    if (isObject(called)) said.output += textIn(called["name"]) + textIn(called["arguments"]);
    if (isObject(custom)) said.output += textIn(custom["name"]) + textIn(custom["input"]);
  }
  said.reasoning += textIn(reasoning);
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isAnswerWithoutOutput(finishReason: unknown): boolean {
  return typeof finishReason === "string" && !["", "stop", "error"].includes(finishReason);
}

function spentOutput(usage: Answer["usage"]): boolean {
  return (usage?.output ?? 0) + (usage?.reasoning ?? 0) + (usage?.outputAudio ?? 0) > 0;
}

function complete(body: JsonObject, object: string, stamp: Stamp & { id: string }): void {
  body["id"] = stamp.id;
  body["object"] = object;
  body["created"] = typeof body["created"] === "number" ? body["created"] : stamp.created;
  body["model"] = stamp.model;
}

function textOr(value: unknown, make: () => string): string {
  return typeof value === "string" && value !== "" ? value : make();
}
