/** What wrangler deploys is what the tests run on. */
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "../../src/cli/build.ts";
import { ROOT, WRANGLER } from "../../src/cli/local-worker.ts";

/** @see https://developers.cloudflare.com/workers/static-assets/ */
const MAX_ASSET_BYTES = 25 * 1024 * 1024;

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
    "AnthropicError",
    "standalone.esm.js",
  ]) {
    expect(hot, word).not.toContain(word);
  }
  for (const word of ["zod-of-sign-in", "better-auth"]) expect(all.join("\n")).toContain(word);
});

it("puts beside it what browsers load, the reference without its maps, and nothing that Cloudflare does not take", async () => {
  const directory = join(folder, "with-assets");
  await bundle(directory);
  const files = globSync("**/*", { cwd: `${directory}-assets`, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
  const reference = files.filter((file) =>
    /\/assets\/reference-[\d.]+\/(chunks\/[^/]+|standalone\.esm)\.js$/.test(file),
  );
  expect(reference.some((file) => file.endsWith("standalone.esm.js"))).toBe(true);
  const others = files.filter((file) => !reference.includes(file)).map((file) => basename(file));
  expect(others.toSorted()).toEqual(["_headers", "icon.svg", "portal.css", "portal.js", "reference.css"]);
  const sizes = files.map((file) => statSync(file).size);
  console.log(`${files.length} files, ${sizes.reduce((sum, size) => sum + size, 0)} bytes for browsers`);
  expect(Math.max(...sizes)).toBeLessThan(MAX_ASSET_BYTES);
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
