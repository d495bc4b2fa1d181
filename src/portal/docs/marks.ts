/** The marks of a text: `code`, **strong**, [text](/path). Pure. */
import type { Language } from "../../core/language.ts";
import type { Words } from "./types.ts";

export interface Marked {
  readonly kind: "plain" | "code" | "strong" | "link";
  readonly text: string;
  /** Of a link. */
  readonly path?: string;
}

const MARK = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

export function wordsIn(words: Words, language: Language): string {
  return typeof words === "string" ? words : words[language];
}

export function readMarks(text: string): readonly Marked[] {
  const found: Marked[] = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    const [whole, code, strong, link, path] = match;
    if (match.index > end) found.push({ kind: "plain", text: text.slice(end, match.index) });
    if (code !== undefined) found.push({ kind: "code", text: code });
    else if (strong !== undefined) found.push({ kind: "strong", text: strong });
    else found.push({ kind: "link", text: link ?? "", path: path ?? "" });
    end = match.index + whole.length;
  }
  if (end < text.length) found.push({ kind: "plain", text: text.slice(end) });
  return found;
}

export function withoutMarks(text: string): string {
  return readMarks(text)
    .map((part) => part.text)
    .join("");
}
