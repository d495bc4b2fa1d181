import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { importsOf, layerOf, loadedBy } from "./imports.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAX_LINES = 300;

const BASE = ["core", "operation", "schema"];
/** The layers that a request goes through. */
const PARTS = [...BASE, "wire", "upstream", "access", "routing", "health", "billing", "state"];
const USES = [...PARTS, "relay", "tasks", "accounts"];
const ABOVE = [...USES, "settings.ts", "services.ts"];
const ALL = [...ABOVE, "payments", "endpoints", "portal", "jobs", "app.ts", "index.ts", "cli", "test"];

/** The layers that each layer may import; see `src/README.md`. The overrides of `.oxlintrc.json` forbid all others. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  schema: [],
  core: [],
  operation: ["core"],
  wire: ["core", "operation"],
  upstream: ["core"],
  access: BASE,
  health: BASE,
  billing: BASE,
  state: BASE,
  routing: [...BASE, "health"],
  relay: PARTS,
  tasks: [...PARTS, "relay"],
  accounts: ["core", "schema", "billing"],
  payments: [...BASE.filter((layer) => layer !== "operation"), "billing", "accounts"],
  endpoints: [...ABOVE, "payments"],
  portal: [...ABOVE, "payments"],
  jobs: [...ABOVE, "payments"],
  "settings.ts": [...PARTS, "tasks"],
  "services.ts": [...USES, "settings.ts"],
  "app.ts": [...ABOVE, "payments", "endpoints", "portal"],
  "index.ts": [...ABOVE, "payments", "endpoints", "portal", "jobs", "app.ts"],
  cli: ALL,
  test: ALL,
};
const isAllowed = (from: string, to: string) => from === to || (MAY_IMPORT[from] ?? []).includes(to);

describe("the dependency rule", () => {
  it("has a row for every layer", () => {
    expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(ALL.toSorted());
    const found = globSync(["src/*", "schema", "test"], { cwd: ROOT }).map(layerOf);
    expect(found.filter((layer) => layer?.endsWith(".md") === false && !ALL.includes(layer))).toEqual(["decisions"]);
  });

  it("holds for every import of the source", () => {
    const wrong = importsOf(ROOT, ["src/**/*.{ts,tsx}", "schema/**/*.ts"]).filter(({ from, to }) => {
      const [importer, imported] = [layerOf(from), layerOf(to)];
      return importer !== undefined && imported !== undefined && !isAllowed(importer, imported);
    });
    expect(wrong).toEqual([]);
  });

  it("is enforced by the linter for every pair of layers, for types and for import() too", () => {
    const folder = mkdtempSync(join(tmpdir(), "token-gateway-lint-"));
    cpSync(join(ROOT, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    const planted = Object.keys(MAY_IMPORT).flatMap((from) =>
      plantsOf(from).flatMap((file) => {
        const targets = ALL.map((to) => [to, pathFrom(file, targetOf(to))] as const);
        const text = targets.flatMap(([to, path], position) => [
          `import { a${position} } from "${path}"; // ${to}`,
          `import type { B${position} } from "${path}"; // ${to}`,
          `export const c${position} = () => import("${path}"); // ${to}`,
        ]);
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), `${text.join("\n")}\n`);
        return text.map((line, index) => ({ from, to: line.split("// ")[1] ?? "", place: `${file}:${index + 1}:` }));
      }),
    );
    const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint");
    const { stdout } = spawnSync(process.execPath, [oxlint, "--format", "unix"], { cwd: folder, encoding: "utf8" });
    rmSync(folder, { recursive: true, force: true });
    const refused = stdout.split("\n").filter((line) => line.includes("no-restricted-imports"));
    const wrong = planted.filter(
      ({ from, to, place }) => refused.some((line) => line.startsWith(place)) === isAllowed(from, to),
    );
    expect(planted.length).toBeGreaterThan(1000);
    expect(wrong).toEqual([]);
  });
});

/** Where an import is planted: in a layer's folder and in a folder below it. */
function plantsOf(layer: string): string[] {
  if (layer.endsWith(".ts")) return [`src/${layer}`];
  const folder = layer === "schema" || layer === "test" ? layer : `src/${layer}`;
  return [`${folder}/planted.ts`, `${folder}/deep/planted.ts`];
}

function targetOf(layer: string): string {
  return layer.endsWith(".ts")
    ? `src/${layer}`
    : `${layer === "schema" || layer === "test" ? "" : "src/"}${layer}/thing.ts`;
}

function pathFrom(file: string, target: string): string {
  const path = relative(dirname(file), target);
  return path.startsWith(".") ? path : `./${path}`;
}

