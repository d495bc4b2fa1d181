/** What each new isolate costs before its first answer, and how large its module is. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { median } from "../client.ts";
import { withPid, type Builds } from "../contestants.ts";
import type { Figure } from "../figures.ts";
import { cpuMs } from "../process-figures.ts";

const STARTS = 9;
const EMPTY = "export default { fetch() { return new Response(null, { status: 503 }) } }";

/** Bare of bindings, the gateway only says what is missing: its module was loaded and run all the same. */
export async function measureStart(builds: Builds): Promise<Figure[]> {
  const directory = builds.directory("real");
  const hot = hotModules(join(directory, "index.js"));
  const ways: readonly (readonly [contestant: string, modules: readonly Module[]])[] = [
    ["empty Worker", [{ type: "ESModule", path: join(directory, "index.js"), contents: EMPTY }]],
    ["gateway", hot.map((path) => ({ type: "ESModule", path, contents: readFileSync(path, "utf8") }))],
  ];
  const took = ways.map(() => [] as number[]);
  for (let start = 0; start < STARTS; start++)
    for (const [at, [, modules]] of ways.entries()) took[at]?.push(await oneStart(modules, directory));
  const [empty = Number.NaN] = took.map((values) => median(values));
  const zipped = gzipSync(hot.map((path) => readFileSync(path, "utf8")).join("\n")).length / 1024;
  return [
    ...ways.map(([contestant], at) => {
      const value = median(took[at] ?? []);
      return { name: "CPU of a start", contestant, unit: "ms", value, ratio: value / empty };
    }),
    { name: "hot module, gzipped", contestant: "gateway", unit: "KB", value: zipped },
  ];
}

/** The entry and all that it imports before anybody asks for anything. */
function hotModules(entry: string): string[] {
  const found = new Set<string>([entry]);
  for (const path of found)
    for (const [, from = ""] of readFileSync(path, "utf8").matchAll(
      /(?:^|\n)(?:import|export)[^;"']*?from\s*"(\.[^"]+)"/g,
    ))
      found.add(join(dirname(path), from));
  return [...found];
}

interface Module {
  readonly type: "ESModule";
  readonly path: string;
  readonly contents: string;
}

/** @returns the CPU of a workerd from its beginning to its first answer, in milliseconds */
async function oneStart(modules: readonly Module[], modulesRoot: string): Promise<number> {
  const options = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    workers: [
      {
        name: "start",
        modules: [...modules],
        modulesRoot,
        compatibilityDate: "2026-09-15",
        compatibilityFlags: ["enable_request_signal"],
      },
    ],
  });
  const [miniflare, pid] = await withPid(async () => {
    const started = new Miniflare(options);
    await started.ready;
    return started;
  });
  const { origin } = await miniflare.ready;
  await (await fetch(`${origin}/healthz`)).text();
  const spent = cpuMs(pid);
  await miniflare.dispose();
  return spent;
}
