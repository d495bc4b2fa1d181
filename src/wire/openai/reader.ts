/** Reads the answers of chat and completions; each wire brings its {@link ChoiceShape}. */
import { Fault } from "../../core/fault.ts";
import { DONE, type Frame } from "../../core/frame.ts";
import { givenId } from "../../core/id.ts";
import { JsonDraft, type JsonPlace } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import { answerDraft, broken, eventDraft, NOTHING, spentOutput, type Text } from "../reading.ts";
import type { AnswerReader, Piece, Step, Target, Whole } from "../types.ts";
import { errorIn } from "./error-in.ts";
import { addText, hasOutput } from "./output.ts";
import { scrub } from "../scrub.ts";
import { DOCUMENTED, extrasOf, readUsage, scrubMessage } from "./usage.ts";

/** How the choices of a wire look. Each function completes a choice in place and returns its output. */
export interface ChoiceShape {
  readonly idPrefix: string;
  readonly answerObject: string;
  readonly chunkObject: string;
  readonly answerChoice: (choice: JsonPlace) => JsonObject;
  /** @param seen the choice's memory for the length of the stream */
  readonly chunkChoice: (choice: JsonPlace, seen: ChoiceMemory) => JsonObject;
  /** The members, besides `index` and `finish_reason`, of a chunk's choice without output. */
  readonly emptyChoice: JsonObject;
}

/** What is known of one choice of a stream so far. */
export class ChoiceMemory {
  started = false;
  finished = false;
  /** The positions of tool calls by id, and of the latest call at each of the upstream's own positions. */
  readonly toolCalls = { byId: new Map<string, number>(), byIndex: new Map<number, number>(), count: 0 };
}

/**
 * DeepSeek's finish reason for an answer cut off for lack of machines.
 * @see https://api-docs.deepseek.com/api/create-chat-completion
 */
const OUT_OF_RESOURCES = "insufficient_system_resource";

export class OpenAIReader implements AnswerReader {
  readonly #shape: ChoiceShape;
  readonly #target: Target;
  readonly #choices = new Map<unknown, ChoiceMemory>();
  #identity: { id: string; created: number } | undefined;
  #hasOutput = false;
  /** What chunks without a choice brought before the first choice, such as Azure's `prompt_filter_results`. */
  #early: JsonObject | undefined;

  constructor(shape: ChoiceShape, target: Target) {
    this.#shape = shape;
    this.#target = target;
  }

