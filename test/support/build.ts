/** Builds the Worker once for all end-to-end tests. */
import { bundle } from "../../src/cli/build.ts";
import { ROOT } from "../../src/cli/local-worker.ts";

export const BUILD_DIRECTORY = `${ROOT}.wrangler/test-build`;

export async function setup(): Promise<void> {
  await bundle(BUILD_DIRECTORY);
}
