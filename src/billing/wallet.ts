/**
 * The port through which requests move money: hold, checkpoint, settle or release. `d1-wallet.ts` implements it on D1;
 * every other implementation must keep these promises.
 */
import { Fault } from "../core/fault.ts";
import type { Attributes, Usage } from "../core/units.ts";

/** Names one charge, and proves that the caller is the request that made it. */
export interface ChargeRef {
  readonly accountId: string;
  /** UUIDv7, made by the gateway. */
  readonly id: string;
  /** Random; never shown. */
  readonly nonce: string;
}

export function newChargeRef(accountId: string, id: string): ChargeRef {
  return { accountId, id, nonce: crypto.randomUUID() };
}

/**
 * `strict`: the charge never exceeds the estimate. `expected`: it may, so the account must have more left than the
 * estimate.
 */
export type HoldMode = "strict" | "expected";
export type Funding = "allowance" | "balance";

export interface HoldRequest extends ChargeRef {
  readonly keyId: string | null;
  readonly mode: HoldMode;
  readonly estimateNanos: number;
  /** The model as the client named it, until the model that serves is known. */
  readonly model?: string;
  /** Endpoint, stream, the client's own id; never a prompt. */
  readonly request?: Readonly<Record<string, unknown>>;
}

export const REFUSALS = ["insufficient_balance", "daily_limit_reached", "key_quota_exhausted"] as const;
/** Final: the client gets a 402 of this name. */
export type Refusal = (typeof REFUSALS)[number];

export type HoldOutcome =
  | { readonly kind: "held"; readonly funding: Funding; readonly day: string }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Too little is left for an expected hold; a strict one may fit. */
  | { readonly kind: "needs_strict" };

/** What is known of a charge when it is settled, or at a checkpoint. */
export interface ChargeFacts {
  /** The model that served. */
  readonly model: string;
  readonly route: string;
  readonly upstream: string;
  /** `effectiveAt` of the price that `amountNanos` was made from. */
  readonly priceVersion: number;
  readonly ratioPpm: number;
  readonly usage: Usage;
  /** The known attributes that the price depends on. */
  readonly attributes?: Attributes;
  /** What the usage costs. The wallet writes off the part that a strict hold does not cover. */
  readonly amountNanos: number;
  /** What the operator pays; undefined = unknown. */
  readonly costNanos?: number;
  /** The usage is our own count, not the upstream's report. */
  readonly estimated: boolean;
}

export interface Closing {
  readonly ending: "complete" | "failed" | "abandoned";
  readonly attempts?: readonly unknown[];
  /** Replaces the `request` of the hold. */
  readonly request?: Readonly<Record<string, unknown>>;
}

export type Settlement = ChargeFacts & Closing;
/** For a charge that costs the client nothing. Known facts are still recorded. */
export type Release = Partial<ChargeFacts> & Closing;

export type CloseOutcome =
  | {
      readonly kind: "closed";
      readonly state: "settled" | "void";
      readonly amountNanos: number;
      readonly writtenOffNanos: number;
      /** The row was closed by an earlier call; nothing moved now. */
      readonly replayed: boolean;
    }
  /** There is no charge with this id and nonce. */
  | { readonly kind: "missing" }
  /** Three tries failed. The sweeper closes the charge when its lease has run out. */
  | { readonly kind: "unreachable"; readonly cause: unknown };

/** What an account and a key have left, to find a strict estimate that fits. */
export interface Funds {
  readonly unlimited: boolean;
  /** The balance less what is held; may be negative. */
  readonly balanceNanos: number;
  /**
   * What is left of today's allowance, in nanos and in requests; undefined = no such limit. Undefined as a whole = no
   * allowance.
   */
  readonly allowance: { readonly nanos: number | undefined; readonly requests: number | undefined } | undefined;
  /** The balance pays what the allowance does not cover. */
  readonly overflow: boolean;
  /** The least that is left of the key's quotas; undefined = none is set. */
  readonly keyNanos: number | undefined;
}

export interface Wallet {
  /**
   * Holds the estimate. A second call with the same id and nonce is acknowledged and moves nothing.
   * @throws Fault `overloaded` when the storage did not answer after three tries
   */
  hold(request: HoldRequest): Promise<HoldOutcome>;
  /** Extends the lease; with `facts`, also stores what the request would cost now. False = not extended. */
  checkpoint(charge: ChargeRef, facts?: ChargeFacts): Promise<boolean>;
  /** Charges once. Also corrects a charge that the sweeper closed. Never throws because of the storage. */
  settle(charge: ChargeRef, settlement: Settlement): Promise<CloseOutcome>;
  /** Gives everything back, the request count too. Otherwise like {@link Wallet.settle}. */
  release(charge: ChargeRef, release: Release): Promise<CloseOutcome>;
  /** Undefined = no such account. */
  funds(accountId: string, keyId: string | null): Promise<Funds | undefined>;
}

export function refusalFault(refusal: Refusal, reason?: string): Fault {
  return new Fault(refusal, reason === undefined ? {} : { reason });
}

/** The fault for a hold that was not acknowledged: 503, try again. */
export function unreachableFault(cause: unknown): Fault {
  return new Fault("overloaded", {
    detail: {
      en: "The gateway cannot reach its accounts right now. Please try again shortly.",
      zh: "网关暂时无法访问账户数据,请稍后重试。",
    },
    retryAfterMs: 2000,
    reason: "the hold was not acknowledged",
    cause,
  });
}
