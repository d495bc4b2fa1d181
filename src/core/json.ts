import { Fault } from "./fault.ts";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The items of an array that are objects; empty for any other value. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** JSON nested deeper is refused: a recursive walk over it would overflow the stack. */
export const MAX_JSON_DEPTH = 256;

/**
 * Parses a request body as a JSON object.
 * @throws Fault `bad_json` when it is not JSON, not an object, nested deeper than {@link MAX_JSON_DEPTH}, or names a
 *   member twice: two parsers may read different requests from such a body
 */
export function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (text.trim() === "")
      throw badJson("The request body is empty; send a JSON object.", "请求体为空,请发送 JSON 对象。");
    throw new Fault("bad_json", { cause: error });
  }
  if (!isObject(value)) throw badJson("The request body must be a JSON object.", "请求体必须是 JSON 对象。");
  const { isTooDeep, repeated } = inspect(text);
  if (isTooDeep) {
    throw badJson(
      `The request body is nested deeper than ${MAX_JSON_DEPTH} levels.`,
      `请求体嵌套超过 ${MAX_JSON_DEPTH} 层。`,
    );
  }
  if (repeated !== undefined) {
    throw new Fault("bad_json", {
      values: { name: repeated.slice(0, 60) },
      detail: {
        en: "The request body names '{name}' twice in one object.",
        zh: "请求体的同一对象中重复出现 '{name}'。",
      },
    });
  }
  return value;
}

/** Parses an upstream's JSON. Undefined when it is not JSON or nested deeper than {@link MAX_JSON_DEPTH}. */
export function parseForeign(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return text.length > 2 * MAX_JSON_DEPTH && inspect(text).isTooDeep ? undefined : value;
  } catch {
    return undefined;
  }
}

function badJson(en: string, zh: string): Fault {
  return new Fault("bad_json", { detail: { en, zh } });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * The names of an object are kept in a list up to this length, in a set beyond it: short lists are faster to search.
 */
const SHORT_LIST = 16;

/**
 * Finds, in one pass over a text that `JSON.parse` accepts, what `JSON.parse` does not report. The top level is depth 1.
 * `repeated` is the first name that occurs twice in one object, without escapes.
 */
function inspect(text: string): { isTooDeep: boolean; repeated: string | undefined } {
  /** One entry per level: the names seen in an object, null for an array. */
  const levels: (string[] | Set<string> | null)[] = [];
  let names: string[] | Set<string> | null = null;
  let isNameNext = false;
  let repeated: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (isNameNext && names !== null) {
        const name = unquoted(text.slice(at, end));
        if (Array.isArray(names) ? names.includes(name) : names.has(name)) repeated ??= name;
        if (!Array.isArray(names)) names.add(name);
        else if (names.push(name) > SHORT_LIST) levels[levels.length - 1] = names = new Set(names);
        isNameNext = false;
      }
      at = end - 1;
    } else if (code === COMMA) isNameNext = names !== null;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      names = code === OPEN_OBJECT ? [] : null;
      isNameNext = names !== null;
      if (levels.push(names) > MAX_JSON_DEPTH) return { isTooDeep: true, repeated };
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      levels.pop();
      names = levels.at(-1) ?? null;
      isNameNext = false;
    }
  }
  return { isTooDeep: false, repeated };
}

/** The position after a string of valid JSON. @param at the position of its opening quote */
export function endOfString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** The position after a value of valid JSON. @param at the position of its first character */
export function endOfValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return endOfString(text, at);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    let end = at;
    while (end < text.length && !" \t\n\r,]}".includes(text.charAt(end))) end++;
    return end;
  }
  let depth = 0;
  for (let place = at; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) place = endOfString(text, place) - 1;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++;
    else if ((code === CLOSE_OBJECT || code === CLOSE_ARRAY) && --depth === 0) return place + 1;
  }
  return text.length;
}

/** The position of the first character from `at` on that is not whitespace. */
export function skipSpace(text: string, at: number): number {
  let place = at;
  while (" \t\n\r".includes(text.charAt(place)) && place < text.length) place++;
  return place;
}

/** The text of a JSON string. @param quoted valid JSON, with its quotes */
export function unquoted(quoted: string): string {
  return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}
