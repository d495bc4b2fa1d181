/**
 * `npm run build`: bundles the Worker into `.wrangler/build`, as wrangler deploys it. Modules behind `import()` become files of
 * their own, which wrangler's own bundler cannot do: what they hold costs nothing until it is asked for. What
 * browsers load goes beside it, into `.wrangler/build-assets`: the portal's style sheet and script, and the reference of the docs.
 */
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type OnResolveArgs, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ASSETS = ["portal.css", "portal.ts", "reference.css", "icon.svg"].map((file) => `src/portal/assets/${file}`);
/** The interactive reference of the docs, as its vendor built it for browsers. */
const REFERENCE = join(ROOT, "node_modules/@scalar/api-reference");
/** Browsers keep what is below: the hash of the content, or a version, is in each path. */
const ASSET_HEADERS = `/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
`;

/**
 * @param before what resolves modules before the build does
 * @throws with the errors of the build
 */
export async function bundle(directory: string, before: readonly Plugin[] = []): Promise<void> {
  const assetsPath = await bundleAssets(assetsOf(directory));
  const referencePath = await copyReference(assetsOf(directory));
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
    plugins: [...before, ownZodOfSignIn],
    define: {
      "process.env.NODE_ENV": '"production"',
      ASSETS_PATH: JSON.stringify(assetsPath),
      REFERENCE_PATH: JSON.stringify(referencePath),
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

/** @returns the path below which the modules of the reference are served, and find each other */
async function copyReference(directory: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(REFERENCE, "package.json"), "utf8")) as { version: string };
  const path = `/assets/reference-${version}`;
  const from = join(REFERENCE, "dist/browser");
  await mkdir(join(directory, path, "chunks"), { recursive: true });
  const files = globSync(["standalone.esm.js", "chunks/*.js"], { cwd: from });
  await Promise.all(files.map(async (file) => copyFile(join(from, file), join(directory, path, file))));
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(join(ROOT, ".wrangler", "build"));
