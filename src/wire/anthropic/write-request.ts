/** Writes a request of Messages from the neutral form. */
import { isObject, parseForeign, type JsonObject } from "../../core/json.ts";
import { jsonPayload, type JsonPayload } from "../../core/payload.ts";
import {
  type ChatRequest,
  type McpServer,
  type MediaPart,
  type Part,
  type Sampling,
  type TextPart,
  type Tool,
  type ToolChoice,
  type Turn,
  type WebSearch,
  isContent,
} from "../../operation/chat/conversation.ts";
import { markOf } from "../cache-marks.ts";
import type { Carried } from "../codec.ts";
import { lostMembers } from "../lost-members.ts";
import { asPicturesOfUser } from "../own-pictures.ts";
import { TEXT_INPUT } from "../text-tools.ts";
import type { Target } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { only } from "../values.ts";
import { thinkingOf, type Thinking } from "./thinking.ts";

/** The field is required. Where neither the client nor the model's row says how long an answer may be, this counts. */
const ASSUMED_MAX_TOKENS = 8192;
const MCP_BETA = "mcp-client-2025-04-04";
const JSON_ONLY = "Answer with one JSON object and nothing else.";

export function writeMessageRequest(
  chat: ChatRequest,
  target: Target,
): Carried<JsonPayload> & { readonly headers?: Record<string, string> } {
  const dropped: string[] = [];
  const maxTokens = target.outputCap?.tokens ?? target.maxOutput ?? ASSUMED_MAX_TOKENS;
  const { format, mcpServers, webSearch } = chat;
  if (chat.choices > 1) throw unsupported("n");
  if (chat.modalities.length > 0) throw unsupported("modalities");
  if (chat.tier !== undefined && target.fees.has("tier")) throw unsupported("service_tier");
  dropped.push(...lostMembers(chat, ["detail"]));
  if (webSearch?.contextSize !== undefined) dropped.push("search_context_size");
  const thinking = thinkingOf(chat, target.model, maxTokens, dropped);
  const tools = [
    ...allowedTools(chat).map((tool) => toolOf(tool, dropped)),
    ...(webSearch === undefined ? [] : [searchTool(webSearch)]),
  ];
  const system = [
    ...chat.system,
    ...(format !== undefined && format.schema === undefined ? [{ kind: "text", text: JSON_ONLY } as const] : []),
  ];
  const config = {
    ...thinking.config,
    ...(format?.schema === undefined ? {} : { format: { type: "json_schema", schema: format.schema } }),
  };
  if (chat.verbosity !== undefined) dropped.push("verbosity");
  const value = only({
    max_tokens: maxTokens,
    system: system.length === 0 ? undefined : system.flatMap(contentOf),
    messages: messagesOf(asPicturesOfUser(chat).turns, thinking),
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: choiceOf(chat, tools.length > 0),
    thinking: thinking.thinking,
    output_config: Object.keys(config).length === 0 ? undefined : config,
    mcp_servers: mcpServers.length === 0 ? undefined : mcpServers.map(serverOf),
    ...samplingOf(chat.sampling, thinking, dropped),
  });
  const headers = mcpServers.length === 0 ? {} : { headers: { "anthropic-beta": MCP_BETA } };
  return { value: jsonPayload(value), dropped, ...headers };
}

function samplingOf(sampling: Sampling, { isOn }: Thinking, dropped: string[]): JsonObject {
  const { temperature, topP, topK, stop = [], ...rest } = sampling;
  for (const [name, value] of Object.entries({
    seed: rest.seed,
    presence_penalty: rest.presencePenalty,
    frequency_penalty: rest.frequencyPenalty,
    // A model that thinks takes none of these.
    ...(isOn ? { temperature, top_p: topP, top_k: topK } : {}),
  })) {
    if (value !== undefined) dropped.push(name);
  }
  const stops = stop.filter((text) => text.trim() !== "");
  if (stops.length < stop.length) dropped.push("stop");
  if (!isOn && temperature !== undefined && topP !== undefined) dropped.push("top_p");
  if (!isOn && temperature !== undefined && temperature > 1) dropped.push("temperature.above_1");
  return {
    ...(isOn ? {} : { temperature: temperature === undefined ? undefined : Math.min(1, temperature), top_k: topK }),
    // The API takes one of the two.
    ...(isOn || temperature !== undefined ? {} : { top_p: topP }),
    stop_sequences: stops.length === 0 ? undefined : stops,
  };
}

/** Turns of one role in a row become one message. Results of tools come first in it. */
function messagesOf(turns: readonly Turn[], thinking: Thinking): JsonObject[] {
  const messages: { role: "user" | "assistant"; content: JsonObject[] }[] = [];
  for (const { role: spoken, parts } of turns) {
    const role = spoken === "assistant" ? "assistant" : "user";
    const content = role === "assistant" ? assistantBlocks(parts, thinking) : userBlocks(parts);
    const last = messages.at(-1);
    if (last?.role !== role) messages.push({ role, content });
    else if (role === "assistant") last.content.push(...content);
    else {
      const all = [...last.content, ...content];
      last.content = [...all.filter(isResult), ...all.filter((block) => !isResult(block))];
    }
  }
  const spoken = messages.filter(({ content }) => content.length > 0);
  const last = spoken.at(-1);
  // The API refuses a beginning of the answer that ends with a blank.
  const end = last?.role === "assistant" ? last.content.at(-1) : undefined;
  if (typeof end?.["text"] === "string") end["text"] = end["text"].trimEnd();
  return spoken;
}

function isResult({ type }: JsonObject): boolean {
  return type === "tool_result";
}

