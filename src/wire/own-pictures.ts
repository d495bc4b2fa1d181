/** Pictures that the model made, for vendors that take pictures from the user alone. */
import type { ChatRequest, MediaPart, Part, Turn } from "../operation/chat/conversation.ts";

/** They stand before what the user says next, or in a turn of the user at the end. */
export function asPicturesOfUser(chat: ChatRequest): ChatRequest {
  if (!chat.turns.some(({ role, parts }) => role === "assistant" && parts.some(isMedia))) return chat;
  const turns: Turn[] = [];
  let waiting: MediaPart[] = [];
  for (const turn of chat.turns) {
    if (turn.role === "assistant") {
      waiting.push(...turn.parts.filter(isMedia));
      turns.push({ ...turn, parts: turn.parts.filter((part) => !isMedia(part)) });
    } else if (turn.role === "user" && waiting.length > 0) {
      turns.push({ ...turn, parts: [...waiting, ...turn.parts] });
      waiting = [];
    } else turns.push(turn);
  }
  if (waiting.length > 0) turns.push({ role: "user", parts: waiting });
  return { ...chat, turns: turns.filter(({ role, parts }) => role !== "assistant" || parts.length > 0) };
}

function isMedia(part: Part): part is MediaPart {
  return ["image", "audio", "file", "video"].includes(part.kind);
}
