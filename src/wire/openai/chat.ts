/**
 * Chat Completions.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
import { Fault } from "../../core/fault.ts";
import { randomId } from "../../core/id.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Demand } from "../../operation/demand.ts";
import type { Capability } from "../../operation/operations.ts";
import type { Wire } from "../types.ts";
import { ChunkReader, joinParts, readAnswer, type ChoiceMemory, type ChoiceShape } from "./answer.ts";
import { readCommon, invalid, textBytes, writeSameWire } from "./request.ts";

export const chat: Wire = {
  name: "openai.chat",
  operation: "chat",
  path: "/chat/completions",
  read: readChat,
  promptText,
  writeRequest: writeSameWire,
  readAnswer: (body, stamp) => readAnswer(SHAPE, body, stamp),
  eventReader: (stamp) => new ChunkReader(SHAPE, stamp),
  probe: { messages: [{ role: "user", content: "Answer with the word OK." }] },
};

/** Content parts that not every model can take. */
const PART_NEEDS: Readonly<Record<string, Capability>> = {
  image_url: "image",
  input_audio: "audio",
  file: "file",
  video_url: "file",
};

function readChat(body: JsonObject): Demand {
  const common = readCommon(body);
  const messages = readMessages(body);
  const needs = new Map<Capability, number>();
  const need = (capability: Capability, parts = 1) => needs.set(capability, (needs.get(capability) ?? 0) + parts);

  const tools = objectsOf(body["tools"]).length + objectsOf(body["functions"]).length;
  if (tools > 0) need("tools", tools);
  if (isObject(body["audio"])) need("audio", 0);
  for (const { content } of messages) {
    for (const part of objectsOf(content)) {
      const capability = PART_NEEDS[String(part["type"])];
      if (capability !== undefined) need(capability);
    }
  }
  const promptBytes =
    promptPieces(body).reduce((sum, piece) => sum + textBytes(piece), 0) + messages.length * MESSAGE_BYTES;
  return { ...common, operation: "chat", promptBytes, needs };
}

/** The marks around a message are a few tokens of their own. */
const MESSAGE_BYTES = 8;

function promptText(body: JsonObject): string {
  return promptPieces(body).join("\n");
}

function isStructure(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** All that a model reads as text: messages, calls, tools, and the schema of the answer; no media. */
function promptPieces(body: JsonObject): string[] {
  const settings = [body["tools"], body["functions"], body["response_format"], body["prediction"]].filter(isStructure);
  const said = objectsOf(body["messages"]).flatMap(
    ({ content, name, refusal, reasoning_content: thought, ...rest }) => [
      ...[content, name, refusal, thought].filter((text) => typeof text === "string"),
      ...[rest["tool_calls"], rest["function_call"]].filter(isStructure).map((calls) => JSON.stringify(calls)),
      ...objectsOf(content).flatMap((part) => {
        if (typeof part["text"] === "string") return [part["text"]];
        return PART_NEEDS[String(part["type"])] === undefined ? [JSON.stringify(part)] : [];
      }),
    ],
  );
  return [...settings.map((value) => JSON.stringify(value)), ...said];
}

/** @throws Fault `missing_input`, `invalid_parameter`; an unknown role is the model's to judge */
function readMessages(body: JsonObject): JsonObject[] {
  const { messages } = body;
  if (messages === undefined || messages === null) throw missingMessages(body);
  if (!Array.isArray(messages)) throw invalid("messages", "must be an array of messages", "必须是消息数组");
  if (messages.length === 0) throw invalid("messages", "must hold at least one message", "至少需要一条消息");
  return messages.map((message: unknown, position) => {
    const param = `messages[${position}]`;
    if (!isObject(message)) throw invalid(param, "must be an object", "必须是对象");
    if (typeof message["role"] !== "string") throw invalid(`${param}.role`, "must be a string", "必须是字符串");
    const { content } = message;
    if (content !== undefined && content !== null && typeof content !== "string" && !Array.isArray(content)) {
      throw invalid(`${param}.content`, "must be a string or an array of parts", "必须是字符串或内容数组");
    }
    return message;
  });
}

function missingMessages(body: JsonObject): Fault {
  if (body["input"] !== undefined) {
    return new Fault("missing_input", {
      param: "messages",
      detail: {
        en: 'This body has \'input\', which belongs to the Responses API. /chat/completions takes \'messages\': [{"role": "user", "content": "…"}]. In your client choose the Chat Completions format.',
        zh: '请求体使用了 Responses API 的 \'input\' 字段;/chat/completions 需要 \'messages\': [{"role": "user", "content": "…"}]。请在客户端选择 Chat Completions 格式。',
      },
    });
  }
  if (body["prompt"] !== undefined) {
    return new Fault("missing_input", {
      param: "messages",
      detail: {
        en: "This body has 'prompt': send it to /v1/completions, or send 'messages' here.",
        zh: "请求体包含 'prompt':请改用 /v1/completions,或在此处提供 'messages'。",
      },
    });
  }
  return new Fault("missing_input", { param: "messages" });
}

const SHAPE: ChoiceShape = {
  idPrefix: "chatcmpl-",
  answerObject: "chat.completion",
  eventObject: "chat.completion.chunk",
  answerChoice: completeMessage,
  eventChoice: completeDelta,
};

function completeMessage(choice: JsonObject): JsonObject {
  const message = isObject(choice["message"]) ? choice["message"] : {};
  choice["message"] = message;
  message["role"] ??= "assistant";
  message["content"] = joinParts(message["content"] ?? null);
  addReasoningContent(message);
  const calls = objectsOf(message["tool_calls"]);
  for (const call of calls) startToolCall(call);
  choice["finish_reason"] ||= calls.length > 0 ? "tool_calls" : "stop";
  return message;
}

function completeDelta(choice: JsonObject, seen: ChoiceMemory): JsonObject {
  const delta = isObject(choice["delta"]) ? choice["delta"] : {};
  choice["delta"] = delta;
  if (!seen.started) delta["role"] ??= "assistant";
  if (Array.isArray(delta["content"])) delta["content"] = joinParts(delta["content"]);
  addReasoningContent(delta);
  for (const call of objectsOf(delta["tool_calls"])) {
    // Without an index, an id or a name tells a new call from more arguments of the last one.
    const named = typeof call["id"] === "string" || (isObject(call["function"]) && Boolean(call["function"]["name"]));
    if (typeof call["index"] !== "number") call["index"] = named ? seen.toolCalls : Math.max(0, seen.toolCalls - 1);
    if (typeof call["index"] === "number" && call["index"] >= seen.toolCalls) {
      seen.toolCalls = call["index"] + 1;
      startToolCall(call);
    }
  }
  return delta;
}

function startToolCall(call: JsonObject): void {
  if (typeof call["id"] !== "string" || call["id"] === "") call["id"] = randomId("call_");
  call["type"] ??= "function";
}

/** Clients read the name that DeepSeek gave the field; some upstreams use OpenRouter's. */
function addReasoningContent(message: JsonObject): void {
  if (typeof message["reasoning"] === "string") message["reasoning_content"] ??= message["reasoning"];
}
