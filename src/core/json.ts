import { Fault } from "./fault.ts";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The items of an array that are objects; nothing for any other value. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Deeper JSON is refused: writing it back would overflow the stack. */
export const MAX_JSON_DEPTH = 256;

/**
 * A request body's text as a JSON object.
 * @throws Fault `bad_json` when it is not JSON, no object, or nested deeper than {@link MAX_JSON_DEPTH}
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
  if (isDeeperThan(value, MAX_JSON_DEPTH)) {
    throw badJson(
      `The request body is nested deeper than ${MAX_JSON_DEPTH} levels.`,
      `请求体嵌套超过 ${MAX_JSON_DEPTH} 层。`,
    );
  }
  return value;
}

/** JSON text of an upstream, or undefined when it is not JSON or too deep to be written back. */
export function parseForeign(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeperThan(value, MAX_JSON_DEPTH) ? undefined : value;
  } catch {
    return undefined;
  }
}

function badJson(en: string, zh: string): Fault {
  return new Fault("bad_json", { detail: { en, zh } });
}

/** Level by level, so that no depth overflows the stack. The top level is 1. */
function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= limit) return true;
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      for (const child of Object.values(item)) if (typeof child === "object" && child !== null) next.push(child);
    }
    level = next;
  }
  return false;
}
