/** What is made of the facts is made once, and anew when they change. */
import { expect, it } from "vitest";
import { Kept } from "../../src/portal/docs/kept.ts";
import { factsWith } from "./doc-facts.ts";

const FACTS = factsWith();

it("is made once for the same facts and language, and anew for others", () => {
  const kept = new Kept<number>(2);
  let made = 0;
  const of = (facts: typeof FACTS, language: "en" | "zh") => kept.of(facts, language, () => ++made);
  expect([of(FACTS, "en"), of({ ...FACTS }, "en"), of(FACTS, "zh"), of(FACTS, "en")]).toEqual([1, 1, 2, 1]);
  expect(of({ ...FACTS, signUp: "closed" }, "en")).toBe(3);
  // The oldest, Chinese, made room.
  expect([of(FACTS, "en"), of(FACTS, "zh")]).toEqual([1, 4]);
});

it("does not mix up sites of other settings", () => {
  const kept = new Kept<string>(2);
  const other = { ...FACTS, settings: { ...FACTS.settings } };
  expect(kept.of(FACTS, "en", () => "one")).toBe("one");
  expect(kept.of(other, "en", () => "two")).toBe("two");
});
