import { median } from "./client.ts";
import type { Contestant } from "./contestants.ts";
import type { Figure } from "./figures.ts";

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly rounds: number;
  /** The first one is what the others are compared with. */
  readonly contestants: readonly Contestant[];
  readonly measure: (contestant: Contestant) => Promise<number>;
}

/** Each contestant in each round, in turn from another one on; medians of the ratios within a round. */
export async function inRounds({ name, unit, rounds, contestants, measure }: Measured): Promise<Figure[]> {
  const found = new Map(contestants.map((one) => [one, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const one = contestants[(round + turn) % contestants.length];
      if (one !== undefined) found.get(one)?.push(await measure(one));
    }
  }
  const [first = []] = found.values();
  return [...found].map(([one, values]) => ({
    name,
    unit,
    contestant: one.name,
    value: median(values),
    ratio: median(values.map((value, round) => value / (first[round] ?? Number.NaN))),
  }));
}
