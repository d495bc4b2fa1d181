/** Reads the answers of Responses. */
import { DONE, type Frame } from "../../core/frame.ts";
import { givenId, randomId } from "../../core/id.ts";
import type { JsonPlace } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import { words } from "../fields/field-table.ts";
import { scrub } from "../scrub.ts";
import { answerDraft, broken, eventDraft, NOTHING, spentOutput, type Text } from "../reading.ts";
import type { AnswerReader, Step, Target, Whole } from "../types.ts";
import { textIn } from "../values.ts";
import { ResponseFold, responseEvent, TERMINAL } from "./responses-fold.ts";
import { readResponseUsage } from "./responses-usage.ts";

const DOCUMENTED: ReadonlySet<string> = new Set(
  words(`id object created_at completed_at status error incomplete_details instructions max_output_tokens max_tool_calls
    model output parallel_tool_calls previous_response_id reasoning store temperature text tool_choice tools top_logprobs
    top_p truncation usage user metadata background service_tier safety_identifier prompt_cache_key prompt_cache_retention
    conversation tool_usage type sequence_number response item item_id output_index content_index summary_index delta part
    annotation annotation_index logprobs obfuscation arguments name refusal`),
);

export class ResponseReader implements AnswerReader {
  readonly #target: Target;
  /** What was said so far, for a stream that the gateway ends. */
  readonly #fold = new ResponseFold();
  #id: string | undefined;
  #hasOutput = false;
  #isOver = false;
  #number = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  whole(payload: Payload): Whole {
    const draft = answerDraft(payload);
    refuseError(draft.value);
    if (!Array.isArray(draft.value["output"])) throw broken("an answer without output");
    scrub(draft, DOCUMENTED);
    this.#identify(draft);
    const usage = readResponseUsage(draft.value, this.#target.fees);
    const text: Text = { output: "", reasoning: "" };
    for (const item of objectsOf(draft.value["output"])) addItem(text, item);
    const isAnswer = objectsOf(draft.value["output"]).some(hasOutput) || draft.value["status"] === "incomplete";
    if (!isAnswer && !spentOutput(usage)) throw broken("an empty answer", usage);
    return { body: draft, usage, text };
  }

  step({ data, event }: Frame): Step {
    if (data.trim() === DONE) return { ...this.end(), isLast: true };
    const draft = eventDraft(data);
    const { value } = draft;
    const type = textIn(value["type"]) ?? event ?? "";
    if (type === "error" || event === "error")
      throw new UpstreamError(isObject(value["error"]) ? value["error"] : value);
    const response = draft.object("response");
    refuseError(response?.value ?? value);
    scrub(draft, DOCUMENTED);
    if (response !== undefined) {
      scrub(response, DOCUMENTED);
      this.#identify(response);
    }
    const text: Text = { output: "", reasoning: "" };
    addEvent(text, type, value);
    this.#hasOutput ||= text.output !== "" || text.reasoning !== "" || beginsOutput(type, value);
    const isEnd = TERMINAL.has(type);
    const usage = isEnd && response !== undefined ? readResponseUsage(response.value, this.#target.fees) : undefined;
    this.#isOver ||= isEnd;
    if (typeof value["sequence_number"] === "number") this.#number = value["sequence_number"];
    const piece = { event: type, draft };
    this.#fold.add(piece);
    const isAnswer = this.#hasOutput || (isEnd && (type === "response.incomplete" || spentOutput(usage)));
    if (isEnd && !isAnswer) throw broken("an empty answer", usage);
    return { pieces: [piece], isMeaningful: isAnswer, finishes: isEnd, isLast: isEnd, usage, text };
  }

  end(): Step {
    if (this.#isOver) return NOTHING;
    throw broken("the stream ended before it was whole");
  }

  cut(): Step {
    if (this.#isOver) return { ...NOTHING, isLast: true };
    const response = {
      ...this.#fold.answer().value,
      id: this.#id ?? randomId("resp_"),
      object: "response",
      model: this.#target.publicModel,
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
    };
    const piece = responseEvent("response.incomplete", { sequence_number: this.#number + 1, response });
    return { ...NOTHING, pieces: [piece], isLast: true };
  }

  #identify(response: JsonPlace): void {
    const { id } = response.value;
    this.#id ??= givenId(id, "resp_");
    response.set("id", this.#id);
    response.set("model", this.#target.publicModel);
  }
}

/** @throws UpstreamError for an error, also in a response that failed */
function refuseError({ error, status, type }: JsonObject): void {
  if (isObject(error) && error["message"] !== undefined) throw new UpstreamError(error);
  if (status === "failed" && type === undefined)
    throw new UpstreamError(isObject(error) ? error : { message: "the response failed" });
}

/** Whether an item has something for the client in it. */
function hasOutput(item: JsonObject): boolean {
  if (item["type"] === "message") {
    return objectsOf(item["content"]).some(({ text, refusal }) => Boolean(text) || Boolean(refusal));
  }
  if (item["type"] !== "reasoning") return true;
  return [...objectsOf(item["summary"]), ...objectsOf(item["content"])].some(({ text }) => Boolean(text));
}

/** The beginning of an item that is no message, and needs no more to mean something. */
function beginsOutput(type: string, { item }: JsonObject): boolean {
  if (type !== "response.output_item.added" && type !== "response.output_item.done") return false;
  return isObject(item) && !["message", "reasoning"].includes(textIn(item["type"]) ?? "message");
}

function addItem(text: Text, item: JsonObject): void {
  for (const part of objectsOf(item["content"])) {
    const said = (textIn(part["text"]) ?? "") + (textIn(part["refusal"]) ?? "");
    if (item["type"] === "reasoning") text.reasoning += said;
    else text.output += said;
  }
  for (const part of objectsOf(item["summary"])) text.reasoning += textIn(part["text"]) ?? "";
  for (const name of ["name", "arguments", "input"]) text.output += textIn(item[name]) ?? "";
}

function addEvent(text: Text, type: string, { delta, item }: JsonObject): void {
  if (type === "response.output_item.added" && isObject(item)) text.output += textIn(item["name"]) ?? "";
  if (typeof delta !== "string") return;
  if (type.startsWith("response.reasoning")) text.reasoning += delta;
  // Sound comes as base64; its transcript is the text.
  else if (type !== "response.audio.delta") text.output += delta;
}
