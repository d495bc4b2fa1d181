/** Reads the answers of generateContent. */
import { DONE, type Frame } from "../../core/frame.ts";
import { givenId } from "../../core/id.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import type { Usage } from "../../core/units.ts";
import { words } from "../fields/field-table.ts";
import { scrub } from "../scrub.ts";
import { answerDraft, broken, eventDraft, NOTHING, type Text } from "../reading.ts";
import type { AnswerReader, Step, Target, Whole } from "../types.ts";
import { textIn, textOrEmpty } from "../values.ts";
import { member } from "./names.ts";
import { candidatesIn, readUsage } from "./usage.ts";

const DOCUMENTED: ReadonlySet<string> = new Set(
  words("candidates promptFeedback usageMetadata modelVersion responseId createTime modelStatus"),
);

export class GenerateReader implements AnswerReader {
  readonly #target: Target;
  #hasOutput = false;
  #hasFinished = false;
  #responseId: string | undefined;
  #usage: Usage | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  whole(payload: Payload): Whole {
    const draft = answerDraft(payload);
    const { usage, text, isMeaningful } = this.#read(draft);
    if (objectsOf(draft.value["candidates"]).length === 0) throw broken("an answer without candidates", usage);
    if (!isMeaningful) throw broken("an empty answer", usage);
    return { body: draft, usage, text };
  }

  step({ data, event }: Frame): Step {
    if (data.trim() === DONE) return { ...this.end(), isLast: true };
    const draft = eventDraft(data);
    if (event === "error") throw new UpstreamError(draft.value);
    const { usage, text, isMeaningful, finishes } = this.#read(draft);
    return { pieces: [{ draft }], isMeaningful, finishes, isLast: false, usage, text };
  }

  end(): Step {
    if (this.#hasFinished) return NOTHING;
    throw broken("the stream ended before it was whole");
  }

  cut(): Step {
    if (this.#hasFinished) return { ...NOTHING, isLast: true };
    const candidate = { index: 0, content: { role: "model", parts: [] }, finishReason: "MAX_TOKENS" };
    const draft = new JsonDraft({ candidates: [candidate] });
    this.#identify(draft);
    return { ...NOTHING, pieces: [{ draft }], isLast: true };
  }

  #read(draft: JsonDraft) {
    refuseError(draft.value);
    scrub(draft, DOCUMENTED);
    const text: Text = { output: "", reasoning: "" };
    const usage = readUsage(draft.value["usageMetadata"], this.#target.fees);
    this.#usage = usage ?? this.#usage;
    let isEnding = false;
    let finishes = false;
    for (const { content, finishReason: reason } of objectsOf(draft.value["candidates"])) {
      const parts = isObject(content) ? objectsOf(content["parts"]) : [];
      for (const part of parts) addPart(text, part);
      this.#hasOutput ||= parts.some(hasOutput);
      finishes ||= typeof reason === "string" && reason !== "";
      isEnding ||= typeof reason === "string" && !["", "STOP", "FINISH_REASON_UNSPECIFIED"].includes(reason);
    }
    this.#hasFinished ||= finishes;
    this.#identify(draft);
    const { reasoning = 0, ...spent } = this.#usage ?? {};
    const hasSpent = finishes && candidatesIn(spent) + reasoning > 0;
    return { usage, text, finishes, isMeaningful: this.#hasOutput || isEnding || hasSpent };
  }

  #identify(draft: JsonDraft): void {
    const { responseId: id } = draft.value;
    this.#responseId ??= givenId(id, "");
    draft.set("responseId", this.#responseId);
    draft.set("modelVersion", this.#target.publicModel);
  }
}

/** @throws UpstreamError for an error, and for a prompt that was blocked */
export function refuseError(body: JsonObject): void {
  const { error, promptFeedback: feedback, candidates } = body;
  if (isObject(error)) throw new UpstreamError(error);
  const reason = isObject(feedback) ? feedback["blockReason"] : undefined;
  if (objectsOf(candidates).length > 0 || typeof reason !== "string" || reason === "") return;
  throw new UpstreamError({ code: "content_policy_violation", message: `The prompt was blocked: ${reason}.` });
}

/** Whether a part has something for the client in it. */
function hasOutput(part: JsonObject): boolean {
  const { text, thought: _thought, thoughtSignature: _signature, ...rest } = part;
  if (typeof text === "string") return text !== "";
  return Object.values(rest).some((value) => isObject(value));
}

function addPart(text: Text, part: JsonObject): void {
  const { text: said, thought, functionCall: call, executableCode: code } = part;
  const data = member(part, "inlineData");
  if (typeof said === "string") text[thought === true ? "reasoning" : "output"] += said;
  if (thought !== true && isObject(data) && textOrEmpty(member(data, "mimeType")).startsWith("image/"))
    text.pictures = (text.pictures ?? 0) + 1;
  if (isObject(call)) text.output += (textIn(call["name"]) ?? "") + JSON.stringify(call["args"] ?? {});
  if (isObject(code) && typeof code["code"] === "string") text.output += code["code"];
}
