/** Finds sections of the documentation by words. Pure, but for the indexes that it keeps. */
import MiniSearch, { type SearchResult } from "minisearch";
import type { Language } from "../../core/language.ts";
import type { Facts } from "./facts.ts";
import { Kept } from "./kept.ts";
import { docPagesOf } from "./index.ts";
import { searchWords } from "./search-words.ts";
import { sectionsOf, type Section } from "./search-sections.ts";

export interface Hit {
  readonly section: Section;
  /** One line of it, in pieces. */
  readonly excerpt: readonly Piece[];
}

interface Piece {
  readonly text: string;
  /** The words that were searched for. */
  readonly isFound: boolean;
}

const MAX_HITS = 20;
const MAX_HITS_OF_PAGE = 4;
/** Nobody asks in more; each costs a search of its own. */
const MAX_WORDS = 8;
const MAX_EXCERPT = 240;

interface Entry {
  readonly id: number;
  readonly page: string;
  readonly heading: string;
  readonly text: string;
}

export class DocSearch {
  readonly #sections: readonly Section[];
  readonly #index: MiniSearch<Entry>;

  constructor(facts: Facts, language: Language) {
    this.#sections = docPagesOf(facts.settings).flatMap((page) => sectionsOf(page, facts, language));
    this.#index = new MiniSearch<Entry>({
      fields: ["page", "heading", "text"],
      tokenize: searchWords,
      processTerm: (term) => term,
    });
    this.#index.addAll(
      this.#sections.map(({ page, heading, lines }, id) => ({ id, page, heading, text: lines.join("\n") })),
    );
  }

  /** The best first: what has the question's name, what has every word, what has any. */
  find(question: string): readonly Hit[] {
    const words = searchWords(question).slice(0, MAX_WORDS);
    const found = new Map<Section, readonly string[]>();
    for (const combineWith of ["AND", "OR"] as const) {
      for (const { id, match } of this.#search(words, combineWith)) {
        const section = this.#sections[id as number];
        if (section !== undefined && !found.has(section)) found.set(section, Object.keys(match));
      }
    }
    const inOrder = [...found.keys()].toSorted((a, b) => namedBy(b, question) - namedBy(a, question));
    return mostOfPage(inOrder)
      .slice(0, MAX_HITS)
      .map((section) => ({ section, excerpt: excerptOf(section, found.get(section) ?? []) }));
  }

  #search(words: readonly string[], combineWith: "AND" | "OR"): readonly SearchResult[] {
    return this.#index.search(words.join(" "), {
      tokenize: () => [...words],
      combineWith,
      boost: { page: 2, heading: 3 },
      boostDocument: (id) => (this.#sections[id as number]?.heading === "" ? 2 : 1),
      // One letter begins too many words to mean one, and to look at for nothing.
      prefix: (term) => term.length > 1 || !/^[a-z0-9]$/.test(term),
      // A slip of the finger in a long word; never another number.
      fuzzy: (term) => (/^[a-z]{5,}$/.test(term) ? 0.2 : false),
    });
  }
}

/** Whether the question is its name: 2 of a page, 1 of a heading or a parameter, 0 of neither. */
function namedBy({ page, heading }: Section, question: string): 0 | 1 | 2 {
  const isName = (heading === "" ? page : heading).toLowerCase() === question.trim().toLowerCase();
  if (!isName) return 0;
  return heading === "" ? 2 : 1;
}

/** A page with many endpoints does not fill the list. */
function mostOfPage(sections: readonly Section[]): readonly Section[] {
  const counts = new Map<string, number>();
  return sections.filter(({ page }) => {
    const count = (counts.get(page) ?? 0) + 1;
    counts.set(page, count);
    return count <= MAX_HITS_OF_PAGE;
  });
}

/** The line with the longest of the words. */
function excerptOf({ lines }: Section, terms: readonly string[]): readonly Piece[] {
  const longestFirst = terms.toSorted((a, b) => b.length - a.length);
  const has = (line: string, term: string) => line.toLowerCase().includes(term);
  const term = longestFirst.find((one) => lines.some((line) => has(line, one))) ?? "";
  const line = lines.find((one) => has(one, term)) ?? "";
  const from = Math.max(0, line.toLowerCase().indexOf(term) - MAX_EXCERPT / 2);
  const escaped = longestFirst.map((one) => one.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return piecesOf((from === 0 ? "" : "…") + line.slice(from, from + MAX_EXCERPT), new RegExp(escaped.join("|"), "gi"));
}

function piecesOf(text: string, pattern: RegExp): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(pattern)) {
    if (index > end) pieces.push({ text: text.slice(end, index), isFound: false });
    pieces.push({ text: word, isFound: true });
    end = index + word.length;
  }
  return end < text.length ? [...pieces, { text: text.slice(end), isFound: false }] : pieces;
}

/** Each holds some megabytes, and takes more than a tenth of a second to make. */
const MOST_KEPT = 4;
const searches = new Kept<DocSearch>(MOST_KEPT);

export function docSearch(facts: Facts, language: Language): DocSearch {
  return searches.of(facts, language, () => new DocSearch(facts, language));
}
