/** Reads a chat request into the neutral form. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import {
  type ChatRequest,
  EFFORTS,
  type Effort,
  type Format,
  type McpServer,
  type MediaPart,
  type Part,
  type Reasoning,
  type Sampling,
  type TextPart,
  type Tool,
  type ToolCallPart,
  type ToolChoice,
  type Turn,
  type WebSearch,
} from "../../operation/chat/conversation.ts";
import { markIn } from "../cache-marks.ts";
import type { Carried } from "../codec.ts";
import { words } from "../fields/field-table.ts";
import { sourceOfUrl } from "../media.ts";
import { jsonOf } from "../request-members.ts";
import type { ClientRequest } from "../types.ts";
import { readMcpServer, readWebSearch } from "./hosted-tools.ts";
import { proofOf } from "./proofs.ts";
import { booleanIn, numberIn, only, textIn, textsIn } from "../values.ts";

/** What the neutral form holds, and what the gateway acts on itself. The client is told of every other field. */
const CARRIED: ReadonlySet<string> = new Set(
  words(`model models provider messages stream stream_options max_tokens max_completion_tokens temperature top_p
    top_k seed presence_penalty frequency_penalty stop n tools tool_choice
    parallel_tool_calls functions function_call response_format reasoning_effort reasoning thinking
    enable_thinking thinking_budget include_reasoning verbosity web_search_options modalities user
    safety_identifier prompt_cache_key store service_tier`),
);

export function readChatRequest({ payload, demand }: ClientRequest): Carried<ChatRequest> {
  const { value: body } = jsonOf(payload);
  const dropped = Object.keys(body).filter((name) => !CARRIED.has(name) && isSaid(body[name]));
  const messages = objectsOf(body["messages"]);
  if (messages.some(({ role, name }) => name !== undefined && role !== "function" && role !== "tool"))
    dropped.push("messages.name");
  const { system, turns } = readTurns(messages);
  const { tools, webSearch, mcpServers } = readTools(body, dropped);
  const { web_search_options: options } = body;
  return {
    dropped,
    value: {
      system,
      turns,
      tools,
      mcpServers,
      sampling: readSampling(body),
      choices: demand.choices,
      modalities: textsIn(body["modalities"]).filter((name) => name !== "text"),
      ...only({
        toolChoice: readToolChoice(body["tool_choice"] ?? body["function_call"]),
        parallelTools: booleanIn(body["parallel_tool_calls"]),
        format: readFormat(body["response_format"]),
        reasoning: readReasoning(body),
        verbosity: textIn(body["verbosity"]),
        webSearch: webSearch ?? (isObject(options) ? readWebSearch(options) : undefined),
      }),
    },
  };
}

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

function readTurns(messages: readonly JsonObject[]): { system: TextPart[]; turns: Turn[] } {
  const system: TextPart[] = [];
  const turns: Turn[] = [];
  for (const [position, message] of messages.entries()) {
    const { role } = message;
    if (role === "system" || role === "developer") {
      const parts = readParts(message).filter((part) => part.kind === "text");
      if (turns.length === 0) system.push(...parts);
      else turns.push({ role: "system", parts });
    } else if (role === "assistant") turns.push({ role, parts: readAssistant(message, position) });
    else if (role === "tool" || role === "function")
      turns.push({ role: "user", parts: [readResult(message, position)] });
    else turns.push({ role: "user", parts: readParts(message) });
  }
  return { system, turns };
}

function readParts(message: JsonObject): (TextPart | MediaPart)[] {
  const { content } = message;
  if (typeof content === "string") {
    return [{ kind: "text", text: content, ...only({ cache: markIn(message["cache_control"]) }) }];
  }
  return objectsOf(content).flatMap((part) => readPart(part));
}

