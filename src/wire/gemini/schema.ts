/** Google's schemas, which are a part of OpenAPI, as JSON schemas. */
import { isObject, type JsonObject } from "../../core/json.ts";

const SCHEMA_MEMBERS = new Set(["items", "anyOf", "any_of"]);

/** Types are in capitals, and `nullable` stands for a type of its own. */
export function fromGoogleSchema(schema: JsonObject): JsonObject {
  const { type, nullable, properties, ...rest } = schema;
  const name = typeof type === "string" ? type.toLowerCase() : undefined;
  const known =
    name === undefined || name === "type_unspecified" ? {} : { type: nullable === true ? [name, "null"] : name };
  const inside = isObject(properties)
    ? { properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, converted(value)])) }
    : {};
  const others = Object.entries(rest).flatMap(([key, value]): [string, unknown][] => {
    if (key === "propertyOrdering" || key === "property_ordering") return [];
    return [[key === "any_of" ? "anyOf" : key, SCHEMA_MEMBERS.has(key) ? converted(value) : counted(key, value)]];
  });
  return { ...known, ...inside, ...Object.fromEntries(others) };
}

function converted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(converted);
  return isObject(value) ? fromGoogleSchema(value) : value;
}

/** Large numbers may come as text. */
function counted(key: string, value: unknown): unknown {
  return /^(min|max)(Items|Length|Properties)$/.test(key) && typeof value === "string" ? Number(value) : value;
}
