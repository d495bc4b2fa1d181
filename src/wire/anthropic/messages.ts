/**
 * Anthropic's Messages.
 * @see https://platform.claude.com/docs/en/api/messages
 */
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { draftPayload, jsonPayload, type Payload } from "../../core/payload.ts";
import { leastUsage, type Fee } from "../../core/units.ts";
import type { Capability } from "../../operation/operations.ts";
import { beginningOf, textsOf } from "../beginning.ts";
import { applyPolicy, copyToEdit } from "../fields/field-edits.ts";
import { readFees } from "../fields/field-policy.ts";
import { invalid } from "../invalid.ts";
import { checkAddress } from "../media.ts";
import { readPreferences } from "../provider.ts";
import { jsonOf, positiveInteger, readModels, readStream, textBytes, toolsIn } from "../request-members.ts";
import type { ClientRequest, Match, Outgoing, Target, Wire } from "../types.ts";
import { textIn } from "../values.ts";
import { MessageFold, unfoldMessage } from "./fold.ts";
import { MessageEventReader } from "./message-events.ts";
import { MessagePieceWriter } from "./message-pieces.ts";
import { readMessageRequest } from "./read-request.ts";
import { refusedSampling } from "./sampling.ts";
import { MessageReader } from "./reader.ts";
import { allowedBetas, MESSAGE_FIELDS } from "./request-fields.ts";
import { writeMessageRequest } from "./write-request.ts";
import { MessageWriter } from "./writer.ts";

/** The version that every upstream understands. It takes all that the later one takes. */
const VERSION = "2023-06-01";

export const messages: Wire = {
  name: "anthropic.messages",
  operation: "chat",
  read: readMessagesRequest,
  address: () => ({ method: "POST", path: "/messages" }),
  write: writeMessages,
  answers: (target) => new MessageReader(target),
  client: () => new MessageWriter(),
  fold: () => new MessageFold(),
  unfold: unfoldMessage,
  codec: {
    resultField: "messages.content.tool_use_id",
    readRequest: readMessageRequest,
    writeRequest: writeMessageRequest,
    events: (target) => new MessageEventReader(target),
    pieces: (options) => new MessagePieceWriter(options),
  },
  probe: jsonPayload({ messages: [{ role: "user", content: "Answer with the word OK." }], max_tokens: 16 }),
};

interface BlockKind {
  /** What a model must be able to take; undefined = text. */
  readonly needs?: Capability;
}

const TEXT: BlockKind = {};

/** Content blocks. What a block costs must be known before it is sent, so others are refused. */
const BLOCKS: ReadonlyMap<unknown, BlockKind> = new Map([
  ["text", TEXT],
  ["thinking", TEXT],
  ["redacted_thinking", TEXT],
  ["image", { needs: "image" }],
  ["document", { needs: "file" }],
  ["container_upload", { needs: "file" }],
  ["search_result", TEXT],
  ["tool_use", TEXT],
  ["tool_result", TEXT],
  ["tool_reference", TEXT],
  ["server_tool_use", TEXT],
  ["web_search_tool_result", TEXT],
  ["web_fetch_tool_result", TEXT],
  ["code_execution_tool_result", TEXT],
  ["bash_code_execution_tool_result", TEXT],
  ["text_editor_code_execution_tool_result", TEXT],
  ["tool_search_tool_result", TEXT],
  ["mcp_tool_use", TEXT],
  ["mcp_tool_result", TEXT],
  ["compaction", TEXT],
]);

