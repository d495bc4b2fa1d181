import { expect, it } from "vitest";
import { fates, lossesPage } from "./losses-page.ts";
import { formsWithoutFeature, taskFates } from "./task-losses.ts";

const found = fates();
const ofTasks = taskFates();

it.each([...found, ...ofTasks])("nothing is lost without a word: $name, $client over $upstream", (fate) => {
  const { isSent, dropped, refused, unasked } = fate;
  expect(isSent || dropped.length > 0 || (refused ?? unasked) !== undefined).toBe(true);
});

it("asks in every form of tasks", () => {
  expect(formsWithoutFeature()).toEqual([]);
});

it("is what the page says", async () => {
  await expect(lossesPage(found, ofTasks)).toMatchFileSnapshot("../../src/wire/LOSSES.md");
});
