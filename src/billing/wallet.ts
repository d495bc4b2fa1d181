/**
 * The port through which requests move money: hold, checkpoint, settle or release. D1 keeps it today (`d1-wallet.ts`);
 * whatever else keeps it must keep these promises.
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

/** `strict`: the charge never exceeds the estimate. `expected`: it may, so something must be left beside it. */
export type HoldMode = "strict" | "expected";
export type Funding = "allowance" | "balance";

export interface HoldRequest extends ChargeRef {
  readonly keyId: string | null;
  readonly mode: HoldMode;
  readonly estimateNanos: number;
  /** As the client asked, until the one that serves is known. */
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

/** What is known of a charge when it is settled, or so far. */
export interface ChargeFacts {
  /** The model that served. */
  readonly model: string;
  readonly route: string;
  readonly upstream: string;
  /** `effectiveAt` of the price that `amountNanos` was made from. */
  readonly priceVersion: number;
  readonly ratioPpm: number;
  readonly usage: Usage;
  /** What the price depends on, as far as it is known. */
  readonly attributes?: Attributes;
  /** What the usage costs; the wallet writes off what a strict hold does not cover. */
  readonly amountNanos: number;
  /** What the operator pays; undefined = unknown. */
  readonly costNanos?: number;
  /** The usage was counted here, not reported by the upstream. */
  readonly estimated: boolean;
}

export interface Closing {
  readonly ending: "complete" | "failed" | "abandoned";
  readonly attempts?: readonly unknown[];
  /** Replaces what the hold said. */
  readonly request?: Readonly<Record<string, unknown>>;
}

export type Settlement = ChargeFacts & Closing;
/** For a charge that costs the client nothing; what is known of it is still recorded. */
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
  /** No such charge of this request. */
  | { readonly kind: "missing" }
  /** Three tries failed; the lease does the rest. */
  | { readonly kind: "unreachable"; readonly cause: unknown };

/** What an account and a key have left, to find a strict estimate that fits. */
export interface Funds {
  readonly unlimited: boolean;
  /** The balance less what is held; may be negative. */
  readonly balanceNanos: number;
  /** What is left of today's allowance, undefined = not limited in that unit. Undefined as a whole = no allowance. */
  readonly allowance: { readonly nanos: number | undefined; readonly requests: number | undefined } | undefined;
  /** The balance pays what the allowance does not cover. */
  readonly overflow: boolean;
  /** What is left of the key's quotas, the least of them; undefined = none set. */
  readonly keyNanos: number | undefined;
}

export interface Wallet {
  /**
   * Reserves the estimate. The same request again (same id and nonce) is acknowledged and moves nothing.
   * @throws Fault `overloaded` when the storage did not answer after three tries
   */
  hold(request: HoldRequest): Promise<HoldOutcome>;
  /** Extends the lease, and with `facts` notes what the request would cost now. False = not extended. */
  checkpoint(charge: ChargeRef, facts?: ChargeFacts): Promise<boolean>;
  /** Charges, once; also corrects what the sweeper closed. Never throws for storage. */
  settle(charge: ChargeRef, settlement: Settlement): Promise<CloseOutcome>;
  /** Gives everything back, the request count too. Otherwise as {@link Wallet.settle}. */
  release(charge: ChargeRef, release: Release): Promise<CloseOutcome>;
  /** Undefined = no such account. */
  funds(accountId: string, keyId: string | null): Promise<Funds | undefined>;
}

export function refusalFault(refusal: Refusal, reason?: string): Fault {
  return new Fault(refusal, reason === undefined ? {} : { reason });
}

/** The hold cannot be acknowledged: 503, try again. */
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