function readMessagesRequest(payload: Payload, match: Match): ClientRequest {
  const { value: body, text } = jsonOf(payload);
  const fees = readFees(body, MESSAGE_FIELDS);
  const turns = readTurns(body);
  const maxOutput = positiveInteger(body, "max_tokens");
  if (maxOutput === undefined) throw invalid("max_tokens", "is required", "为必填参数");
  const needs = new Map<Capability, number>();
  const need = (capability: Capability, parts = 1) => needs.set(capability, (needs.get(capability) ?? 0) + parts);
  const tools = toolsIn(body).length;
  if (tools > 0) need("tools", tools);
  let mediaBytes = 0;
  for (const [position, { content }] of turns.entries()) {
    mediaBytes += readBlocks(content, `messages[${position}].content`, need);
  }
  const { service_tier: tier, speed } = body;
  const preferences = readPreferences(body["provider"]);
  const betas = allowedBetas(match.headers.get("anthropic-beta"));
  return {
    wire: messages,
    payload,
    demand: {
      ...readModels(body),
      operation: "chat",
      maxOutput,
      choices: 1,
      promptBytes: textBytes(text) - mediaBytes,
      needs,
      ...(preferences === undefined ? {} : { preferences }),
      ...(fees.size === 0 ? {} : { fees, units: leastUsage(fees) }),
      ...(fees.has("tier") ? { attributes: { tier: textIn(speed ?? tier) ?? "" } } : {}),
    },
    stream: readStream(body),
    wantsUsage: false,
    session: sessionIn(body["metadata"]),
    beginning: () => beginning(body["system"], turns),
    promptText: () => promptPieces(body, turns).join("\n"),
    ...(betas.length === 0 ? {} : { headers: { "anthropic-beta": betas.join(",") } }),
  };
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function readTurns(body: JsonObject): JsonObject[] {
  const { messages: list, system } = body;
  if (!Array.isArray(list)) throw invalid("messages", "must be an array of messages", "必须是消息数组");
  if (list.length === 0) throw invalid("messages", "must hold at least one message", "至少需要一条消息");
  if (system !== undefined && system !== null && typeof system !== "string" && !Array.isArray(system)) {
    throw invalid("system", "must be a string or an array of text blocks", "必须是字符串或文本块数组");
  }
  return list.map((message: unknown, position) => {
    const param = `messages[${position}]`;
    if (!isObject(message)) throw invalid(param, "must be an object", "必须是对象");
    if (!["user", "assistant", "system"].includes(textIn(message["role"]) ?? "")) {
      throw invalid(`${param}.role`, "must be 'user' or 'assistant'", "必须是 'user' 或 'assistant'");
    }
    const { content } = message;
    if (typeof content !== "string" && !Array.isArray(content)) {
      throw invalid(`${param}.content`, "must be a string or an array of blocks", "必须是字符串或内容块数组");
    }
    return message;
  });
}

/**
 * @param need takes note of what a model must be able to take
 * @returns bytes of media that stand in the blocks. They are counted as parts, not as text
 */
function readBlocks(content: unknown, param: string, need: (capability: Capability) => void): number {
  let mediaBytes = 0;
  if (!Array.isArray(content)) return mediaBytes;
  for (const [position, block] of content.entries()) {
    const place = `${param}[${position}]`;
    if (!isObject(block)) throw invalid(place, "must be an object", "必须是对象");
    const kind = BLOCKS.get(block["type"]);
    if (kind === undefined) {
      const known = [...BLOCKS.keys()].join(", ");
      throw invalid(`${place}.type`, `is unknown; known are ${known}`, `未知,支持的类型为 ${known}`);
    }
    const source = isObject(block["source"]) ? block["source"] : {};
    if (kind.needs !== undefined && source["type"] !== "text") need(kind.needs);
    if (source["type"] === "url") checkAddress(source["url"], `${place}.source.url`);
    if (source["type"] === "base64" && typeof source["data"] === "string") mediaBytes += textBytes(source["data"]);
    mediaBytes += readBlocks(source["content"], `${place}.source.content`, need);
    if (block["type"] === "tool_result") mediaBytes += readBlocks(block["content"], `${place}.content`, need);
  }
  return mediaBytes;
}

/** Claude Code names its session at the end of the user's id. */
function sessionIn(metadata: unknown): string | undefined {
  const user = isObject(metadata) ? metadata["user_id"] : undefined;
  return typeof user === "string" ? /session_([\w-]{8,64})/.exec(user)?.[1] : undefined;
}

function beginning(system: unknown, turns: readonly JsonObject[]): string | undefined {
  if (!turns.some(({ role }) => role === "assistant")) return undefined;
  const first = turns.findIndex(({ role }) => role === "user");
  return beginningOf([system, ...turns.slice(0, first + 1).map(({ content }) => content)]);
}

/** All that the model reads as text; no media. */
function promptPieces(body: JsonObject, turns: readonly JsonObject[]): string[] {
  const settings = [body["tools"], body["output_config"], body["output_format"]].filter(
    (value) => typeof value === "object" && value !== null,
  );
  return [
    ...textsOf(body["system"]),
    ...settings.map((value) => JSON.stringify(value)),
    ...turns.flatMap(({ content }) => blockTexts(content)),
  ];
}

function blockTexts(content: unknown): string[] {
  if (typeof content === "string") return [content];
  return objectsOf(content).flatMap((block) => {
    const { text, thinking, name, input, source } = block;
    const said = [text, thinking, name].filter((value) => typeof value === "string");
    const call = isObject(input) ? [JSON.stringify(input)] : [];
    const document = isObject(source) && source["type"] === "text" ? [textIn(source["data"]) ?? ""] : [];
    return [...said, ...call, ...document, ...blockTexts(block["content"])];
  });
}

const NO_FEES: ReadonlySet<Fee> = new Set();
/** A thinking budget may not be less. */
const MIN_THINKING = 1024;

/** The client's payload, edited for an upstream of the same wire. */
function writeMessages({ payload, demand, headers }: ClientRequest, target: Target): Outgoing {
  const { value, text } = jsonOf(payload);
  const { fees = NO_FEES } = demand;
  const copy = copyToEdit(value, target, fees);
  if (isObject(copy["thinking"])) copy["thinking"] = { ...copy["thinking"] };
  const draft = new JsonDraft(copy, text);
  const dropped = applyPolicy(draft, MESSAGE_FIELDS, target, fees);
  for (const name of refusedSampling(target.model, value)) {
    draft.set(name, undefined);
    dropped.push(name);
  }
  draft.set("model", target.model);
  draft.set("stream", target.stream);
  if (isObject(value["metadata"]) && target.account !== undefined) draft.set("metadata", { user_id: target.account });
  const cap = target.outputCap?.tokens;
  if (cap !== undefined) {
    draft.set("max_tokens", cap);
    dropped.push(...limitThinking(draft, cap));
  }
  const sent = { "anthropic-version": VERSION, ...headers };
  return { payload: draftPayload(draft), dropped, headers: sent };
}

/** A budget for thinking must be less than the cap. @returns the names of what was dropped */
function limitThinking(draft: JsonDraft, cap: number): string[] {
  const thinking = draft.object("thinking");
  const budget = thinking?.value["budget_tokens"];
  if (thinking === undefined || typeof budget !== "number" || budget < cap) return [];
  if (cap > MIN_THINKING) {
    thinking.set("budget_tokens", cap - 1);
    return [];
  }
  draft.set("thinking", undefined);
  return ["thinking"];
}
