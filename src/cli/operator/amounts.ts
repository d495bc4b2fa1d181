/** Amounts as people write them, and the nanos that the API takes. */
import { parseNanos } from "../../core/money.ts";
import { Problem } from "./problem.ts";

/** `12.5` in the site's currency. @throws Problem */
export function readAmount(text: string | undefined, option: string): number {
  const nanos = text === undefined ? undefined : parseNanos(text);
  if (nanos === undefined || nanos <= 0) {
    throw new Problem(`${option} must be an amount above 0 such as 10 or 2.50, not '${text ?? ""}'.`, 2);
  }
  return nanos;
}

/** A price for a million tokens, as nanos for 1,000. @throws Problem */
export function readTokenPrice(text: string, option: string): number {
  const perMillion = parseNanos(text);
  if (perMillion === undefined || perMillion < 0 || perMillion % 1000 !== 0) {
    throw new Problem(
      `${option} must be a price for a million tokens such as 2.5 (six decimals at most), not '${text}'.`,
      2,
    );
  }
  return perMillion / 1000;
}

/** @throws Problem */
export function readCount(text: string | undefined, option: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text ?? "") || !Number.isSafeInteger(count)) {
    throw new Problem(`${option} must be a whole number, not '${text ?? ""}'.`, 2);
  }
  return count;
}
