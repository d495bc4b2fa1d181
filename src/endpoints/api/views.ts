/** Converts between objects of the API and rows of the database or arguments of `accounts/`. */
import type { infer as Infer, ZodMiniObject } from "zod/mini";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import { toIso, withDecimals } from "./fields.ts";

/**
 * The fields of a row that the view declares, and no others: `created_at` of the API is `createdAt` of the row, Unix
 * milliseconds become ISO 8601, and an amount of nanos has its decimal beside it.
 * @param more the fields of the view that are not fields of the row
 */
export function viewOf<View extends ZodMiniObject>(view: View, row: object, more: object = {}): Infer<View> {
  const fields = Object.entries(row).map(([name, value]: [string, unknown]): [string, unknown] => [
    toSnakeCase(name),
    isTime(name) && typeof value === "number" ? toIso(value) : value,
  ]);
  const known: JsonObject = { ...withDecimals(Object.fromEntries(fields)), ...withDecimals(more) };
  return Object.fromEntries(Object.keys(view.shape).map((field) => [field, known[field]])) as Infer<View>;
}

type CamelCase<Name> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : Name;

/** The fields of a request's body under the names of arguments; a time is Unix milliseconds. */
type Arguments<Body> = {
  [Field in keyof Body as CamelCase<Field>]: Field extends `${string}_at`
    ? Exclude<Body[Field], string> | (string extends Body[Field] ? number : never)
    : Body[Field];
};

/** The reverse of {@link viewOf}. A field that is absent stays absent. */
export function argumentsOf<Body extends object>(body: Body): Arguments<Body> {
  const entries = Object.entries(body).map(([field, value]: [string, unknown]): [string, unknown] => {
    const name = field.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [name, isTime(name) && typeof value === "string" ? Date.parse(value) : value];
  });
  return Object.fromEntries(entries) as Arguments<Body>;
}

/**
 * Replaces the argument that a fault names by the field of the request.
 * @param fields the fields whose names are not the argument in snake case
 */
export function withFieldName(fault: Fault, fields: Readonly<Record<string, string>> = {}): Fault {
  const { param } = fault.options;
  if (param === undefined) return fault;
  return new Fault(fault.kind, { ...fault.options, param: fields[param] ?? toSnakeCase(param) });
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isTime(name: string): boolean {
  return name.endsWith("At");
}