function userBlocks(parts: readonly Part[]): JsonObject[] {
  const results = parts.flatMap((part) => {
    if (part.kind !== "tool-result") return [];
    const { id, content, isError, cache } = part;
    return [
      {
        type: "tool_result",
        tool_use_id: id,
        content: content.flatMap(contentOf),
        ...(isError === true ? { is_error: true } : {}),
        ...markOf(cache),
      },
    ];
  });
  return [...results, ...parts.flatMap((part) => (isContent(part) ? contentOf(part) : []))];
}

function assistantBlocks(parts: readonly Part[], { isOn }: Thinking): JsonObject[] {
  return parts.flatMap((part): JsonObject[] => {
    switch (part.kind) {
      case "reasoning": {
        const { proof, text } = part;
        // Other vendors' thoughts have no signature that counts here.
        if (proof?.vendor !== "anthropic" || !isOn) return [];
        if (proof.kind === "hidden") return [{ type: "redacted_thinking", data: proof.value }];
        return [{ type: "thinking", thinking: text, signature: proof.value }];
      }
      case "tool-call":
        return [
          { type: "tool_use", id: part.id, name: part.name, input: inputOf(part.input, part.takesText === true) },
        ];
      case "refusal":
        return part.text === "" ? [] : [{ type: "text", text: part.text }];
      case "tool-result":
        return [];
      case "text":
      case "image":
      case "audio":
      case "file":
      case "video":
        return contentOf(part);
    }
  });
}

/** The arguments must be an object. What is none is passed on inside one, so that nothing is lost. */
function inputOf(input: string, takesText: boolean): JsonObject {
  if (takesText) return { input };
  const value = input.trim() === "" ? {} : parseForeign(input);
  return isObject(value) ? value : { _raw: input };
}

/** The API refuses empty texts. */
function contentOf(part: TextPart | MediaPart): JsonObject[] {
  if (part.kind === "text") return part.text === "" ? [] : [{ type: "text", text: part.text, ...markOf(part.cache) }];
  const { kind, source, name, cache } = part;
  if (kind === "audio" || kind === "video") throw unsupported(kind === "audio" ? "input_audio" : "video_url");
  if (source.kind === "id") throw unsupported("file_id");
  const title = kind === "file" ? only({ title: name }) : {};
  return [{ type: kind === "file" ? "document" : "image", source: sourceOf(source), ...title, ...markOf(cache) }];
}

function sourceOf(source: Exclude<MediaPart["source"], { kind: "id" }>): JsonObject {
  switch (source.kind) {
    case "url":
      if (!/^https:/i.test(source.url)) throw unsupported("url", "only https addresses are taken", "仅支持 https 地址");
      return { type: "url", url: source.url };
    case "text":
      return { type: "text", media_type: "text/plain", data: source.text };
    case "data":
      if (source.type.startsWith("text/")) {
        return { type: "text", media_type: "text/plain", data: decodeText(source.data) };
      }
      return { type: "base64", media_type: source.type, data: source.data };
  }
}

/** @throws Fault `unsupported_feature` for what is no base64 */
function decodeText(data: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
  } catch {
    throw unsupported("file_data", "is no base64", "不是有效的 base64");
  }
}

/** A tool that takes text becomes one with a single argument. */
function toolOf({ name, description, schema, grammar, strict, cache }: Tool, dropped: string[]): JsonObject {
  if (grammar !== undefined) dropped.push(`tools.${name}.format`);
  return {
    name,
    ...only({ description, strict }),
    input_schema: schema === undefined ? TEXT_INPUT : { type: "object", ...schema },
    ...markOf(cache),
  };
}

/** The API knows no list of allowed tools: the others are not shown. */
function allowedTools({ tools, toolChoice }: ChatRequest): readonly Tool[] {
  const { mode, allowed } = toolChoice ?? {};
  if (allowed === undefined || (mode === "required" && allowed.length === 1)) return tools;
  return tools.filter(({ name }) => allowed.includes(name));
}

function choiceOf({ toolChoice, parallelTools }: ChatRequest, hasTools: boolean): JsonObject | undefined {
  if (!hasTools) return undefined;
  const one = parallelTools === false ? { disable_parallel_tool_use: true } : {};
  const choice = modeOf(toolChoice);
  if (choice === undefined) return parallelTools === false ? { type: "auto", ...one } : undefined;
  return choice["type"] === "none" ? choice : { ...choice, ...one };
}

function modeOf(choice: ToolChoice | undefined): JsonObject | undefined {
  if (choice === undefined) return undefined;
  const { mode, allowed } = choice;
  if (mode !== "required") return { type: mode };
  return allowed?.length === 1 ? { type: "tool", name: allowed[0] } : { type: "any" };
}

function searchTool({ location, allowedDomains, blockedDomains, maxUses }: WebSearch): JsonObject {
  return {
    type: "web_search_20250305",
    name: "web_search",
    ...only({ max_uses: maxUses, allowed_domains: allowedDomains, blocked_domains: blockedDomains }),
    ...(location === undefined ? {} : { user_location: { ...location, type: "approximate" } }),
  };
}

function serverOf({ name, url, token, headers, allowedTools, asksFirst }: McpServer): JsonObject {
  if (headers !== undefined) throw unsupported("headers");
  if (asksFirst === true) throw unsupported("require_approval");
  return {
    type: "url",
    name,
    url,
    ...only({ authorization_token: token }),
    ...(allowedTools === undefined ? {} : { tool_configuration: { enabled: true, allowed_tools: allowedTools } }),
  };
}