  whole(payload: Payload): Whole {
    const draft = answerDraft(payload);
    refuseError(draft.value);
    const choices = choicesOf(draft);
    if (choices.length === 0) throw broken("an answer without choices");
    scrub(draft, DOCUMENTED);
    const usage = readUsage(draft.value["usage"], this.#target.fees);
    const text = { output: "", reasoning: "" };
    let isAnswer = spentOutput(usage);
    for (const [position, choice] of choices.entries()) {
      choice.fill("index", position);
      scrubMessage(choice, "message");
      const output = this.#shape.answerChoice(choice);
      addText(text, output);
      const hasSome = hasOutput(output);
      this.#renameFinish(choice, hasSome);
      isAnswer ||= hasSome || isAnswerWithoutOutput(choice.value["finish_reason"]);
    }
    if (!isAnswer) throw broken("an empty answer", usage);
    this.#identify(draft, this.#shape.answerObject);
    return { body: draft, usage, text };
  }

  step({ data, event }: Frame): Step {
    if (data.trim() === DONE) return this.#close();
    const draft = eventDraft(data);
    refuseError(draft.value, event);
    const choices = choicesOf(draft);
    scrub(draft, DOCUMENTED);
    if (choices.length === 0 && !isObject(draft.value["usage"])) {
      if (this.#choices.size === 0) this.#early = { ...this.#early, ...extrasOf(draft.value) };
      return NOTHING;
    }
    this.#fillEarly(draft);
    const usage = readUsage(draft.value["usage"], this.#target.fees);
    const text = { output: "", reasoning: "" };
    let isMeaningful = spentOutput(usage);
    let finishes = false;
    for (const choice of choices) {
      const ending = this.#readChoice(choice, text);
      finishes ||= ending !== null;
      isMeaningful ||= this.#hasOutput || isAnswerWithoutOutput(ending);
    }
    this.#identify(draft, this.#shape.chunkObject);
    return { pieces: [{ draft }], isMeaningful, finishes, isLast: false, usage, text };
  }

  end(): Step {
    const choices = [...this.#choices.values()];
    if (choices.length > 0 && choices.every((choice) => choice.finished)) return NOTHING;
    throw broken("the stream ended before it was whole");
  }

  cut(): Step {
    if (this.#choices.size === 0) this.#choices.set(0, new ChoiceMemory());
    const open = [...this.#choices].filter(([, choice]) => !choice.finished);
    const pieces = open.length === 0 ? [] : [this.#finishChunk(open, () => "length")];
    return { ...NOTHING, pieces, isLast: true };
  }

  /**
   * Ends a stream that said `[DONE]`. If no choice has a finish reason and the route is not known to send any, all get
   * one.
   * @throws Fault `upstream_error` when a finish reason is missing otherwise
   */
  #close(): Step {
    const open = [...this.#choices].filter(([, choice]) => !choice.finished);
    if (open.length > 0 && (this.#target.sendsFinish || open.length < this.#choices.size)) {
      throw broken("the stream ended without a finish reason");
    }
    const pieces =
      open.length === 0
        ? []
        : [this.#finishChunk(open, ({ toolCalls }) => (toolCalls.count > 0 ? "tool_calls" : "stop"))];
    return { ...NOTHING, pieces, isLast: true };
  }

  #finishChunk(open: readonly [unknown, ChoiceMemory][], reasonOf: (choice: ChoiceMemory) => string): Piece {
    const { chunkObject: object, emptyChoice } = this.#shape;
    const choices = open.map(([index, choice]) => ({ index, ...emptyChoice, finish_reason: reasonOf(choice) }));
    return { draft: new JsonDraft({ ...this.#identity, object, model: this.#target.publicModel, choices }) };
  }

  /** Clients expect a choice in each chunk, so what came before the first goes out with it. */
  #fillEarly(draft: JsonDraft): void {
    for (const [name, value] of Object.entries(this.#early ?? {})) draft.fill(name, value);
    this.#early = undefined;
  }

  /** Completes a choice of a chunk; adds its text to `text`; returns its finish reason. */
  #readChoice(choice: JsonPlace, text: Text): unknown {
    choice.fill("index", 0);
    const { index } = choice.value;
    let seen = this.#choices.get(index);
    if (seen === undefined) this.#choices.set(index, (seen = new ChoiceMemory()));
    if (choice.value["finish_reason"] === undefined || choice.value["finish_reason"] === "") {
      choice.set("finish_reason", null);
    }
    scrubMessage(choice, "delta");
    const output = this.#shape.chunkChoice(choice, seen);
    addText(text, output);
    seen.started = true;
    this.#hasOutput ||= hasOutput(output);
    this.#renameFinish(choice, this.#hasOutput);
    seen.finished ||= choice.value["finish_reason"] !== null;
    return choice.value["finish_reason"];
  }

  /** Renames {@link OUT_OF_RESOURCES} to `length`. @throws Fault `overloaded` when it comes before any output */
  #renameFinish(choice: JsonPlace, hasSome: boolean): void {
    if (choice.value["finish_reason"] !== OUT_OF_RESOURCES) return;
    if (!hasSome) throw new Fault("overloaded", { reason: OUT_OF_RESOURCES });
    choice.set("finish_reason", "length");
  }

  /** Gives all chunks of an answer the same id and time, and the public name of the model. */
  #identify(draft: JsonDraft, object: string): void {
    const { id, created } = draft.value;
    this.#identity ??= {
      id: givenId(id, this.#shape.idPrefix),
      created: typeof created === "number" ? created : this.#target.created,
    };
    draft.set("id", this.#identity.id);
    draft.set("object", object);
    draft.set("created", this.#identity.created);
    draft.set("model", this.#target.publicModel);
  }
}

/** @throws UpstreamError for an error, wherever the upstream put it */
function refuseError(body: JsonObject, event?: string): void {
  const error = errorIn(body, event);
  if (error !== undefined) throw new UpstreamError(error);
}

/** The choices; those that are not objects are removed. */
function choicesOf(draft: JsonDraft): JsonPlace[] {
  const { choices } = draft.value;
  if (Array.isArray(choices) && !choices.every(isObject)) draft.set("choices", choices.filter(isObject));
  return draft.objects("choices");
}

/** Whether a finish reason is an answer even without output, such as `length` or `content_filter`. */
function isAnswerWithoutOutput(finishReason: unknown): boolean {
  return typeof finishReason === "string" && !["", "stop", "error"].includes(finishReason);
}
