/** What a request may cost before it is made. Pure; sees counts and prices, never a body. */
import { MAX_NANOS } from "../core/money.ts";
import type { Capability } from "../operation/operations.ts";
import { exactCost, round, unitPrice, type Price, type PriceClass } from "./price.ts";
import type { Funds, Refusal } from "./wallet.ts";

/** The part of an `Ask` that money depends on. */
export interface Demand {
  /** Bytes of text, an upper bound on its tokens. */
  readonly promptBytes: number;
  readonly needs: ReadonlyMap<Capability, number>;
  /** Tokens of each choice; undefined = as the model likes. */
  readonly maxOutput: number | undefined;
  readonly choices: number;
  /** Pictures, time and text to speak that are asked for. */
  readonly images?: number;
  readonly durationMs?: number;
  readonly characters?: number;
}

/** What a model is known to take and give, in tokens; null = not known. */
export interface ModelLimits {
  readonly contextLength: number | null;
  readonly maxOutput: number | null;
  readonly usualOutput: number | null;
  readonly imageTokens: number | null;
  readonly audioTokens: number | null;
  readonly fileTokens: number | null;
}

/** One way in which the request may be served, and what that costs. */
export interface Offer {
  readonly limits: ModelLimits;
  readonly price: Price;
  readonly ratioPpm: number;
}

/** What a hold may amount to; `nanos` undefined = whatever it is. `refusal` is what stands in the way of more. */
export interface Affordable {
  readonly nanos: number | undefined;
  readonly refusal: Refusal;
}

export type StrictEstimate =
  | {
      readonly kind: "fits";
      readonly estimateNanos: number;
      /**
       * Tokens of each choice that must be sent upstream, or the model's own maximum where that is less; undefined =
       * the client set its own.
       */
      readonly outputCap: number | undefined;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** With fewer tokens an answer is not worth the prompt. */
export const LEAST_OUTPUT = 16;

const ASSUMED = {
  maxOutput: 16_384,
  usualOutput: 1000,
  imageTokens: 2000,
  audioTokens: 10_000,
  fileTokens: 50_000,
} as const;

const BYTES_PER_TOKEN = 3.5;
/** 1e-9 nanos, in which exact costs are counted. */
const EXACT = 1_000_000_000n;

/** What an account may still hold, from whichever of its sources has most, within the quota of the key. */
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
 * What the request usually costs: the dearest of its offers with an answer of usual length.
 * @throws RangeError without an offer
 */
export function expectedEstimate(demand: Demand, offers: readonly Offer[]): number {
  if (offers.length === 0) throw new RangeError("nothing is offered");
  return Math.max(
    ...offers.map(({ limits, price, ratioPpm }) => {
      const usual = limits.usualOutput ?? ASSUMED.usualOutput;
      const prompt = Math.ceil(demand.promptBytes / BYTES_PER_TOKEN) + sum(partTokens(demand, limits));
      const output = Math.min(usual, demand.maxOutput ?? usual, limits.maxOutput ?? usual);
      const usage = {
        ...unitsOf(demand),
        input: Math.min(prompt, limits.contextLength ?? prompt),
        output: times(output, demand.choices),
      };
      return roundUpTo(exactCost(usage, price, ratioPpm));
    }),
  );
}

/**
 * The most the request can cost, at the dearest of its offers; where the client set no cap, one that `within` affords.
 * @throws RangeError without an offer
 */
export function strictEstimate(demand: Demand, offers: readonly Offer[], within: Affordable): StrictEstimate {
  if (offers.length === 0) throw new RangeError("nothing is offered");
  const refused: StrictEstimate = { kind: "refused", refusal: within.refusal };
  const funds = within.nanos === undefined ? undefined : BigInt(within.nanos) * EXACT;
  const bounds = offers.map((offer) => ({
    prompt: promptCost(demand, offer),
    perToken: outputTokenCost(offer) * BigInt(demand.choices),
    most: mostOutput(offer.limits),
    // A cap of the client's own goes upstream as it is: only what the model is known to stop at bounds it.
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

/** Text and parts at their dearest classes; no prompt is longer than the context. */
function promptCost(demand: Demand, { limits, price, ratioPpm }: Offer): bigint {
  const text = dearest(price, ["input", "cachedRead", "cacheWrite"]);
  const [images, audios, files] = partTokens(demand, limits);
  const parts: [tokens: number, unitNanos: number][] = [
    [images, Math.max(text, unitPrice(price, "inputImage"))],
    [audios, Math.max(text, unitPrice(price, "inputAudio"))],
    [files, Math.max(text, unitPrice(price, "inputImage"))],
    [demand.promptBytes, text],
  ];
  parts.sort(([, one], [, other]) => other - one);
  let room = limits.contextLength ?? Number.MAX_SAFE_INTEGER;
  let milliNanos = 0n;
  for (const [tokens, unitNanos] of parts) {
    const taken = Math.min(tokens, room);
    milliNanos += BigInt(taken) * BigInt(unitNanos);
    room -= taken;
  }
  return milliNanos * BigInt(ratioPpm) + exactCost(unitsOf(demand), price, ratioPpm);
}

function outputTokenCost({ price, ratioPpm }: Offer): bigint {
  return BigInt(dearest(price, ["output", "reasoning", "outputAudio"])) * BigInt(ratioPpm);
}

function affordableTokens(funds: bigint | undefined, prompt: bigint, perToken: bigint): number {
  if (funds === undefined) return Number.MAX_SAFE_INTEGER;
  if (funds < prompt) return 0;
  return perToken === 0n ? Number.MAX_SAFE_INTEGER : Number((funds - prompt) / perToken);
}

function partTokens({ needs }: Demand, limits: ModelLimits): [images: number, audios: number, files: number] {
  return [
    (needs.get("image") ?? 0) * (limits.imageTokens ?? ASSUMED.imageTokens),
    (needs.get("audio") ?? 0) * (limits.audioTokens ?? ASSUMED.audioTokens),
    (needs.get("file") ?? 0) * (limits.fileTokens ?? ASSUMED.fileTokens),
  ];
}

function unitsOf({ images = 0, durationMs = 0, characters = 0 }: Demand) {
  return { images, durationMs, characters };
}

function dearest(price: Price, classes: readonly PriceClass[]): number {
  return Math.max(...classes.map((name) => unitPrice(price, name)));
}

/** A client may ask for any number of anything; an estimate nobody affords need not be exact. */
function roundUpTo(exact: bigint): number {
  return exact >= BigInt(MAX_NANOS) * EXACT ? MAX_NANOS : round(exact);
}

function times(count: number, factor: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, count * factor);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
