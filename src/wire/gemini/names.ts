/** Google's JSON is in camel case, and its servers take snake case as well. */
import { isObject, type JsonObject } from "../../core/json.ts";

/** The member of this name, in either spelling. @param name in camel case */
export function member(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined;
  return object[name] ?? object[snake(name)];
}

/** The member as an object, which is empty when it is none. */
export function inner(object: unknown, name: string): JsonObject {
  const value = member(object, name);
  return isObject(value) ? value : {};
}

export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
