/** What a chat says that a request for pictures has no words for. */
import type { ChatRequest, Part, Turn } from "../../operation/chat/conversation.ts";
import { lostMembers } from "../lost-members.ts";

/** How warnings name the members of a request. */
const NAMES = {
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  stop: "stop",
} as const;

/** @param said the turn that becomes the prompt */
export function lossesOf(chat: ChatRequest, said: Turn | undefined): string[] {
  const { tools, format, reasoning, sampling, webSearch, mcpServers, verbosity, turns } = chat;
  const parts = turns.flatMap((turn) => turn.parts);
  const lost = {
    messages: turns.some((turn) => turn !== said && turn.role !== "system" && turn.parts.some(isSaid)),
    files: parts.some(({ kind }) => kind === "audio" || kind === "file" || kind === "video"),
    tools: tools.length > 0,
    mcp_servers: mcpServers.length > 0,
    web_search: webSearch !== undefined,
    response_format: format !== undefined,
    reasoning: reasoning !== undefined,
    verbosity: verbosity !== undefined,
  };
  const names = Object.entries(lost).flatMap(([name, isLost]) => (isLost ? [name] : []));
  const settings = (Object.keys(NAMES) as (keyof typeof NAMES)[]).flatMap((member) =>
    sampling[member] === undefined ? [] : [NAMES[member]],
  );
  return [...names, ...settings, ...lostMembers(chat, ["cache", "detail"])];
}

function isSaid(part: Part): boolean {
  return (part.kind === "text" || part.kind === "refusal") && part.text !== "";
}
