/** Writes a request of Responses from the neutral form. */
import type { JsonObject } from "../../core/json.ts";
import { jsonPayload, type JsonPayload } from "../../core/payload.ts";
import {
  type ChatRequest,
  type Effort,
  type Format,
  type McpServer,
  type MediaPart,
  type Part,
  type Reasoning,
  type TextPart,
  type Tool,
  type ToolChoice,
  type Turn,
  isContent,
} from "../../operation/chat/conversation.ts";
import type { Carried } from "../codec.ts";
import { lostMembers } from "../lost-members.ts";
import { dataUrl } from "../media.ts";
import { asPicturesOfUser } from "../own-pictures.ts";
import type { Target } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { only } from "../values.ts";
import { tierOf } from "./tiers.ts";

export function writeResponseRequest(chat: ChatRequest, target: Target): Carried<JsonPayload> {
  if (chat.choices > 1) throw unsupported("n");
  if (chat.modalities.length > 0) throw unsupported("modalities");
  const { system, sampling, format, verbosity, reasoning, tools, webSearch, mcpServers } = chat;
  const { temperature, topP, ...rest } = sampling;
  const dropped = Object.entries({
    stop: rest.stop,
    seed: rest.seed,
    top_k: rest.topK,
    presence_penalty: rest.presencePenalty,
    frequency_penalty: rest.frequencyPenalty,
    max_uses: webSearch?.maxUses,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (webSearch?.blockedDomains !== undefined) throw unsupported("blocked_domains");
  dropped.push(...lostMembers(chat, ["cache"]));
  const hosted = [
    ...tools.map(toolOf),
    ...(webSearch === undefined ? [] : [searchTool(webSearch)]),
    ...mcpServers.map(serverOf),
  ];
  const text = { ...(format === undefined ? {} : { format: formatOf(format) }), ...only({ verbosity }) };
  const value = only({
    instructions: system.length === 0 ? undefined : system.map((part) => part.text).join("\n\n"),
    input: asPicturesOfUser(chat).turns.flatMap(itemsOf),
    tools: hosted.length === 0 ? undefined : hosted,
    tool_choice: tools.length === 0 ? undefined : choiceOf(chat.toolChoice, tools),
    parallel_tool_calls: tools.length === 0 ? undefined : chat.parallelTools,
    text: Object.keys(text).length === 0 ? undefined : text,
    reasoning: reasoningOf(reasoning),
    // The next turn needs what the model thought, and nobody else keeps it.
    include: ["reasoning.encrypted_content"],
    temperature,
    top_p: topP,
    service_tier: tierOf(chat, target),
  });
  return { value: jsonPayload(value), dropped };
}

function itemsOf({ role, parts }: Turn): JsonObject[] {
  if (role !== "assistant") {
    const results = parts.flatMap((part) => (part.kind === "tool-result" ? [resultOf(part)] : []));
    const content = parts.flatMap((part) => (isContent(part) ? contentOf(part) : []));
    const message = { type: "message", role: role === "system" ? "developer" : "user", content };
    return [...results, ...(content.length === 0 ? [] : [message])];
  }
  return parts.flatMap((part): JsonObject[] => {
    switch (part.kind) {
      case "text":
        return part.text === "" ? [] : [said({ type: "output_text", text: part.text, annotations: [] })];
      case "refusal":
        return [said({ type: "refusal", refusal: part.text })];
      case "tool-call": {
        const { id, name, input, takesText } = part;
        if (takesText === true) return [{ type: "custom_tool_call", call_id: id, name, input }];
        return [{ type: "function_call", call_id: id, name, arguments: input === "" ? "{}" : input }];
      }
      case "reasoning": {
        const { proof, text } = part;
        // Other vendors' thoughts mean nothing here.
        if (proof?.vendor !== "openai") return [];
        const summary = text === "" ? [] : [{ type: "summary_text", text }];
        return [{ type: "reasoning", ...only({ id: proof.id }), summary, encrypted_content: proof.value }];
      }
      case "tool-result":
      case "image":
      case "audio":
      case "file":
      case "video":
        return [];
    }
  });
}

function said(part: JsonObject): JsonObject {
  return { type: "message", role: "assistant", content: [part] };
}

function resultOf({ id, content, isError, takesText }: Extract<Part, { kind: "tool-result" }>): JsonObject {
  const isText = content.every((part) => part.kind === "text");
  const text = content.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
  const output = isText ? (isError === true ? `Error: ${text}` : text) : content.flatMap(contentOf);
  return { type: takesText === true ? "custom_tool_call_output" : "function_call_output", call_id: id, output };
}

function contentOf(part: TextPart | MediaPart): JsonObject[] {
  if (part.kind === "text") return part.text === "" ? [] : [{ type: "input_text", text: part.text }];
  const { kind, source, detail, name } = part;
  if (kind === "video") throw unsupported("video_url");
  if (source.kind === "text") return [{ type: "input_text", text: source.text }];
  if (kind === "audio") {
    if (source.kind !== "data") throw unsupported("audio");
    const format = source.type.replace(/^audio\/(x-)?/, "");
    return [{ type: "input_audio", input_audio: { data: source.data, format: format === "mpeg" ? "mp3" : format } }];
  }
  if (kind === "image") {
    if (source.kind === "id") return [{ type: "input_image", file_id: source.id, detail: detail ?? "auto" }];
    return [
      {
        type: "input_image",
        image_url: source.kind === "url" ? source.url : dataUrl(source),
        detail: detail ?? "auto",
      },
    ];
  }
  switch (source.kind) {
    case "id":
      return [{ type: "input_file", file_id: source.id }];
    case "url":
      return [{ type: "input_file", file_url: source.url }];
    case "data":
      return [{ type: "input_file", filename: name ?? "document", file_data: dataUrl(source) }];
  }
}

/** Responses are strict about arguments unless they are told not to be; other formats are not. */
function toolOf({ name, description, schema, grammar, strict }: Tool): JsonObject {
  if (schema === undefined) return { type: "custom", name, ...only({ description, format: grammar }) };
  return { type: "function", name, ...only({ description }), parameters: schema, strict: strict ?? false };
}

function choiceOf(choice: ToolChoice | undefined, tools: readonly Tool[]): unknown {
  if (choice === undefined) return undefined;
  const { mode, allowed } = choice;
  if (allowed === undefined || mode === "none") return mode;
  const typed = (name: string) => ({
    type: tools.some((tool) => tool.name === name && tool.schema === undefined) ? "custom" : "function",
    name,
  });
  const [one] = allowed;
  if (allowed.length === 1 && one !== undefined && mode === "required") return typed(one);
  return { type: "allowed_tools", mode, tools: allowed.map(typed) };
}

function formatOf({ name, description, schema, strict }: Format): JsonObject {
  if (schema === undefined) return { type: "json_object" };
  return { type: "json_schema", name: name ?? "answer", schema, ...only({ description, strict }) };
}

/** Models are told an effort, not a number of tokens. */
const EFFORT_BUDGETS: readonly (readonly [Effort, number])[] = [
  ["low", 2048],
  ["medium", 8192],
];

function reasoningOf(reasoning: Reasoning | undefined): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, budget, isShown } = reasoning;
  const spoken =
    effort ?? (budget === undefined ? undefined : (EFFORT_BUDGETS.find(([, most]) => budget <= most)?.[0] ?? "high"));
  const isThinking = spoken !== "none";
  return { ...only({ effort: spoken }), ...(isThinking && isShown !== false ? { summary: "auto" } : {}) };
}

function searchTool({ contextSize, location, allowedDomains }: NonNullable<ChatRequest["webSearch"]>): JsonObject {
  return {
    type: "web_search",
    ...only({ search_context_size: contextSize }),
    ...(location === undefined ? {} : { user_location: { ...location, type: "approximate" } }),
    ...(allowedDomains === undefined ? {} : { filters: { allowed_domains: allowedDomains } }),
  };
}

function serverOf({ name, url, token, headers, allowedTools, asksFirst }: McpServer): JsonObject {
  return {
    type: "mcp",
    server_label: name,
    server_url: url,
    require_approval: asksFirst === true ? "always" : "never",
    ...only({ authorization: token, headers, allowed_tools: allowedTools }),
  };
}