function readPart(part: JsonObject): (TextPart | MediaPart)[] {
  const cache = only({ cache: markIn(part["cache_control"]) });
  switch (part["type"]) {
    case "image_url": {
      const image = isObject(part["image_url"]) ? part["image_url"] : { url: part["image_url"] };
      const detail = only({ detail: textIn(image["detail"]) });
      return [{ kind: "image", source: sourceOfUrl(image["url"], "image/png"), ...detail, ...cache }];
    }
    case "video_url": {
      const video = isObject(part["video_url"]) ? part["video_url"] : { url: part["video_url"] };
      return [{ kind: "video", source: sourceOfUrl(video["url"], "video/mp4"), ...cache }];
    }
    case "input_audio": {
      const { data, format } = isObject(part["input_audio"]) ? part["input_audio"] : {};
      const type = format === "mp3" ? "audio/mpeg" : `audio/${textIn(format) ?? "wav"}`;
      return [{ kind: "audio", source: { kind: "data", type, data: textIn(data) ?? "" }, ...cache }];
    }
    case "file": {
      const { file_data: data, file_id: id, filename } = isObject(part["file"]) ? part["file"] : {};
      const source =
        typeof id === "string" && typeof data !== "string"
          ? ({ kind: "id", id } as const)
          : sourceOfUrl(data, "application/pdf");
      return [{ kind: "file", source, ...only({ name: textIn(filename) }), ...cache }];
    }
    default: {
      const text = textIn(part["text"]) ?? textIn(part["refusal"]);
      return text === undefined ? [] : [{ kind: "text", text, ...cache }];
    }
  }
}

function readAssistant(message: JsonObject, position: number): Part[] {
  const { reasoning_content: thought, reasoning = thought, refusal, function_call: called } = message;
  const parts: Part[] = [...readProofs(message["reasoning_details"], textIn(reasoning))];
  for (const part of readParts(message)) if (part.kind !== "text" || part.text !== "") parts.push(part);
  for (const picture of objectsOf(message["images"])) parts.push(...readPart({ ...picture, type: "image_url" }));
  if (typeof refusal === "string" && refusal !== "") parts.push({ kind: "refusal", text: refusal });
  const calls = objectsOf(message["tool_calls"]);
  for (const [index, call] of calls.entries()) parts.push(readCall(call, `call_${position}_${index}`));
  if (isObject(called)) parts.push(readCall({ function: called }, functionCallId(called["name"])));
  return parts;
}

/** Calls of the time before `tool_calls` have no ids: their results name the function. */
function functionCallId(name: unknown): string {
  return `call_${textIn(name) ?? "function"}`;
}

function readCall(call: JsonObject, fallback: string): ToolCallPart {
  const { id, function: called, custom, extra_content: extra } = call;
  const google = isObject(extra) && isObject(extra["google"]) ? extra["google"] : {};
  const signature = textIn(google["thought_signature"]);
  const inner = isObject(custom) ? custom : isObject(called) ? called : {};
  return {
    kind: "tool-call",
    id: textIn(id) ?? fallback,
    name: textIn(inner["name"]) ?? "",
    input: textIn(isObject(custom) ? inner["input"] : inner["arguments"]) ?? "",
    ...(isObject(custom) ? { takesText: true } : {}),
    ...(signature === undefined ? {} : { proof: { vendor: "google", kind: "signature", value: signature } }),
  };
}

function readResult(message: JsonObject, position: number): Part {
  const { tool_call_id: id, name, role } = message;
  const fallback = role === "function" ? functionCallId(name) : `call_${position}`;
  const cache = only({ cache: markIn(message["cache_control"]) });
  return { kind: "tool-result", id: textIn(id) ?? fallback, content: readParts(message), ...cache };
}

/** The thoughts of a turn, with what their vendor wants back. */
function readProofs(details: unknown, text: string | undefined): Part[] {
  const parts = objectsOf(details).flatMap((detail): Part[] => {
    const said = textIn(detail["text"]) ?? textIn(detail["summary"]) ?? "";
    const proof = proofOf(detail);
    if (proof === undefined) return said === "" ? [] : [{ kind: "reasoning", text: said }];
    return [{ kind: "reasoning", text: said, proof }];
  });
  if (parts.length > 0) return parts;
  return text === undefined || text === "" ? [] : [{ kind: "reasoning", text }];
}

