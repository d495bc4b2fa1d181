/** Every relative import of the source, read from its text, with type imports and `import()`. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

interface Import {
  /** Paths from the root of the project. */
  readonly from: string;
  readonly to: string;
}

const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;

/** Every specifier in a file, also of packages. */
function specifiersIn(text: string): string[] {
  return [...text.matchAll(SPECIFIER)].map(([, specifier = ""]) => specifier);
}

/** The specifiers that a file loads when it runs, without types. */
export function loadedBy(path: string): string[] {
  return specifiersIn(readFileSync(path, "utf8").replaceAll(/\b(?:import|export) type\b[^;]*;/g, ""));
}

export function importsOf(root: string, globs: readonly string[]): Import[] {
  return globSync([...globs], { cwd: root }).flatMap((from) =>
    specifiersIn(readFileSync(join(root, from), "utf8"))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => ({ from, to: normalize(join(dirname(from), specifier)) })),
  );
}

/** `src/wire/openai/chat.ts` → `wire`; `src/settings.ts` → `settings.ts`; `schema/index.ts` → `schema`. Undefined for others. */
export function layerOf(path: string): string | undefined {
  const [, inSource, beside] = /^(?:src\/([^/]+)|(schema|test)(?=\/|$))/.exec(path) ?? [];
  return inSource ?? beside;
}
