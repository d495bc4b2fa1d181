import { expect, it } from "vitest";
import { fates, lossesPage } from "./losses-page.ts";

const found = fates();

it.each(found)("nothing is lost without a word: $feature, $client over $upstream", (fate) => {
  const { isSent, dropped, refused, byGateway } = fate;
  expect(isSent || dropped.length > 0 || (refused ?? byGateway) !== undefined).toBe(true);
});

it("is what the page says", async () => {
  await expect(lossesPage(found)).toMatchFileSnapshot("../../src/wire/LOSSES.md");
});
