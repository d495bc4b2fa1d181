/** Reads the answers of Messages. */
import type { Frame } from "../../core/frame.ts";
import { givenId, randomId } from "../../core/id.ts";
import { JsonDraft, type JsonPlace } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import type { Usage } from "../../core/units.ts";
import { words } from "../fields/field-table.ts";
import { scrub } from "../scrub.ts";
import { answerDraft, broken, eventDraft, NOTHING, spentOutput, type Text } from "../reading.ts";
import type { AnswerReader, Piece, Step, Target, Whole } from "../types.ts";
import { textOrEmpty } from "../values.ts";
import { readUsage } from "./usage.ts";

/** The members of messages and events that the wire documents. */
const DOCUMENTED: ReadonlySet<string> = new Set(
  words(`id type role model content stop_reason stop_sequence stop_details usage container message index
    content_block delta context_management`),
);

export class MessageReader implements AnswerReader {
  readonly #target: Target;
  #usage: JsonObject = {};
  #hasOutput = false;
  #hasStarted = false;
  #stopReason: unknown;
  #isOver = false;
  /** The position of the block that is open. */
  #open: number | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  whole(payload: Payload): Whole {
    const draft = answerDraft(payload);
    refuseError(draft.value);
    if (!Array.isArray(draft.value["content"])) throw broken("an answer without content");
    scrub(draft, DOCUMENTED);
    const usage = readUsage(draft.value["usage"], this.#target.fees);
    const text: Text = { output: "", reasoning: "" };
    for (const block of objectsOf(draft.value["content"])) addBlock(text, block);
    const { stop_reason: reason } = draft.value;
    const isAnswer = objectsOf(draft.value["content"]).some(hasOutput) || isAnswerWithoutOutput(reason);
    if (!isAnswer && !spentOutput(usage)) throw broken("an empty answer", usage);
    this.#identify(draft);
    return { body: draft, usage, text };
  }

  step({ data, event }: Frame): Step {
    const draft = eventDraft(data);
    const { value } = draft;
    refuseError(value, event);
    const type = typeof value["type"] === "string" ? value["type"] : (event ?? "");
    const text: Text = { output: "", reasoning: "" };
    scrub(draft, DOCUMENTED);
    const isFinish = this.#read(type, draft, text);
    const usage = type === "message_start" || type === "message_delta" ? this.#readUsage() : undefined;
    this.#hasOutput ||= text.output !== "" || text.reasoning !== "";
    return {
      pieces: [{ event: type, draft }],
      isMeaningful: this.#hasOutput || (isFinish && (isAnswerWithoutOutput(this.#stopReason) || spentOutput(usage))),
      finishes: isFinish,
      isLast: this.#isOver,
      usage,
      text,
    };
  }

  end(): Step {
    if (this.#isOver) return NOTHING;
    if (typeof this.#stopReason !== "string") throw broken("the stream ended before it was whole");
    return { ...NOTHING, pieces: [stopPiece()], isLast: true };
  }

  cut(): Step {
    const pieces: Piece[] = [];
    if (!this.#hasStarted) pieces.push(startPiece(this.#target.publicModel));
    if (this.#open !== undefined) pieces.push(piece("content_block_stop", { index: this.#open }));
    if (typeof this.#stopReason !== "string") {
      const delta = { stop_reason: "max_tokens", stop_sequence: null };
      pieces.push(piece("message_delta", { delta, usage: this.#usage }));
    }
    return { ...NOTHING, pieces: [...pieces, stopPiece()], isLast: true };
  }

  /** @returns whether the event says why the answer ends */
  #read(type: string, draft: JsonDraft, text: Text): boolean {
    const { value } = draft;
    switch (type) {
      case "message_start": {
        const message = draft.ownObject("message");
        scrub(message, DOCUMENTED);
        this.#hasStarted = true;
        this.#identify(message);
        this.#takeUsage(message.value["usage"]);
        return false;
      }
      case "content_block_start": {
        this.#open = typeof value["index"] === "number" ? value["index"] : undefined;
        const block = isObject(value["content_block"]) ? value["content_block"] : {};
        addBlock(text, block);
        this.#hasOutput ||= hasOutput(block);
        return false;
      }
      case "content_block_delta":
        addDelta(text, isObject(value["delta"]) ? value["delta"] : {});
        return false;
      case "content_block_stop":
        this.#open = undefined;
        return false;
      case "message_delta": {
        const delta = isObject(value["delta"]) ? value["delta"] : {};
        this.#takeUsage(value["usage"]);
        if (typeof delta["stop_reason"] !== "string") return false;
        this.#stopReason = delta["stop_reason"];
        return true;
      }
      case "message_stop":
        this.#isOver = true;
        if (!this.#hasOutput && this.#stopReason === undefined) throw broken("an empty answer", this.#readUsage());
        return false;
      default:
        // A ping, or an event of a later version.
        return false;
    }
  }

  /** Counts grow: the last event that has one is right. */
  #takeUsage(usage: unknown): void {
    if (!isObject(usage)) return;
    const known = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(known) };
  }

  #readUsage(): Usage | undefined {
    return readUsage(this.#usage, this.#target.fees);
  }

  #identify(message: JsonPlace): void {
    const { id } = message.value;
    if (typeof id !== "string" || id === "") message.set("id", randomId("msg_"));
    message.set("type", "message");
    message.fill("role", "assistant");
    message.set("model", this.#target.publicModel);
  }
}

/** An event of this wire. */
export function piece(event: string, members: JsonObject): Piece {
  return { event, draft: new JsonDraft({ type: event, ...members }) };
}

function stopPiece(): Piece {
  return piece("message_stop", {});
}

function startPiece(model: string): Piece {
  return piece("message_start", { message: emptyMessage(model) });
}

/** A message that has just begun. */
export function emptyMessage(model: string, id?: string): JsonObject {
  const usage = { input_tokens: 0, output_tokens: 0 };
  const ending = { stop_reason: null, stop_sequence: null };
  return { id: givenId(id, "msg_"), type: "message", role: "assistant", model, content: [], ...ending, usage };
}

/** @throws UpstreamError for an error, also in the envelopes of other vendors */
function refuseError(body: JsonObject, event?: string): void {
  const { error, type } = body;
  if (isObject(error)) throw new UpstreamError(error);
  if (typeof error === "string" && error !== "") throw new UpstreamError({ message: error });
  if (type === "error" || event === "error") throw new UpstreamError(body);
  const isBare = type === undefined && typeof body["message"] === "string" && Boolean(body["code"]);
  if (isBare) throw new UpstreamError(body);
}

/** Whether a block, at its start or as a whole, has something for the client in it. */
function hasOutput({ type, text, thinking }: JsonObject): boolean {
  if (type === "text") return typeof text === "string" && text !== "";
  return type === "thinking" ? typeof thinking === "string" && thinking !== "" : typeof type === "string";
}

function addBlock(text: Text, block: JsonObject): void {
  const { text: said, thinking, name, input } = block;
  text.output += textOrEmpty(said) + textOrEmpty(name);
  if (isObject(input) && Object.keys(input).length > 0) text.output += JSON.stringify(input);
  text.reasoning += textOrEmpty(thinking);
}

function addDelta(text: Text, { text: said, thinking, partial_json: json }: JsonObject): void {
  text.output += textOrEmpty(said) + textOrEmpty(json);
  text.reasoning += textOrEmpty(thinking);
}

/** Whether a stop reason is an answer even without output, such as `max_tokens` or `refusal`. */
function isAnswerWithoutOutput(reason: unknown): boolean {
  return typeof reason === "string" && !["", "end_turn"].includes(reason);
}
