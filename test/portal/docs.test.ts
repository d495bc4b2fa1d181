/** The documentation as data: what it describes is served, and its texts are whole in both languages. */
import { describe, expect, it } from "vitest";
import { FAULTS, type FaultName } from "../../src/core/fault.ts";
import { apiEndpoints } from "../../src/endpoints/api/index.ts";
import { STATUS } from "../../src/endpoints/status-json.ts";
import type { Endpoint } from "../../src/endpoints/types.ts";
import { SURFACES } from "../../src/endpoints/surfaces.ts";
import { blocksIn, contentOf } from "../../src/portal/docs/doc-content.ts";
import { endpointId } from "../../src/portal/docs/endpoint-blocks.ts";
import { DOC_PAGES, docPageAt, docPagesOf, endpointDocs } from "../../src/portal/docs/index.ts";
import { causeOf } from "../../src/portal/docs/remedies.ts";
import { pageList, siteMap, wholeText } from "../../src/portal/docs/for-agents.ts";
import { markdownOf } from "../../src/portal/docs/markdown.ts";
import { startPage } from "../../src/portal/docs/guides/start-guide.ts";
import { readMarks } from "../../src/portal/docs/marks.ts";
import type { Block, DocPage, Words } from "../../src/portal/docs/types.ts";
import { factsWith } from "./doc-facts.ts";

const FACTS = factsWith();
const START = startPage([]);
const rowsOf = (mount: string, rows: readonly Endpoint[]) =>
  rows.map(({ method, path }) => `${method} ${mount}${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`);
