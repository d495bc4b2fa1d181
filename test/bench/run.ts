/** `npm run bench`: see README.md beside it. `npm run bench -- json streams` runs some parts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Builds, startBare, startUpstream, type Contestant } from "./contestants.ts";
import type { Figure } from "./figures.ts";
import { measureBodies } from "./parts/bodies.ts";
import { measureGrowth } from "./parts/growth.ts";
import { IDLE, measureIdle } from "./parts/idle.ts";
import { JSON_MODEL, measureJson } from "./parts/json.ts";
import { measureStart } from "./parts/start.ts";
import { FEW, measureStreams, STREAM } from "./parts/streams.ts";

interface Field {
  readonly upstream: Contestant;
  /** The bare Worker first. */
  readonly contestants: readonly Contestant[];
  readonly builds: Builds;
}

const PARTS: Readonly<Record<string, (field: Field) => Promise<readonly Figure[]>>> = {
  json: async ({ upstream, contestants }) => measureJson(upstream, contestants),
  streams: async ({ upstream, contestants }) => measureStreams(upstream, contestants),
  bodies: async ({ contestants }) => measureBodies(contestants),
  idle: async ({ contestants }) => measureIdle(contestants),
  start: async ({ builds }) => measureStart(builds),
  growth: async ({ upstream, builds }) => measureGrowth(upstream, builds),
};
const MODELS = [JSON_MODEL, STREAM, FEW, IDLE];
const FILE = fileURLToPath(new URL("../../.wrangler/bench.json", import.meta.url));

const names = process.argv.slice(2);
const unknown = names.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) throw new Error(`No part is named ${unknown.join(", ")}: ${Object.keys(PARTS).join(", ")}`);

const figures: Figure[] = [];
const builds = new Builds();
const running: Contestant[] = [];
try {
  await builds.make();
  const upstream = await startUpstream();
  running.push(upstream);
  for (const start of [
    async () => startBare(upstream),
    async () => builds.start("instant", upstream, MODELS),
    async () => builds.start("real", upstream, MODELS),
  ])
    running.push(await start());
  const field = { upstream, contestants: running.slice(1), builds };
  for (const [name, measure] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`${name} …`);
    figures.push(...(await measure(field)));
  }
} finally {
  for (const one of running) await one.stop();
  builds.remove();
}
for (const { name, contestant, value, unit, ratio } of figures) {
  const shown = ratio === undefined ? "" : `${ratio.toFixed(2)} x`;
  console.log(
    `${name.padEnd(42)} ${contestant.padEnd(26)} ${`${value.toFixed(2)} ${unit}`.padStart(12)} ${shown.padStart(9)}`,
  );
}
mkdirSync(dirname(FILE), { recursive: true });
writeFileSync(FILE, JSON.stringify({ cpu: cpus()[0]?.model, at: new Date().toISOString(), figures }, null, 2));
