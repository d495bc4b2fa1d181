/** The documentation as data: what it describes is served, and its texts are whole in both languages. */
import { describe, expect, it } from "vitest";
import { FAULTS, type FaultName } from "../../src/core/fault.ts";
import { SURFACES } from "../../src/endpoints/surfaces.ts";
import { blocksIn, contentOf } from "../../src/portal/docs/doc-content.ts";
import { DOC_PAGES, endpointDocs } from "../../src/portal/docs/index.ts";
import { causeOf } from "../../src/portal/docs/remedies.ts";
import { readMarks } from "../../src/portal/docs/marks.ts";
import type { Block, DocPage, Words } from "../../src/portal/docs/types.ts";
import { factsWith } from "./doc-facts.ts";

const FACTS = factsWith();
const served = new Set(
  SURFACES.flatMap(({ mount, rows }) =>
    rows.map(({ method, path }) => `${method} ${mount}${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`),
  ),
);
const described = new Set(
  endpointDocs(FACTS).flatMap(({ method, path, servedBy = path, surfaces }) =>
    surfaces.map((mount) => `${method} ${mount}${servedBy}`),
  ),
);

/** All that a reader sees of a block. */
function wordsOf(block: Block): readonly Words[] {
  switch (block.kind) {
    case "heading":
    case "text":
    case "note":
      return [block.text];
    case "list":
      return block.items;
    case "table":
      return [block.caption, ...block.columns, ...block.rows.flatMap(({ cells }) => cells)];
    case "code":
      return [block.title];
    case "addresses":
      return block.addresses.map(({ label }) => label);
    case "links":
      return block.links.flatMap(({ title, note }) => (note === undefined ? [title] : [title, note]));
  }
}

const blocksOf = (page: DocPage) => blocksIn(contentOf(page, FACTS, "shell"));
const textsOf = (page: DocPage) =>
  [page.title, page.summary, ...blocksOf(page).flatMap(wordsOf)].filter((words) => typeof words !== "string");

describe("the docs", () => {
  it("describe what is served", () => {
    expect([...described].filter((row) => !served.has(row))).toEqual([]);
  });

  it.each(DOC_PAGES)("$path: each anchor is there once", (page) => {
    const ids = blocksOf(page).flatMap((block) =>
      block.kind === "heading"
        ? [block.id]
        : block.kind === "table"
          ? block.rows.flatMap(({ id }) => (id === undefined ? [] : [id]))
          : [],
    );
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z0-9][\w-]*$/.test(id))).toEqual([]);
  });

  it.each(DOC_PAGES)("$path: both languages name the same code and lead to the same places", (page) => {
    const marks = (text: string) =>
      readMarks(text)
        .filter(({ kind }) => kind === "code" || kind === "link")
        .map(({ kind, text: shown, path }) => (kind === "code" ? shown : path))
        .toSorted();
    for (const { en, zh } of textsOf(page)) expect(marks(zh), zh).toEqual(marks(en));
  });

  it.each(DOC_PAGES)("$path: Chinese has Chinese punctuation", (page) => {
    // The API's own messages are shown as they are.
    const api = new Set((Object.keys(FAULTS) as FaultName[]).map((name) => causeOf(name).zh));
    const wrong = textsOf(page)
      .filter(({ zh }) => !api.has(zh))
      .map(({ zh }) => zh.replaceAll(/`[^`]*`|\]\([^)]*\)/g, "code"))
      .filter((zh) => /[\u4e00-\u9fff][,:;?!]|[,;?!][\u4e00-\u9fff]|[\u4e00-\u9fff]\(|\)[\u4e00-\u9fff]/.test(zh));
    expect(wrong).toEqual([]);
  });
});
