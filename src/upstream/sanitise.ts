/** Removes from an upstream's message what clients must not see. */
import type { Secret } from "./types.ts";

/** Addresses, keys and account names that may occur in any message. */
const GIVEAWAYS: readonly [RegExp, string][] = [
  [/\bhttps?:\/\/[^\s"'<>)]+/gi, "[url]"],
  [/\b(sk|pk|key|org|proj|acct|ak|AIza|user|req)[-_][\w*.…-]{4,}/gi, "[id]"],
  [/\bAIza[\w-]{20,}/g, "[id]"],
  // Begun nowhere but at the beginning of a word: else a long word takes the square of its length.
  [/(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+/g, "[email]"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "[host]"],
  [/(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}\b/gi, "[host]"],
  [/\b[\w-]{32,}\b/g, "[id]"],
];

/** Words with dots between them, and a port. */
const DOTTED = /\b[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{2,5})?\b/gi;
/** Endings of hosts, apart from those of countries. Names of members of requests are not among them. */
const ENDINGS = new Set(
  (
    "com net org info biz cloud app xyz tech site online top vip pro run live link club shop store fun space network host " +
    "page zone dev internal local lan corp svc test example arpa"
  ).split(" "),
);

/** Hosts become `[host]`; numbers, names of models and paths in a request, such as `messages.0.content`, stay. */
function withoutHosts(text: string): string {
  return text.replaceAll(DOTTED, (word) => (isHost(word.toLowerCase()) ? "[host]" : word));
}

function isHost(word: string): boolean {
  const [name = "", port] = word.split(":");
  const labels = name.split(".");
  const ending = labels.at(-1) ?? "";
  if (port !== undefined) return labels.length > 1 ? /[a-z]/.test(name) : name === "localhost";
  if (labels.length < 2 || !/^[a-z]{2,}$/.test(ending)) return false;
  if (ENDINGS.has(ending)) return true;
  // Two letters are a country, but `message.id` is a member.
  if (ending.length === 2) return ending !== "id" || labels.length > 2;
  // A name with a hyphen, or with letters and digits, is a machine's, whatever its ending.
  return labels.some((label) => /[a-z]/.test(label) && /[\d-]/.test(label));
}

const MOST_CHARACTERS = 1000;

/** The message without secrets and what looks like one, cut to so many characters. */
export function sanitise(message: string, secrets: readonly Secret[], most: number = MOST_CHARACTERS): string {
  let text = withoutSecrets(message.slice(0, 2 * most), secrets);
  for (const [pattern, replacement] of GIVEAWAYS) text = text.replaceAll(pattern, replacement);
  return withoutHosts(text).slice(0, most);
}

/** The text without the secrets alone. */
export function withoutSecrets(message: string, secrets: readonly Secret[]): string {
  let text = message;
  for (const { word, replacement } of secrets) if (word.length > 1) text = replaceWord(text, word, replacement);
  return text;
}

const SHORT = 4;

function replaceWord(text: string, word: string, replacement: string): string {
  const escaped = word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  // A short word, such as a model named `o1`, may be part of others: only the whole word is replaced.
  const pattern = word.length < SHORT ? `(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])` : escaped;
  return text.replaceAll(new RegExp(pattern, "gi"), () => replacement);
}
