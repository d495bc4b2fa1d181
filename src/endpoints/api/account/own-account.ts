/** The account of the caller's key, and what the key may spend. */
import { array, nullable, object, strictObject, string, minLength, maxLength } from "zod/mini";
import { redeemCode } from "../../../accounts/redeem-codes.ts";
import { readKeyOverview, spendable } from "../../../accounts/overview.ts";
import { viewOf } from "../views.ts";
import { count, flag, id, maybeMoney, money, time } from "../fields.ts";
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
  /** The least that is left of the key's quotas; null = none is set. */
  ...maybeMoney("quota_left"),
  manages_account: flag(),
});

const accountView = object({
  id: id(),
  name: string(),
  /** null = the key does not manage the account. */
  ...maybeMoney("balance", "held"),
  /** For a key that manages the account `balance` − `held`; for any other what the key may still spend of that. */
  ...money("available"),
  unlimited: flag(),
  overflow: flag(),
  plan: nullable(planView),
  key: keyView,
});

const redeemedView = object({ ...money("amount", "balance"), created_at: time() });

export const accountEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/api/account",
    summary: "Balance, plan and daily allowance of the key's account, and the key's own limits",
    tag: "account",
    access: "key",
    result: accountView,
    async handle(request) {
      const overview = await readKeyOverview(request.services, callerOf(request).keyId);
      const { account, availableNanos, key, ratioPpm, quotaLeftNanos, plan, allowance } = overview;
      const funds = key.managesAccount
        ? { availableNanos }
        : { availableNanos: spendable(overview), balanceNanos: null, heldNanos: null };
      return viewOf(
        accountView,
        { ...account, ...funds },
        {
          plan:
            plan === null
              ? null
              : viewOf(
                  planView,
                  { ...plan, expiresAt: account.planExpiresAt },
                  { allowance: allowance === null ? null : viewOf(allowanceView, allowance) },
                ),
          key: viewOf(keyView, { ...key, ratioPpm, quotaLeftNanos }),
        },
      );
    },
  }),
  apiEndpoint({
    method: "POST",
    path: "/api/redeem",
    summary: "Add the amount of a redeem code to the balance, once; only with a key that manages its account",
    tag: "account",
    access: "manager",
    body: strictObject({ code: string().check(minLength(1), maxLength(100)) }),
    result: redeemedView,
    async handle(request) {
      const { accountId } = callerOf(request);
      const { entry, balanceNanos } = await redeemCode(request.services, { accountId, code: request.body.code });
      return viewOf(redeemedView, { ...entry, balanceNanos });
    },
  }),
];
