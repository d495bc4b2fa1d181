/**
 * OpenAI's Responses.
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
import { Fault } from "../../core/fault.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { draftPayload, jsonPayload, type Payload } from "../../core/payload.ts";
import { leastUsage, type Fee } from "../../core/units.ts";
import type { Capability } from "../../operation/operations.ts";
import { beginningOf, textsOf } from "../beginning.ts";
import { applyPolicy, copyToEdit } from "../fields/field-edits.ts";
import { readFees } from "../fields/field-policy.ts";
import { words } from "../fields/field-table.ts";
import { invalid } from "../invalid.ts";
import { checkAddress } from "../media.ts";
import { readPreferences } from "../provider.ts";
import { jsonOf, positiveInteger, readModels, readStream, textBytes, toolsIn } from "../request-members.ts";
import type { ClientRequest, Outgoing, Target, Wire } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { textIn } from "../values.ts";
import { readResponseRequest } from "./read-responses.ts";
import { ResponseEventReader } from "./responses-events.ts";
import { RESPONSE_FIELDS } from "./responses-fields.ts";
import { ResponseFold, unfoldResponse } from "./responses-fold.ts";
import { ResponsePieceWriter } from "./responses-pieces.ts";
import { ResponseReader } from "./responses-reader.ts";
import { ResponseWriter } from "./responses-writer.ts";
import { writeResponseRequest } from "./write-responses.ts";

export const responses: Wire = {
  name: "openai.responses",
  operation: "chat",
  read: readResponses,
  address: () => ({ method: "POST", path: "/responses" }),
  write: writeResponses,
  answers: (target) => new ResponseReader(target),
  client: ({ present }) => new ResponseWriter(present),
  fold: () => new ResponseFold(),
  unfold: unfoldResponse,
  codec: {
    resultField: "input.call_id",
    readRequest: readResponseRequest,
    writeRequest: writeResponseRequest,
    events: (target) => new ResponseEventReader(target),
    pieces: (options) => new ResponsePieceWriter(options),
  },
  probe: jsonPayload({ input: "Answer with the word OK." }),
};

/** Items of input. What an item costs must be known before it is sent, so others are refused. */
const ITEMS: ReadonlySet<unknown> = new Set(
  words(`message function_call function_call_output custom_tool_call custom_tool_call_output reasoning mcp_list_tools
    mcp_call mcp_approval_request mcp_approval_response web_search_call file_search_call image_generation_call
    code_interpreter_call computer_call computer_call_output shell_call shell_call_output local_shell_call
    local_shell_call_output apply_patch_call apply_patch_call_output compaction tool_search_call tool_search_output`),
);

/** Parts of content, and what a model must be able to take. */
const PARTS: ReadonlyMap<unknown, Capability | undefined> = new Map([
  ["input_text", undefined],
  ["output_text", undefined],
  ["text", undefined],
  ["refusal", undefined],
  ["reasoning_text", undefined],
  ["summary_text", undefined],
  ["input_image", "image"],
  ["input_file", "file"],
  ["input_audio", "audio"],
  ["computer_screenshot", "image"],
]);

function readResponses(payload: Payload): ClientRequest {
  const { value: body, text } = jsonOf(payload);
  const fees = readFees(body, RESPONSE_FIELDS);
  refuseState(body);
  const items = readItems(body);
  const needs = new Map<Capability, number>();
  const need = (capability: Capability, parts = 1) => needs.set(capability, (needs.get(capability) ?? 0) + parts);
  const tools = toolsIn(body).length;
  if (tools > 0) need("tools", tools);
  let mediaBytes = 0;
  for (const [position, item] of items.entries()) {
    mediaBytes += readParts(item["content"], `input[${position}].content`, need);
    if (item["type"] === "image_generation_call" && typeof item["result"] === "string") {
      need("image");
      mediaBytes += textBytes(item["result"]);
    }
    if (Array.isArray(item["output"])) mediaBytes += readParts(item["output"], `input[${position}].output`, need);
  }
  const { service_tier: tier, prompt_cache_key: session } = body;
  const preferences = readPreferences(body["provider"]);
  return {
    wire: responses,
    payload,
    demand: {
      ...readModels(body),
      operation: "chat",
      maxOutput: positiveInteger(body, "max_output_tokens"),
      choices: 1,
      promptBytes: textBytes(text) - mediaBytes,
      needs,
      ...(preferences === undefined ? {} : { preferences }),
      ...(fees.size === 0 ? {} : { fees, units: leastUsage(fees) }),
      ...(fees.has("tier") ? { attributes: { tier: textIn(tier) ?? "" } } : {}),
    },
    stream: readStream(body),
    wantsUsage: false,
    session: typeof session === "string" && session !== "" ? session : undefined,
    beginning: () => beginning(body, items),
    promptText: () => promptPieces(body, items).join("\n"),
  };
}

/** What is kept was put into the request before it is read here. @throws Fault `unsupported_feature` */
function refuseState(body: JsonObject): void {
  for (const name of ["previous_response_id", "conversation", "prompt"]) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    throw unsupported(
      name,
      "nothing is kept here; send the whole conversation as 'input'",
      "此处不保存任何内容,请在 'input' 中提交完整对话",
    );
  }
  if (body["background"] === true) throw unsupported("background");
}

