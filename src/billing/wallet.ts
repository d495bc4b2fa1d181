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

export type Funding = "allowance" | "balance";

export interface HoldRequest extends ChargeRef {
  readonly keyId: string | null;
  /** What is to be held. */
  readonly estimateNanos: number;
  /** Where less is free, all that is free is held, if it is at least this; by default nothing less is. */
  readonly leastNanos?: number;
  /** Held instead of both, where too much of the account was written off today; by default the same. */
  readonly ceilingNanos?: number;
  /** The model as the client named it, until the model that serves is known. */
  readonly model?: string;
  /** How long it may stay open without a word of its request; by default as long as between checkpoints. */
  readonly leaseMs?: number;
  /** Endpoint, stream, the client's own id; never a prompt. */
  readonly request?: Readonly<Record<string, unknown>>;
}

/** What a hold that does not fit is refused with. */
export const SHORTAGES = ["insufficient_balance", "daily_limit_reached", "key_quota_exhausted"] as const;
/** `concurrency_limited`: too many charges are open. `too_much_written_off`: of this account, today. */
export type Refusal = (typeof SHORTAGES)[number] | "concurrency_limited" | "too_much_written_off";

export type HoldOutcome =
  | { readonly kind: "held"; readonly funding: Funding; readonly day: string; readonly nanos: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

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
  /** What the usage costs. The wallet writes off the part that the hold does not cover. */
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

export interface Settlement extends ChargeFacts, Closing {
  /** At most this is charged, by default the amount; the rest is written off. */
  readonly payableNanos?: number;
}
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
  /** Three tries failed. An outbox keeps the closing, and delivers it. */
  | { readonly kind: "posted" }
  /** No outbox took it either. The sweeper closes the charge when its lease has run out. */
  | { readonly kind: "unreachable"; readonly cause: unknown };

export interface Wallet {
  /**
   * Holds the estimate, or what is free of it. A second call with the same id and nonce is acknowledged and moves nothing.
   * @throws Fault `overloaded` when the storage did not answer after three tries
   */
  hold(request: HoldRequest): Promise<HoldOutcome>;
  /**
   * Extends the lease; with `facts`, also stores what the request would cost now. Raises the hold to `holdNanos`, or as far
   * as is free. Returns what is held; undefined = the charge was not reached, or is closed.
   */
  checkpoint(charge: ChargeRef, facts?: ChargeFacts, holdNanos?: number): Promise<number | undefined>;
  /** Charges once, at most what is held. Also corrects a charge that the sweeper closed. Never throws because of the storage. */
  settle(charge: ChargeRef, settlement: Settlement): Promise<CloseOutcome>;
  /** Gives everything back, the request count too, except what was refunded. Otherwise like {@link Wallet.settle}. */
  release(charge: ChargeRef, release: Release): Promise<CloseOutcome>;
}

export function refusalFault(refusal: Refusal): Fault {
  if (refusal !== "too_much_written_off") return new Fault(refusal);
  return new Fault("daily_limit_reached", {
    detail: {
      en: "Too many requests of this account cost more today than could be reserved for them. Please try again tomorrow.",
      zh: "该账户今日过多请求的实际费用超出了可冻结的金额,请明日再试。",
    },
    reason: refusal,
  });
}

/** The fault for what the database has not acknowledged: 503, try again. */
export function unreachableFault(cause: unknown, reason = "the hold was not acknowledged"): Fault {
  return new Fault("overloaded", {
    detail: {
      en: "The gateway cannot reach its accounts right now. Please try again shortly.",
      zh: "网关暂时无法访问账户数据,请稍后重试。",
    },
    retryAfterMs: 2000,
    reason,
    cause,
  });
}
