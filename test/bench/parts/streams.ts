/** Paced streams: what an event costs, and how late it comes. */
import { median, readStamped, type Asked, type Delays } from "../client.ts";
import type { Contestant } from "../contestants.ts";
import type { Figure } from "../figures.ts";
import { cpuMs } from "../process-figures.ts";
import { inRounds } from "../rounds.ts";
import { added } from "./json.ts";

const EVENTS = 300;
const GAP_MS = 5;
export const STREAM = `stream-${EVENTS}-${GAP_MS}`;
const AT_ONCE = 20;

const ASKED = { model: STREAM, stream: true, messages: [{ role: "user", content: "Hello" }] };
const AS_IT_IS: Asked = { body: JSON.stringify({ ...ASKED, stream_options: { include_usage: true } }) };
const WAYS: readonly (readonly [name: string, asked: Asked])[] = [
  ["nothing to edit", AS_IT_IS],
  ["framed", { body: JSON.stringify(ASKED) }],
];
/** A client of another format; the bare Worker cannot translate. */
const TRANSLATED: Asked = { path: "/v1/messages", body: JSON.stringify({ ...ASKED, max_tokens: 1000 }) };

export async function measureStreams(
  upstream: Contestant,
  [bare, ...gateways]: readonly Contestant[],
): Promise<Figure[]> {
  if (bare === undefined) return [];
  const contestants = [bare, ...gateways];
  const figures: Figure[] = [];
  for (const [way, asked] of WAYS) figures.push(...(await perEvent(way, contestants, () => asked)));
  const translated = await perEvent("translated", contestants, (one) => (one === bare ? AS_IT_IS : TRANSLATED));
  const delays = new Map<Contestant, Delays[]>();
  const first = await inRounds({
    name: "first event, one client",
    unit: "ms",
    rounds: 15,
    contestants: [upstream, ...contestants],
    async measure(one) {
      const read = await readStamped(one, { body: JSON.stringify({ ...ASKED, model: FEW }) });
      delays.set(one, [...(delays.get(one) ?? []), read]);
      return read.firstMs;
    },
  });
  const late = [...delays].map(([one, all]) => ({
    name: "from write to read of an event, p50",
    contestant: one.name,
    unit: "µs",
    value: median(all.flatMap(({ eventsUs }) => eventsUs)),
  }));
  return [...figures, ...translated, ...added("first event added to direct", first), ...late];
}

export const FEW = "stream-20-5";

async function perEvent(
  way: string,
  contestants: readonly Contestant[],
  askedOf: (one: Contestant) => Asked,
): Promise<Figure[]> {
  return inRounds({
    name: `CPU of an event, ${way}`,
    unit: "µs",
    rounds: 4,
    contestants,
    async measure(one) {
      const before = cpuMs(one.pid);
      await Promise.all(Array.from({ length: AT_ONCE }, async () => readStamped(one, askedOf(one))));
      return ((cpuMs(one.pid) - before) * 1000) / (EVENTS * AT_ONCE);
    },
  });
}
