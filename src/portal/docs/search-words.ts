/** Splits texts of both languages into the words that are searched for. Pure. */

const WORD = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}_.:])+/gu;
const HAN = /^\p{Script=Han}/u;

/**
 * In lower case. `chat.completions` is found by its parts, too. Chinese is found by any two characters that follow each other:
 * `Intl.Segmenter` knows no 密钥, and takes 流式 apart in one sentence and not in another.
 */
export function searchWords(text: string): string[] {
  return [...text.toLowerCase().matchAll(WORD)].flatMap(([word]) => (HAN.test(word) ? pairsOf(word) : namesIn(word)));
}

function pairsOf(run: string): readonly string[] {
  const characters = Array.from(run);
  return characters.length === 1
    ? characters
    : characters.slice(1).map((second, at) => `${characters[at] ?? ""}${second}`);
}

function namesIn(word: string): readonly string[] {
  const name = word.replaceAll(/^[._:]+|[._:]+$/g, "");
  const parts = name.split(/[._:]+/);
  return parts.length > 1 ? [name, ...parts] : parts.filter((part) => part !== "");
}
