/** What a text in a form must be. Each rule makes a value, or says what is wrong. */
import { regexes } from "zod/mini";
import { parseNanos } from "../core/money.ts";
import type { Text } from "../core/language.ts";
import { PASSWORD_MAX, PASSWORD_MIN } from "./auth/auth.ts";
import type { Ruled } from "./form.ts";
import { RULES } from "./text/rules-text.ts";

const MAX_EMAIL = 254;

/** Lower case. No other letters, and nothing that a mail service takes for two addresses, or for a name before one. */
export function email(text: string): Ruled<string> {
  const ok = text.length <= MAX_EMAIL && regexes.email.test(text);
  return ok ? { value: text.toLowerCase() } : { problem: RULES.email };
}

/** Any characters, in the form NFKC, so that two keyboards write one password. */
export function newPassword(text: string): Ruled<string> {
  const value = text.normalize("NFKC");
  return value.length >= PASSWORD_MIN && value.length <= PASSWORD_MAX ? { value } : { problem: RULES.password };
}

/** The password of now: whatever was typed. */
export function password(text: string): Ruled<string> {
  return text === "" ? { problem: RULES.missing } : { value: text.normalize("NFKC").slice(0, PASSWORD_MAX + 1) };
}

export function named(problem: Text, longest = 60): (text: string) => Ruled<string> {
  return (text) => (text.length >= 1 && text.length <= longest ? { value: text } : { problem });
}

export function anyText(longest: number): (text: string) => Ruled<string> {
  return (text) => ({ value: text.slice(0, longest) });
}

/** A decimal in nanos, also from a Chinese keyboard: `１２．５`, `12。5`. undefined = it is none. */
export function decimalNanos(text: string): number | undefined {
  return parseNanos(text.normalize("NFKC").trim().replaceAll("。", "."));
}

/** More than nought, in nanos; empty = null. */
export function amount(text: string): Ruled<number | null> {
  if (text === "") return { value: null };
  const nanos = decimalNanos(text);
  return nanos === undefined || nanos <= 0 ? { problem: RULES.amount } : { value: nanos };
}

/** A whole number; empty = null. */
export function whole(least: number, most: number): (text: string) => Ruled<number | null> {
  return (text) => {
    if (text === "") return { value: null };
    const value = Number(text);
    const ok = /^\d+$/.test(text) && value >= least && value <= most;
    return ok ? { value } : { problem: RULES.whole, values: { least, most } };
  };
}

/** One of some words; any other text is the first of them. */
export function oneOf<const Word extends string>(...words: readonly [Word, ...Word[]]): (text: string) => Ruled<Word> {
  return (text) => ({ value: words.find((word) => word === text) ?? words[0] });
}

/** What stands on its lines, or between commas; nothing = null. */
export function lines(text: string): Ruled<readonly string[] | null> {
  const found = text
    .split(/[\n,，、]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return { value: found.length === 0 ? null : [...new Set(found)] };
}

export function checked(text: string): Ruled<boolean> {
  return { value: text === "on" };
}
