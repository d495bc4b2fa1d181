/** What wrangler deploys is what the tests run on. */
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "../../src/cli/build.ts";
import { ROOT, WRANGLER } from "../../src/cli/local-worker.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "token-gateway-build-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("leaves nothing of an earlier build", async () => {
  const directory = join(folder, "twice");
  await mkdir(join(directory, "chunks"), { recursive: true });
  writeFileSync(join(directory, "chunks", "old.js"), "export {}");
  await bundle(directory);
  expect(() => readFileSync(join(directory, "chunks", "old.js"))).toThrow("ENOENT");
  expect(readFileSync(join(directory, "index.js"), "utf8")).toContain("export {");
});

it("keeps the portal out of what every isolate loads", async () => {
  const directory = join(folder, "apart");
  await bundle(directory);
  const hot = loadedWith(directory, "index.js");
  const all = readdirSync(join(directory, "chunks"))
    .filter((file) => file.endsWith(".js"))
    .map((file) => readFileSync(join(directory, "chunks", file), "utf8"));
  // Words of the portal and of its libraries.
  for (const word of [
    "ZodTemplateLiteral",
    "better-auth",
    "two-factor",
    "jsx-runtime",
    "picocss",
    "data-playground",
    "sign-in/code",
  ]) {
    expect(hot, word).not.toContain(word);
  }
  for (const word of ["zod-of-sign-in", "better-auth"]) expect(all.join("\n")).toContain(word);
});

/** The text of a module and of all that it imports statically. */
function loadedWith(directory: string, entry: string, seen = new Set<string>()): string {
  if (seen.has(entry)) return "";
  seen.add(entry);
  const text = readFileSync(join(directory, entry), "utf8");
  const imported = [...text.matchAll(/(?:from|^import) "(\.\.?\/[^"]+)"/gm)].map(([, path = ""]) =>
    join(entry.includes("/") ? "chunks" : ".", path),
  );
  return [text, ...imported.map((file) => loadedWith(directory, file, seen))].join("\n");
}

it("is what wrangler uploads", async () => {
  const [own, uploaded] = [join(folder, "own"), join(folder, "uploaded")];
  await bundle(own);
  await promisify(execFile)(process.execPath, [WRANGLER, "deploy", "--dry-run", "--outdir", uploaded], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false" },
  });
  // The names of chunks depend on the folder in which they are built.
  const withoutNames = (directory: string) =>
    readFileSync(join(directory, "index.js"), "utf8").replaceAll(/chunks\/([\w-]+)-\w{8}\.js/g, "chunks/$1.js");
  expect(withoutNames(uploaded)).toBe(withoutNames(own));
  const count = (directory: string) => globSync("chunks/*.js", { cwd: directory }).length;
  expect(count(uploaded)).toBe(count(own));
});
