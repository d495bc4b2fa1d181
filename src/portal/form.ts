/**
 * Forms as data: each field has a label, a kind of input, and a rule that makes a value from the text that was sent. The
 * same fields draw the form (`parts/fields.tsx`) and read it. What was sent is shown again beside what is wrong with it.
 */
import type { Text } from "../core/language.ts";
import type { Values } from "./visit.ts";

/** What a rule makes of a text. */
export type Ruled<Value> = { readonly value: Value } | Problem;

export interface Problem {
  readonly problem: Text;
  readonly values?: Values;
}

export interface Choice {
  readonly value: string;
  readonly label: Text | string;
}

export interface Field<Value = unknown> {
  readonly label: Text;
  readonly hint?: Text;
  readonly input:
    | "text"
    | "email"
    | "password"
    | "number"
    | "decimal"
    | "lines"
    | "long"
    | "date"
    | "select"
    | "checkbox"
    | "hidden";
  readonly choices?: readonly Choice[];
  readonly autocomplete?: string;
  readonly required?: boolean;
  readonly maxLength?: number;
  /** Few people need it: it stands with others of its kind behind one line. */
  readonly isExtra?: boolean;
  readonly rule: (text: string) => Ruled<Value>;
}

export type Fields = Readonly<Record<string, Field>>;

type ValuesOf<Of extends Fields> = {
  readonly [Name in keyof Of]: Of[Name] extends Field<infer Value> ? Value : never;
};

/** What stands in a form, and what is wrong with it. */
export interface FormState {
  readonly sent: Readonly<Record<string, string>>;
  readonly problems: Readonly<Record<string, Problem>>;
}

export type ReadForm<Of extends Fields> =
  | { readonly ok: true; readonly values: ValuesOf<Of>; readonly sent: FormState["sent"] }
  | ({ readonly ok: false } & FormState);

export const EMPTY: FormState = { sent: {}, problems: {} };

/** A form as it first stands, with the values that are known. */
export function filled(sent: Readonly<Record<string, string | number | null | undefined>>): FormState {
  const known = Object.entries(sent).filter((entry): entry is [string, string | number] => entry[1] != null);
  return { sent: Object.fromEntries(known.map(([name, value]) => [name, String(value)])), problems: {} };
}

/** What Chinese keyboards write in wide letters is the same here: `１２．５` is 12.5. */
const FOLDED: ReadonlySet<Field["input"]> = new Set(["number", "decimal", "email"]);

export function readForm<Of extends Fields>(fields: Of, data: FormData): ReadForm<Of> {
  const sent = sentIn(fields, data);
  const { values, problems } = ruledValues(fields, sent);
  return Object.keys(problems).length === 0
    ? { ok: true, values: values as ValuesOf<Of>, sent }
    : { ok: false, sent, problems };
}

/** What the rules make of texts. */
export function ruledValues(
  fields: Fields,
  sent: FormState["sent"],
): { readonly values: Readonly<Record<string, unknown>>; readonly problems: FormState["problems"] } {
  const problems: Record<string, Problem> = {};
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const text = sent[name] ?? "";
    const ruled = field.rule(FOLDED.has(field.input) ? text.normalize("NFKC") : text);
    if ("problem" in ruled) problems[name] = ruled;
    else values[name] = ruled.value;
  }
  return { values, problems };
}

/** The form again, with one more thing that is wrong. */
export function refuse(sent: FormState["sent"], name: string, problem: Problem): FormState & { readonly ok: false } {
  return { ok: false, sent, problems: { [name]: problem } };
}

/** A text of a form that has no fields of its own; empty where it is missing. */
export function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value.trim() : "";
}

function sentIn(fields: Fields, data: FormData): Record<string, string> {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, textOf(data, name)]));
}
