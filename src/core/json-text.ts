/** Finds its way in a text that `JSON.parse` accepts. In any other text the positions mean nothing. */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const BACKSLASH = 0x5c;
/** The highest of the four characters that JSON allows between its values. */
const SPACE = 0x20;

/** The position after a string. @param at the position of its opening quote */
export function endOfString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** The position after a value. @param at the position of its first character */
export function endOfValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return endOfString(text, at);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return endOfWord(text, at);
  let depth = 0;
  for (let place = at; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) place = endOfString(text, place) - 1;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++;
    else if ((code === CLOSE_OBJECT || code === CLOSE_ARRAY) && --depth === 0) return place + 1;
  }
  return text.length;
}

/** The position after a number, `true`, `false` or `null`. */
function endOfWord(text: string, at: number): number {
  for (let place = at; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code <= SPACE || code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY) return place;
  }
  return text.length;
}

/** The position of the first character from `at` on that is not whitespace. */
export function skipSpace(text: string, at: number): number {
  let place = at;
  while (text.charCodeAt(place) <= SPACE) place++;
  return place;
}

/** The text of a string. @param quoted with its quotes */
export function unquoted(quoted: string): string {
  return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/** The text of a member of the object `text`; undefined if it has none of that name. */
export function memberText(text: string, name: string): string | undefined {
  let place = skipSpace(text, skipSpace(text, 0) + 1);
  while (text.charCodeAt(place) === QUOTE) {
    const nameEnd = endOfString(text, place);
    const isNamed = unquoted(text.slice(place, nameEnd)) === name;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    if (isNamed) return text.slice(start, end);
    place = skipSpace(text, skipSpace(text, end) + 1);
  }
  return undefined;
}

/** The texts of the items of the array `text`; empty for any other value. */
export function itemTexts(text: string): string[] {
  const first = skipSpace(text, 0);
  const items: string[] = [];
  if (text.charCodeAt(first) !== OPEN_ARRAY) return items;
  let place = skipSpace(text, first + 1);
  while (place < text.length && text.charCodeAt(place) !== CLOSE_ARRAY) {
    const end = endOfValue(text, place);
    items.push(text.slice(place, end));
    const comma = skipSpace(text, end);
    if (text.charCodeAt(comma) !== COMMA) break;
    place = skipSpace(text, comma + 1);
  }
  return items;
}
