/** The dictionary: each text in both languages is a matter of types. Here: that each is used, and written as people write. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../src/portal/", import.meta.url));
const TEXTS = globSync("text/*-text.ts", { cwd: ROOT });
const SOURCES = globSync("**/*.{ts,tsx}", { cwd: ROOT })
  .map((file) => readFileSync(ROOT + file, "utf8"))
  .join("\n");

interface Entry {
  readonly table: string;
  readonly key: string;
  readonly en: string;
  readonly zh: string;
}

async function entries(): Promise<Entry[]> {
  const modules = await Promise.all(
    TEXTS.map(
      async (file) =>
        import(pathToFileURL(ROOT + file).href) as Promise<Record<string, Record<string, { en: string; zh: string }>>>,
    ),
  );
  return modules.flatMap((module) =>
    Object.entries(module).flatMap(([table, texts]) =>
      Object.entries(texts).map(([key, text]) => ({ table, key, ...text })),
    ),
  );
}

/** Tables whose keys are values of other types: every key is looked up by such a value. */
const BY_VALUE = new Set([
  "UNIT_TEXTS",
  "ENTRY_TEXTS",
  "OPERATION_NAMES",
  "CAPABILITY_NAMES",
  "NOTES",
  "ORDER_STATES_TEXT",
  "METHODS",
]);

describe("the portal's texts", () => {
  it("are all used", async () => {
    const unused = (await entries()).filter(
      ({ table, key }) =>
        !BY_VALUE.has(table) &&
        !new RegExp(`\\b${table}\\.${key}\\b`).test(SOURCES) &&
        // Looked up by a word, such as a state.
        !(new RegExp(`\\b${table}\\[`).test(SOURCES) && new RegExp(`"${key}"|\\b${key}: "`).test(SOURCES)),
    );
    expect(unused.map(({ table, key }) => `${table}.${key}`)).toEqual([]);
    const notes = (await entries()).filter(({ table }) => table === "NOTES").map(({ key }) => key);
    expect(notes.filter((key) => !new RegExp(`"${key}"|\\b${key}: "`).test(SOURCES))).toEqual([]);
  });

  it("name the same values in both languages", async () => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();
    for (const { table, key, en, zh } of await entries()) expect(names(zh), `${table}.${key}`).toEqual(names(en));
  });

  it("have Chinese punctuation beside Chinese characters", async () => {
    const wrong = (await entries()).filter(({ zh }) =>
      /[\u4e00-\u9fff][,:;?!]|[,;?!][\u4e00-\u9fff]|[\u4e00-\u9fff]\(|\)[\u4e00-\u9fff]/.test(zh),
    );
    expect(wrong.map(({ table, key, zh }) => `${table}.${key}: ${zh}`)).toEqual([]);
  });
});
