/**
 * The statements of the D1 wallet. They write rows of `charges`; the triggers of `charges` move the money, see
 * schema/README.md.
 */
import { MAX_NANOS } from "../core/money.ts";
import { COUNTED_UNITS, UNITS, type CountedUnit } from "../core/units.ts";
import { writeAttributes } from "./rates.ts";
import { statement, type Value } from "./statement.ts";
import type { ChargeFacts, ChargeRef, Funding, HoldRequest, Release, Settlement } from "./wallet.ts";

export interface Moment {
  readonly nowMs: number;
  /** The local day in `BILLING_TIMEZONE`. */
  readonly today: string;
}

/** One row: what an account, its plan and a key have used in the periods of today. */
const STANDING = `SELECT d.*,
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
      max(:today, coalesce(a.allowance_day, ''), coalesce(k.period_day, '')) AS day
    FROM accounts a
    LEFT JOIN plans p ON p.id = a.plan_id AND (a.plan_expires_at IS NULL OR a.plan_expires_at > #nowMs)
      AND (p.allowance IS NOT NULL OR p.allowance_requests IS NOT NULL)
    LEFT JOIN api_keys k ON k.id = :keyId AND k.account_id = a.id
    WHERE a.id = :accountId) d`;

interface FundsRow {
  readonly unlimited: number;
  readonly overflow: number;
  readonly available: number;
  readonly plan_id: string | null;
  readonly allowance_left: number | null;
  readonly requests_left: number | null;
  readonly key_left: number | null;
}

export const FUNDS = statement<"accountId" | "keyId" | keyof Moment, FundsRow>(
  `SELECT s.unlimited, s.overflow, s.available, s.plan_id, s.allowance - s.used AS allowance_left,
    s.request_limit - s.requests AS requests_left, iif(s.counted, s.key_left, NULL) AS key_left
  FROM (${STANDING}) s`,
);

export interface ChargeRow {
  readonly state: "held" | "settled" | "void";
  readonly nonce: string;
  readonly funding: Funding;
  readonly day: string;
  readonly amount: number;
  readonly written_off: number;
}

export type ClosedRow = Pick<ChargeRow, "amount" | "written_off">;

/**
 * Chooses between allowance and balance, and holds the estimate; a trigger may refuse. Returns no row if the charge
 * exists.
 */
export const HOLD = statement<keyof ReturnType<typeof holdValues>, Pick<ChargeRow, "funding" | "day">>(
  `INSERT INTO charges (account_id, id, state, nonce, mode, threshold, funding, day, month, key_id, key_counted,
    created_at, lease_until, estimate, model, request)
  SELECT s.account_id, :id, 'held', :nonce, :mode, #threshold,
    CASE WHEN s.plan_id IS NULL THEN 'balance'
      WHEN (s.allowance IS NULL OR s.used + #estimate <= s.allowance)
        AND (s.request_limit IS NULL OR s.requests < s.request_limit) THEN 'allowance'
      WHEN s.overflow THEN 'balance' END,
    s.day, substr(s.day, 1, 7), :keyId, s.counted, #nowMs, #leaseUntil, #estimate, :model, :request
  FROM (${STANDING}) s
  WHERE NOT EXISTS (SELECT 1 FROM charges c WHERE c.account_id = :accountId AND c.id = :id)
  RETURNING funding, day`,
);

export function holdValues(request: HoldRequest, moment: Moment, leaseMs: number, thresholdNanos: number) {
  const { accountId, id, nonce, keyId, mode, estimateNanos, model } = request;
  return {
    ...moment,
    accountId,
    id,
    nonce,
    keyId,
    mode,
    threshold: mode === "strict" ? null : thresholdNanos,
    estimate: estimateNanos,
    leaseUntil: moment.nowMs + leaseMs,
    model,
    request: json(request.request),
  };
}

export const ROW = statement<"accountId" | "id", ChargeRow>(
  `SELECT state, nonce, funding, day, amount, written_off FROM charges
  WHERE account_id = :accountId AND id = :id`,
);

