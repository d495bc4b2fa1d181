/**
 * Chat Completions.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
import { Fault } from "../../core/fault.ts";
import { randomId } from "../../core/id.ts";
import type { JsonPlace } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { jsonPayload, type JsonPayload, type Payload, withMembers } from "../../core/payload.ts";
import type { Capability } from "../../operation/operations.ts";
import { beginningOf } from "../beginning.ts";
import type { ClientRequest, Wire } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { ChatEventReader } from "./chat-events.ts";
import { ChatPieceWriter } from "./chat-pieces.ts";
import { readChatRequest } from "./read-chat.ts";
import { writeChat } from "./write-chat.ts";
import { readResponseBody, RESPONSE_ONLY } from "./read-responses.ts";
import { readItems } from "./responses.ts";
import { withOwnPictures } from "./shown-pictures.ts";
import { CHAT_FIELDS } from "./request-fields.ts";
import { type FoldShape, OpenAIFold, unfold } from "./fold.ts";
import { joinText } from "./output.ts";
import { OpenAIReader, type ChoiceMemory, type ChoiceShape } from "./reader.ts";
import { invalid } from "../invalid.ts";
import { checkAddress } from "../media.ts";
import { jsonOf, textBytes, toolsIn } from "../request-members.ts";
import { readCommon, writeSameWire } from "./request.ts";
import { OpenAIWriter } from "./writer.ts";
import { textIn } from "../values.ts";

export const chat: Wire = {
  name: "openai.chat",
  operation: "chat",
  read: readChat,
  address: () => ({ method: "POST", path: "/chat/completions" }),
  write: (request, target) => writeSameWire(request, target, CHAT_FIELDS),
  answers: (target) => new OpenAIReader(SHAPE, target),
  client: (request) => new OpenAIWriter(request),
  fold: () => new OpenAIFold(SHAPE),
  unfold: (answer) => unfold(SHAPE, answer),
  codec: {
    resultField: "messages.tool_call_id",
    readRequest: readChatRequest,
    writeRequest: writeChat,
    events: (target) => new ChatEventReader(target),
    pieces: (options) => new ChatPieceWriter(options),
  },
  probe: jsonPayload({ messages: [{ role: "user", content: "Answer with the word OK." }] }),
};

/** A body with `input` in place of `messages` becomes one of chat. What both formats have stays as it is. */
function withMessages(payload: JsonPayload): JsonPayload {
  const { input, messages } = payload.value;
  if (input === undefined || input === null || (messages !== undefined && messages !== null)) return payload;
  readItems(payload.value);
  const dropped: string[] = [];
  const { value: written } = writeChat(readResponseBody(payload.value, dropped), { fees: new Set() });
  const [unknown] = dropped;
  if (unknown !== undefined) throw unsupported(unknown);
  const own = Object.fromEntries([...RESPONSE_ONLY].map((name) => [name, undefined]));
  const cap = payload.value["max_output_tokens"] ?? undefined;
  return withMembers(payload, { ...own, ...(cap === undefined ? {} : { max_tokens: cap }), ...written.value });
}

interface PartKind {
  /** What a model must be able to take. */
  readonly needs: Capability;
  /** Where a part may hold its media: in this member of the member that is named like its type. */
  readonly data: string;
}

const PICTURE: PartKind = { needs: "image", data: "url" };

/** Content parts; null = text, which every model takes. */
const PARTS: ReadonlyMap<unknown, PartKind | null> = new Map([
  ["text", null],
  ["refusal", null],
  ["thinking", null],
  ["reasoning", null],
  ["image_url", { needs: "image", data: "url" }],
  ["input_audio", { needs: "audio", data: "data" }],
  ["file", { needs: "file", data: "file_data" }],
  ["video_url", { needs: "file", data: "url" }],
]);

/** Some clients, Cursor among them, send a body of Responses here, and read the chunks of a chat. */
function readChat(received: Payload): ClientRequest {
  const payload = withOwnPictures(withMessages(jsonOf(received)));
  const { value: body, text } = payload;
  const { demand, ...common } = readCommon(body, CHAT_FIELDS);
  const messages = readMessages(body);
  const needs = new Map<Capability, number>();
  const need = (capability: Capability, parts = 1) => needs.set(capability, (needs.get(capability) ?? 0) + parts);

  const tools = toolsIn(body).length + objectsOf(body["functions"]).length;
  if (tools > 0) need("tools", tools);
  if (isObject(body["audio"])) need("audio", 0);
  let mediaBytes = 0;
  for (const [position, { content, images }] of messages.entries()) {
    for (const picture of objectsOf(images)) {
      need("image");
      const shown = { ...picture, type: "image_url" };
      checkAddress(mediaOf(shown, PICTURE), `messages[${position}].images`);
      mediaBytes += inlineBytes(shown, PICTURE);
    }
    for (const part of objectsOf(content)) {
      const kind = PARTS.get(part["type"]);
      if (kind === undefined) throw unknownPart(position);
      if (kind === null) continue;
      need(kind.needs);
      checkAddress(mediaOf(part, kind), `messages[${position}].content`);
      mediaBytes += inlineBytes(part, kind);
    }
  }
  const promptBytes = textBytes(text) - mediaBytes;
  return {
    ...common,
    beginning: () => beginning(messages),
    wire: chat,
    payload,
    demand: { ...demand, operation: "chat", promptBytes, needs },
    promptText: () => promptPieces(body).join("\n"),
  };
}

