import { Fault } from "./fault.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  endOfString,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  unquoted,
} from "./json-text.ts";

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
 * Parses a request body as a JSON object. Deep nesting is refused before it is parsed, because parsing it takes memory.
 * @throws Fault `bad_json` when it is not JSON, not an object, nested deeper than {@link MAX_JSON_DEPTH}, or names a
 *   member twice: two parsers may read different requests from such a body
 */
export function parseObject(text: string): JsonObject {
  let value: unknown;
  let repeated: string | undefined;
  try {
    const found = inspect(text);
    if (found.isTooDeep) throw tooDeep();
    ({ repeated } = found);
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof Fault) throw error;
    if (text.trim() === "")
      throw badJson("The request body is empty; send a JSON object.", "请求体为空,请发送 JSON 对象。");
    throw new Fault("bad_json", { cause: error });
  }
  if (!isObject(value)) throw badJson("The request body must be a JSON object.", "请求体必须是 JSON 对象。");
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
    return text.length > 2 * MAX_JSON_DEPTH && inspect(text).isTooDeep ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function tooDeep(): Fault {
  return badJson(
    `The request body is nested deeper than ${MAX_JSON_DEPTH} levels.`,
    `请求体嵌套超过 ${MAX_JSON_DEPTH} 层。`,
  );
}

function badJson(en: string, zh: string): Fault {
  return new Fault("bad_json", { detail: { en, zh } });
}

/**
 * The names of an object are kept in a list up to this length, in a set beyond it: short lists are faster to search.
 */
const SHORT_LIST = 16;

/**
 * Finds, in one pass over a text, what `JSON.parse` does not report. Of a text that `JSON.parse` refuses, the result is no
 * more than a reason to refuse it. The top level is depth 1. `repeated` is the first name that occurs twice in one
 * object, without escapes.
 * @throws SyntaxError for a name that is no JSON
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
