/** Reads a request of Messages into the neutral form. */
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
  type Source,
  type TextPart,
  type Tool,
  type ToolChoice,
  type Turn,
  type WebSearch,
} from "../../operation/chat/conversation.ts";
import { markIn } from "../cache-marks.ts";
import type { Carried } from "../codec.ts";
import { words } from "../fields/field-table.ts";
import { readProof } from "../proof-text.ts";
import { jsonOf } from "../request-members.ts";
import type { ClientRequest } from "../types.ts";
import { booleanIn, numberIn, only, textIn, textsIn } from "../values.ts";

/** What the neutral form holds, and what the gateway acts on itself. The client is told of every other field. */
const CARRIED: ReadonlySet<string> = new Set(
  words(`model models provider messages system stream max_tokens metadata temperature top_p top_k stop_sequences
    thinking output_config output_format tools tool_choice mcp_servers service_tier speed`),
);

export function readMessageRequest({ payload }: ClientRequest): Carried<ChatRequest> {
  const { value: body } = jsonOf(payload);
  const dropped = Object.keys(body).filter((name) => !CARRIED.has(name) && body[name] !== null);
  const { tools, webSearch } = readTools(body["tools"], dropped);
  const { tool_choice: choice, output_config: config } = body;
  return {
    dropped,
    value: {
      system: textParts(body["system"]),
      turns: objectsOf(body["messages"]).map((message) => readTurn(message, dropped)),
      tools,
      mcpServers: objectsOf(body["mcp_servers"]).map(readServer),
      choices: 1,
      modalities: [],
      sampling: only({
        temperature: numberIn(body["temperature"]),
        topP: numberIn(body["top_p"]),
        topK: numberIn(body["top_k"]),
        stop: Array.isArray(body["stop_sequences"]) ? textsIn(body["stop_sequences"]) : undefined,
      }),
      ...only({
        toolChoice: readToolChoice(choice),
        parallelTools: isObject(choice) && choice["disable_parallel_tool_use"] === true ? false : undefined,
        format: readFormat(isObject(config) && isObject(config["format"]) ? config["format"] : body["output_format"]),
        reasoning: readReasoning(body),
        webSearch,
      }),
    },
  };
}

function readTurn({ role, content }: JsonObject, dropped: string[]): Turn {
  const parts: Part[] =
    typeof content === "string"
      ? [{ kind: "text", text: content }]
      : objectsOf(content).flatMap((block) => readBlock(block, dropped));
  if (role === "assistant") return { role, parts };
  return { role: role === "system" ? "system" : "user", parts };
}

function readBlock(block: JsonObject, dropped: string[]): Part[] {
  switch (block["type"]) {
    case "thinking": {
      const signature = textIn(block["signature"]);
      const proof =
        signature === undefined || signature === ""
          ? {}
          : { proof: readProof(signature, { vendor: "anthropic", kind: "signature" }) };
      return [{ kind: "reasoning", text: textIn(block["thinking"]) ?? "", ...proof }];
    }
    case "redacted_thinking":
      return [
        {
          kind: "reasoning",
          text: "",
          proof: readProof(textIn(block["data"]) ?? "", { vendor: "anthropic", kind: "hidden" }),
        },
      ];
    case "tool_use":
      return [
        {
          kind: "tool-call",
          id: textIn(block["id"]) ?? "",
          name: textIn(block["name"]) ?? "",
          input: JSON.stringify(block["input"] ?? {}),
        },
      ];
    case "tool_result":
      return [readResult(block, dropped)];
    default:
      return readContent(block, dropped);
  }
}

function readResult(block: JsonObject, dropped: string[]): Part {
  const { content, tool_use_id: id, is_error: isError } = block;
  const parts: (TextPart | MediaPart)[] =
    typeof content === "string"
      ? [{ kind: "text", text: content }]
      : objectsOf(content).flatMap((inner) => readContent(inner, dropped));
  return {
    kind: "tool-result",
    id: textIn(id) ?? "",
    content: parts,
    ...only({ isError: booleanIn(isError), cache: markIn(block["cache_control"]) }),
  };
}

