import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAX_LINES = 300;

/** Who may import whom, below `relay`; see `src/README.md`. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  operation: ["core"],
  wire: ["core", "operation"],
  upstream: ["core"],
  access: ["core", "schema"],
  health: ["core", "operation", "schema"],
  routing: ["core", "operation", "schema", "health"],
  billing: ["core", "operation", "schema"],
  relay: ["core", "operation", "schema", "wire", "upstream", "access", "routing", "health", "billing"],
};
const ALL = [...Object.keys(MAY_IMPORT), "endpoints", "schema"];

describe("the dependency rule", () => {
  it("is enforced by the linter for every pair of layers", () => {
    const pairs = Object.keys(MAY_IMPORT).flatMap((from) =>
      ALL.filter((to) => to !== from).map((to) => [from, to] as const),
    );
    const folder = mkdtempSync(join(tmpdir(), "token-gateway-lint-"));
    cpSync(join(ROOT, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    for (const [from, to] of pairs) {
      const target = to === "schema" ? "../../schema/index.ts" : `../${to}/thing.ts`;
      mkdirSync(join(folder, "src", from), { recursive: true });
      writeFileSync(
        join(folder, "src", from, `to-${to}.ts`),
        `import { thing } from "${target}";\nexport const copy = thing;\n`,
      );
    }
    const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint");
    const { stdout } = spawnSync(process.execPath, [oxlint, "--format", "unix"], { cwd: folder, encoding: "utf8" });
    rmSync(folder, { recursive: true, force: true });
    const refused = (from: string, to: string) =>
      stdout
        .split("\n")
        .some((line) => line.includes(`src/${from}/to-${to}.ts`) && line.includes("no-restricted-imports"));
    const wrong = pairs.filter(([from, to]) => refused(from, to) === (MAY_IMPORT[from] ?? []).includes(to));
    expect(wrong, stdout).toEqual([]);
  });
});

describe("the tree", () => {
  it("keeps its source files short", () => {
    const long = globSync("src/**/*.{ts,tsx}", { cwd: ROOT })
      .map((file) => [file, readFileSync(join(ROOT, file), "utf8").split("\n").length] as const)
      .filter(([, lines]) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it("has nothing new at its top", () => {
    const known =
      /^(\..*|package(-lock)?\.json|tsconfig\.json|wrangler\.toml|src|schema|test|README(\.zh-CN)?\.md|LICENSE|CHANGELOG\.md|node_modules)$/;
    expect(readdirSync(ROOT).filter((entry) => !known.test(entry))).toEqual([]);
  });

  it("documents every variable in both READMEs", () => {
    const variables = readFileSync(join(ROOT, "src/env.ts"), "utf8").match(/^ {2}[A-Z][A-Z_]+(?=:)/gm) ?? [];
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
      /IP_REQUESTS_PER_MINUTE: wholeNumber\((\d+)/.exec(readFileSync(join(ROOT, "src/env.ts"), "utf8")) ?? [];
    expect([native, variable, preset]).toEqual(["500", "500", "500"]);
  });

  it("names no package host in the lock file", () => {
    expect(readFileSync(join(ROOT, "package-lock.json"), "utf8")).not.toMatch(/"resolved":|https?:\/\/[^"]*\.tgz/);
  });
});
