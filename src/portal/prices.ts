/** Prices as people quote them: for a million tokens, a second, a picture. */
import { unitPrice, type Price } from "../billing/price.ts";
import { UNITS, type Unit } from "../core/units.ts";
import { PER, UNIT_TEXTS } from "./text/units-text.ts";
import type { Visit } from "./visit.ts";

const PPM = 1_000_000;

/** Nanos for as much of the unit as people quote a price for. @param ratioPpm of the reader's group */
export function quotedNanos(price: Price, unit: Unit, ratioPpm: number): number {
  const { per, quotedPer } = UNITS[unit];
  return quoted(unitPrice(price, unit), quotedPer / per, ratioPpm);
}

function quoted(nanos: number, times: number, ratioPpm: number): number {
  return Number((BigInt(nanos) * BigInt(times) * BigInt(ratioPpm) + BigInt(PPM / 2)) / BigInt(PPM));
}

/** Rates beyond those for plain input, cached input and output, in words. */
export function otherRates({ say, format }: Visit, price: Price, ratioPpm: number): readonly string[] {
  const shown = new Set<Unit>(["input", "cachedRead", "output"]);
  return (Object.keys(price) as Unit[]).flatMap((unit) =>
    (price[unit] ?? []).flatMap(({ nanos, when }) => {
      const conditions = Object.entries(when).map(([name, value]) => `${name} ${value}`);
      if (shown.has(unit) && conditions.length === 0) return [];
      const { per, quotedPer } = UNITS[unit];
      const amount = format.amount(quoted(nanos, quotedPer / per, ratioPpm));
      const condition = conditions.length === 0 ? "" : ` (${conditions.join(", ")})`;
      return [`${say(perText(unit), { unit: say(UNIT_TEXTS[unit]) })}${condition}: ${amount}`];
    }),
  );
}

function perText(unit: Unit) {
  if (unit === "durationMs") return PER.second;
  return UNITS[unit].quotedPer === 1 ? PER.one : PER.million;
}
