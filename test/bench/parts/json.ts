/** Requests without a stream. */
import { ask, closedLoop } from "../client.ts";
import type { Contestant } from "../contestants.ts";
import type { Figure } from "../figures.ts";
import { cpuMs } from "../process-figures.ts";
import { inRounds } from "../rounds.ts";

export const JSON_MODEL = "json";
const ASKED = {
  body: JSON.stringify({ model: JSON_MODEL, stream: false, messages: [{ role: "user", content: "Hello" }] }),
};
const REQUESTS = 1500;
const CLIENTS = 8;

export async function measureJson(upstream: Contestant, contestants: readonly Contestant[]): Promise<Figure[]> {
  for (const one of [upstream, ...contestants]) await closedLoop(500, CLIENTS, async () => ask(one, ASKED));
  const cpu = await inRounds({
    name: "CPU of a JSON request",
    unit: "ms",
    rounds: 7,
    contestants,
    async measure(one) {
      const before = cpuMs(one.pid);
      await closedLoop(REQUESTS, CLIENTS, async () => ask(one, ASKED));
      return (cpuMs(one.pid) - before) / REQUESTS;
    },
  });
  const latency = await inRounds({
    name: "p50 of one client",
    unit: "ms",
    rounds: 7,
    contestants: [upstream, ...contestants],
    measure: async (one) => p50(300, async () => ask(one, ASKED)),
  });
  return [...cpu, ...added("p50 added to direct", latency)];
}

/** @returns milliseconds */
export async function p50(times: number, work: () => Promise<void>): Promise<number> {
  const took: number[] = [];
  await closedLoop(times, 1, async () => {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  });
  return took.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}

/** What each is above the first one. */
export function added(name: string, figures: readonly Figure[]): Figure[] {
  const [first, ...others] = figures;
  return others.map(({ contestant, unit, value }) => ({ name, contestant, unit, value: value - (first?.value ?? 0) }));
}
