/** The statements of the D1 wallet. What they move, the triggers of `charges` move; see schema/README.md. */
import { sql, type SQL } from "drizzle-orm";
import { MAX_NANOS } from "../core/money.ts";
import { USAGE_CLASSES, type UsageClass } from "../core/usage.ts";
import { int, json } from "./storage.ts";
import type { ChargeFacts, ChargeRef, HoldRequest, Release, Settlement } from "./wallet.ts";

export const USAGE_COLUMNS: Record<UsageClass, string> = {
  input: "input_tokens",
  cachedRead: "cached_read_tokens",
  cacheWrite: "cache_write_tokens",
  inputAudio: "input_audio_tokens",
  inputImage: "input_image_tokens",
  output: "output_tokens",
  reasoning: "reasoning_tokens",
  outputAudio: "output_audio_tokens",
  images: "images",
  durationMs: "duration_ms",
  characters: "characters",
};

export interface Moment {
  readonly nowMs: number;
  /** Local to `BILLING_TIMEZONE`. */
  readonly today: string;
}

/** One row: what an account, its plan and a key have used in the periods of today. */
function standing(accountId: string, keyId: string | null, { nowMs, today }: Moment): SQL {
  return sql`SELECT d.*,
    iif(d.allowance_day = d.day, d.allowance_used, 0) AS used,
    iif(d.allowance_day = d.day, d.allowance_requests, 0) AS requests,
    min(coalesce(d.quota_total - d.used_total, ${MAX_NANOS}),
      coalesce(d.quota_day - iif(d.period_day = d.day, d.used_day, 0), ${MAX_NANOS}),
      coalesce(d.quota_month - iif(d.period_month = substr(d.day, 1, 7), d.used_month, 0), ${MAX_NANOS})) AS key_left
  FROM (SELECT a.id AS account_id, a.unlimited, a.overflow, a.balance - a.held AS available,
      a.allowance_day, a.allowance_used, a.allowance_requests,
      p.id AS plan_id, p.allowance, p.allowance_requests AS request_limit,
      k.quota_total, k.quota_day, k.quota_month, k.used_total, k.used_day, k.used_month, k.period_day, k.period_month,
      coalesce(k.quota_total, k.quota_day, k.quota_month) IS NOT NULL AS counted,
      max(${today}, coalesce(a.allowance_day, ''), coalesce(k.period_day, '')) AS day
    FROM accounts a
    LEFT JOIN plans p ON p.id = a.plan_id AND (a.plan_expires_at IS NULL OR a.plan_expires_at > ${int(nowMs)})
      AND (p.allowance IS NOT NULL OR p.allowance_requests IS NOT NULL)
    LEFT JOIN api_keys k ON k.id = ${keyId} AND k.account_id = a.id
    WHERE a.id = ${accountId}) d`;
}

export function fundsQuery(accountId: string, keyId: string | null, moment: Moment): SQL {
  return sql`SELECT s.unlimited, s.overflow, s.available, s.plan_id, s.allowance - s.used AS allowance_left,
    s.request_limit - s.requests AS requests_left, iif(s.counted, s.key_left, NULL) AS key_left
  FROM (${standing(accountId, keyId, moment)}) s`;
}

/** Chooses who pays and reserves; a trigger refuses. No row comes back when the charge is already there. */
export function holdStatement(request: HoldRequest, moment: Moment, leaseMs: number, thresholdNanos: number): SQL {
  const { accountId, id, nonce, keyId, mode, estimateNanos, model, request: details } = request;
  const estimate = int(estimateNanos);
  return sql`INSERT INTO charges (account_id, id, state, nonce, mode, threshold, funding, day, month, key_id, key_counted,
    created_at, lease_until, estimate, model, request)
  SELECT s.account_id, ${id}, 'held', ${nonce}, ${mode}, ${mode === "strict" ? int(null) : int(thresholdNanos)},
    CASE WHEN s.plan_id IS NULL THEN 'balance'
      WHEN (s.allowance IS NULL OR s.used + ${estimate} <= s.allowance)
        AND (s.request_limit IS NULL OR s.requests < s.request_limit) THEN 'allowance'
      WHEN s.overflow THEN 'balance' END,
    s.day, substr(s.day, 1, 7), ${keyId}, s.counted,
    ${int(moment.nowMs)}, ${int(moment.nowMs + leaseMs)}, ${estimate}, ${model ?? null}, ${json(details)}
  FROM (${standing(accountId, keyId, moment)}) s
  WHERE NOT EXISTS (SELECT 1 FROM charges c WHERE c.account_id = ${accountId} AND c.id = ${id})
  RETURNING funding, day`;
}