/** File names that may occur in several folders of the Worker, each for a reason. */
const SHARED_NAMES: Readonly<Record<string, string>> = {
  "index.ts": "imports of it name its folder: `wire/index.ts` is the registry of wires",
  "types.ts": "holds the types that the files of its folder share",
  "tuning.ts": "the numbers that operators may change: one file for routing, one for health",
};

describe("the tree", () => {
  it("keeps its source files short", () => {
    const long = globSync("src/**/*.{ts,tsx}", { cwd: ROOT })
      .map((file) => [file, readFileSync(join(ROOT, file), "utf8").split("\n").length] as const)
      .filter(([, lines]) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it("names the tests that need workerd *.worker.test.ts, and no others", () => {
    const tests = globSync("test/**/*.test.ts", { cwd: ROOT, exclude: ["test/e2e/**", "test/tooling/**"] });
    const wrong = tests.filter(
      (file) =>
        file.endsWith(".worker.test.ts") !== (needsWorkerd(file) || usesItsStreams(file) || testsItsDigest(file)),
    );
    expect(tests.length).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });

  it("has no two files of the Worker with one name, except where the folder makes the difference plain", () => {
    const places = new Map<string, Set<string>>();
    for (const file of globSync("src/**/*.{ts,tsx}", { cwd: ROOT, exclude: ["src/cli/**"] })) {
      // Shapes of one kind have the same name in each vendor's folder.
      const folder = dirname(file).replace(/^src\/wire\/[^/]+$/, "src/wire/<vendor>");
      places.set(basename(file), (places.get(basename(file)) ?? new Set()).add(folder));
    }
    const alike = [...places].filter(([name, folders]) => folders.size > 1 && SHARED_NAMES[name] === undefined);
    expect(alike.map(([name, folders]) => `${name}: ${[...folders].join(", ")}`)).toEqual([]);
  });

  it("has nothing new at its top", () => {
    const known =
      /^(\..*|package(-lock)?\.json|tsconfig\.json|wrangler\.toml|src|schema|test|README(\.zh-CN)?\.md|LICENSE|SECURITY\.md|CHANGELOG\.md|node_modules)$/;
    expect(readdirSync(ROOT).filter((entry) => !known.test(entry))).toEqual([]);
  });

  it("documents every variable in both READMEs", () => {
    const variables = readFileSync(join(ROOT, "src/settings.ts"), "utf8").match(/^ {2}[A-Z][A-Z_]+(?=:)/gm) ?? [];
    expect(variables.length).toBeGreaterThan(5);
    for (const readme of ["README.md", "README.zh-CN.md"]) {
      const text = readFileSync(join(ROOT, readme), "utf8");
      expect(
        variables.map((name) => name.trim()).filter((name) => !text.includes(`\`${name}\``)),
        readme,
      ).toEqual([]);
    }
  });

  it("has one address limit: the native limiter's number is the variable's, and the default", () => {
    const config = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
    const [, native] = /simple = \{ limit = (\d+), period = 60 \}/.exec(config) ?? [];
    const [, variable] = /IP_REQUESTS_PER_MINUTE = "(\d+)"/.exec(config) ?? [];
    const [, preset] =
      /IP_REQUESTS_PER_MINUTE: wholeNumber\((\d+)/.exec(readFileSync(join(ROOT, "src/settings.ts"), "utf8")) ?? [];
    expect([native, variable, preset]).toEqual(["500", "500", "500"]);
  });

  it("is reached at the operator's own domain alone, unless the operator says otherwise", () => {
    const config = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
    expect(config.match(/^workers_dev = .*$/gm)).toEqual(["workers_dev = false"]);
  });

  it("names no package host in the lock file", () => {
    expect(readFileSync(join(ROOT, "package-lock.json"), "utf8")).not.toMatch(/"resolved":|https?:\/\/[^"]*\.tgz/);
  });
});

/** Makes a stream that only workerd has. */
function usesItsStreams(file: string): boolean {
  return readFileSync(join(ROOT, file), "utf8").includes("new IdentityTransformStream(");
}

/** Tests a module that makes digests which Node's Web Crypto does not know. */
function testsItsDigest(file: string): boolean {
  return loadedBy(join(ROOT, file))
    .filter((specifier) => specifier.startsWith(".") && specifier.includes("/src/"))
    .some((specifier) => readFileSync(join(ROOT, dirname(file), specifier), "utf8").includes('subtle.digest("MD5"'));
}

/** Whether a module, or a module that it loads, imports something that only workerd has. */
function needsWorkerd(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  return loadedBy(join(ROOT, file)).some(
    (specifier) =>
      specifier.startsWith("cloudflare:") ||
      (specifier.startsWith(".") && needsWorkerd(join(dirname(file), specifier), seen)),
  );
}
