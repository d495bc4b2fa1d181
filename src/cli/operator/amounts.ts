/** Turns amounts as people write them into nanos for the API. */
import { parseNanos } from "../../core/money.ts";
import { UNITS, type Unit } from "../../core/units.ts";
import { Problem } from "./problem.ts";

/** `12.5` in the site's currency. @throws Problem */
export function readAmount(text: string | undefined, option: string): number {
  const nanos = text === undefined ? undefined : parseNanos(text);
  if (nanos === undefined || nanos <= 0) {
    throw new Problem(`${option} must be an amount above 0 such as 10 or 2.50, not '${text ?? ""}'.`, 2);
  }
  return nanos;
}

export const MILLION = 1_000_000;

/** The price of a unit as people quote it, such as `2.5` for a million tokens; as nanos of a rate. @throws Problem */
export function readPrice(text: string, unit: Unit, option: string): number {
  const { per, quotedPer } = UNITS[unit];
  const rates = quotedPer / per;
  const quoted = parseNanos(text);
  if (quoted === undefined || quoted < 0 || quoted % rates !== 0) {
    const form =
      quotedPer === MILLION ? "a price for a million such as 2.5 (six decimals at most)" : "a price such as 0.04";
    throw new Problem(`${option} must be ${form}, not '${text}'.`, 2);
  }
  return quoted / rates;
}

/** @throws Problem */
export function readCount(text: string | undefined, option: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text ?? "") || !Number.isSafeInteger(count)) {
    throw new Problem(`${option} must be a whole number, not '${text ?? ""}'.`, 2);
  }
  return count;
}
