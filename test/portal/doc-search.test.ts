/** What people and agents look for in the documentation is found. */
import { describe, expect, it } from "vitest";
import { DocSearch, docSearch } from "../../src/portal/docs/doc-search.ts";
import { faultsMeant } from "../../src/portal/docs/fault-table.ts";
import { searchWords } from "../../src/portal/docs/search-words.ts";
import { factsWith } from "./doc-facts.ts";

const SEARCHES = { en: new DocSearch(factsWith(), "en"), zh: new DocSearch(factsWith(), "zh") };

function addresses(question: string, language: "en" | "zh"): readonly string[] {
  return SEARCHES[language].find(question).map(({ section }) => section.address);
}

describe("the search", () => {
  it.each([
    ["streaming", "en", "/docs/streaming"],
    ["Streming", "en", "/docs/streaming"],
    ["stream_options", "en", "/docs/api/chat-completions#post-chat-completions-stream_options-include_usage"],
    ["retry", "en", "/docs/errors#retry"],
    ["retry after", "en", "/docs/errors#retry"],
    ["max_tokens", "en", "/docs/api/completions#post-completions-max_tokens"],
    ["claude code", "en", "/docs/clients/claude-code"],
    ["prompt cache", "en", "/docs/api/anthropic#post-messages-sample-cache"],
    ["rate limit", "en", "/docs/limits"],
    ["time zone", "en", "/docs/limits#amounts"],
    ["流式", "zh", "/docs/streaming"],
    ["流式输出", "zh", "/docs/streaming"],
    ["鉴权", "zh", "/docs/authentication"],
    ["余额不足", "zh", "/docs/errors#insufficient_balance"],
    ["多轮对话", "zh", "/docs/api/chat-completions#post-chat-completions-sample-turns"],
    ["工具调用", "zh", "/docs/api/chat-completions#post-chat-completions-sample-tools"],
    ["密钥", "zh", "/docs/authentication#headers"],
    ["how do I top up", "en", "/docs/billing#top-up"],
    ["兑换码", "zh", "/docs/api/account#post-api-redeem"],
    ["2002", "zh", "/docs/errors#insufficient_balance"],
  ] as const)("finds %j (%s) among the first five", (question, language, address) => {
    expect(addresses(question, language).slice(0, 5)).toContain(address);
  });

  it("lists few sections of one page, and first what has the name", () => {
    const pages = Map.groupBy(SEARCHES.en.find("answer"), ({ section }) => section.page);
    expect(Math.max(...[...pages.values()].map(({ length }) => length))).toBe(4);
    expect(addresses("cursor", "en")[0]).toBe("/docs/clients/cursor");
  });

  it("shows the line with the words, and marks them", () => {
    const [hit] = SEARCHES.en.find("keep-alive");
    const shown = hit?.excerpt.map(({ text }) => text).join("") ?? "";
    expect(shown).toContain("keep-alive");
    expect(hit?.excerpt.filter(({ isFound }) => isFound).map(({ text }) => text.toLowerCase())).toEqual(
      expect.arrayContaining(["keep", "alive"]),
    );
  });

  it("tells the address at which the site is asked, and the models that may be seen at the moment", () => {
    const facts = factsWith();
    const shown = (changed: Partial<typeof facts>, question: string) =>
      docSearch({ ...facts, ...changed }, "en")
        .find(question)
        .flatMap(({ excerpt }) => excerpt.map(({ text }) => text))
        .join("");
    expect(shown({}, "whole address programs")).toContain("https://llm.example.com/v1/chat/completions");
    const other = shown({ origin: "https://second.example.com" }, "whole address programs");
    expect(other).toContain("https://second.example.com/v1/chat/completions");
    expect(other).not.toContain("llm.example.com");
    const named = [{ id: "secret-one", operation: "chat", capabilities: new Set<never>(), autoWeight: 1 }] as const;
    expect(shown({ models: named }, "secret-one")).toContain("secret-one");
    expect(shown({}, "secret-one")).not.toContain("secret-one");
  });

  it("is made once for an address, and few are kept", () => {
    const facts = factsWith();
    const at = (origin: string) => docSearch({ ...facts, origin }, "en");
    const first = at("https://1.example.com");
    expect(at("https://1.example.com")).toBe(first);
    for (const number of [2, 3, 4]) at(`https://${number}.example.com`);
    expect(at("https://1.example.com")).toBe(first);
    for (const number of [5, 6, 7, 8]) at(`https://${number}.example.com`);
    expect(at("https://1.example.com")).not.toBe(first);
  });

  it("takes one letter for a word of its own, not for the beginning of most words", () => {
    const marked = (question: string) =>
      SEARCHES.en
        .find(question)
        .flatMap(({ excerpt }) => excerpt.filter(({ isFound }) => isFound).map(({ text }) => text.toLowerCase()));
    expect(new Set(marked("n"))).toEqual(new Set(["n"]));
    expect(marked("st")).toContain("stream");
    expect(addresses("n", "en")[0]).toMatch(/-n$/);
  });

  it("takes what means something to patterns, and much of it, and nothing", () => {
    expect(addresses("a.b*c(d[e\\f$", "en").length).toBeLessThanOrEqual(20);
    expect(addresses("zzzzqqqq", "en")).toEqual([]);
    expect(addresses("", "en")).toEqual([]);
    expect(addresses("流".repeat(5000), "zh").length).toBeLessThanOrEqual(20);
  });

  it("never takes one number for another", () => {
    for (const address of addresses("2005", "en")) expect(address).not.toContain("insufficient_balance");
  });
});

describe("an error's word", () => {
  it.each([
    ["2002", ["insufficient_balance", "key_quota_exhausted"]],
    ["insufficient_quota", ["insufficient_balance"]],
    [
      "2004",
      ["rate_limited_key", "rate_limited_account", "rate_limited_ip", "concurrency_limited", "upstream_rate_limited"],
    ],
    ["409", ["conflict"]],
    ["no_route", ["no_route"]],
    ["hello", []],
  ])("%s means its faults", (word, faults) => expect(faultsMeant(word)).toEqual(faults));
});

describe("words", () => {
  it("are those of both languages, and the parts of names", () => {
    expect(searchWords("GET chat.completions, max_tokens")).toEqual([
      "get",
      "chat.completions",
      "chat",
      "completions",
      "max_tokens",
      "max",
      "tokens",
    ]);
    expect(searchWords("API 密钥和流。")).toEqual(["api", "密钥", "钥和", "和流"]);
    expect(searchWords("用 model.")).toEqual(["用", "model"]);
  });
});
