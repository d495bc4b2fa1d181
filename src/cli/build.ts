/**
 * `npm run build`: bundles the Worker into `.wrangler/build`, as wrangler deploys it. Modules behind `import()` become files of
 * their own, which wrangler's own bundler cannot do: what they hold costs nothing until it is asked for. The portal's style
 * sheet and script go beside it, into `.wrangler/build-assets`.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type OnResolveArgs, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ASSETS = ["portal.css", "portal.ts", "icon.svg"].map((file) => `src/portal/assets/${file}`);
/** Browsers keep what is below the hash of its content. */
const ASSET_HEADERS = `/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
`;

/** @throws with the errors of the build */
export async function bundle(directory: string): Promise<void> {
  const assetsPath = await bundleAssets(assetsOf(directory));
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
    plugins: [ownZodOfSignIn],
    define: {
      "process.env.NODE_ENV": '"production"',
      ASSETS_PATH: JSON.stringify(assetsPath),
      // A page of the documentation.
      CHANGELOG: JSON.stringify(await readFile(join(ROOT, "CHANGELOG.md"), "utf8")),
    },
    sourcemap: "linked",
    logLevel: "silent",
  });
}

/**
 * The sign-in library uses all of zod, and the rest of the Worker a small part. If both shared it, every isolate would load all of
 * it. So the library gets a zod of its own, in the portal's module.
 */
const ownZodOfSignIn: Plugin = {
  name: "own-zod-of-sign-in",
  setup(worker) {
    const namespace = "zod-of-sign-in";
    const asOwn = async (path: string, { kind, resolveDir }: OnResolveArgs) => {
      const found = await worker.resolve(path, { kind, resolveDir });
      return found.errors.length > 0 ? found : { path: found.path, namespace };
    };
    worker.onResolve({ filter: /^zod($|\/)/ }, async (args) =>
      /node_modules\/(@better-auth|better-auth|better-call)\//.test(args.importer) ? asOwn(args.path, args) : undefined,
    );
    worker.onResolve({ filter: /./, namespace }, async (args) => asOwn(args.path, args));
    worker.onLoad({ filter: /./, namespace }, async ({ path }) => ({
      contents: await readFile(path, "utf8"),
      resolveDir: dirname(path),
    }));
  },
};

/** Where {@link bundle} puts the static files of a Worker. */
export function assetsOf(directory: string): string {
  return `${directory}-assets`;
}

/** @returns the path below which the files are served: `/assets/<hash>` */
async function bundleAssets(directory: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ASSETS,
    outdir: directory,
    bundle: true,
    minify: true,
    target: ["es2022", "chrome110", "safari16"],
    loader: { ".svg": "copy" },
    write: false,
    logLevel: "silent",
  });
  const hash = createHash("sha256");
  for (const { contents } of outputFiles) hash.update(contents);
  const path = `/assets/${hash.digest("hex").slice(0, 12)}`;
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(directory, path), { recursive: true });
  await writeFile(join(directory, "_headers"), ASSET_HEADERS);
  for (const file of outputFiles) await writeFile(join(directory, path, basename(file.path)), file.contents);
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(join(ROOT, ".wrangler", "build"));