const served = new Set([
  ...SURFACES.flatMap(({ mount, rows }) => rowsOf(mount, rows)),
  // Without `ADMIN_TOKEN` there is the account's part alone.
  ...rowsOf("", [STATUS, ...apiEndpoints(FACTS.settings)]),
]);
const described = new Set(
  endpointDocs(FACTS).flatMap(({ method, path, servedBy = path, surfaces, alsoAt = [] }) =>
    [...surfaces, ...alsoAt].flatMap((mount) => [servedBy].flat().map((row) => `${method} ${mount}${row}`)),
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

function anchorsOf(page: DocPage): readonly string[] {
  return blocksOf(page).flatMap((block) => {
    if (block.kind === "heading") return [block.id];
    return block.kind === "table" ? block.rows.flatMap(({ id }) => (id === undefined ? [] : [id])) : [];
  });
}

function linksIn(page: DocPage): readonly string[] {
  const marked = [page.title, page.summary, ...blocksOf(page).flatMap(wordsOf)].flatMap((words) =>
    readMarks(typeof words === "string" ? words : words.en).flatMap(({ path }) => path ?? []),
  );
  return [
    ...marked,
    ...blocksOf(page).flatMap((block) => (block.kind === "links" ? block.links.map(({ path }) => path) : [])),
  ];
}

describe("the docs", () => {
  it("describe what is served, and all of it", () => {
    expect([...described].filter((row) => !served.has(row))).toEqual([]);
    expect([...served].filter((row) => !described.has(row))).toEqual([]);
    expect(described.size).toBeGreaterThan(40);
  });

  it.each(DOC_PAGES)("$path: each anchor is there once", (page) => {
    const ids = anchorsOf(page);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z0-9][\w-]*$/.test(id))).toEqual([]);
  });

  it("give each endpoint an anchor on its page", () => {
    const missing = DOC_PAGES.flatMap((page) =>
      (page.endpoints?.(FACTS) ?? []).filter((doc) => !anchorsOf(page).includes(endpointId(doc))),
    );
    expect(missing).toEqual([]);
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

  it.each(DOC_PAGES)("$path: what is put together is written as Chinese, too", (page) => {
    const api = (Object.keys(FAULTS) as FaultName[]).map((name) => causeOf(name).zh);
    const text = markdownOf(contentOf(page, FACTS, "shell"), { origin: "", language: "zh" })
      .replaceAll(/```[\s\S]*?```|`[^`]*`/g, "code")
      .split("\n")
      .filter((line) => !api.some((message) => line.includes(message)));
    expect(
      text.filter((line) => /[\u4e00-\u9fff]\]?(?:\([^)]*\))?: |[\u4e00-\u9fff] [\u4e00-\u9fff]/.test(line)),
    ).toEqual([]);
  });

  it.each(DOC_PAGES)("$path: each link leads to a page, and to an anchor that is there", (page) => {
    const wrong = linksIn(page).filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : docPageAt(path, FACTS.settings);
      if (target === undefined) return path.startsWith("/docs");
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(wrong).toEqual([]);
  });

  it("tell where the key of a link is packed, and do not ask to replace what nobody sees", () => {
    const shown = (id: string) => {
      const page = docPageAt(`/docs/clients/${id}`, FACTS.settings);
      return page === undefined ? "" : markdownOf(contentOf(page, FACTS, "shell"), { origin: "", language: "en" });
    };
    const [replace, packed] = ["stands for your key", "packed into this link"];
    for (const [id, ...told] of [
      ["chatbox", true, true],
      ["cherry-studio", false, true],
      ["deepchat", false, true],
      ["opencat", true, false],
      ["codex", true, false],
    ] as const)
      expect([shown(id).includes(replace), shown(id).includes(packed)], id).toEqual(told);
  });

  it("have no page of a client that the operator removed or replaced", () => {
    const changed = factsWith({
      settings: { ...FACTS.settings, IMPORT_TEMPLATES: '{"Chatbox":"","Cursor":"cursor://x?key={key}"}' },
    });
    const paths = (facts: typeof FACTS) => docPagesOf(facts.settings).map(({ path }) => path);
    const gone = ["/docs/clients/chatbox", "/docs/clients/cursor"];
    expect(paths(FACTS)).toEqual(expect.arrayContaining(gone));
    expect(paths(changed)).toEqual(paths(FACTS).filter((path) => !gone.includes(path)));
    for (const path of gone) {
      expect(docPageAt(path, changed.settings)).toBeUndefined();
      const texts = [pageList(changed, "en"), wholeText(changed, "en"), siteMap(changed, [])];
      for (const text of texts) expect(text).not.toContain(path);
    }
    expect(wholeText(changed, "en")).toContain("[Cursor](https://llm.example.com/app/keys/new?name=Cursor)");
  });

  it.each([
    ["open", false, 3, "[Make an account](/sign-up)."],
    ["open", true, 4, "Open the link in the mail"],
    ["invite", false, 3, "with an invitation"],
    ["invite", true, 4, "Open the link in the mail"],
    ["closed", true, 3, "Ask the operator for an account"],
  ] as const)("begin as people come to an account: sign-up %s, mail %s", (signUp, provesAddresses, steps, words) => {
    const { before } = contentOf(START, factsWith({ signUp, provesAddresses }), "shell");
    const list = before.find((block) => block.kind === "list");
    const shown = (list?.items ?? []).map((item) => (typeof item === "string" ? item : item.en));
    expect(shown).toHaveLength(steps);
    expect(shown.join("\n")).toContain(words);
  });

  it.each([
    [true, "you pay online", "takes no payments"],
    [false, "takes no payments online", "you pay online"],
  ] as const)("tell whether the site takes payments: %s", (takesPayments, told, untold) => {
    const page = docPageAt("/docs/billing", FACTS.settings);
    const text = JSON.stringify(page?.blocks?.(factsWith({ takesPayments })));
    expect(text).toContain(told);
    expect(text).not.toContain(untold);
  });

  it("demand a model where the site does", () => {
    const { settings } = FACTS;
    const demanded = (facts: typeof FACTS, path: string) =>
      endpointDocs(facts)
        .filter((doc) => doc.path === path && doc.method === "POST")
        .flatMap(({ parameters }) => parameters.filter(({ name }) => name === "model"))
        .map(({ required, optionalAt }) => [required, optionalAt]);
    const strict = factsWith({ settings: { ...settings, REQUIRE_MODEL: true } });
    for (const path of ["/chat/completions", "/completions"]) {
      expect(demanded(FACTS, path)).toEqual([["no", undefined]]);
      expect(demanded(strict, path)).toEqual([["yes", "/xlei/v1"]]);
    }
    for (const path of ["/responses", "/messages"]) expect(demanded(strict, path)).toEqual([["yes", undefined]]);
  });

  it("show answers of the model that was asked, and for auto of one that stands for it", () => {
    const image = new Set(["image"] as const);
    const none = new Set<never>();
    const facts = factsWith({
      models: [
        { id: "a-first", operation: "chat", capabilities: none, autoWeight: 0 },
        { id: "b-auto", operation: "chat", capabilities: none, autoWeight: 1 },
        { id: "c-sees", operation: "chat", capabilities: image, autoWeight: 0 },
      ],
    });
    const shown = endpointDocs(facts).flatMap(({ path, samples }) =>
      samples.flatMap(({ id, request: { method, path: asked, body }, answer }) => {
        const served = JSON.stringify(answer).match(/(?:model|modelVersion)\\?":\\?"([\w-]+)/)?.[1];
        const session = body?.["session"] as { model?: string } | undefined;
        const named = /(?:models|engines)\/([\w-]+)[:/]/.exec(asked)?.[1] ?? session?.model ?? body?.["model"];
        return method !== "POST" || served === undefined ? [] : [[`${path} ${id}`, named ?? "auto", served] as const];
      }),
    );
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.map(([, asked]) => asked)).toContain("c-sees");
    for (const [name, asked, served] of shown) {
      // No model of this site takes tools, and a film is made again by the model that made it.
      if (/tool|remix/.test(name)) continue;
      expect(served, `${name}: ${JSON.stringify(asked)}`).toBe(asked === "auto" ? "b-auto" : asked);
    }
  });

  it.each(DOC_PAGES)("$path: the strings of its samples are tame", (page) => {
    const stringsIn = (value: unknown): string[] =>
      typeof value === "string"
        ? [value]
        : typeof value === "object" && value !== null
          ? Object.values(value).flatMap(stringsIn)
          : [];
    const wrong = (page.endpoints?.(FACTS) ?? []).flatMap(({ samples }) =>
      samples.flatMap(({ request }) =>
        stringsIn(request.body).filter((text) => /['"\\`#$]/.test(text) && text !== "{}"),
      ),
    );
    expect(wrong).toEqual([]);
  });
});
