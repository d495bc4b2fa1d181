/**
 * Completions (legacy).
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Demand } from "../../operation/demand.ts";
import type { Wire } from "../types.ts";
import { ChunkReader, joinParts, readAnswer, type ChoiceShape } from "./answer.ts";
import { readCommon, invalid, positiveInteger, textBytes, writeSameWire } from "./request.ts";

export const completions: Wire = {
  name: "openai.completions",
  operation: "complete",
  path: "/completions",
  read: readCompletion,
  promptText: (body) =>
    readPrompts(body)
      .flatMap((prompt) => (typeof prompt === "string" ? [prompt] : []))
      .join("\n"),
  writeRequest: writeSameWire,
  readAnswer: (body, stamp) => readAnswer(SHAPE, body, stamp),
  eventReader: (stamp) => new ChunkReader(SHAPE, stamp),
  probe: { prompt: "One, two," },
};

function readCompletion(body: JsonObject): Demand {
  const common = readCommon(body);
  const prompts = readPrompts(body);
  return {
    ...common,
    operation: "complete",
    // Every candidate of `best_of` is billed.
    choices: Math.max(common.choices, positiveInteger(body, "best_of") ?? 1) * prompts.length,
    // A token of an array stands for up to 4 bytes of text.
    promptBytes: prompts.reduce(
      (sum, prompt) => sum + (typeof prompt === "string" ? textBytes(prompt) : prompt.length * 4),
      0,
    ),
    needs: new Map(),
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

function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

const SHAPE: ChoiceShape = {
  idPrefix: "cmpl-",
  answerObject: "text_completion",
  eventObject: "text_completion",
  answerChoice(choice) {
    choice["finish_reason"] ||= "stop";
    return completeText(choice);
  },
  eventChoice: completeText,
};

function completeText(choice: JsonObject): JsonObject {
  choice["text"] = joinParts(choice["text"] ?? "");
  choice["logprobs"] ??= null;
  return { text: choice["text"], reasoning: choice["reasoning_content"] ?? choice["reasoning"] };
}
