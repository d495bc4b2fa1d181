/**
 * The only list of what can be counted. Usage, prices, columns, receipts, the API's fields and the CLI's settings derive
 * from it: a new unit is a row here and its column in `schema/charges.ts`.
 */

export interface UnitRow {
  /** Its column in `charges` and `daily_usage`, and its field in the API's usage. null = each request counts 1. */
  readonly column: string | null;
  /** Its name in prices: the field `<price>_nanos` of the API, `unit` of a rate there. */
  readonly price: string;
  /** A rate is in nanos for this many. */
  readonly per: 1 | 1000;
  /** People quote a price for this many: a million tokens, the milliseconds of a second. */
  readonly quotedPer: number;
  /** Where a price has no rate for the unit, its parent's rate applies. A unit without a parent then costs nothing. */
  readonly parent?: string;
  /** Whether the unit counts tokens of the prompt or of the answer; undefined = it does not count tokens. */
  readonly side?: Side;
  /**
   * Only prompts with such parts (capabilities of `operation/operations.ts`) have tokens of this unit; undefined = any
   * prompt.
   */
  readonly parts?: readonly string[];
}

export type Side = "prompt" | "output";

const TOKENS = { per: 1000, quotedPer: 1_000_000 } as const;
const PROMPT = { ...TOKENS, side: "prompt" } as const;
const OUTPUT = { ...TOKENS, side: "output" } as const;
const EACH = { per: 1, quotedPer: 1 } as const;

export const UNITS = {
  /** Prompt tokens that no other unit counts. */
  input: { ...PROMPT, column: "input_tokens", price: "input" },
  cachedRead: { ...PROMPT, column: "cached_read_tokens", price: "cached_read", parent: "input" },
  /**
   * Tokens written to a cache for minutes; all tokens written to a cache where the upstream does not report for how
   * long.
   */
  cacheWrite: { ...PROMPT, column: "cache_write_tokens", price: "cache_write", parent: "input" },
  /** Tokens written to a cache for an hour. */
  cacheWrite1h: { ...PROMPT, column: "cache_write_1h_tokens", price: "cache_write_1h", parent: "cacheWrite" },
  inputAudio: { ...PROMPT, column: "input_audio_tokens", price: "input_audio", parent: "input", parts: ["audio"] },
  inputImage: {
    ...PROMPT,
    column: "input_image_tokens",
    price: "input_image",
    parent: "input",
    parts: ["image", "file"],
  },
  /** Completion tokens that no other unit counts. */
  output: { ...OUTPUT, column: "output_tokens", price: "output" },
  reasoning: { ...OUTPUT, column: "reasoning_tokens", price: "reasoning", parent: "output" },
  outputAudio: { ...OUTPUT, column: "output_audio_tokens", price: "output_audio", parent: "output" },
  outputImage: { ...OUTPUT, column: "output_image_tokens", price: "output_image", parent: "output" },
  /** Characters of text turned into speech. */
  characters: { ...TOKENS, column: "characters", price: "character" },
  /** Length of audio or video, made or read; priced by the second. */
  durationMs: { column: "duration_ms", price: "second", per: 1000, quotedPer: 1000 },
  /** Pictures that were made. */
  images: { ...EACH, column: "images", price: "image" },
  /** Web searches, and searches of a reranker. */
  searches: { ...EACH, column: "searches", price: "search" },
  /** Calls of other tools that the upstream runs. */
  calls: { ...EACH, column: "calls", price: "call" },
  /** Steps of a task, such as a Midjourney upscale. */
  actions: { ...EACH, column: "actions", price: "action" },
  request: { ...EACH, column: null, price: "request" },
} as const satisfies Record<string, UnitRow>;

export type Unit = keyof typeof UNITS;
/** A unit that is counted, and so has a column. */
export type CountedUnit = { [U in Unit]: (typeof UNITS)[U]["column"] extends string ? U : never }[Unit];
export type PriceName = (typeof UNITS)[Unit]["price"];

export const UNIT_NAMES = Object.keys(UNITS) as readonly Unit[];
export const COUNTED_UNITS = UNIT_NAMES.filter((unit): unit is CountedUnit => UNITS[unit].column !== null);

/**
 * What a request consumed, in disjoint counts: no token stands in two of them.
 * `undefined` = the upstream did not report it; `0` = it reported none.
 */
export type Usage = { readonly [U in CountedUnit]?: number };

/** What a price may depend on besides the unit. Values are written as on the wires, such as `1024x1024` or `high`. */
export const ATTRIBUTES = ["size", "quality", "resolution", "mode", "audio", "tier"] as const;
export type Attributes = { readonly [Name in (typeof ATTRIBUTES)[number]]?: string };

/**
 * What a request can ask for beyond tokens at their usual price: a unit, such as `searches`, or an attribute with a price
 * of its own, such as `tier`.
 */
export type Fee = Unit | (typeof ATTRIBUTES)[number];

export function isUnit(fee: Fee): fee is Unit {
  return Object.hasOwn(UNITS, fee);
}

/** The units of fees that a request uses at least once where it asks for them. */
const USED_ONCE = ["searches", "calls"] as const satisfies readonly CountedUnit[];

/** The least that a request with these fees consumes. */
export function leastUsage(fees: ReadonlySet<Fee>): Usage {
  if (fees.size === 0) return {};
  return Object.fromEntries(USED_ONCE.flatMap((unit) => (fees.has(unit) ? [[unit, 1]] : [])));
}

/** The most that one request can consume of any unit. It keeps a price times a count far from overflow. */
export const MAX_COUNT = 100_000_000;

export function parentOf(unit: Unit): Unit | undefined {
  const row = UNITS[unit];
  return "parent" in row ? row.parent : undefined;
}

export function sideOf(unit: Unit): Side | undefined {
  const row = UNITS[unit];
  return "side" in row ? row.side : undefined;
}

/** The tokens of one side, summed over its units. */
export function tokensOf(usage: Usage, side: Side): number {
  let tokens = 0;
  for (const unit of COUNTED_UNITS) if (sideOf(unit) === side) tokens += usage[unit] ?? 0;
  return tokens;
}

/** Both usages together. */
export function addUsage(one: Usage, other: Usage): Usage {
  const counts = COUNTED_UNITS.flatMap((unit) => {
    const [a, b] = [one[unit], other[unit]];
    return a === undefined && b === undefined ? [] : [[unit, (a ?? 0) + (b ?? 0)] as const];
  });
  return Object.fromEntries(counts);
}

/**
 * Why a reported usage cannot be true, or undefined when it can. A count must be a whole number from 0 to
 * {@link MAX_COUNT}. It is negative where an upstream reports more cached tokens than prompt tokens.
 */
export function usageProblem(usage: Usage): string | undefined {
  for (const unit of COUNTED_UNITS) {
    const count = usage[unit];
    if (count === undefined) continue;
    if (!Number.isSafeInteger(count)) return `${unit} is no whole number`;
    if (count < 0) return `${unit} is negative`;
    if (count > MAX_COUNT) return `${unit} is beyond ${MAX_COUNT}`;
  }
  return undefined;
}
