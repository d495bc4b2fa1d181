/** What a request may cost at most, computed before it is made. Pure; sees counts and prices, never a body. */
import { MAX_NANOS } from "../core/money.ts";
import { sideOf, UNIT_NAMES, UNITS, type Side, type Unit, type UnitRow, type Usage } from "../core/units.ts";
import { type Demand, promptTokensOf } from "../operation/demand.ts";
import type { Capability, Operation } from "../operation/operations.ts";
import { heardTokens, mostHeardTokens } from "../operation/speech/heard.ts";
import { dearestCost, dearestPrice, exactCost, type Price } from "./price.ts";

/** The part of a demand that money depends on. */
export type BillableDemand = Pick<
  Demand,
  "promptBytes" | "prompts" | "needs" | "maxOutput" | "choices" | "units" | "attributes" | "recording"
>;

/** The limits of a model and the sizes of its answers and parts, in tokens; null = not known. */
export interface ModelLimits {
  readonly contextLength: number | null;
  readonly maxOutput: number | null;
  readonly usualOutput: number | null;
  readonly imageTokens: number | null;
  readonly audioTokens: number | null;
  readonly fileTokens: number | null;
  /** The most that one choice can gain in a second. */
  readonly maxTokensPerSecond: number | null;
  /** Absent = chat. */
  readonly operation?: Operation;
}

/** A model that may serve the request, and its price. */
export interface Offer {
  readonly limits: ModelLimits;
  readonly price: Price;
  readonly ratioPpm: number;
}

/** What a request must hold, in nanos. */
export interface HoldSize {
  /** A whole answer: the most that the request can cost. A stream: the most until its hold can next be raised. */
  readonly wanted: number;
  /** The least that is of use: a short answer; all that is wanted, where the client set its own cap. */
  readonly least: number;
  /** The whole answer at the model's own maximum, whatever the client's cap says. */
  readonly ceiling: number;
}

/** What a model can cost a request, in units of 1e-9 nanos and in tokens of one choice. */
export interface Bounds {
  /** The prompt: text and media at their most and at their dearest units. */
  readonly prompt: bigint;
  /** One more token of each choice. */
  readonly perToken: bigint;
  /** The longest answer: the client's cap, or the model's maximum. */
  readonly most: number;
  /** The model's maximum. */
  readonly longest: number;
}

/** An answer with fewer tokens is not worth its prompt. */
export const LEAST_OUTPUT = 16;

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

/** What an operator did not configure. */
const ASSUMED = { contextLength: 131_072, usualOutput: 1000 } as const;

/** Tokens that vendors put around a prompt: the marks of its messages, and their own instructions for tools. */
export const OVERHEAD_TOKENS = 500;

/** Exact costs are in units of 1e-9 nanos. */
const EXACT = 1_000_000_000n;

/** What the request usually costs, with an answer of usual length: by this, models are compared. */
export function usualCost(demand: BillableDemand, { limits, price, ratioPpm }: Offer): number {
  const usual = limits.usualOutput ?? ASSUMED.usualOutput;
  const parts = PARTS.reduce((tokens, part) => tokens + partTokens(part, demand, limits), 0);
  const prompt = promptTokensOf(demand) + parts + heardTokens(demand.recording?.ms ?? 0);
  const output = Math.min(usual, demand.maxOutput ?? usual, limits.maxOutput ?? usual);
  const usage = {
    ...leastUnits(demand, limits),
    input: Math.min(prompt, contextOf(limits)),
    output: times(output, demand.choices),
  };
  return nanosOf(exactCost(usage, price, ratioPpm, demand.attributes));
}

/** What a request makes in any case: a model of pictures makes one for each choice, also in a chat. */
export function leastUnits({ units = {}, choices }: BillableDemand, { operation }: ModelLimits): Usage {
  return operation === "image" && units.images === undefined ? { ...units, images: choices } : units;
}

export function boundsOf(demand: BillableDemand, offer: Offer): Bounds {
  const longest = offer.limits.maxOutput ?? contextOf(offer.limits);
  return {
    prompt: promptCost(demand, offer),
    perToken: outputTokenCost(demand, offer),
    most: Math.min(demand.maxOutput ?? longest, longest),
    longest,
  };
}

/** The cost of the prompt and of `tokens` of each choice, in nanos. */
export function costOfTokens({ prompt, perToken }: Bounds, tokens: number): number {
  return nanosOf(prompt + BigInt(tokens) * perToken);
}

