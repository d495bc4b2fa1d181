import { describe, expect, it } from "vitest";
import { readPreferences } from "../../src/wire/provider.ts";
import { faultOf } from "./support.ts";

const NONE = {
  order: undefined,
  only: undefined,
  ignore: undefined,
  hasFallbacks: true,
  sort: undefined,
  maxPromptPrice: undefined,
  maxOutputPrice: undefined,
};

describe("provider", () => {
  it("is read with labels in lower case and prices as numbers", () => {
    const provider = {
      order: [" DeepSeek ", "Azure"],
      only: ["azure"],
      ignore: ["Novita"],
      allow_fallbacks: false,
      sort: "price",
      max_price: { prompt: "0.5", completion: 2 },
    };
    expect(readPreferences(provider)).toEqual({
      order: ["deepseek", "azure"],
      only: ["azure"],
      ignore: ["novita"],
      hasFallbacks: false,
      sort: "price",
      maxPromptPrice: 0.5,
      maxOutputPrice: 2,
    });
    expect(readPreferences({ sort: "latency" })).toEqual({ ...NONE, sort: "latency" });
  });

  it.each([
    undefined,
    null,
    {},
    { order: null, sort: null, max_price: {}, allow_fallbacks: true, quantizations: ["fp8"] },
  ])("of %j is no wish", (provider) => {
    expect(readPreferences(provider)).toBeUndefined();
  });

  it.each([
    "azure",
    [],
    { order: "azure" },
    { only: [1] },
    { ignore: [""] },
    { order: Array.from({ length: 51 }, () => "x") },
    { allow_fallbacks: "no" },
    { sort: "best" },
    { max_price: 1 },
    { max_price: { prompt: -1 } },
    { max_price: { completion: "cheap" } },
    { max_price: { completion: "" } },
  ])("of %j is refused", (provider) => {
    expect(faultOf(() => readPreferences(provider))).toMatch(/^invalid_parameter provider/);
  });
});
