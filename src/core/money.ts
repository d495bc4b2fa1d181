/** Amounts of money: whole nanos, 1e-9 of the site's currency, below 2^53 so that a double holds them exactly. */

export const NANOS_PER_UNIT = 1_000_000_000;
export const MAX_NANOS = Number.MAX_SAFE_INTEGER;

const DECIMALS = 9;
const DECIMAL = /^(-?)(\d{1,16})(?:\.(\d{1,9}))?$/;

/** @throws RangeError when the amount, or its negative, is beyond {@link MAX_NANOS} */
export function toNanos(value: bigint): number {
  if (value > BigInt(MAX_NANOS) || value < -BigInt(MAX_NANOS)) throw new RangeError("an amount beyond 2^53 nanos");
  return Number(value);
}

/**
 * `"12.5"` → 12,500,000,000; undefined when the text is not such a decimal, has more than 9 decimals, or is too large.
 */
export function parseNanos(decimal: string): number | undefined {
  const match = DECIMAL.exec(decimal);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = ""] = match;
  const nanos = BigInt(whole + fraction.padEnd(DECIMALS, "0"));
  if (nanos > BigInt(MAX_NANOS)) return undefined;
  return nanos === 0n ? 0 : Number(sign === "-" ? -nanos : nanos);
}

/** 12,500,000,000 → `"12.5"`: the shortest decimal that {@link parseNanos} reads back. */
export function formatNanos(nanos: number): string {
  return formatDecimal(BigInt(nanos), DECIMALS);
}

/** `units` of 10^-decimals as a decimal without trailing zeros. */
export function formatDecimal(units: bigint, decimals: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const fraction = digits.slice(-decimals).replace(/0+$/, "");
  const whole = digits.slice(0, -decimals);
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
