/** Builds the Worker once for all end-to-end tests, exactly as a deployment would. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const BUILD_DIRECTORY = `${ROOT}.wrangler/test-build`;

export function setup(): void {
  execFileSync(
    process.execPath,
    [`${ROOT}node_modules/wrangler/bin/wrangler.js`, "deploy", "--dry-run", "--outdir", BUILD_DIRECTORY],
    {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, WRANGLER_HIDE_BANNER: "true" },
    },
  );
}
