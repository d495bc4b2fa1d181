/** Google's JSON is in camel case, and its servers take snake case as well. */
import { isObject, type JsonObject } from "../../core/json.ts";
import { invalid } from "../invalid.ts";

/** The other spelling of each name that this code asks for. */
const known = new Map<string, string>();

/** The member of this name, in either spelling. @param name in camel case; never a client's */
export function member(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined;
  const value = object[name];
  if (value !== undefined && value !== null) return value;
  let other = known.get(name);
  if (other === undefined) known.set(name, (other = snake(name)));
  return object[other];
}

/** The member as an object, which is empty when it is none. */
export function inner(object: unknown, name: string): JsonObject {
  const value = member(object, name);
  return isObject(value) ? value : {};
}

export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** One spelling would be read here, and the other there. @throws Fault `invalid_parameter` */
export function refuseTwice(param: string, object: JsonObject): void {
  for (const name of Object.keys(object)) {
    if (snake(name) === name || !Object.hasOwn(object, snake(name))) continue;
    const place = param === "" ? name : `${param}.${name}`;
    throw invalid(place, `stands there as '${snake(name)}' too`, `与 '${snake(name)}' 重复`);
  }
}
