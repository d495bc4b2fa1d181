/** Requests of 9 MB, as with pictures. */
import { ask, median } from "../client.ts";
import type { Contestant } from "../contestants.ts";
import type { Figure } from "../figures.ts";
import { cpuMs, memoryKb } from "../process-figures.ts";
import { inRounds } from "../rounds.ts";

const PICTURE = `data:image/png;base64,${Buffer.alloc(6_750_000, 7).toString("base64")}`;
const BODY = Buffer.from(
  JSON.stringify({
    model: "json",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: PICTURE } },
        ],
      },
    ],
  }),
);
const REQUESTS = 5;
const AT_ONCE = 6;
const LOOK_MS = 10;

export async function measureBodies(contestants: readonly Contestant[]): Promise<Figure[]> {
  for (const one of contestants) await ask(one, { body: BODY });
  const cpu = await inRounds({
    name: "CPU of a request of 9 MB",
    unit: "ms",
    rounds: 5,
    contestants,
    async measure(one) {
      const before = cpuMs(one.pid);
      for (let sent = 0; sent < REQUESTS; sent++) await ask(one, { body: BODY });
      return (cpuMs(one.pid) - before) / REQUESTS;
    },
  });
  const memory: Figure[] = [];
  for (const one of contestants) {
    const peaks: number[] = [];
    for (let round = 0; round < 3; round++) peaks.push(await peakAbove(one));
    memory.push({
      name: `memory of ${AT_ONCE} of them at once`,
      contestant: one.name,
      unit: "MB",
      value: median(peaks),
    });
  }
  return [...cpu, ...memory];
}

/** The most memory while they run, above that of before, in megabytes. */
async function peakAbove(one: Contestant): Promise<number> {
  const rest = memoryKb(one.pid);
  let peak = rest;
  const looking = setInterval(() => {
    peak = Math.max(peak, memoryKb(one.pid));
  }, LOOK_MS);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => ask(one, { body: BODY })));
  clearInterval(looking);
  return (peak - rest) / 1024;
}
