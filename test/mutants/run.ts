/**
 * `npm run mutants`: breaks each law in a copy of the project and runs the tests that load the changed file. A mutant
 * that no test notices is printed, and the exit code is 1. `npm run mutants -- access core` runs some of the lists.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileWith, LISTS, ROOT } from "./lists.ts";

const COPIED = ["package.json", "tsconfig.json", "wrangler.toml", "CHANGELOG.md", "src", "schema", "test"];
/** A mutant that makes a test run for ever, or out of memory, counts as noticed. */
const TIMEOUT_MS = 120_000;

interface TestReport {
  readonly numTotalTests: number;
  readonly numFailedTests: number;
}

/** The result of the tests that `command` runs; undefined when they did not end. */
function outcomeOf(command: readonly string[], project: string, folder: string): TestReport | undefined {
  const report = join(folder, "report.json");
  rmSync(report, { force: true });
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const options = ["--run", "--config", "test/vitest.config.ts", "--project", project, "--bail", "1"];
  if (project === "pure") options.push("--no-isolate", "--pool", "threads");
  const reporting = ["--passWithNoTests", "--reporter=json", `--outputFile=${report}`];
  const outcome = spawnSync(process.execPath, [vitest, ...command, ...options, ...reporting], {
    cwd: folder,
    timeout: TIMEOUT_MS,
    encoding: "utf8",
  });
  if (outcome.error !== undefined) return undefined;
  try {
    return JSON.parse(readFileSync(report, "utf8")) as TestReport;
  } catch {
    if (outcome.stderr.includes("Worker exited unexpectedly")) return undefined;
    throw new Error(`vitest made no report:\n${outcome.stdout}${outcome.stderr}`);
  }
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => LISTS[name] === undefined);
if (unknown.length > 0) throw new Error(`No list is named ${unknown.join(", ")}: ${Object.keys(LISTS).join(", ")}`);
const mutants = Object.entries(LISTS)
  .filter(([name]) => names.length === 0 || names.includes(name))
  .flatMap(([name, list]) => list.map((mutant) => ({ ...mutant, name, file: fileWith(mutant) })));

const folder = mkdtempSync(join(tmpdir(), "token-gateway-mutants-"));
for (const entry of COPIED) cpSync(join(ROOT, entry), join(folder, entry), { recursive: true });
symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));

const survivors: string[] = [];
for (const { name, law, file, from, to, project = "pure", tests } of mutants) {
  const path = join(folder, file);
  const original = readFileSync(path, "utf8");
  writeFileSync(
    path,
    original.replace(from, () => to),
  );
  const command = tests === undefined ? ["related", path] : ["run", tests];
  const report = outcomeOf(command, project, folder);
  writeFileSync(path, original);
  if (report !== undefined && report.numTotalTests > 0 && report.numFailedTests === 0) survivors.push(law);
  if (report?.numTotalTests === 0) survivors.push(`${law} (no test ran)`);
  const fate = report === undefined ? "hangs" : report.numFailedTests > 0 ? "dies" : "SURVIVES";
  console.log(`${fate.padEnd(8)} ${name}: ${law}`);
}
rmSync(folder, { recursive: true, force: true });

console.log(`\n${mutants.length - survivors.length} of ${mutants.length} mutants die.`);
for (const law of survivors) console.log(`No test notices: ${law}`);
process.exitCode = survivors.length === 0 ? 0 : 1;
