/** What a key's account has, and what its key may spend. */
import { eq } from "drizzle-orm";
import { array, nullable, object, strictObject, string, minLength, maxLength } from "zod/mini";
import { accounts, apiKeys, groups, plans } from "../../../../schema/index.ts";
import { dayOf, nextMidnightMs } from "../../../billing/calendar.ts";
import { redeem } from "../../../billing/codes.ts";
import { firstRow } from "../../../billing/statement.ts";
import { FUNDS } from "../../../billing/wallet-sql.ts";
import { Fault } from "../../../core/fault.ts";
import type { Services } from "../../../services.ts";
import { viewOf } from "../views.ts";
import { count, flag, id, maybeMoney, money, time, toIso, toIsoOrNull, withDecimals } from "../fields.ts";
import { apiEndpoint, callerOf, type ApiEndpoint } from "../api-endpoint.ts";

const allowanceView = object({
  /** null = not limited in that unit. */
  ...maybeMoney("limit", "left"),
  limit_requests: nullable(count()),
  left_requests: nullable(count()),
  resets_at: time(),
});

const planView = object({
  id: id(),
  name: string(),
  tier: count(),
  expires_at: nullable(time()),
  /** null = the plan has no daily allowance. */
  allowance: nullable(allowanceView),
});

const keyView = object({
  id: id(),
  name: string(),
  prefix: string(),
  expires_at: nullable(time()),
  group_id: nullable(id()),
  /** Parts per million of the price. */
  ratio_ppm: count(),
  allowed_models: nullable(array(string())),
  requests_per_minute: nullable(count()),
  ...maybeMoney("quota_total", "quota_day", "quota_month"),
  /** What is left of the quotas, the least of them; null = none set. */
  ...maybeMoney("quota_left"),
});

const accountView = object({
  id: id(),
  name: string(),
  /** `available` = `balance` − `held`. */
  ...money("balance", "held", "available"),
  unlimited: flag(),
  overflow: flag(),
  plan: nullable(planView),
  key: keyView,
});

/** The caller's rows, and what the wallet says is left. @throws Fault `invalid_key` when they are gone */
export async function standingOf({ db, d1, now, settings }: Services, keyId: string) {
  const nowMs = now();
  const [found] = await db
    .select({ account: accounts, key: apiKeys, plan: plans, group: groups })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .leftJoin(plans, eq(plans.id, accounts.planId))
    .leftJoin(groups, eq(groups.id, apiKeys.groupId))
    .where(eq(apiKeys.id, keyId));
  if (found === undefined) throw new Fault("invalid_key", { reason: `key ${keyId} is gone` });
  const today = dayOf(nowMs, settings.BILLING_TIMEZONE);
  const left = await firstRow(d1, FUNDS, { accountId: found.account.id, keyId, nowMs, today });
  const { planExpiresAt } = found.account;
  const plan = planExpiresAt !== null && planExpiresAt <= nowMs ? null : found.plan;
  return { ...found, plan, left, nowMs };
}

export const accountEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/api/account",
    summary: "Balance, plan and daily allowance of the key's account, and the key's own limits",
    tag: "account",
    access: "key",
    result: accountView,
    async handle(request) {
      const { services } = request;
      const { account, key, group, plan, left, nowMs } = await standingOf(services, callerOf(request).keyId);
      const hasAllowance = plan !== null && (plan.allowanceNanos !== null || plan.allowanceRequests !== null);
      const allowance = hasAllowance
        ? withDecimals({
            limit_nanos: plan.allowanceNanos,
            left_nanos: atLeastNone(left?.allowance_left),
            limit_requests: plan.allowanceRequests,
            left_requests: atLeastNone(left?.requests_left),
            resets_at: toIso(nextMidnightMs(nowMs, services.settings.BILLING_TIMEZONE)),
          })
        : null;
      return viewOf(accountView, account, {
        available_nanos: account.balanceNanos - account.heldNanos,
        plan:
          plan === null
            ? null
            : {
                id: plan.id,
                name: plan.name,
                tier: plan.tier,
                expires_at: toIsoOrNull(account.planExpiresAt),
                allowance,
              },
        key: viewOf(keyView, key, {
          ratio_ppm: group?.ratioPpm ?? 1_000_000,
          allowed_models: key.allowedModels === null ? null : (JSON.parse(key.allowedModels) as unknown),
          quota_left_nanos: atLeastNone(left?.key_left),
        }),
      });
    },
  }),
  apiEndpoint({
    method: "POST",
    path: "/api/redeem",
    summary: "Add the amount of a redeem code to the balance, once",
    tag: "account",
    access: "key",
    body: strictObject({ code: string().check(minLength(1), maxLength(100)) }),
    result: object({ ...money("amount", "balance"), created_at: time() }),
    async handle(request) {
      const { services, body } = request;
      const { accountId } = callerOf(request);
      const entry = await redeem(services.d1, { accountId, code: body.code, nowMs: services.now() });
      const [account] = await services.db.select().from(accounts).where(eq(accounts.id, accountId));
      return withDecimals({
        amount_nanos: entry.amountNanos,
        balance_nanos: account?.balanceNanos ?? 0,
        created_at: toIso(entry.createdAt),
      });
    },
  }),
];

function atLeastNone(left: number | null | undefined): number | null {
  return left === null || left === undefined ? null : Math.max(0, left);
}
