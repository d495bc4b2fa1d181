/** What a request may cost, computed before it is made. Pure; sees counts and prices, never a body. */
import { MAX_NANOS } from "../core/money.ts";
import { sideOf, UNIT_NAMES, UNITS, type Side, type Unit, type UnitRow } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { Capability } from "../operation/operations.ts";
import { dearestCost, dearestPrice, exactCost, round, type Price } from "./price.ts";
import type { Funds, Refusal } from "./wallet.ts";

/** The part of a demand that money depends on. */
export type BillableDemand = Pick<Demand, "promptBytes" | "needs" | "maxOutput" | "choices" | "units" | "attributes">;

/** The limits of a model and the sizes of its answers and parts, in tokens; null = not known. */
export interface ModelLimits {
  readonly contextLength: number | null;
  readonly maxOutput: number | null;
  readonly usualOutput: number | null;
  readonly imageTokens: number | null;
  readonly audioTokens: number | null;
  readonly fileTokens: number | null;
}

/** A model that may serve the request, and its price. */
export interface Offer {
  readonly limits: ModelLimits;
  readonly price: Price;
  readonly ratioPpm: number;
}

/**
 * The most that a hold may amount to; `nanos` undefined = no limit. `refusal` is the reason why no more is possible.
 */
export interface Affordable {
  readonly nanos: number | undefined;
  readonly refusal: Refusal;
}

