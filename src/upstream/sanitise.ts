/** Makes an upstream's words fit to be shown to a client. */
import type { Secret } from "./types.ts";

/** Addresses, keys and account names, in whatever message they stand. */
const GIVEAWAYS: readonly [RegExp, string][] = [
  [/\bhttps?:\/\/[^\s"'<>)]+/gi, "[url]"],
  [/\b(sk|pk|key|org|proj|acct|ak|AIza|user|req)[-_][\w*.…-]{4,}/gi, "[id]"],
  [/\bAIza[\w-]{20,}/g, "[id]"],
  [/[\w.+-]+@[\w-]+\.[\w.]+/g, "[email]"],
  [/\b(?:[a-z0-9-]+\.)+(?:com|net|org|ai|io|cn|dev|cloud|app|co|xyz)\b/gi, "[host]"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "[host]"],
  [/\b[\w-]{32,}\b/g, "[id]"],
];

/** An upstream's message, fit to be shown. */
export function sanitise(message: string, secrets: readonly Secret[]): string {
  let text = message.slice(0, 2000);
  for (const { word, replacement } of secrets) if (word.length > 1) text = replaceWord(text, word, replacement);
  for (const [pattern, replacement] of GIVEAWAYS) text = text.replaceAll(pattern, replacement);
  return text.slice(0, 1000);
}

const SHORT = 4;

function replaceWord(text: string, word: string, replacement: string): string {
  const escaped = word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  // A short word, such as a model named `o1`, may stand in others; a long one is hidden wherever it stands.
  const pattern = word.length < SHORT ? `(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])` : escaped;
  return text.replaceAll(new RegExp(pattern, "gi"), () => replacement);
}
