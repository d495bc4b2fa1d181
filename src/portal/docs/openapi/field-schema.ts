/** JSON schemas of fields as the docs write them: `stream_options.include_usage`, `string | string[]`, `0–2`. Pure. */
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Text } from "../../../core/language.ts";
import { titled } from "../blocks.ts";
import type { Words } from "../types.ts";

interface Field {
  readonly name: string;
  readonly type: string;
  readonly required?: "yes" | "no" | "one-of";
  readonly default?: Words;
  readonly range?: string;
  readonly description: Text;
}

/** How a text of the docs is written into the document. */
export interface FieldWords {
  readonly say: (words: Words) => string;
  /** What stands before a default. */
  readonly defaultTitle: Text;
}

const TYPES: Readonly<Record<string, JsonObject>> = {
  string: { type: "string" },
  integer: { type: "integer" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  null: { type: "null" },
  object: { type: "object", additionalProperties: true },
  date: { type: "string", format: "date" },
  file: { type: "string", format: "binary" },
};

/** @throws Error for a type, a range or a nesting that no field has yet */
export function objectSchema(fields: readonly Field[], words: FieldWords): JsonObject {
  const root: JsonObject = { ...TYPES["object"] };
  for (const field of fields) place(root, field, words);
  return root;
}

/** The same for a body that is sent: `null` in the place of a field that may be left out counts as left out. */
export function requestSchema(fields: readonly Field[], words: FieldWords): JsonObject {
  const schema = objectSchema(fields, words);
  const required = requiredOf(schema);
  const properties = Object.entries(propertiesOf(schema)).map(([name, property]) => [
    name,
    required.includes(name) || !isObject(property) ? property : orNull(property),
  ]);
  return { ...schema, properties: Object.fromEntries(properties) as JsonObject };
}

function orNull({ type, anyOf, ...rest }: JsonObject): JsonObject {
  return Array.isArray(anyOf) ? { anyOf: [...anyOf, TYPES["null"]], ...rest } : { type: [type, "null"], ...rest };
}

/** @param range such as `0–2` @throws Error for a type or a range that no field has yet */
export function fieldSchema({ type, range }: Pick<Field, "type" | "range">): JsonObject {
  const [schema = {}, ...others] = type.split(" | ").map(typeSchema);
  if (others.length > 0) return { anyOf: [schema, ...others] };
  return range === undefined ? schema : { ...schema, ...rangeOf(range, schema["type"]) };
}

/**
 * The default is told in words alone: generated clients send a default of the schema with each request, also to upstreams that
 * refuse the field.
 */
export function fieldDescription({ description, default: value }: Field, { say, defaultTitle }: FieldWords): string {
  return value === undefined ? say(description) : `${say(description)}\n\n${say(titled(defaultTitle, value))}`;
}

function place(root: JsonObject, field: Field, words: FieldWords): void {
  const names = field.name.split(".");
  const last = names.pop() ?? "";
  const parent = names.reduce(child, root);
  const schema = last.endsWith("[]") ? { type: "array", items: fieldSchema(field) } : fieldSchema(field);
  const name = last.replace("[]", "");
  propertiesOf(parent)[name] = { ...schema, description: fieldDescription(field, words) };
  if (field.required === "yes") parent["required"] = [...requiredOf(parent), name];
}

/** The schema below which the fields of `name` stand; `name[]` is a list of objects. */
function child(parent: JsonObject, name: string): JsonObject {
  const properties = propertiesOf(parent);
  const key = name.replace("[]", "");
  const made = fieldSchema({ type: name.endsWith("[]") ? "object[]" : "object" });
  const schema = (properties[key] ??= made);
  const inner = isObject(schema) && schema["type"] === "array" ? schema["items"] : schema;
  if (!isObject(inner) || inner["type"] !== "object") throw new Error(`${name} has no fields`);
  return inner;
}

function propertiesOf(schema: JsonObject): JsonObject {
  const properties = schema["properties"];
  if (isObject(properties)) return properties;
  const none: JsonObject = {};
  schema["properties"] = none;
  return none;
}

function requiredOf({ required }: JsonObject): readonly unknown[] {
  return Array.isArray(required) ? required : [];
}

function typeSchema(type: string): JsonObject {
  if (type.endsWith("[]")) return { type: "array", items: typeSchema(type.slice(0, -2)) };
  const schema = TYPES[type];
  if (schema === undefined) throw new Error(`unknown type: ${type}`);
  return { ...schema };
}

function rangeOf(range: string, type: unknown): JsonObject {
  const [, least, most] =
    /^(-?\d+)–(-?\d+)$/.exec(range) ?? /^≥ (-?\d+)$/.exec(range) ?? /^≤ ()(-?\d+)$/.exec(range) ?? [];
  if (least === undefined) throw new Error(`unknown range: ${range}`);
  const [min, max] =
    type === "string"
      ? ["minLength", "maxLength"]
      : type === "array"
        ? ["minItems", "maxItems"]
        : ["minimum", "maximum"];
  return {
    ...(least === "" ? {} : { [min]: Number(least) }),
    ...(most === undefined ? {} : { [max]: Number(most) }),
  };
}