/** For each column its value in a statement. */
const FACTS: Readonly<Record<string, string>> = {
  model: ":model",
  route: ":route",
  upstream: ":upstream",
  price_version: "#priceVersion",
  ratio_ppm: "#ratioPpm",
  estimated: "#estimated",
  attributes: ":attributes",
  ...Object.fromEntries(COUNTED_UNITS.map((unit) => [UNITS[unit].column, `#${unit}`])),
};
type FactName = keyof ReturnType<typeof factValues>;

const SET_FACTS = assignments((_, value) => value);
/** A column whose fact is absent stays as it was. */
const KEEP_FACTS = assignments((column, value) => `coalesce(${value}, ${column})`);
const SET_CLOSING = `ending = :ending, settled_at = #nowMs, attempts = :attempts, request = coalesce(:request, request)`;
const OWN = "account_id = :accountId AND id = :id AND nonce = :nonce";
/** Open, or closed by the sweeper. */
const CLOSABLE = "(state = 'held' OR ending = 'swept')";

export const EXTEND = statement<keyof ChargeRef | "leaseUntil">(
  `UPDATE charges SET lease_until = #leaseUntil WHERE ${OWN} AND state = 'held'`,
);

export const CHECKPOINT = statement<keyof ChargeRef | FactName | "leaseUntil" | "nowMs" | "amount" | "cost">(
  `UPDATE charges SET lease_until = #leaseUntil, checkpoint_amount = #amount, checkpoint_cost = #cost,
    checkpoint_at = #nowMs, ${SET_FACTS}
  WHERE ${OWN} AND state = 'held'`,
);

/** A strict charge stays within its hold. If the sweeper closed it, it also stays within what the account has now. */
const LIMIT = `CASE WHEN mode = 'expected' THEN ${MAX_NANOS} WHEN state = 'held' OR funding = 'allowance' THEN estimate
    ELSE min(estimate, amount + (SELECT iif(a.unlimited, estimate, max(0, a.balance - a.held)) FROM accounts a
      WHERE a.id = charges.account_id)) END`;

export const SETTLE = statement<keyof ReturnType<typeof closingValues> | "amount", ClosedRow>(
  `UPDATE charges SET state = 'settled', amount = min(#amount, ${LIMIT}), written_off = #amount - min(#amount, ${LIMIT}),
    cost = #cost, ${SET_FACTS}, ${SET_CLOSING}
  WHERE ${OWN} AND ${CLOSABLE}
  RETURNING amount, written_off`,
);

export const RELEASE = statement<keyof ReturnType<typeof closingValues>, ClosedRow>(
  `UPDATE charges SET state = 'void', amount = 0, written_off = 0, cost = #cost, ${KEEP_FACTS}, ${SET_CLOSING}
  WHERE ${OWN} AND ${CLOSABLE}
  RETURNING amount, written_off`,
);

export function closingValues(charge: ChargeRef, closing: Settlement | Release, nowMs: number) {
  const { ending, attempts, request, costNanos } = closing;
  return {
    ...charge,
    ...factValues(closing),
    ending,
    nowMs,
    cost: costNanos,
    attempts: json(attempts),
    request: json(request),
  };
}

/** Every name is present, even if its fact is unknown, because a statement binds all of them. */
export function factValues(facts: Partial<ChargeFacts>) {
  const { model, route, upstream, priceVersion, ratioPpm, usage = {}, estimated, attributes } = facts;
  return {
    ...(usage as Readonly<Record<CountedUnit, Value>>),
    model,
    route,
    upstream,
    priceVersion,
    ratioPpm,
    estimated: estimated === undefined ? null : Number(estimated),
    attributes: writeAttributes(attributes),
  };
}

function assignments(value: (column: string, given: string) => string): string {
  return Object.entries(FACTS)
    .map(([column, given]) => `${column} = ${value(column, given)}`)
    .join(", ");
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
