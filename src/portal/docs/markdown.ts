/** Writes a page as Markdown: the twin of its HTML, for agents. Pure. */
import type { JsonObject } from "../../core/json.ts";
import type { Language } from "../../core/language.ts";
import { DOCS } from "../text/docs-text.ts";
import { blocksIn, type DocContent } from "./doc-content.ts";
import { titled } from "./blocks.ts";
import { readMarks, wordsIn, type Marked } from "./marks.ts";
import type { Block, CodeText, TableBlock, Words } from "./types.ts";

interface Writing {
  readonly origin: string;
  readonly language: Language;
  /** The reader's address names the language: so do the links, because programs keep no cookie. */
  readonly fixesLanguage?: boolean;
  /** What ends the twin of endpoints: their part of `/openapi.json`. */
  readonly fragment?: JsonObject | undefined;
}

export function markdownOf(content: DocContent, writing: Writing): string {
  const { title, summary } = content.page;
  const say = (words: Words) => writeMarks(wordsIn(words, writing.language), writing);
  const blocks = [...blocksIn(content), ...fragmentBlocks(writing.fragment)];
  return [`# ${say(title)}`, say(summary), ...blocks.map((block) => writeBlock(block, writing, say))]
    .join("\n\n")
    .concat("\n");
}

function fragmentBlocks(fragment: JsonObject | undefined): readonly Block[] {
  if (fragment === undefined) return [];
  return [
    { kind: "heading", level: 2, id: "openapi", text: "OpenAPI" },
    { kind: "text", text: DOCS.openApiWhole },
    { kind: "code", title: "OpenAPI", form: "json", text: JSON.stringify(fragment) },
  ];
}

/** The address of a page's twin. Other pages have none. @param fixed the language that the twin is to have, whoever asks */
export function twinOf(path: string, fixed?: Language): string {
  const [page = "", anchor] = path.split("#");
  const twin = /^\/docs(\/|$)/.test(page) ? `${page}.md${fixed === undefined ? "" : `?lang=${fixed}`}` : page;
  return anchor === undefined ? twin : `${twin}#${anchor}`;
}

function writeBlock(block: Block, writing: Writing, say: (words: Words) => string): string {
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(block.level)} ${say(block.text)}`;
    case "text":
      return say(block.text);
    case "note":
      return `> ${say(block.text)}`;
    case "list":
      return block.items.map((item, index) => `${block.isOrdered ? `${index + 1}.` : "-"} ${say(item)}`).join("\n");
    case "table":
      return writeTable(block, say);
    case "code":
      return writeCode(block, say);
    case "addresses":
      return block.addresses.map(({ label, url }) => `- ${say(titled(label, `\`${url}\``))}`).join("\n");
    case "links":
      return block.links
        .map(({ path, title, note }) => {
          const link = `- [${say(title)}](${addressOf(path, writing)})`;
          return note === undefined ? link : link + say(DOCS.colon) + say(note);
        })
        .join("\n");
  }
}

function writeTable({ columns, rows }: TableBlock, say: (words: Words) => string): string {
  const line = (cells: readonly Words[]) =>
    `| ${cells
      .map((cell) =>
        say(cell)
          .replaceAll("|", String.raw`\|`)
          .replaceAll("\n", " "),
      )
      .join(" | ")} |`;
  return [line(columns), `| ${columns.map(() => "---").join(" | ")} |`, ...rows.map(({ cells }) => line(cells))].join(
    "\n",
  );
}

function writeCode({ title, form, text }: CodeText, say: (words: Words) => string): string {
  const fence = text.includes("```") ? "````" : "```";
  return `**${say(title)}**\n\n${fence}${form}\n${text}\n${fence}`;
}

function writeMarks(text: string, writing: Writing): string {
  return readMarks(text)
    .map((part) => writeMark(part, writing))
    .join("");
}

function writeMark({ kind, text, path = "" }: Marked, writing: Writing): string {
  switch (kind) {
    case "code":
      return `\`${text}\``;
    case "strong":
      return `**${text}**`;
    case "link":
      return `[${text}](${addressOf(path, writing)})`;
    case "plain":
      return text;
  }
}

function addressOf(path: string, { origin, language, fixesLanguage = false }: Writing): string {
  return path.startsWith("/") ? origin + twinOf(path, fixesLanguage ? language : undefined) : path;
}
