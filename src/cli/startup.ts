/**
 * `npm run startup`: what the portal costs each isolate at its start. Builds the Worker with the portal and without, and has V8
 * compile and evaluate the two in turn, each time in a new process. The ratio of the CPU times counts; the times themselves are
 * this machine's.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Plugin } from "esbuild";
import { bundle } from "./build.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 40);
const ONE_START = fileURLToPath(new URL("one-start.ts", import.meta.url));

const withoutPortal: Plugin = {
  name: "without-portal",
  setup(worker) {
    worker.onResolve({ filter: /^\.\/portal\/index\.tsx$/ }, ({ path }) => ({ path, namespace: "without-portal" }));
    worker.onLoad({ filter: /./, namespace: "without-portal" }, () => ({
      contents: "export const createPortal = null;",
    }));
  },
};

/** @returns milliseconds of CPU */
async function start(directory: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [ONE_START, join(directory, "index.js")]);
  return Number(stdout) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const folder = await mkdtemp(join(tmpdir(), "token-gateway-startup-"));
try {
  const [whole, bare] = [join(folder, "whole"), join(folder, "bare")];
  await bundle(whole);
  await bundle(bare, [withoutPortal]);
  const times: { whole: number[]; bare: number[] } = { whole: [], bare: [] };
  for (let round = 0; round < ROUNDS; round++) {
    // Each is first as often as second.
    const order = round % 2 === 0 ? (["whole", "bare"] as const) : (["bare", "whole"] as const);
    for (const which of order) times[which].push(await start(which === "whole" ? whole : bare));
  }
  const [withIt, without] = [median(times.whole), median(times.bare)];
  console.log(`with the portal:    ${withIt.toFixed(2)} ms of CPU (median of ${ROUNDS})`);
  console.log(`without the portal: ${without.toFixed(2)} ms`);
  console.log(`ratio:              ${(withIt / without).toFixed(3)}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
