/** Streams that are open and silent. */
import { setTimeout as wait } from "node:timers/promises";
import { open } from "../client.ts";
import type { Contestant } from "../contestants.ts";
import type { Figure } from "../figures.ts";
import { memoryKb } from "../process-figures.ts";

export const IDLE = "idle";
const STREAMS = 200;
const SETTLE_MS = 1500;
const BODY = JSON.stringify({ model: IDLE, stream: true, messages: [{ role: "user", content: "Hello" }] });

export async function measureIdle(contestants: readonly Contestant[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const one of contestants) {
    // What the first ones cost once is not theirs.
    const first = await hold(one, 20);
    await wait(SETTLE_MS);
    const before = memoryKb(one.pid);
    const streams = await hold(one, STREAMS);
    await wait(SETTLE_MS);
    const value = (memoryKb(one.pid) - before) / STREAMS;
    figures.push({ name: "memory of an idle stream", contestant: one.name, unit: "KB", value });
    for (const stream of [...first, ...streams]) stream.destroy();
    await wait(SETTLE_MS);
  }
  return figures;
}

async function hold(one: Contestant, count: number) {
  const streams = await Promise.all(Array.from({ length: count }, async () => open(one, { body: BODY })));
  await Promise.all(streams.map(async (stream) => new Promise((resolve) => stream.once("data", resolve))));
  return streams;
}
