/** The blocks of an endpoint: its tables, samples and errors. Pure. */
import { FAULTS } from "../../core/fault.ts";
import { DOCS } from "../text/docs-text.ts";
import { p } from "./blocks.ts";
import type { Facts } from "./facts.ts";
import { faultTable } from "./fault-table.ts";
import { snippetOf, type Snippet, type SnippetLanguage } from "./snippets/snippet.ts";
import type { Text } from "../../core/language.ts";
import type { Block, CodeText, EndpointDoc, Parameter, Sample, Words } from "./types.ts";

export interface EndpointBlocks {
  readonly id: string;
  /** What it is, and its tables of fields. */
  readonly intro: readonly Block[];
  readonly samples: readonly SampleBlocks[];
  /** What is charged, and notes. */
  readonly rest: readonly Block[];
  readonly errors: readonly Block[];
}

interface SampleBlocks {
  readonly intro: readonly Block[];
  readonly request: CodeText;
  readonly answer: CodeText;
}

/** The anchor of an endpoint: `post-chat-completions`. */
export function endpointId({ method, path }: Pick<EndpointDoc, "method" | "path">): string {
  return `${method} ${path}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

/** Each of its paths, with the mount. */
function wholePaths({ surfaces, path }: Pick<EndpointDoc, "surfaces" | "path">): readonly string[] {
  return surfaces.map((mount) => mount + path);
}

/** @param before the endpoints above it on its page, whose errors are not told again */
export function endpointBlocks(
  doc: EndpointDoc,
  before: readonly EndpointDoc[],
  { origin }: Facts,
  language: SnippetLanguage,
): EndpointBlocks {
  const id = endpointId(doc);
  const inPlace = (...places: readonly Parameter["place"][]) =>
    doc.parameters.filter(({ place }) => places.includes(place));
  const section = (name: string, title: Words, ...blocks: readonly Block[]): readonly Block[] =>
    blocks.length === 0 ? [] : [{ kind: "heading", level: 3, id: `${id}-${name}`, text: title }, ...blocks];
  return {
    id,
    intro: [
      { kind: "heading", level: 2, id, text: doc.title },
      { kind: "addresses", addresses: wholePaths(doc).map((path) => ({ label: doc.method, url: origin + path })) },
      { kind: "text", text: doc.summary },
      { kind: "text", text: doc.when },
      ...section("headers", DOCS.headers, ...parameterTable(id, captionOf(doc, DOCS.headers), inPlace("header"))),
      ...section(
        "query",
        DOCS.pathAndQuery,
        ...parameterTable(id, captionOf(doc, DOCS.pathAndQuery), inPlace("path", "query")),
      ),
      ...section("body", DOCS.body, ...parameterTable(id, captionOf(doc, DOCS.body), inPlace("body"))),
      ...section("answer", DOCS.answer, ...answerTable(doc)),
    ],
    samples: doc.samples.map((sample) => sampleBlocks(id, sample, snippetOf(language, sample.request, origin))),
    rest: [
      ...section("charged", DOCS.charged, { kind: "text", text: doc.charged }),
      ...section("notes", DOCS.notes, ...doc.notes.map((text): Block => ({ kind: "text", text }))),
    ],
    errors: section("errors", DOCS.errors, ...errorBlocks(doc, before)),
  };
}

function errorBlocks(doc: EndpointDoc, before: readonly EndpointDoc[]): readonly Block[] {
  const told = new Set(before.flatMap(({ errors }) => errors));
  const [known, fresh] = [doc.errors.filter((name) => told.has(name)), doc.errors.filter((name) => !told.has(name))];
  const words = [...new Set(known.map((name) => `\`${FAULTS[name].code ?? name}\``))];
  return [
    ...(fresh.length === 0 ? [] : [faultTable(captionOf(doc, DOCS.errors), fresh)]),
    ...(words.length === 0 ? [] : [p(`As told further up: ${words.join(", ")}.`, `说明见上文：${words.join("、")}。`)]),
  ];
}

/** Tables of one page have different captions, by which readers find them. */
function captionOf({ method, path }: EndpointDoc, { en, zh }: Text): Text {
  const name = `${method} ${path}`;
  return { en: `${name}: ${en}`, zh: `${name}：${zh}` };
}

function parameterTable(id: string, caption: Text, parameters: readonly Parameter[]): readonly Block[] {
  if (parameters.length === 0) return [];
  return [
    {
      kind: "table",
      caption,
      columns: [DOCS.parameter, DOCS.type, DOCS.required, DOCS.default, DOCS.description],
      rows: parameters.map((parameter) => ({
        id: `${id}-${anchorOf(parameter.name)}`,
        cells: [
          `\`${parameter.name}\``,
          parameter.range === undefined ? parameter.type : `${parameter.type}, ${parameter.range}`,
          REQUIRED[parameter.required],
          parameter.default ?? "",
          parameter.description,
        ],
      })),
    },
  ];
}

const REQUIRED = { yes: DOCS.yes, no: DOCS.no, "one-of": DOCS.oneOf } as const;

function anchorOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

function answerTable(doc: EndpointDoc): readonly Block[] {
  const { answer } = doc;
  if (answer.length === 0) return [];
  return [
    {
      kind: "table",
      caption: captionOf(doc, DOCS.answer),
      columns: [DOCS.field, DOCS.type, DOCS.description],
      rows: answer.map(({ name, type, description }) => ({ cells: [`\`${name}\``, type, description] })),
    },
  ];
}

function sampleBlocks(id: string, { id: sampleId, name, note, answer }: Sample, snippet: Snippet): SampleBlocks {
  const isStream = typeof answer === "string";
  return {
    intro: [
      { kind: "heading", level: 3, id: `${id}-sample-${sampleId}`, text: name },
      ...(note === undefined ? [] : [{ kind: "text", text: note } as const]),
    ],
    request: {
      kind: "code",
      title: { en: `${DOCS.request.en}: ${name.en}`, zh: `${DOCS.request.zh}：${name.zh}` },
      ...snippet,
    },
    answer: {
      kind: "code",
      title: isStream ? DOCS.sampleStream : DOCS.sampleAnswer,
      form: isStream ? "text" : "json",
      text: isStream ? answer : JSON.stringify(answer, undefined, 2),
    },
  };
}
