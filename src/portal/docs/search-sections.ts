/** What can be found: each heading with what stands below it, and each row that has an anchor. Pure. */
import type { Language } from "../../core/language.ts";
import { contentOf } from "./doc-content.ts";
import type { Facts } from "./facts.ts";
import { withoutMarks, wordsIn } from "./marks.ts";
import { DEFAULT_LANGUAGE } from "./snippets/snippet.ts";
import type { Block, DocPage, TableRow, Words } from "./types.ts";

export interface Section {
  /** With its anchor. */
  readonly address: string;
  /** The title of its page. */
  readonly page: string;
  /** `""` = the beginning of the page. */
  readonly heading: string;
  /** A sentence a line. */
  readonly lines: readonly string[];
}

export function sectionsOf(page: DocPage, facts: Facts, language: Language): readonly Section[] {
  const plain = (words: Words) => withoutMarks(wordsIn(words, language));
  const title = plain(page.title);
  let lines = [plain(page.summary)];
  const sections: Section[] = [{ address: page.path, page: title, heading: "", lines }];
  const begin = (anchor: string, heading: string, first: readonly string[] = []) => {
    lines = [...first];
    sections.push({ address: `${page.path}#${anchor}`, page: title, heading, lines });
  };
  const addRow = ({ id, cells }: TableRow) => {
    const texts = cells.map(plain).filter((cell) => cell !== "");
    if (id === undefined) lines.push(texts.join(" · "));
    // A row that begins with a number is known by its anchor.
    else begin(id, /\p{L}/u.test(texts[0] ?? "") ? (texts[0] ?? "") : id, [texts.join(" · ")]);
  };
  for (const block of searched(page, facts)) {
    switch (block.kind) {
      case "heading":
        begin(block.id, plain(block.text));
        break;
      case "table":
        for (const row of block.rows) addRow(row);
        break;
      case "code":
        lines.push(...block.text.split("\n"));
        break;
      case "text":
      case "note":
        lines.push(...sentencesIn(plain(block.text)));
        break;
      case "list":
        lines.push(...block.items.flatMap((item) => sentencesIn(plain(item))));
        break;
      case "addresses":
        lines.push(...block.addresses.map(({ label, url }) => `${plain(label)}: ${url}`));
        break;
      case "links":
        lines.push(...block.links.map(({ title: name }) => plain(name)));
        break;
    }
  }
  return sections;
}

/** Without what every endpoint has alike: its samples' code, and its errors, which have a page of their own. */
function searched(page: DocPage, facts: Facts): readonly Block[] {
  const { before, endpoints, after } = contentOf(page, facts, DEFAULT_LANGUAGE);
  return [
    ...before,
    ...endpoints.flatMap(({ intro, samples, rest }) => [
      ...intro,
      ...samples.flatMap((sample) => sample.intro),
      ...rest,
    ]),
    ...after,
  ];
}

function sentencesIn(text: string): readonly string[] {
  return text.split(/(?<=[.!?] |[。！？；])/).map((sentence) => sentence.trim());
}