/** @throws Fault `missing_input`, `invalid_parameter` */
export function readItems({ input, messages }: JsonObject): JsonObject[] {
  if (input === undefined || input === null) {
    throw new Fault("missing_input", {
      param: "input",
      ...(messages === undefined
        ? {}
        : {
            detail: {
              en: "This body has 'messages': send it to /v1/chat/completions, or send 'input' here.",
              zh: "请求体包含 'messages':请改用 /v1/chat/completions,或在此处提供 'input'。",
            },
          }),
    });
  }
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  if (!Array.isArray(input) || input.length === 0) {
    throw invalid("input", "must be a string or an array of items", "必须是字符串或项目数组");
  }
  return input.map((item: unknown, position) => {
    const param = `input[${position}]`;
    if (!isObject(item)) throw invalid(param, "must be an object", "必须是对象");
    const { type = "message", role, content } = item;
    if (!ITEMS.has(type)) {
      const known = [...ITEMS].join(", ");
      throw invalid(`${param}.type`, `is unknown; known are ${known}`, `未知,支持的类型为 ${known}`);
    }
    if (type !== "message") return item;
    if (!["user", "assistant", "system", "developer"].includes(textIn(role) ?? "")) {
      throw invalid(`${param}.role`, "must be 'user', 'assistant', 'system' or 'developer'", "不是有效的角色");
    }
    if (typeof content !== "string" && !Array.isArray(content)) {
      throw invalid(`${param}.content`, "must be a string or an array of parts", "必须是字符串或内容数组");
    }
    return item;
  });
}

/** @returns bytes of media that stand in the parts. They are counted as parts, not as text */
function readParts(content: unknown, param: string, need: (capability: Capability) => void): number {
  let mediaBytes = 0;
  for (const [position, part] of (Array.isArray(content) ? content : []).entries()) {
    const place = `${param}[${position}]`;
    if (!isObject(part)) throw invalid(place, "must be an object", "必须是对象");
    if (!PARTS.has(part["type"])) {
      const known = [...PARTS.keys()].join(", ");
      throw invalid(`${place}.type`, `is unknown; known are ${known}`, `未知,支持的类型为 ${known}`);
    }
    const capability = PARTS.get(part["type"]);
    if (capability === undefined) continue;
    need(capability);
    const { image_url: url, file_url: file, file_data: data, input_audio: audio } = part;
    checkAddress(url, `${place}.image_url`);
    checkAddress(file, `${place}.file_url`);
    if (typeof url === "string" && url.startsWith("data:")) mediaBytes += textBytes(url);
    if (typeof data === "string") mediaBytes += textBytes(data);
    if (isObject(audio) && typeof audio["data"] === "string") mediaBytes += textBytes(audio["data"]);
  }
  return mediaBytes;
}

function beginning({ instructions }: JsonObject, items: readonly JsonObject[]): string | undefined {
  const isModel = ({ type = "message", role }: JsonObject) => (type === "message" ? role === "assistant" : true);
  if (!items.some(isModel)) return undefined;
  const first = items.findIndex(({ type = "message", role }) => type === "message" && role === "user");
  return beginningOf([instructions, ...items.slice(0, first + 1).map(({ content }) => content)]);
}

/** All that the model reads as text; no media. */
function promptPieces(body: JsonObject, items: readonly JsonObject[]): string[] {
  const settings = [body["tools"], body["text"]].filter((value) => typeof value === "object" && value !== null);
  return [
    ...textsOf(body["instructions"]),
    ...settings.map((value) => JSON.stringify(value)),
    ...items.flatMap((item) => [
      ...["content", "summary", "output"].flatMap((name) => textsOf(item[name])),
      ...["name", "arguments", "input"].flatMap((name) => textIn(item[name]) ?? []),
    ]),
  ];
}

const NO_FEES: ReadonlySet<Fee> = new Set();

/** The client's payload, edited for an upstream of the same wire. Nothing is stored there. */
function writeResponses({ payload, demand }: ClientRequest, target: Target): Outgoing {
  const { value, text } = jsonOf(payload);
  const { fees = NO_FEES } = demand;
  const draft = new JsonDraft(copyToEdit(value, target, fees), text);
  const dropped = applyPolicy(draft, RESPONSE_FIELDS, target, fees);
  draft.set("model", target.model);
  draft.set("stream", target.stream);
  draft.set("store", false);
  if (value["store"] !== false) askForReasoning(draft);
  draft.filter("input", isUsable);
  if (target.outputCap !== undefined) draft.set("max_output_tokens", target.outputCap.tokens);
  return { payload: draftPayload(draft), dropped };
}

const SEALED_REASONING = "reasoning.encrypted_content";

/** What the upstream does not store must come with the answer, so that the next turn can bring it back. */
function askForReasoning(draft: JsonDraft): void {
  const { include } = draft.value;
  if (include !== undefined && include !== null && !Array.isArray(include)) return;
  const names: unknown[] = include ?? [];
  if (!names.includes(SEALED_REASONING)) draft.set("include", [...names, SEALED_REASONING]);
}

/** Reasoning that is only shown, and has no id, says nothing to an upstream. */
function isUsable(item: unknown): boolean {
  if (!isObject(item) || item["type"] !== "reasoning") return true;
  return [item["encrypted_content"], item["content"], item["id"]].some(
    (value) => value !== undefined && value !== null,
  );
}
