/** Each mutant changes the one place of the source that it names: `npm run mutants` takes hours, and would tell much later. */
import { expect, it } from "vitest";
import { fileWith, LISTS } from "../mutants/lists.ts";

it.each(Object.entries(LISTS))("each mutant of %s names a text that occurs once", (_, mutants) => {
  for (const mutant of mutants) {
    expect(mutant.to).not.toBe(mutant.from);
    expect(fileWith(mutant)).toMatch(/^src\//);
  }
});