export type StrictEstimate =
  | {
      readonly kind: "fits";
      readonly estimateNanos: number;
      /**
       * The cap on the tokens of each choice that must be sent upstream, or the model's own maximum if that is less;
       * undefined = the client set its own cap.
       */
      readonly outputCap: number | undefined;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** An answer with fewer tokens is not worth its prompt. */
const LEAST_OUTPUT = 16;

/** The limit that stands for the tokens of a part, by the capability that the part needs. */
const PART_TOKENS = {
  image: "imageTokens",
  audio: "audioTokens",
  file: "fileTokens",
} as const satisfies Partial<Record<Capability, keyof ModelLimits>>;
type Part = keyof typeof PART_TOKENS;
const PARTS = Object.keys(PART_TOKENS) as readonly Part[];

const OUTPUT_UNITS = unitsOf("output");
const PROMPT_UNITS = {
  text: unitsOf("prompt"),
  image: unitsOf("prompt", "image"),
  audio: unitsOf("prompt", "audio"),
  file: unitsOf("prompt", "file"),
} as const satisfies Record<Part | "text", readonly Unit[]>;

const ASSUMED = {
  maxOutput: 16_384,
  usualOutput: 1000,
  imageTokens: 2000,
  audioTokens: 10_000,
  fileTokens: 50_000,
} as const;

const BYTES_PER_TOKEN = 3.5;
/** Exact costs are in units of 1e-9 nanos. */
const EXACT = 1_000_000_000n;

/**
 * The most that an account may still hold: the larger of its allowance and its balance, within the quota of the key.
 */
export function affordable({ unlimited, balanceNanos, allowance, overflow, keyNanos }: Funds): Affordable {
  const balancePays = allowance === undefined || overflow;
  const sources: (number | undefined)[] = [];
  if (allowance !== undefined && (allowance.requests ?? 1) > 0) sources.push(allowance.nanos);
  if (balancePays) sources.push(unlimited ? undefined : balanceNanos);
  const refusal = balancePays ? "insufficient_balance" : "daily_limit_reached";
  const most = sources.includes(undefined) ? undefined : Math.max(0, ...sources.map((source) => source ?? 0));
  if (keyNanos !== undefined && (most === undefined || keyNanos < most)) {
    return { nanos: Math.max(0, keyNanos), refusal: "key_quota_exhausted" };
  }
  return { nanos: most, refusal };
}

/**
 * What the request usually costs: its dearest offer, with an answer of usual length.
 * @throws RangeError when there is no offer
 */
export function expectedEstimate(demand: BillableDemand, offers: readonly Offer[]): number {
  if (offers.length === 0) throw new RangeError("nothing is offered");
  return Math.max(
    ...offers.map(({ limits, price, ratioPpm }) => {
      const usual = limits.usualOutput ?? ASSUMED.usualOutput;
      const parts = PARTS.reduce((tokens, part) => tokens + partTokens(part, demand, limits), 0);
      const prompt = Math.ceil(demand.promptBytes / BYTES_PER_TOKEN) + parts;
      const output = Math.min(usual, demand.maxOutput ?? usual, limits.maxOutput ?? usual);
      const usage = {
        ...demand.units,
        input: Math.min(prompt, limits.contextLength ?? prompt),
        output: times(output, demand.choices),
      };
      return roundUpTo(exactCost(usage, price, ratioPpm, demand.attributes));
    }),
  );
}

/**
 * The most that the request can cost, at its dearest offer. Where the client set no cap on output, the estimate includes
 * a cap that `within` can pay for.
 * @throws RangeError when there is no offer
 */
export function strictEstimate(demand: BillableDemand, offers: readonly Offer[], within: Affordable): StrictEstimate {
  if (offers.length === 0) throw new RangeError("nothing is offered");
  const refused: StrictEstimate = { kind: "refused", refusal: within.refusal };
  const funds = within.nanos === undefined ? undefined : BigInt(within.nanos) * EXACT;
  const bounds = offers.map((offer) => ({
    prompt: promptCost(demand, offer),
    perToken: outputTokenCost(demand, offer),
    most: mostOutput(offer.limits),
    // The client's own cap goes upstream unchanged. Only the known limits of the model can make the output shorter.
    bound: offer.limits.maxOutput ?? offer.limits.contextLength ?? Number.MAX_SAFE_INTEGER,
  }));
  let outputCap: number | undefined;
  if (demand.maxOutput === undefined) {
    outputCap = 0;
    for (const { most } of bounds) outputCap = Math.max(outputCap, most);
    for (const { prompt, perToken, most } of bounds) {
      const tokens = affordableTokens(funds, prompt, perToken);
      if (tokens < Math.min(LEAST_OUTPUT, most)) return refused;
      outputCap = Math.min(outputCap, tokens);
    }
  }
  let dearest = 0n;
  for (const { prompt, perToken, most, bound } of bounds) {
    const output = outputCap === undefined ? Math.min(demand.maxOutput ?? 0, bound) : Math.min(outputCap, most);
    const total = prompt + BigInt(output) * perToken;
    if (total > dearest) dearest = total;
  }
  if (funds !== undefined && dearest > funds) return refused;
  return { kind: "fits", estimateNanos: roundUpTo(dearest), outputCap };
}

function mostOutput({ maxOutput, contextLength }: ModelLimits): number {
  return maxOutput ?? Math.min(contextLength ?? ASSUMED.maxOutput, ASSUMED.maxOutput);
}

/** In 1e-9 nanos: text and parts at their dearest units. No prompt is longer than the model's context. */
function promptCost(demand: BillableDemand, { limits, price, ratioPpm }: Offer): bigint {
  const { units = {}, attributes } = demand;
  const dearest = (of: keyof typeof PROMPT_UNITS) => dearestOf(price, PROMPT_UNITS[of], attributes);
  const tokens: [tokens: number, unitNanos: number][] = [
    ...PARTS.map((part): [number, number] => [partTokens(part, demand, limits), dearest(part)]),
    [demand.promptBytes, dearest("text")],
  ];
  tokens.sort(([, one], [, other]) => other - one);
  let room = limits.contextLength ?? Number.MAX_SAFE_INTEGER;
  let milliNanos = 0n;
  for (const [count, unitNanos] of tokens) {
    const taken = Math.min(count, room);
    milliNanos += BigInt(taken) * BigInt(unitNanos);
    room -= taken;
  }
  return milliNanos * BigInt(ratioPpm) + dearestCost(units, price, ratioPpm, attributes);
}

/** In 1e-9 nanos: one more token of each choice. */
function outputTokenCost({ choices, attributes }: BillableDemand, { price, ratioPpm }: Offer): bigint {
  return BigInt(dearestOf(price, OUTPUT_UNITS, attributes)) * BigInt(ratioPpm) * BigInt(choices);
}

/** The tokens that `funds` leave for output; less than 0 if they do not even cover the prompt. */
function affordableTokens(funds: bigint | undefined, prompt: bigint, perToken: bigint): number {
  if (funds === undefined) return Number.MAX_SAFE_INTEGER;
  return perToken === 0n ? Number.MAX_SAFE_INTEGER : Number((funds - prompt) / perToken);
}

/** The units that may count a token of one side: of text, or of a part. Their rates are for 1,000 tokens. */
function unitsOf(side: Side, part?: Part): readonly Unit[] {
  return UNIT_NAMES.filter((unit) => {
    const { parts }: UnitRow = UNITS[unit];
    return sideOf(unit) === side && (parts === undefined || (part !== undefined && parts.includes(part)));
  });
}

function partTokens(part: Part, { needs }: BillableDemand, limits: ModelLimits): number {
  const each = PART_TOKENS[part];
  return (needs.get(part) ?? 0) * (limits[each] ?? ASSUMED[each]);
}

function dearestOf(price: Price, units: readonly Unit[], known: BillableDemand["attributes"]): number {
  return Math.max(...units.map((unit) => dearestPrice(price, unit, known)));
}

/**
 * At most {@link MAX_NANOS}: a client may ask for any amounts, and an estimate that nobody can pay need not be exact.
 */
function roundUpTo(exact: bigint): number {
  return exact >= BigInt(MAX_NANOS) * EXACT ? MAX_NANOS : round(exact);
}

function times(count: number, factor: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, count * factor);
}