function readTools(body: JsonObject, dropped: string[]) {
  const tools: Tool[] = objectsOf(body["functions"]).map((called) => readFunction(called, undefined));
  const mcpServers: McpServer[] = [];
  let webSearch: WebSearch | undefined;
  for (const tool of objectsOf(body["tools"])) {
    const { type, function: called, custom } = tool;
    if (isObject(called)) tools.push(readFunction(called, tool["cache_control"]));
    else if (isObject(custom)) tools.push(readCustom(custom));
    else if (typeof type === "string" && type.startsWith("web_search")) webSearch = readWebSearch(tool);
    else if (type === "mcp") mcpServers.push(readMcpServer(tool));
    else dropped.push(`tools.${typeof type === "string" ? type : "untyped"}`);
  }
  return { tools, webSearch, mcpServers };
}

function readFunction(called: JsonObject, mark: unknown): Tool {
  const { name, description, parameters, strict } = called;
  return {
    name: textIn(name) ?? "",
    schema: isObject(parameters) ? parameters : { type: "object", properties: {} },
    ...only({ description: textIn(description), strict: booleanIn(strict), cache: markIn(mark) }),
  };
}

function readCustom({ name, description, format }: JsonObject): Tool {
  const grammar = isObject(format) && format["type"] === "grammar" ? format : undefined;
  return { name: textIn(name) ?? "", ...only({ description: textIn(description), grammar }) };
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return { mode: choice };
  if (!isObject(choice)) return undefined;
  const { type, function: called, custom, allowed_tools: allowed, name } = choice;
  if (type === "allowed_tools" && isObject(allowed)) {
    const names = objectsOf(allowed["tools"]).flatMap((tool) => {
      const inner = isObject(tool["function"]) ? tool["function"] : isObject(tool["custom"]) ? tool["custom"] : tool;
      return textIn(inner["name"]) ?? [];
    });
    return { mode: allowed["mode"] === "required" ? "required" : "auto", allowed: names };
  }
  const named = [called, custom].filter(isObject).map((inner) => inner["name"]);
  const one = textIn(named[0] ?? name);
  return one === undefined ? undefined : { mode: "required", allowed: [one] };
}

function readSampling(body: JsonObject): Sampling {
  const { stop } = body;
  return only({
    temperature: numberIn(body["temperature"]),
    topP: numberIn(body["top_p"]),
    topK: numberIn(body["top_k"]),
    seed: numberIn(body["seed"]),
    presencePenalty: numberIn(body["presence_penalty"]),
    frequencyPenalty: numberIn(body["frequency_penalty"]),
    stop: typeof stop === "string" ? [stop] : Array.isArray(stop) ? textsIn(stop) : undefined,
  });
}

function readFormat(format: unknown): Format | undefined {
  if (!isObject(format)) return undefined;
  if (format["type"] === "json_object") return {};
  const { json_schema: named } = format;
  if (format["type"] !== "json_schema" || !isObject(named) || !isObject(named["schema"])) return undefined;
  const { name, description, schema, strict } = named;
  return {
    schema,
    ...only({ name: textIn(name), description: textIn(description), strict: booleanIn(strict) }),
  };
}

/** The spellings of OpenAI, OpenRouter, Anthropic's layer, Qwen and others. */
function readReasoning(body: JsonObject): Reasoning | undefined {
  const { reasoning, thinking, enable_thinking: enabled, thinking_budget: limit, include_reasoning: included } = body;
  const { effort: inner, max_tokens: tokens, enabled: on, exclude } = isObject(reasoning) ? reasoning : {};
  const { type, budget_tokens: budget } = isObject(thinking) ? thinking : {};
  const isOff = type === "disabled" || enabled === false || on === false;
  const wanted = only({
    effort: isOff ? ("none" as const) : effortIn(body["reasoning_effort"] ?? inner),
    budget: isOff ? undefined : numberIn(tokens ?? budget ?? limit),
    isShown: exclude === true || included === false ? false : undefined,
  });
  return Object.keys(wanted).length === 0 ? undefined : wanted;
}

function effortIn(value: unknown): Effort | undefined {
  return EFFORTS.find((effort) => effort === value);
}
