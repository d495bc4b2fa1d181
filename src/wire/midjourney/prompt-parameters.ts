/**
 * What prompts say behind two hyphens, and what it costs: `a cat --ar 3:2 --q 2`. Only what is listed here goes up, because an
 * upstream bills whatever its prompt asks for.
 * @see https://docs.midjourney.com/hc/en-us/articles/32859204029709-Parameter-List
 */
import { words } from "../fields/field-table.ts";
import { invalid } from "../invalid.ts";

/** How many times the usual price something costs; undefined = it is refused. */
type Times = (value: string) => number | undefined;

const ONCE: Times = () => 1;
const USUAL =
  words(`ar aspect v version niji s stylize style raw c chaos w weird no seed sameseed iw sref sw sv cref cw ow p
  profile personalize exp tile stop draft zoom motion loop end public stealth`);
/** No version makes more of one prompt. */
const MOST_QUALITY = 4;

const TIMES: Readonly<Record<string, Times>> = {
  ...Object.fromEntries(USUAL.map((name) => [name, ONCE])),
  q: timesOfQuality,
  quality: timesOfQuality,
  hd: () => 4,
  oref: () => 2,
  // These are several tasks, of which an upstream tells one.
  r: onlyOne,
  repeat: onlyOne,
  bs: onlyOne,
  // They are read and taken out before.
  fast: never,
  relax: never,
  turbo: never,
};

function timesOfQuality(value: string): number | undefined {
  const quality = numberIn(value);
  return quality === undefined || quality > MOST_QUALITY ? undefined : Math.max(1, Math.ceil(quality));
}

function onlyOne(value: string): number | undefined {
  return numberIn(value) === 1 ? 1 : undefined;
}

function never(): undefined {
  return undefined;
}

function numberIn(value: string): number | undefined {
  const [, digits] = /^[\s=:]*(\d*\.?\d+)(?![\d.])/.exec(value) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

const DASHES = String.raw`\u2012-\u2015\u2212\uFE58\uFE63\uFF0D`;
/** Keyboards join the two hyphens to a dash. Begun where a row of them begins: else a long row takes the square of its length. */
export const HYPHENS = String.raw`(?<![${DASHES}-])(?:--|-*[${DASHES}])[${DASHES}-]*`;
/** What is no part of a longer word. What cannot be seen between two words is no part of them. */
export const APART = String.raw`(?<![\p{L}\p{N}])`;

const PARAMETERS = new RegExp(String.raw`([\p{L}\p{N}]?)(${HYPHENS})(\p{L}[\p{L}_-]*)(?=(.{0,40}))`, "gsu");
/** Nothing in an address is a parameter, but what it ends with may be one. */
const ADDRESSES = new RegExp(String.raw`https?:\/\/\S+?(?=${HYPHENS}\p{L}+(?:\s|$)|\s|$)`, "giu");
const AN_ADDRESS = "a";
/** What nobody sees behind a hyphen. */
const UNSEEN = new RegExp(String.raw`(?<=[${DASHES}-])\p{Default_Ignorable_Code_Point}+`, "gu");
/** Such a price depends on what is said, or on how fast it is made. */
const PRICED = new Set(Object.keys(TIMES).filter((name) => TIMES[name] !== ONCE));
const MOST_SHOWN = 30;

/** `a {red, blue} cat` is two prompts, and a list may hold others. */
function hasList(prompt: string): boolean {
  let depth = 0;
  for (const character of prompt) {
    if (character === "," && depth > 0) return true;
    if (character === "{") depth += 1;
    if (character === "}") depth = Math.max(0, depth - 1);
  }
  return false;
}

/** How many times the usual price a prompt costs, without the flags of its mode. @throws Fault `invalid_parameter` where that is not known */
export function timesOf(prompt: string): number {
  if (hasList(prompt)) throw invalid("prompt", "must not hold a list in braces", "不能包含花括号列表");
  let times = 1;
  for (const [, before = "", hyphens = "", said = "", value = ""] of prompt
    .replaceAll(ADDRESSES, AN_ADDRESS)
    .replaceAll(UNSEEN, "")
    .matchAll(PARAMETERS)) {
    const name = said.normalize("NFKC").toLowerCase();
    const isDash = !hyphens.startsWith("-");
    // A dash joins words, and two hyphens may stand for one: `a cat--red--sleeps`.
    if (before !== "" && (isDash || !PRICED.has(name))) continue;
    // As in Chinese, which has no spaces.
    if (isDash && !/^[a-z]/.test(name)) continue;
    const shown = `--${name.slice(0, MOST_SHOWN)}`;
    if (before !== "") throw invalid("prompt", `must have a space before '${shown}'`, `'${shown}' 前须有空格`);
    const most = Object.hasOwn(TIMES, name) ? TIMES[name]?.(value.normalize("NFKC")) : undefined;
    if (most === undefined)
      throw invalid("prompt", `has '${shown}', which cannot be asked for so`, `不支持其中的 '${shown}'`);
    times *= most;
  }
  return times;
}
