/**
 * What the documentation is made of. A page is data: blocks, and rows of endpoints. From this one table come the HTML, the Markdown
 * twin, the search, `llms.txt` and the snippets. A text that lacks a language is a type error.
 */
import type { FaultName } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Language, Text } from "../../core/language.ts";
import type { PaintMode } from "../../operation/paint/paint-request.ts";
import type { Settings } from "../../settings.ts";
import type { Facts } from "./facts.ts";

/** Words in both languages, or what is the same in both. Marks: `code`, **strong**, [text](/path); see `marks.ts`. */
export type Words = Text | string;

/** The language of a piece of code, as Markdown names it behind a fence. */
export type CodeForm =
  | "sh"
  | "js"
  | "java"
  | "swift"
  | "go"
  | "php"
  | "python"
  | "http"
  | "c"
  | "csharp"
  | "objc"
  | "ruby"
  | "ocaml"
  | "dart"
  | "r"
  | "json"
  | "toml"
  | "yaml"
  | "env"
  | "text";

export interface Heading {
  readonly kind: "heading";
  readonly level: 2 | 3;
  /** The anchor. */
  readonly id: string;
  readonly text: Words;
}

export interface TableBlock {
  readonly kind: "table";
  readonly caption: Text;
  readonly columns: readonly Text[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  /** The anchor of the row. */
  readonly id?: string;
  readonly cells: readonly Words[];
}

export interface CodeText {
  readonly kind: "code";
  readonly title: Words;
  readonly form: CodeForm;
  readonly text: string;
}

interface Link {
  /** On this site. */
  readonly path: string;
  readonly title: Words;
  readonly note?: Words;
}

/** An address to copy. */
export interface Address {
  readonly label: Words;
  readonly url: string;
}

export type Block =
  | Heading
  | { readonly kind: "text"; readonly text: Words }
  | { readonly kind: "list"; readonly items: readonly Words[]; readonly isOrdered: boolean }
  | { readonly kind: "note"; readonly text: Words }
  | TableBlock
  | CodeText
  | { readonly kind: "addresses"; readonly addresses: readonly Address[] }
  | { readonly kind: "links"; readonly links: readonly Link[] };

/** Where the paths of an endpoint are mounted; `""` = the endpoint has a path of its own. */
export type Mount = "/v1" | "/xlei/v1" | "/v1beta" | "/v2" | "/kling/v1" | PaintMount | "";
/** The second has a mode of its own. */
type PaintMount = "/mj" | `/mj-${PaintMode}/mj`;

export interface Parameter {
  /** A nested field is written with its parents: `stream_options.include_usage`. */
  readonly name: string;
  readonly place: "header" | "path" | "query" | "body";
  readonly type: string;
  /** `one-of` = one of several fields is needed, as the description says. */
  readonly required: "yes" | "no" | "one-of";
  /** A mount that does not demand it. */
  readonly optionalAt?: Mount;
  /** The one mount that takes it. */
  readonly onlyAt?: Mount;
  readonly default?: Words;
  readonly range?: string;
  readonly description: Text;
}

/** A field of an answer. */
export interface AnswerField {
  readonly name: string;
  readonly type: string;
  readonly description: Text;
}

/** Where a request carries the key; `none` = it needs none. */
export type KeyHeader = "authorization" | "x-api-key" | "x-goog-api-key" | "mj-api-secret" | "none";

export interface SampleRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With the mount, and with its query. */
  readonly path: string;
  readonly key: KeyHeader;
  readonly headers?: Readonly<Record<string, string>>;
  /** Strings in it are tame: without quotes, `\`, `` ` ``, `#` and `$`, at which generated code of some languages would break. */
  readonly body?: JsonObject;
  /** The names of files by their fields. With files, the body is a form. */
  readonly files?: Readonly<Record<string, string>>;
  /** The call of OpenAI's SDKs that takes the body: `chat.completions.create`. */
  readonly sdkCall?: string;
}

export interface Sample {
  readonly id: string;
  readonly name: Text;
  readonly request: SampleRequest;
  readonly note?: Text;
  /** JSON, or the lines of a stream. */
  readonly answer: JsonObject | string;
}

export interface EndpointDoc {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the mount, with `{name}` for parameters. */
  readonly path: string;
  /** The path of the row that serves it, where that is another, or those of all rows of one pattern. */
  readonly servedBy?: string | readonly string[];
  readonly surfaces: readonly Mount[];
  /** Mounts that do the same, of which its page tells once for all endpoints. The OpenAPI document lists them all. */
  readonly alsoAt?: readonly Mount[];
  readonly title: Text;
  /** What it does, in one sentence. */
  readonly summary: Text;
  /** When to use it, and when something else. */
  readonly when: Text;
  readonly parameters: readonly Parameter[];
  readonly answer: readonly AnswerField[];
  /** The media types of answers that are bytes. */
  readonly media?: readonly string[];
  readonly samples: readonly Sample[];
  readonly errors: readonly FaultName[];
  /** How it tells errors, where that is not the way of its mount. */
  readonly errorForm?: "anthropic" | "gemini";
  readonly charged: Text;
  readonly notes: readonly Text[];
}

export const GROUPS = {
  start: { en: "Start", zh: "开始" },
  endpoints: { en: "Endpoints", zh: "接口" },
  clients: { en: "Clients", zh: "客户端" },
  errors: { en: "Errors", zh: "错误" },
  more: { en: "Optional", zh: "其他" },
} as const satisfies Record<string, Text>;

type Group = keyof typeof GROUPS;

export interface DocPage {
  /** Begins with `/docs`. */
  readonly path: string;
  /** The page that lists it, where the list of all pages does not. */
  readonly parent?: string;
  /** Whether a site has the page; absent = every site. */
  readonly isOn?: (settings: Settings) => boolean;
  /** The page is in this language alone. */
  readonly language?: Language;
  readonly title: Text;
  /** One sentence, for lists of pages. */
  readonly summary: Text;
  readonly group: Group;
  /** The day of its last change: `2026-11-27`. */
  readonly changed: string;
  /** What comes before the endpoints. */
  readonly blocks?: (facts: Facts) => readonly Block[];
  readonly endpoints?: (facts: Facts) => readonly EndpointDoc[];
  /** What comes after them. */
  readonly rest?: (facts: Facts) => readonly Block[];
}
