/**
 * Completions (legacy).
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
import { Fault } from "../../core/fault.ts";
import type { JsonPlace } from "../../core/json-edit.ts";
import type { JsonObject } from "../../core/json.ts";
import { jsonPayload, type Payload } from "../../core/payload.ts";
import type { ClientRequest, Wire } from "../types.ts";
import { COMPLETION_FIELDS } from "./request-fields.ts";
import { type FoldShape, OpenAIFold, unfold } from "./fold.ts";
import { joinText } from "./output.ts";
import { OpenAIReader, type ChoiceShape } from "./reader.ts";
import { invalid } from "../invalid.ts";
import { jsonOf, numberOfChoices, textBytes } from "../request-members.ts";
import { readCommon, writeSameWire } from "./request.ts";
import { OpenAIWriter } from "./writer.ts";

export const completions: Wire = {
  name: "openai.completions",
  operation: "complete",
  read: readCompletion,
  address: () => ({ method: "POST", path: "/completions" }),
  write: (request, target) => writeSameWire(request, target, COMPLETION_FIELDS),
  answers: (target) => new OpenAIReader(SHAPE, target),
  client: (request) => new OpenAIWriter(request),
  fold: () => new OpenAIFold(SHAPE),
  unfold: (answer) => unfold(SHAPE, answer),
  probe: jsonPayload({ prompt: "One, two," }),
};

function readCompletion(payload: Payload): ClientRequest {
  const { value: body, text } = jsonOf(payload);
  const { demand, ...common } = readCommon(body, COMPLETION_FIELDS);
  const prompts = readPrompts(body);
  return {
    ...common,
    wire: completions,
    payload,
    demand: {
      ...demand,
      operation: "complete",
      // Every candidate of `best_of` is billed.
      choices: Math.max(demand.choices, numberOfChoices(body, "best_of")) * prompts.length,
      prompts: prompts.length,
      promptBytes: textBytes(text),
      needs: new Map(),
    },
    promptText: () => prompts.filter((prompt) => typeof prompt === "string").join("\n"),
    tokenIds: prompts.reduce((sum, prompt) => sum + (typeof prompt === "string" ? 0 : prompt.length), 0),
  };
}

/** Every prompt of the body, as text or as tokens. @throws Fault `missing_input`, `invalid_parameter` */
function readPrompts(body: JsonObject): (string | number[])[] {
  const { prompt } = body;
  if (prompt === undefined || prompt === null) {
    if (body["messages"] === undefined) throw new Fault("missing_input", { param: "prompt" });
    throw new Fault("missing_input", {
      param: "prompt",
      detail: {
        en: "This body has 'messages': send it to /v1/chat/completions, or send 'prompt' here.",
        zh: "请求体包含 'messages':请改用 /v1/chat/completions,或在此处提供 'prompt'。",
      },
    });
  }
  if (typeof prompt === "string") return [prompt];
  if (Array.isArray(prompt) && prompt.length > 0) {
    if (prompt.every((item): item is string => typeof item === "string")) return prompt;
    if (isTokens(prompt)) return [prompt];
    if (prompt.every(isTokens)) return prompt;
  }
  throw invalid(
    "prompt",
    "must be a string, an array of strings, or arrays of tokens",
    "必须是字符串、字符串数组或 token 数组",
  );
}

export function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

const SHAPE: ChoiceShape & FoldShape = {
  idPrefix: "cmpl-",
  answerObject: "text_completion",
  chunkObject: "text_completion",
  message: null,
  emptyChoice: { text: "", logprobs: null },
  answerChoice(choice) {
    if (!choice.value["finish_reason"]) choice.set("finish_reason", "stop");
    return completeText(choice);
  },
  chunkChoice: completeText,
};

function completeText(choice: JsonPlace): JsonObject {
  choice.set("text", joinText(choice.value["text"] ?? ""));
  choice.fill("logprobs", null);
  const { text, reasoning, reasoning_content: thought = reasoning } = choice.value;
  return { text, reasoning: thought };
}
