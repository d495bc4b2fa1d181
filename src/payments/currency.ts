/**
 * Money as payment services count it: whole minor units of a currency. Never a fraction, never a float.
 *
 * @see https://docs.stripe.com/currencies#minor-units
 */
import { NANOS_PER_UNIT } from "../core/money.ts";

const ZERO_DECIMALS = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
/** Services take amounts in these with a last digit of 0 only. */
const THREE_DECIMALS = new Set(["bhd", "jod", "kwd", "omr", "tnd"]);
/** These have no smaller unit any more, and services still count hundredths. */
const WHOLE_HUNDREDS = new Set(["isk", "ugx"]);

interface Minor {
  /** Minor units are 10^-decimals. */
  readonly decimals: number;
  /** Amounts are multiples of it. */
  readonly step: bigint;
}

function minorOf(currency: string): Minor {
  if (ZERO_DECIMALS.has(currency)) return { decimals: 0, step: 1n };
  if (THREE_DECIMALS.has(currency)) return { decimals: 3, step: 10n };
  return { decimals: 2, step: WHOLE_HUNDREDS.has(currency) ? 100n : 1n };
}

/** Decimals that an amount in this currency may have. */
export function decimalsOf(currency: string): number {
  const { decimals, step } = minorOf(currency);
  return decimals - (step.toString().length - 1);
}

/**
 * What is paid for a credit, rounded up to what the currency has.
 * @param currency ISO 4217, lower case
 * @param rateNanos units of this currency for one unit of the site's, times 1e9
 * @throws RangeError beyond 2^53 minor units
 */
export function minorFor(creditNanos: number, currency: string, rateNanos = NANOS_PER_UNIT): number {
  const { decimals, step } = minorOf(currency);
  const divisor = BigInt(NANOS_PER_UNIT) * 10n ** BigInt(9 - decimals) * step;
  const minor = ((BigInt(creditNanos) * BigInt(rateNanos) + divisor - 1n) / divisor) * step;
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("an amount beyond 2^53 minor units");
  return Number(minor);
}

/** The part of a credit that stands for a part of its payment, rounded down. */
export function shareOf(creditNanos: number, partMinor: number, payMinor: number): number {
  return Number((BigInt(creditNanos) * BigInt(partMinor)) / BigInt(payMinor));
}

/** Minor units as a decimal with all of the currency's decimals: `1050` → `"10.50"`. */
export function formatMinor(minor: number, currency: string): string {
  const { decimals } = minorOf(currency);
  const digits = String(minor).padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** `"10"`, `"10.5"`, `"10.50"` → minor units; undefined for any other text. */
export function parseMinor(text: string, currency: string): number | undefined {
  const { decimals } = minorOf(currency);
  const [, whole, fraction = ""] = /^(\d{1,10})(?:\.(\d{1,3}))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > decimals) return undefined;
  return Number(whole + fraction.padEnd(decimals, "0"));
}
