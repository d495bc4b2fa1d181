/**
 * What an isolate knows of the money of accounts. Where the known free funds cover a hold, the upstream is called beside
 * it. Whoever was refused, or got less than was wanted, is remembered for a minute: then the hold comes first.
 */
import type { accounts, apiKeys, plans } from "../../schema/index.ts";
import { MAX_NANOS } from "../core/money.ts";
import { dayOf, monthOf } from "./calendar.ts";

/** An account, its plan and a key, as they were read together. */
export interface Standing {
  readonly account: typeof accounts.$inferSelect;
  readonly plan: typeof plans.$inferSelect | null;
  readonly key: typeof apiKeys.$inferSelect;
}

interface Holder {
  readonly accountId: string;
  readonly keyId: string;
  /** undefined = nothing is known. */
  readonly standing?: Standing;
}

export interface KnownFundsOptions {
  readonly now: () => number;
  /** `BILLING_TIMEZONE`. */
  readonly timeZone: string;
}

const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 10_000;

export class KnownFunds {
  readonly #options: KnownFundsOptions;
  /** What is left of each standing, less the holds that this isolate has made since it was read. */
  readonly #left = new WeakMap<Standing, number>();
  /** Until when the hold comes first, by account and key. */
  readonly #short = new Map<string, number>();

  constructor(options: KnownFundsOptions) {
    this.#options = options;
  }

  /** Takes `nanos` of what is known to be free. False = it is not known to be free. */
  take(holder: Holder, nanos: number): boolean {
    const { standing } = holder;
    const nowMs = this.#options.now();
    if (standing === undefined || (this.#short.get(nameOf(holder)) ?? 0) > nowMs) return false;
    const left = this.#left.get(standing) ?? freeNanos(standing, dayOf(nowMs, this.#options.timeZone));
    if (left < nanos) return false;
    this.#left.set(standing, left - nanos);
    return true;
  }

  /** Notes that a hold was refused or cut. */
  ranShort(holder: Holder): void {
    if (this.#short.size >= MAX_REMEMBERED) this.#short.clear();
    this.#short.set(nameOf(holder), this.#options.now() + REMEMBERED_MS);
  }
}

function nameOf({ accountId, keyId }: Holder): string {
  return `${accountId}\n${keyId}`;
}

/** The most that one hold may take. The wallet's statements decide; this says what they would say. */
export function freeNanos({ account, plan, key }: Standing, today: string): number {
  const allowance = plan === null ? undefined : allowanceLeft(account, plan, today);
  const isLimited = allowance !== undefined && !account.overflow;
  const balance = isLimited ? 0 : account.unlimited ? MAX_NANOS : account.balanceNanos - account.heldNanos;
  return Math.min(Math.max(balance, allowance ?? 0), quotaLeft(key, today));
}

/** undefined = the plan has no allowance. */
function allowanceLeft(
  { allowanceDay, allowanceUsedNanos, allowanceRequests }: Standing["account"],
  plan: NonNullable<Standing["plan"]>,
  today: string,
): number | undefined {
  if (plan.allowanceNanos === null && plan.allowanceRequests === null) return undefined;
  const isToday = allowanceDay === today;
  const requests = (plan.allowanceRequests ?? MAX_NANOS) - (isToday ? allowanceRequests : 0);
  return requests > 0 ? (plan.allowanceNanos ?? MAX_NANOS) - (isToday ? allowanceUsedNanos : 0) : 0;
}

function quotaLeft(key: Standing["key"], today: string): number {
  const left = (quota: number | null, used: number) => (quota === null ? MAX_NANOS : quota - used);
  return Math.min(
    left(key.quotaTotalNanos, key.usedTotalNanos),
    left(key.quotaDayNanos, key.periodDay === today ? key.usedDayNanos : 0),
    left(key.quotaMonthNanos, key.periodMonth === monthOf(today) ? key.usedMonthNanos : 0),
  );
}
