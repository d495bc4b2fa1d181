import { objectsOf } from "../core/json.ts";

/** Longer texts are told apart well enough by their start. */
const MAX_LENGTH = 2000;

/** Names how a conversation began. @param contents the texts or lists of parts up to the user's first turn */
export function beginningOf(contents: readonly unknown[]): string {
  return contents.map((content) => textsOf(content).join("\n").slice(0, MAX_LENGTH)).join("\n");
}

/** A text, or the texts of parts. */
export function textsOf(content: unknown): string[] {
  if (typeof content === "string") return [content];
  return objectsOf(content).flatMap(({ text }) => (typeof text === "string" ? [text] : []));
}
