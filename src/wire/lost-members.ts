/** Finds members of a conversation that a wire has no word for. */
import type { ChatRequest, Part, PictureWishes } from "../operation/chat/conversation.ts";

/** How warnings name them. */
const NAMES = { cache: "cache_control", detail: "image.detail", name: "filename" } as const;

export function lostMembers(chat: ChatRequest, members: readonly (keyof typeof NAMES)[]): string[] {
  const parts: readonly object[] = [...chat.system, ...chat.tools.map(({ cache }) => ({ cache })), ...partsOf(chat)];
  return members.filter((member) => parts.some((part) => isSet(part, member))).map((member) => NAMES[member]);
}

const WISHES = { size: "size", quality: "quality", background: "background", format: "output_format" } as const;

/** The names of wishes for pictures that a wire has no word for. @param kept those that it has words for */
export function pictureLosses(picture: PictureWishes = {}, kept: readonly (keyof PictureWishes)[] = []): string[] {
  return Object.entries(WISHES).flatMap(([member, name]) => {
    const isKept = (kept as readonly string[]).includes(member);
    return isKept || (picture as Record<string, unknown>)[member] === undefined ? [] : [name];
  });
}

/** The name of a call is none of a document. */
function isSet(part: object, member: keyof typeof NAMES): boolean {
  return member in part && !("input" in part) && (part as Record<string, unknown>)[member] !== undefined;
}

function partsOf({ turns }: ChatRequest): Part[] {
  return turns.flatMap(({ parts }) =>
    parts.flatMap((part): readonly Part[] => (part.kind === "tool-result" ? [part, ...part.content] : [part])),
  );
}
