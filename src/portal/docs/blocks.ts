/** Short ways to write blocks. */
import type { Text } from "../../core/language.ts";
import { wordsIn } from "./marks.ts";
import type {
  Address,
  AnswerField,
  Block,
  CodeForm,
  CodeText,
  Heading,
  Parameter,
  TableBlock,
  TableRow,
  Words,
} from "./types.ts";

export function text(en: string, zh: string): Text {
  return { en, zh };
}

export function h2(id: string, en: string, zh: string): Heading {
  return { kind: "heading", level: 2, id, text: { en, zh } };
}

export function p(en: string, zh: string): Block {
  return { kind: "text", text: { en, zh } };
}

export function note(en: string, zh: string): Block {
  return { kind: "note", text: { en, zh } };
}

export function list(...items: readonly Words[]): Block {
  return { kind: "list", items, isOrdered: false };
}

export function steps(...items: readonly Words[]): Block {
  return { kind: "list", items, isOrdered: true };
}

export function table(
  caption: Text,
  columns: readonly Text[],
  rows: readonly (TableRow | readonly Words[])[],
): TableBlock {
  return { kind: "table", caption, columns, rows: rows.map((row) => ("cells" in row ? row : { cells: row })) };
}

export function code(title: Words, form: CodeForm, source: string): CodeText {
  return { kind: "code", title, form, text: source.replace(/\n$/, "") };
}

export function addresses(...shown: readonly Address[]): Block {
  return { kind: "addresses", addresses: shown };
}

/** `title: words`, with the colon of each language. */
export function titled(title: Words, words: Words): Text {
  return text(`${wordsIn(title, "en")}: ${wordsIn(words, "en")}`, `${wordsIn(title, "zh")}：${wordsIn(words, "zh")}`);
}

type Described = readonly [name: string, type: string, en: string, zh: string, more?: Partial<Parameter>];

/** Fields of a body that may be left out, unless `more` says otherwise. */
export function bodyFields(...fields: readonly Described[]): readonly Parameter[] {
  return fields.map((field) => parameter("body", field));
}

export function parameter(place: Parameter["place"], [name, type, en, zh, more = {}]: Described): Parameter {
  return { name, place, type, required: "no", description: { en, zh }, ...more };
}

export function answerFields(
  ...fields: readonly (readonly [name: string, type: string, en: string, zh: string])[]
): readonly AnswerField[] {
  return fields.map(([name, type, en, zh]) => ({ name, type, description: { en, zh } }));
}