/** The texts up to the user's first, once the model has answered. */
function beginning(messages: readonly JsonObject[]): string | undefined {
  if (!messages.some(({ role }) => role === "assistant")) return undefined;
  const first = messages.findIndex(({ role }) => role === "user");
  return beginningOf(messages.slice(0, first + 1).map(({ content }) => content));
}

/** What a part costs must be known before it is sent. */
function unknownPart(position: number): Fault {
  const known = [...PARTS.keys()].join(", ");
  return invalid(
    `messages[${position}].content`,
    `holds a part of an unknown type; known are ${known}`,
    `包含未知类型的内容,支持的类型为 ${known}`,
  );
}

function mediaOf(part: JsonObject, { data }: PartKind): unknown {
  const member = part[String(part["type"])];
  return isObject(member) ? member[data] : member;
}

/** Bytes of media that stand in the body itself. They are counted as parts, not as text. */
function inlineBytes(part: JsonObject, kind: PartKind): number {
  const media = mediaOf(part, kind);
  return typeof media === "string" && (kind.data !== "url" || media.startsWith("data:")) ? textBytes(media) : 0;
}

function isStructure(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** All parts of a request that the model reads as text: messages, calls, tools, the schema of the answer; no media. */
function promptPieces(body: JsonObject): string[] {
  const settings = [body["tools"], body["functions"], body["response_format"], body["prediction"]].filter(isStructure);
  const said = objectsOf(body["messages"]).flatMap(
    ({ content, name, refusal, reasoning_content: thought, ...rest }) => [
      ...[content, name, refusal, thought].filter((text) => typeof text === "string"),
      ...[rest["tool_calls"], rest["function_call"]].filter(isStructure).map((calls) => JSON.stringify(calls)),
      ...objectsOf(content).flatMap((part) => {
        if (typeof part["text"] === "string") return [part["text"]];
        return PARTS.get(part["type"]) === null ? [JSON.stringify(part)] : [];
      }),
    ],
  );
  return [...settings.map((value) => JSON.stringify(value)), ...said];
}

/** Unknown roles pass: the upstream judges them. @throws Fault `missing_input`, `invalid_parameter` */
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

const SHAPE: ChoiceShape & FoldShape = {
  idPrefix: "chatcmpl-",
  answerObject: "chat.completion",
  chunkObject: "chat.completion.chunk",
  message: { whole: "message", streamed: "delta" },
  emptyChoice: { delta: {} },
  answerChoice: completeMessage,
  chunkChoice: completeDelta,
};

function completeMessage(choice: JsonPlace): JsonObject {
  const message = choice.ownObject("message");
  message.fill("role", "assistant");
  message.set("content", joinText(message.value["content"] ?? null));
  addReasoningContent(message);
  const calls = message.objects("tool_calls");
  for (const call of calls) startToolCall(call);
  if (!choice.value["finish_reason"]) choice.set("finish_reason", calls.length > 0 ? "tool_calls" : "stop");
  return message.value;
}

function completeDelta(choice: JsonPlace, seen: ChoiceMemory): JsonObject {
  const delta = choice.ownObject("delta");
  if (!seen.started) delta.fill("role", "assistant");
  if (Array.isArray(delta.value["content"])) delta.set("content", joinText(delta.value["content"]));
  addReasoningContent(delta);
  for (const call of delta.objects("tool_calls")) placeToolCall(call, seen);
  return delta.value;
}

/**
 * Gives the calls of a choice the positions 0, 1, 2 …, and an id where a call begins. Upstreams repeat ids, leave positions
 * out, or give several calls the same one. Later chunks of a call lose id, type and name.
 */
function placeToolCall(call: JsonPlace, { toolCalls }: ChoiceMemory): void {
  const { id, index, function: called } = call.value;
  const hasId = typeof id === "string" && id !== "";
  const hasName = isObject(called) && Boolean(called["name"]);
  const known = hasId ? toolCalls.byId.get(id) : undefined;
  // A chunk without a position continues the last call, unless it has an id or a name.
  const last = hasId || hasName || toolCalls.count === 0 ? undefined : toolCalls.count - 1;
  const latest = isPosition(index) ? toolCalls.byIndex.get(index) : last;
  const continued = known ?? (hasId && hasName ? undefined : latest);
  const position = continued ?? toolCalls.count;
  call.set("index", position);
  if (isPosition(index)) toolCalls.byIndex.set(index, position);
  if (continued === undefined) {
    toolCalls.count++;
    startToolCall(call);
    toolCalls.byId.set(textIn(call.value["id"]) ?? "", position);
  }
  if (known !== undefined) {
    for (const name of ["id", "type"]) call.set(name, undefined);
    call.object("function")?.set("name", undefined);
  }
}

function isPosition(index: unknown): index is number {
  return typeof index === "number" && Number.isInteger(index) && index >= 0;
}

function startToolCall(call: JsonPlace): void {
  if (typeof call.value["id"] !== "string" || call.value["id"] === "") call.set("id", randomId("call_"));
  call.fill("type", "function");
}

/** Copies `reasoning`, OpenRouter's name of the field, to `reasoning_content`, DeepSeek's name, which clients read. */
function addReasoningContent(message: JsonPlace): void {
  if (typeof message.value["reasoning"] === "string") message.fill("reasoning_content", message.value["reasoning"]);
}
