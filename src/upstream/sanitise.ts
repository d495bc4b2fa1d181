/** Removes from an upstream's message what clients must not see. */
import type { Secret } from "./types.ts";

/** Addresses, keys and account names that may occur in any message. */
const GIVEAWAYS: readonly [RegExp, string][] = [
  [/\bhttps?:\/\/[^\s"'<>)]+/gi, "[url]"],
  [/\b(sk|pk|key|org|proj|acct|ak|AIza|user|req)[-_][\w*.…-]{4,}/gi, "[id]"],
  [/\bAIza[\w-]{20,}/g, "[id]"],
  [/[\w.+-]+@[\w-]+\.[\w.]+/g, "[email]"],
  [/\b(?:[a-z0-9-]+\.)+(?:com|net|org|ai|io|cn|dev|cloud|app|co|xyz)\b/gi, "[host]"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "[host]"],
  [/\b[\w-]{32,}\b/g, "[id]"],
];

/** The message without secrets, cut to 1000 characters. */
export function sanitise(message: string, secrets: readonly Secret[]): string {
  let text = message.slice(0, 2000);
  for (const { word, replacement } of secrets) if (word.length > 1) text = replaceWord(text, word, replacement);
  for (const [pattern, replacement] of GIVEAWAYS) text = text.replaceAll(pattern, replacement);
  return text.slice(0, 1000);
}

const SHORT = 4;

function replaceWord(text: string, word: string, replacement: string): string {
  const escaped = word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  // A short word, such as a model named `o1`, may be part of others: only the whole word is replaced.
  const pattern = word.length < SHORT ? `(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])` : escaped;
  return text.replaceAll(new RegExp(pattern, "gi"), () => replacement);
}