function readContent(block: JsonObject, dropped: string[]): (TextPart | MediaPart)[] {
  const cache = only({ cache: markIn(block["cache_control"]) });
  switch (block["type"]) {
    case "text":
      return [{ kind: "text", text: textIn(block["text"]) ?? "", ...cache }];
    case "image":
      return [{ kind: "image", source: readSource(block["source"]), ...cache }];
    case "document": {
      const title = only({ name: textIn(block["title"]) });
      const { citations } = block;
      if (isObject(citations) && citations["enabled"] === true) dropped.push("document.citations");
      const inner = isObject(block["source"]) ? block["source"]["content"] : undefined;
      if (Array.isArray(inner)) return objectsOf(inner).flatMap((part) => readContent(part, dropped));
      return [{ kind: "file", source: readSource(block["source"]), ...title, ...cache }];
    }
    case "search_result": {
      const text = objectsOf(block["content"]).map((part) => textIn(part["text"]) ?? "");
      const head = [block["title"], block["source"]].filter((line) => typeof line === "string");
      return [{ kind: "text", text: [...head, ...text].join("\n"), ...cache }];
    }
    default:
      // What a tool of the upstream did is of no use to another vendor's model: its words are in the text.
      dropped.push(`content.${textIn(block["type"]) ?? "untyped"}`);
      return [];
  }
}

function readSource(source: unknown): Source {
  const { type, media_type: media, data, url, file_id: id, content } = isObject(source) ? source : {};
  switch (type) {
    case "base64":
      return { kind: "data", type: textIn(media) ?? "application/octet-stream", data: textIn(data) ?? "" };
    case "text":
      return { kind: "text", text: textIn(data) ?? "" };
    case "content":
      return { kind: "text", text: textIn(content) ?? "" };
    case "file":
      return { kind: "id", id: textIn(id) ?? "" };
    default:
      return { kind: "url", url: textIn(url) ?? "" };
  }
}

function textParts(system: unknown): TextPart[] {
  if (typeof system === "string") return system === "" ? [] : [{ kind: "text", text: system }];
  return objectsOf(system).map((block) => ({
    kind: "text",
    text: textIn(block["text"]) ?? "",
    ...only({ cache: markIn(block["cache_control"]) }),
  }));
}

function readTools(list: unknown, dropped: string[]): { tools: Tool[]; webSearch: WebSearch | undefined } {
  const tools: Tool[] = [];
  let webSearch: WebSearch | undefined;
  for (const tool of objectsOf(list)) {
    const { type, name, description, input_schema: schema, strict } = tool;
    if (isObject(schema)) {
      const said = {
        description: textIn(description),
        strict: booleanIn(strict),
        cache: markIn(tool["cache_control"]),
      };
      tools.push({ name: textIn(name) ?? "", schema, ...only(said) });
    } else if (typeof type === "string" && type.startsWith("web_search")) webSearch = readSearch(tool);
    else if (type !== "mcp_toolset") dropped.push(`tools.${textIn(type) ?? "untyped"}`);
  }
  return { tools, webSearch };
}

function readSearch({
  user_location: location,
  allowed_domains: allowed,
  blocked_domains: blocked,
  max_uses: uses,
}: JsonObject): WebSearch {
  return only({
    location: isObject(location) ? location : undefined,
    allowedDomains: Array.isArray(allowed) ? textsIn(allowed) : undefined,
    blockedDomains: Array.isArray(blocked) ? textsIn(blocked) : undefined,
    maxUses: numberIn(uses),
  });
}

function readServer(server: JsonObject): McpServer {
  const { name, url, authorization_token: token, tool_configuration: configuration } = server;
  const allowed = isObject(configuration) ? configuration["allowed_tools"] : undefined;
  return {
    name: textIn(name) ?? "",
    url: textIn(url) ?? "",
    ...only({ token: textIn(token), allowedTools: Array.isArray(allowed) ? textsIn(allowed) : undefined }),
  };
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
  const { type, name } = isObject(choice) ? choice : {};
  if (type === "auto" || type === "none") return { mode: type };
  if (type === "any") return { mode: "required" };
  return type === "tool" ? { mode: "required", allowed: [textIn(name) ?? ""] } : undefined;
}

function readFormat(format: unknown): Format | undefined {
  return isObject(format) && isObject(format["schema"]) ? { schema: format["schema"], strict: true } : undefined;
}

function readReasoning({ thinking, output_config: config }: JsonObject): Reasoning | undefined {
  const { type, budget_tokens: budget, display } = isObject(thinking) ? thinking : {};
  const effort = isObject(config) ? EFFORTS.find((one) => one === config["effort"]) : undefined;
  const wanted = only({
    effort: type === "disabled" ? ("none" satisfies Effort) : effort,
    budget: type === "enabled" ? numberIn(budget) : undefined,
    isShown: display === "omitted" ? false : type === "adaptive" ? true : undefined,
  });
  return Object.keys(wanted).length === 0 ? undefined : wanted;
}