export function rowQuery({ accountId, id }: ChargeRef): SQL {
  return sql`SELECT state, nonce, funding, day, ending, amount, written_off FROM charges
  WHERE account_id = ${accountId} AND id = ${id}`;
}

export function checkpointStatement(charge: ChargeRef, leaseUntil: number, nowMs: number, facts?: ChargeFacts): SQL {
  const noted =
    facts === undefined
      ? sql``
      : sql`, checkpoint_amount = ${int(facts.amountNanos)}, checkpoint_cost = ${int(facts.costNanos)},
    checkpoint_at = ${int(nowMs)}, ${factColumns(facts, false)}`;
  return sql`UPDATE charges SET lease_until = ${int(leaseUntil)}${noted}
  WHERE ${own(charge)} AND state = 'held'`;
}

/** A strict charge stays within its hold; one that the sweeper closed, also within what is there by now. */
export function settleStatement(charge: ChargeRef, settlement: Settlement, nowMs: number): SQL {
  const amount = int(settlement.amountNanos);
  const limit = sql`CASE WHEN mode = 'expected' THEN ${MAX_NANOS} WHEN state = 'held' OR funding = 'allowance' THEN estimate
    ELSE min(estimate, amount + (SELECT iif(a.unlimited, estimate, max(0, a.balance - a.held)) FROM accounts a
      WHERE a.id = charges.account_id)) END`;
  return sql`UPDATE charges SET state = 'settled', amount = min(${amount}, ${limit}),
    written_off = ${amount} - min(${amount}, ${limit}), cost = ${int(settlement.costNanos)},
    ${factColumns(settlement, false)}, ${closing(settlement, nowMs)}
  WHERE ${own(charge)} AND ${closable}
  RETURNING amount, written_off`;
}

export function releaseStatement(charge: ChargeRef, release: Release, nowMs: number): SQL {
  return sql`UPDATE charges SET state = 'void', amount = 0, written_off = 0, cost = ${int(release.costNanos)},
    ${factColumns(release, true)}, ${closing(release, nowMs)}
  WHERE ${own(charge)} AND ${closable}
  RETURNING amount, written_off`;
}

/** Open, or closed by the sweeper. */
const closable = sql.raw("(state = 'held' OR ending = 'swept')");

function own({ accountId, id, nonce }: ChargeRef): SQL {
  return sql`account_id = ${accountId} AND id = ${id} AND nonce = ${nonce}`;
}

function closing({ ending, attempts, request }: Settlement | Release, nowMs: number): SQL {
  return sql`ending = ${ending}, settled_at = ${int(nowMs)}, attempts = ${json(attempts)},
    request = coalesce(${json(request)}, request)`;
}

/** @param keep what the facts leave out stays as it was */
function factColumns(facts: Partial<ChargeFacts>, keep: boolean): SQL {
  const { model, route, upstream, priceVersion, ratioPpm, usage = {}, estimated } = facts;
  const columns: [name: string, value: SQL][] = [
    ["model", sql`${model ?? null}`],
    ["route", sql`${route ?? null}`],
    ["upstream", sql`${upstream ?? null}`],
    ["price_version", int(priceVersion)],
    ["ratio_ppm", int(ratioPpm)],
    ["estimated", int(estimated === undefined ? undefined : Number(estimated))],
    ...USAGE_CLASSES.map((name): [string, SQL] => [USAGE_COLUMNS[name], int(usage[name])]),
  ];
  return sql.join(
    columns.map(([name, value]) => {
      const column = sql.raw(name);
      return keep ? sql`${column} = coalesce(${value}, ${column})` : sql`${column} = ${value}`;
    }),
    sql`, `,
  );
}
