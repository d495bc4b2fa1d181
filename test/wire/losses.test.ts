import { expect, it } from "vitest";
import { fates, lossesPage } from "./losses-page.ts";

const found = fates();

it.each(found)("nothing is lost without a word: $name, $client over $upstream", (fate) => {
  const { isSent, dropped, refused, unasked } = fate;
  expect(isSent || dropped.length > 0 || (refused ?? unasked) !== undefined).toBe(true);
});

it("is what the page says", async () => {
  await expect(lossesPage(found)).toMatchFileSnapshot("../../src/wire/LOSSES.md");
});