/** The tokens of each choice that `nanos` can pay for besides the prompt; below 0 if they do not cover the prompt. */
export function tokensFor({ prompt, perToken }: Bounds, nanos: number): number {
  const left = BigInt(nanos) * EXACT - prompt;
  return perToken === 0n ? (left < 0n ? -1 : Number.MAX_SAFE_INTEGER) : Number(left / perToken);
}

/**
 * What to hold so that it suffices for each of the models that may serve.
 * @param stretch tokens that one choice can gain before the hold can be raised; undefined = it is not raised
 */
export function holdSize(
  demand: BillableDemand,
  offers: readonly Offer[],
  stretch?: (limits: ModelLimits) => number,
): HoldSize {
  const most = (tokensOf: (bounds: Bounds, limits: ModelLimits) => number) =>
    Math.max(
      ...offers.map((offer) => {
        const bounds = boundsOf(demand, offer);
        return costOfTokens(bounds, tokensOf(bounds, offer.limits));
      }),
    );
  const wanted = most((bounds, limits) => Math.min(bounds.most, stretch?.(limits) ?? bounds.most));
  const short = most((bounds) => Math.min(LEAST_OUTPUT, bounds.most));
  return {
    wanted,
    least: demand.maxOutput === undefined ? Math.min(short, wanted) : wanted,
    ceiling: most(({ longest }) => longest),
  };
}

/** The cap on the tokens of each choice that a hold can pay for, whichever of the models serves. */
export function affordableCap(demand: BillableDemand, offers: readonly Offer[], heldNanos: number): number {
  return Math.min(...offers.map((offer) => tokensFor(boundsOf(demand, offer), heldNanos)));
}

/** The tokens of one prompt and its answer. */
export function contextOf({ contextLength }: ModelLimits): number {
  return contextLength ?? ASSUMED.contextLength;
}

/** Text and parts at their dearest units. Each prompt is at most as long as the model's context. */
function promptCost(demand: BillableDemand, { limits, price, ratioPpm }: Offer): bigint {
  const { attributes } = demand;
  const dearest = (of: keyof typeof PROMPT_UNITS) => dearestOf(price, PROMPT_UNITS[of], attributes);
  const tokens: [tokens: number, unitNanos: number][] = [
    ...PARTS.map((part): [number, number] => [partTokens(part, demand, limits), dearest(part)]),
    [mostHeardTokens(demand.recording?.ms ?? 0), dearest("audio")],
    [demand.promptBytes + OVERHEAD_TOKENS, dearest("text")],
  ];
  tokens.sort(([, one], [, other]) => other - one);
  let room = (limits.contextLength ?? Number.MAX_SAFE_INTEGER) * (demand.prompts ?? 1);
  let milliNanos = 0n;
  for (const [count, unitNanos] of tokens) {
    const taken = Math.min(count, room);
    milliNanos += BigInt(taken) * BigInt(unitNanos);
    room -= taken;
  }
  return milliNanos * BigInt(ratioPpm) + dearestCost(leastUnits(demand, limits), price, ratioPpm, attributes);
}

function outputTokenCost({ choices, attributes }: BillableDemand, { price, ratioPpm }: Offer): bigint {
  return BigInt(dearestOf(price, OUTPUT_UNITS, attributes)) * BigInt(ratioPpm) * BigInt(choices);
}

/** The units that may count a token of one side: of text, or of a part. Their rates are for 1,000 tokens. */
function unitsOf(side: Side, part?: Part): readonly Unit[] {
  return UNIT_NAMES.filter((unit) => {
    const { parts }: UnitRow = UNITS[unit];
    return sideOf(unit) === side && (parts === undefined || (part !== undefined && parts.includes(part)));
  });
}

/** The size of a part is not known before a model reads it: it is its configured maximum, or the whole context. */
function partTokens(part: Part, { needs }: BillableDemand, limits: ModelLimits): number {
  return times(needs.get(part) ?? 0, limits[PART_TOKENS[part]] ?? contextOf(limits));
}

function dearestOf(price: Price, units: readonly Unit[], known: BillableDemand["attributes"]): number {
  return Math.max(...units.map((unit) => dearestPrice(price, unit, known)));
}

/** No request holds more: so a thousand of them are no more than an account can count, even one without a limit. */
const MOST_NANOS = Math.floor(MAX_NANOS / 1000);

/** Rounded up, so that it covers. */
function nanosOf(exact: bigint): number {
  return exact >= BigInt(MOST_NANOS) * EXACT ? MOST_NANOS : Number((exact + EXACT - 1n) / EXACT);
}

function times(count: number, factor: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, count * factor);
}
