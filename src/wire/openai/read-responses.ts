/** Reads a request of Responses into the neutral form. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import {
  type ChatRequest,
  EFFORTS,
  type Format,
  type McpServer,
  type MediaPart,
  type Part,
  type Reasoning,
  type TextPart,
  type Tool,
  type ToolChoice,
  type Turn,
  type WebSearch,
} from "../../operation/chat/conversation.ts";
import type { Carried } from "../codec.ts";
import { words } from "../fields/field-table.ts";
import { sourceOfUrl } from "../media.ts";
import { readProof } from "../proof-text.ts";
import { jsonOf } from "../request-members.ts";
import type { ClientRequest } from "../types.ts";
import { booleanIn, numberIn, only, textIn, textsIn } from "../values.ts";
import { readMcpServer, readWebSearch } from "./hosted-tools.ts";

/** What the neutral form holds, and what the gateway acts on itself. The client is told of every other field. */
const CARRIED: ReadonlySet<string> = new Set(
  words(`model models provider input instructions max_output_tokens temperature top_p tools tool_choice
    parallel_tool_calls text reasoning stream stream_options user safety_identifier prompt_cache_key store service_tier
    previous_response_id conversation background client_metadata metadata`),
);

/** What chat has no field for, or has under another name. */
export const RESPONSE_ONLY: ReadonlySet<string> = new Set(
  words("input instructions max_output_tokens text reasoning include previous_response_id truncation client_metadata"),
);

export function readResponseRequest({ payload }: ClientRequest): Carried<ChatRequest> {
  const { value: body } = jsonOf(payload);
  const dropped = Object.keys(body).filter((name) => !CARRIED.has(name) && isLost(name, body[name]));
  const { reasoning } = body;
  const summary = isObject(reasoning) ? (textIn(reasoning["summary"]) ?? "auto") : "auto";
  if (summary !== "auto") dropped.push("reasoning.summary");
  for (const name of textsIn(body["include"])) {
    if (name !== "reasoning.encrypted_content") dropped.push(`include.${name}`);
  }
  return { dropped, value: readResponseBody(body, dropped) };
}

/** @param dropped gets the names of what has no place */
export function readResponseBody(body: JsonObject, dropped: string[]): ChatRequest {
  const { instructions, input, text } = body;
  const { system, turns } = readInput(input, dropped);
  const { tools, webSearch, mcpServers } = readTools(body["tools"], dropped);
  return {
    system: [...(typeof instructions === "string" && instructions !== "" ? [textPart(instructions)] : []), ...system],
    turns,
    tools,
    mcpServers,
    choices: 1,
    modalities: [],
    sampling: only({
      temperature: numberIn(body["temperature"]),
      topP: numberIn(body["top_p"]),
    }),
    ...only({
      toolChoice: readToolChoice(body["tool_choice"]),
      parallelTools: booleanIn(body["parallel_tool_calls"]) === false ? false : undefined,
      format: readFormat(isObject(text) ? text["format"] : undefined),
      verbosity: isObject(text) ? textIn(text["verbosity"]) : undefined,
      reasoning: readReasoning(body["reasoning"]),
      webSearch,
    }),
  };
}

/** `include` is looked at by itself. */
function isLost(name: string, value: unknown): boolean {
  if (name === "include" || (name === "truncation" && value === "disabled")) return false;
  return value !== null && value !== undefined && value !== false && !(name === "top_logprobs" && value === 0);
}

function textPart(text: string): TextPart {
  return { kind: "text", text };
}

/** Items of the model in a row are one turn: its text, its thoughts and its calls. */
function readInput(input: unknown, dropped: string[]): { system: TextPart[]; turns: Turn[] } {
  if (typeof input === "string") return { system: [], turns: [{ role: "user", parts: [textPart(input)] }] };
  const system: TextPart[] = [];
  const turns: { role: Turn["role"]; parts: Part[] }[] = [];
  /** The ids of calls that mean something to OpenAI alone. Their results have no place either. */
  const lost = new Set<unknown>();
  const say = (role: Turn["role"], parts: readonly Part[]) => {
    const last = turns.at(-1);
    if (role === "assistant" && last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts] });
  };
  for (const item of objectsOf(input)) {
    const { type = "message", role } = item;
    if (type === "message") {
      const parts = readContent(item["content"]);
      const isSystem = role === "system" || role === "developer";
      if (isSystem && turns.length === 0) system.push(...parts.filter((part) => part.kind === "text"));
      else say(isSystem ? "system" : role === "assistant" ? "assistant" : "user", parts);
    } else {
      const part = lost.has(item["call_id"]) ? undefined : readItem(item);
      if (part === undefined && typeof item["call_id"] === "string") lost.add(item["call_id"]);
      if (part === undefined) dropped.push(`input.${textIn(type) ?? "untyped"}`);
      else say(part.kind === "tool-result" ? "user" : "assistant", [part]);
    }
  }
  return { system, turns: turns.filter(({ parts }) => parts.length > 0) };
}

