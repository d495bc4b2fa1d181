/** What wrangler deploys is what the tests run on. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

it("is what wrangler uploads", async () => {
  const [own, uploaded] = [join(folder, "own"), join(folder, "uploaded")];
  await bundle(own);
  await promisify(execFile)(process.execPath, [WRANGLER, "deploy", "--dry-run", "--outdir", uploaded], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false" },
  });
  expect(readFileSync(join(uploaded, "index.js"), "utf8")).toBe(readFileSync(join(own, "index.js"), "utf8"));
});
