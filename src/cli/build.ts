/**
 * `npm run build`: bundles the Worker into `.wrangler/build`, as wrangler deploys it. Modules behind `import()` become files of
 * their own, which wrangler's own bundler cannot do: what they hold costs nothing until it is asked for.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** @throws with the errors of the build */
export async function bundle(directory: string): Promise<void> {
  // wrangler uploads what it finds there.
  await rm(directory, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/index.ts"],
    outdir: directory,
    entryNames: "index",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "import"],
    mainFields: ["browser", "module", "main"],
    external: ["cloudflare:*", "node:*"],
    define: { "process.env.NODE_ENV": '"production"' },
    sourcemap: "linked",
    logLevel: "silent",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(join(ROOT, ".wrangler", "build"));
