import { describe, expect, it } from "vitest";
import { languageOf } from "../../src/core/language.ts";

describe("languageOf", () => {
  it.each([
    ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
    ["en-US,en;q=0.9,zh;q=0.8", "en"],
    ["en;q=0.5, zh;q=0.9", "zh"],
    ["zh;q=0.5, en;q=0.5", "zh"],
    ["fr, de;q=0.9, en;q=0.1", "en"],
    ["ZH-hant", "zh"],
    ["en;q=0, zh;q=0.001", "zh"],
    ["zh ; q=0.2 , EN-gb ; q=0.3", "en"],
  ])("reads %s as %s", (header, language) => {
    expect(languageOf(header, "en")).toBe(language);
    expect(languageOf(header, "zh")).toBe(language);
  });

  it.each([null, "", "*", "fr", "fr-CH, de;q=0.9, *;q=0.5", "en;q=0", "zh;q=x", ";;,,;q=1", "q=1"])(
    "uses the surface's default for %s",
    (header) => {
      expect(languageOf(header, "en")).toBe("en");
      expect(languageOf(header, "zh")).toBe("zh");
    },
  );
});
