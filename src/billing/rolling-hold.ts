/**
 * The hold of a stream covers what can happen before it can next be raised: the prompt, what the model has produced, and
 * what it can produce until then. It never exceeds the whole answer. Pure; counts tokens over all choices.
 */
import {
  boundsOf,
  costOfTokens,
  LEAST_OUTPUT,
  tokensFor,
  type BillableDemand,
  type Bounds,
  type ModelLimits,
  type Offer,
} from "./estimate.ts";

export interface RollingHoldOptions {
  readonly demand: BillableDemand;
  /** The model that serves. */
  readonly offer: Offer;
  /** The cap on the tokens of each choice that was sent upstream for the account; undefined = none. */
  readonly outputCap: number | undefined;
  readonly checkpointMs: number;
  readonly heldNanos: number;
  /** Output tokens so far, as far as they are known. */
  readonly produced: () => number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** When the request began. */
  readonly startedAtMs: number;
}

/** A hold suffices for this long beyond the next checkpoint, which may be late. */
const MARGIN_MS = 10_000;
/** Faster than any model that is known; an operator may set a model's own speed. */
const TOKENS_PER_SECOND = 300;

/** Tokens that one choice can gain until a hold can be raised. */
export function stretchTokens(limits: ModelLimits, checkpointMs: number): number {
  return tokensIn(checkpointMs + MARGIN_MS, limits);
}

function tokensIn(ms: number, { maxTokensPerSecond }: ModelLimits): number {
  return Math.ceil(((maxTokensPerSecond ?? TOKENS_PER_SECOND) * ms) / 1000);
}

export class RollingHold {
  readonly #options: RollingHoldOptions;
  /** One token of one choice. */
  readonly #bounds: Bounds;
  readonly #mostTokens: number;
  #heldNanos: number;
  /** When it was last seen that the model shows something. */
  #checkedAtMs: number;
  #visibleTokens = 0;
  #hiddenTokens = 0;
  /** Characters that may be delivered before tokens must be counted: a token has at least one. */
  #uncounted: number;

  constructor(options: RollingHoldOptions) {
    const { demand, offer, outputCap = Number.MAX_SAFE_INTEGER, heldNanos, startedAtMs, now } = options;
    const bounds = boundsOf(demand, offer);
    this.#options = options;
    this.#bounds = { ...bounds, perToken: bounds.perToken / BigInt(demand.choices) };
    this.#mostTokens = Math.min(bounds.most, outputCap) * demand.choices;
    this.#heldNanos = heldNanos;
    this.#checkedAtMs = now();
    this.#hiddenTokens = this.#tokensIn(Math.max(0, this.#checkedAtMs - startedAtMs - MARGIN_MS));
    this.#uncounted = this.spareTokens;
  }

  get heldNanos(): number {
    return this.#heldNanos;
  }

  /** What the whole answer can cost. */
  get mostNanos(): number {
    return this.#costOf(this.#mostTokens);
  }

  /**
   * The tokens that the model may have produced without showing them: a model that shows nothing from one checkpoint to the
   * next may think at full speed.
   */
  get hiddenTokens(): number {
    return this.#hiddenTokens;
  }

  /** The tokens that the hold still covers; without end where it covers the whole answer. */
  get spareTokens(): number {
    if (this.#heldNanos >= this.mostNanos) return Number.POSITIVE_INFINITY;
    return tokensFor(this.#bounds, this.#heldNanos) - this.#options.produced() - this.#hiddenTokens;
  }

  /** No answer of use fits into what is held. */
  get isSpent(): boolean {
    return this.spareTokens < LEAST_OUTPUT;
  }

  /** Takes the length of a text that was delivered. Returns whether the hold must be raised now. */
  delivered(characters: number): boolean {
    this.#uncounted -= characters;
    if (this.#uncounted > 0) return false;
    this.#uncounted = this.spareTokens;
    return this.#uncounted <= 0;
  }

  /** What must be held for the next stretch. */
  next(): number {
    const { produced, now, demand, offer, checkpointMs } = this.#options;
    const visible = produced();
    const nowMs = now();
    if (visible === this.#visibleTokens) this.#hiddenTokens += this.#tokensIn(nowMs - this.#checkedAtMs);
    this.#visibleTokens = visible;
    this.#checkedAtMs = nowMs;
    const stretch = stretchTokens(offer.limits, checkpointMs) * demand.choices;
    return this.#costOf(visible + this.#hiddenTokens + stretch);
  }

  raised(heldNanos: number): void {
    this.#heldNanos = Math.max(this.#heldNanos, heldNanos);
    this.#uncounted = this.spareTokens;
  }

  #tokensIn(ms: number): number {
    const { offer, demand } = this.#options;
    return tokensIn(ms, offer.limits) * demand.choices;
  }

  #costOf(tokens: number): number {
    return costOfTokens(this.#bounds, Math.min(tokens, this.#mostTokens));
  }
}
