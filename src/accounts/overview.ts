/** What an account has today, and what one of its keys may still spend. */
import { eq, sql } from "drizzle-orm";
import { accounts, apiKeys, groups, plans } from "../../schema/index.ts";
import { dayOf, nextMidnightMs } from "../billing/calendar.ts";
import { RATIO_ONE } from "../billing/price.ts";
import { firstRow } from "../billing/statement.ts";
import { rowsOf } from "../billing/storage.ts";
import { FUNDS } from "../billing/wallet-sql.ts";
import { Fault } from "../core/fault.ts";
import type { Account } from "./accounts.ts";
import { apiKeyOf, type ApiKey } from "./keys.ts";
import type { Plan } from "./plans.ts";
import type { AccountStore } from "./store.ts";

interface AccountOverview {
  readonly account: Account;
  /** Balance less what open charges hold. */
  readonly availableNanos: number;
  /** null = the account has no plan, or its plan is over. */
  readonly plan: Plan | null;
  /** null = the plan has no daily allowance. */
  readonly allowance: Allowance | null;
}

interface KeyOverview extends AccountOverview {
  readonly key: ApiKey;
  /** The ratio of the key's group, in parts per million of the price. */
  readonly ratioPpm: number;
  /** The least that is left of the key's quotas; null = it has none. */
  readonly quotaLeftNanos: number | null;
}

/** Today's allowance; null = not limited in that unit. */
interface Allowance {
  readonly limitNanos: number | null;
  readonly leftNanos: number | null;
  readonly limitRequests: number | null;
  readonly leftRequests: number | null;
  /** Unix milliseconds. */
  readonly resetsAt: number;
}

/** Nanos that a key may spend and has spent. */
interface Budget {
  readonly key: ApiKey;
  /** Neither key nor account has a limit. */
  readonly unlimited: boolean;
  readonly usedNanos: number;
  readonly availableNanos: number;
}

/** @throws Fault `resource_not_found` */
export async function readAccountOverview(store: AccountStore, accountId: string): Promise<AccountOverview> {
  const [[found], left] = await Promise.all([
    store.db
      .select({ account: accounts, plan: plans })
      .from(accounts)
      .leftJoin(plans, eq(plans.id, accounts.planId))
      .where(eq(accounts.id, accountId)),
    readLeft(store, accountId, null),
  ]);
  if (found === undefined) throw new Fault("resource_not_found", { param: "accountId" });
  return overviewOf(store, found, left);
}

/** @throws Fault `invalid_key` when the key is gone */
export async function readKeyOverview(store: AccountStore, keyId: string): Promise<KeyOverview> {
  const [found] = await store.db
    .select({ account: accounts, key: apiKeys, plan: plans, group: groups })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .leftJoin(plans, eq(plans.id, accounts.planId))
    .leftJoin(groups, eq(groups.id, apiKeys.groupId))
    .where(eq(apiKeys.id, keyId));
  if (found === undefined) throw new Fault("invalid_key", { reason: `key ${keyId} is gone` });
  const left = await readLeft(store, found.account.id, keyId);
  return {
    ...overviewOf(store, found, left),
    key: apiKeyOf(found.key),
    ratioPpm: found.group?.ratioPpm ?? RATIO_ONE,
    quotaLeftNanos: atLeastNone(left?.key_left),
  };
}

/**
 * The budget of the key if it has a quota, else of the account. Never more is available than the account has.
 * @throws Fault `invalid_key` when the key is gone
 */
export async function readBudget(store: AccountStore, keyId: string): Promise<Budget> {
  const overview = await readKeyOverview(store, keyId);
  const { account, key, quotaLeftNanos } = overview;
  const availableNanos = spendable(overview);
  if (quotaLeftNanos !== null) return { key, unlimited: false, usedNanos: key.usedTotalNanos, availableNanos };
  const [sums] = await rowsOf<{ granted: number }>(
    store.d1,
    sql`SELECT coalesce(sum(amount), 0) AS granted FROM entries WHERE account_id = ${account.id} AND kind <> 'rollup'`,
  );
  // The amount spent is what was added minus what is left.
  const usedNanos = Math.max(0, (sums?.granted ?? 0) - account.balanceNanos);
  return { key, unlimited: account.unlimited, usedNanos, availableNanos };
}

/** What a key may still spend of the account's balance. */
export function spendable({ account, availableNanos, quotaLeftNanos }: KeyOverview): number {
  const ofAccount = Math.max(0, availableNanos);
  if (quotaLeftNanos === null) return ofAccount;
  return account.unlimited ? quotaLeftNanos : Math.min(quotaLeftNanos, ofAccount);
}

/** What is left now, as the wallet computes it. */
async function readLeft({ d1, now, timeZone }: AccountStore, accountId: string, keyId: string | null) {
  const nowMs = now();
  return firstRow(d1, FUNDS, { accountId, keyId, nowMs, today: dayOf(nowMs, timeZone) });
}

function overviewOf(
  { now, timeZone }: AccountStore,
  { account, plan: bought }: { readonly account: Account; readonly plan: Plan | null },
  left: Awaited<ReturnType<typeof readLeft>>,
): AccountOverview {
  const isOver = account.planExpiresAt !== null && account.planExpiresAt <= now();
  const plan = isOver ? null : bought;
  const hasAllowance = plan !== null && (plan.allowanceNanos !== null || plan.allowanceRequests !== null);
  return {
    account,
    availableNanos: account.balanceNanos - account.heldNanos,
    plan,
    allowance: hasAllowance
      ? {
          limitNanos: plan.allowanceNanos,
          leftNanos: atLeastNone(left?.allowance_left),
          limitRequests: plan.allowanceRequests,
          leftRequests: atLeastNone(left?.requests_left),
          resetsAt: nextMidnightMs(now(), timeZone),
        }
      : null,
  };
}

function atLeastNone(left: number | null | undefined): number | null {
  return left === null || left === undefined ? null : Math.max(0, left);
}