/** undefined = it means something to OpenAI alone. */
function readItem(item: JsonObject): Part | undefined {
  const id = textIn(item["call_id"]) ?? "";
  switch (item["type"]) {
    case "function_call":
      return { kind: "tool-call", id, name: textIn(item["name"]) ?? "", input: textIn(item["arguments"]) ?? "" };
    case "custom_tool_call":
      return {
        kind: "tool-call",
        id,
        name: textIn(item["name"]) ?? "",
        input: textIn(item["input"]) ?? "",
        takesText: true,
      };
    case "function_call_output":
    case "custom_tool_call_output": {
      const takesText = item["type"] === "custom_tool_call_output" ? { takesText: true } : {};
      return { kind: "tool-result", id, content: readContent(item["output"]), ...takesText };
    }
    case "reasoning":
      return readReasoningItem(item);
    case "image_generation_call": {
      const { result, output_format: format } = item;
      if (typeof result !== "string") return undefined;
      return { kind: "image", source: { kind: "data", type: `image/${textIn(format) ?? "png"}`, data: result } };
    }
    default:
      return undefined;
  }
}

function readReasoningItem(item: JsonObject): Part {
  const text = [...objectsOf(item["summary"]), ...objectsOf(item["content"])]
    .map((part) => textIn(part["text"]) ?? "")
    .join("");
  const sealed = textIn(item["encrypted_content"]);
  if (sealed === undefined || sealed === "") return { kind: "reasoning", text };
  const own = { vendor: "openai", kind: "hidden", ...only({ id: textIn(item["id"]) }) } as const;
  return { kind: "reasoning", text, proof: readProof(sealed, own) };
}

function readContent(content: unknown): (TextPart | MediaPart)[] {
  if (typeof content === "string") return content === "" ? [] : [textPart(content)];
  return objectsOf(content).flatMap((part): (TextPart | MediaPart)[] => {
    switch (part["type"]) {
      case "input_image": {
        const { image_url: url, file_id: id, detail } = part;
        const source =
          typeof url !== "string" && typeof id === "string"
            ? ({ kind: "id", id } as const)
            : sourceOfUrl(url, "image/png");
        return [{ kind: "image", source, ...only({ detail: textIn(detail) }) }];
      }
      case "input_file": {
        const { file_data: data, file_url: url, file_id: id, filename } = part;
        const source =
          typeof id === "string" ? ({ kind: "id", id } as const) : sourceOfUrl(data ?? url, "application/pdf");
        return [{ kind: "file", source, ...only({ name: textIn(filename) }) }];
      }
      case "input_audio": {
        const { data, format } = isObject(part["input_audio"]) ? part["input_audio"] : {};
        const type = format === "mp3" ? "audio/mpeg" : `audio/${textIn(format) ?? "wav"}`;
        return [{ kind: "audio", source: { kind: "data", type, data: textIn(data) ?? "" } }];
      }
      default: {
        const text = textIn(part["text"]) ?? textIn(part["refusal"]);
        return text === undefined || text === "" ? [] : [textPart(text)];
      }
    }
  });
}

function readTools(list: unknown, dropped: string[]) {
  const tools: Tool[] = [];
  const mcpServers: McpServer[] = [];
  let webSearch: WebSearch | undefined;
  for (const tool of objectsOf(list)) {
    const { type, name, description, parameters, strict, format } = tool;
    const said = { name: textIn(name) ?? "", ...only({ description: textIn(description) }) };
    if (type === "function") {
      const schema = isObject(parameters) ? parameters : { type: "object", properties: {} };
      tools.push({ ...said, schema, ...only({ strict: booleanIn(strict) }) });
    } else if (type === "custom") {
      tools.push({
        ...said,
        ...only({ grammar: isObject(format) && format["type"] === "grammar" ? format : undefined }),
      });
    } else if (typeof type === "string" && type.startsWith("web_search")) webSearch = readWebSearch(tool);
    else if (type === "mcp") mcpServers.push(readMcpServer(tool));
    else dropped.push(`tools.${textIn(type) ?? "untyped"}`);
  }
  return { tools, webSearch, mcpServers };
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return { mode: choice };
  if (!isObject(choice)) return undefined;
  if (choice["type"] === "allowed_tools") {
    const allowed = objectsOf(choice["tools"]).flatMap((tool) => textIn(tool["name"]) ?? []);
    return { mode: choice["mode"] === "required" ? "required" : "auto", allowed };
  }
  const name = textIn(choice["name"]);
  return name === undefined ? undefined : { mode: "required", allowed: [name] };
}

function readFormat(format: unknown): Format | undefined {
  if (!isObject(format)) return undefined;
  const { type, name, description, schema, strict } = format;
  if (type === "json_object") return {};
  if (type !== "json_schema" || !isObject(schema)) return undefined;
  return { schema, ...only({ name: textIn(name), description: textIn(description), strict: booleanIn(strict) }) };
}

function readReasoning(reasoning: unknown): Reasoning | undefined {
  if (!isObject(reasoning)) return undefined;
  const { effort, summary } = reasoning;
  const wanted = only({
    effort: EFFORTS.find((one) => one === effort),
    isShown: typeof summary === "string" ? true : undefined,
  });
  return Object.keys(wanted).length === 0 ? undefined : wanted;
}
