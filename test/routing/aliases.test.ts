import { expect, it } from "vitest";
import { resolveName } from "../../src/routing/aliases.ts";
import { modelOf } from "../support/routes.ts";

const catalogue = {
  models: new Map([modelOf("claude-3"), modelOf("small"), modelOf("large")].map((model) => [model.id, model])),
  routes: new Map(),
  aliases: new Map([
    ["claude-*", "small"],
    ["claude-opus-*", "large"],
    ["claude-opus-1", "auto"],
    ["claude-3", "large"],
    ["chain", "claude-opus-5"],
  ]),
};

it.each([
  ["claude-3", "claude-3", "a model keeps its own name"],
  ["claude-opus-1", "auto", "a whole name wins"],
  ["claude-opus-5", "large", "the longest beginning wins"],
  ["claude-sonnet-5", "small", "any other beginning"],
  ["claude-", "small", "the rest may be empty"],
  ["claude", "claude", "a shorter name is another"],
  ["chain", "claude-opus-5", "one step only"],
  ["auto", "auto", "auto is no alias"],
])("%s is %s: %s", (name, resolved) => {
  expect(resolveName(catalogue, name)).toBe(resolved);
});

it("everything may be one name", () => {
  const all = { ...catalogue, aliases: new Map([["*", "auto"]]) };
  expect(["gpt-9", "small", "auto:fast"].map((name) => resolveName(all, name))).toEqual(["auto", "small", "auto:fast"]);
});
