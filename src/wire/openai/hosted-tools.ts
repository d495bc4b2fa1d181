/** The tools that OpenAI runs, in the form that chat and Responses share. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { McpServer, WebSearch } from "../../operation/chat/conversation.ts";
import { only, textIn, textsIn } from "../values.ts";

export function readMcpServer(tool: JsonObject): McpServer {
  const { allowed_tools: allowed, headers, require_approval: approval = "always" } = tool;
  return {
    name: textIn(tool["server_label"]) ?? "mcp",
    url: textIn(tool["server_url"]) ?? "",
    ...only({
      token: textIn(tool["authorization"]),
      headers: isObject(headers) ? headers : undefined,
      asksFirst: approval === "never" ? undefined : true,
      allowedTools: allowed === undefined ? undefined : textsIn(isObject(allowed) ? allowed["tool_names"] : allowed),
    }),
  };
}

/** A tool of Responses, or the options of chat, which keep the place one level deeper. */
export function readWebSearch({ search_context_size: size, user_location: location, filters }: JsonObject): WebSearch {
  const place = isObject(location) && isObject(location["approximate"]) ? location["approximate"] : location;
  const allowed = isObject(filters) ? filters["allowed_domains"] : undefined;
  return only({
    contextSize: textIn(size),
    location: isObject(place) ? place : undefined,
    allowedDomains: Array.isArray(allowed) ? textsIn(allowed) : undefined,
  });
}
