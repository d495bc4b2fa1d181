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
    iif(d.written_off_day = d.day, d.written_off, 0) AS lost,
    min(coalesce(d.quota_total - d.used_total, ${MAX_NANOS}),
      coalesce(d.quota_day - iif(d.period_day = d.day, d.used_day, 0), ${MAX_NANOS}),
      coalesce(d.quota_month - iif(d.period_month = substr(d.day, 1, 7), d.used_month, 0), ${MAX_NANOS})) AS key_left
  FROM (SELECT a.id AS account_id, a.unlimited, a.overflow, a.balance - a.held AS available,
      a.allowance_day, a.allowance_used, a.allowance_requests, a.open_charges, a.written_off_day, a.written_off,
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

/** What is left, for whoever looks at it. */
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
  readonly estimate: number;
  readonly amount: number;
  readonly written_off: number;
}

export type ClosedRow = Pick<ChargeRow, "state" | "amount" | "written_off">;

/** What allowance and balance could pay, each null where it may not; what to hold, and the least that is of use. */
const SOURCES = `SELECT s.*,
    iif(s.plan_id IS NULL OR s.requests >= s.request_limit, NULL, coalesce(s.allowance - s.used, ${MAX_NANOS})) AS allowance_left,
    iif(s.plan_id IS NOT NULL AND NOT s.overflow, NULL, iif(s.unlimited, ${MAX_NANOS}, s.available)) AS balance_left,
    iif(s.lost < #lossLimit, #estimate, #ceiling) AS want,
    iif(s.lost < #lossLimit, #least, #ceiling) AS least
  FROM (${STANDING}) s`;

/** Chooses who pays: the allowance where it can, else the balance. */
const PAYER = `SELECT f.*, CASE
    WHEN f.balance_left IS NULL THEN iif(f.allowance_left IS NULL, NULL, 'allowance')
    WHEN f.allowance_left IS NULL THEN 'balance'
    WHEN f.allowance_left >= f.want OR f.allowance_left >= max(f.least, f.balance_left) THEN 'allowance'
    ELSE 'balance' END AS funding
  FROM (${SOURCES}) f`;

/**
 * Holds what is wanted, or else what is free. A trigger refuses less than the least of use. Inserts nothing if the
 * charge exists, too many charges are open, or twice the limit of losses is passed.
 */
export const HOLD = statement<
  keyof ReturnType<typeof holdValues>,
  Pick<ChargeRow, "funding" | "day"> & { readonly estimate: number }
>(
  `INSERT INTO charges (account_id, id, state, nonce, mode, funding, day, month, key_id, key_counted, created_at,
    lease_until, estimate, model, request)
  SELECT p.account_id, :id, 'held', :nonce, 'strict', p.funding, p.day, substr(p.day, 1, 7), :keyId, p.counted, #nowMs,
    #leaseUntil,
    coalesce(max(p.least, min(p.want, p.key_left, iif(p.funding = 'allowance', p.allowance_left, p.balance_left))), p.least),
    :model, :request
  FROM (${PAYER}) p
  WHERE p.open_charges < #maxOpen AND p.lost < 2 * #lossLimit
    AND NOT EXISTS (SELECT 1 FROM charges c WHERE c.account_id = :accountId AND c.id = :id)
  RETURNING funding, day, estimate`,
);

/** What one account may do at most. */
export interface AccountLimits {
  /** Open charges. */
  readonly maxOpen: number;
  /** Nanos written off in a day. From here on the whole of each request is held; from twice as much on none is served. */
  readonly lossLimitNanos: number;
}

export function holdValues(request: HoldRequest, moment: Moment, limits: AccountLimits & { readonly leaseMs: number }) {
  const { accountId, id, nonce, keyId, estimateNanos, model } = request;
  return {
    ...moment,
    accountId,
    id,
    nonce,
    keyId,
    estimate: estimateNanos,
    least: request.leastNanos ?? estimateNanos,
    ceiling: request.ceilingNanos ?? estimateNanos,
    maxOpen: limits.maxOpen,
    lossLimit: limits.lossLimitNanos,
    leaseUntil: moment.nowMs + (request.leaseMs ?? limits.leaseMs),
    model,
    request: json(request.request),
  };
}

/** The account, and its charge if there is one. */
export const ROW = statement<
  "accountId" | "id",
  { readonly open_charges: number } & (ChargeRow | { readonly state: null })
>(
  `SELECT c.state, c.nonce, c.funding, c.day, c.estimate, c.amount, c.written_off, a.open_charges
  FROM accounts a LEFT JOIN charges c ON c.account_id = a.id AND c.id = :id
  WHERE a.id = :accountId`,
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

/** What a row may count for beyond what it counts for now: the least that its payer and its key have left for its day. */
const ROOM = `max(0, min(
    (SELECT iif(charges.funding = 'balance', iif(a.unlimited, ${MAX_NANOS}, a.balance - a.held),
        iif(p.id IS NULL, 0, iif(p.allowance IS NULL, ${MAX_NANOS},
          iif(a.allowance_day = charges.day, p.allowance - a.allowance_used, 0))))
      FROM accounts a LEFT JOIN plans p ON p.id = a.plan_id WHERE a.id = charges.account_id),
    iif(charges.key_counted, coalesce((SELECT min(coalesce(k.quota_total - k.used_total, ${MAX_NANOS}),
        iif(k.quota_day IS NULL, ${MAX_NANOS}, iif(k.period_day = charges.day, k.quota_day - k.used_day, 0)),
        iif(k.quota_month IS NULL, ${MAX_NANOS}, iif(k.period_month = charges.month, k.quota_month - k.used_month, 0)))
      FROM api_keys k WHERE k.id = charges.key_id), ${MAX_NANOS}), ${MAX_NANOS})))`;

/** Whether the allowance has a request left for a voided row that is to count after all. */
const COUNTS = `(state <> 'void' OR funding = 'balance' OR EXISTS (SELECT 1 FROM accounts a JOIN plans p ON p.id = a.plan_id
    WHERE a.id = charges.account_id AND (p.allowance_requests IS NULL
      OR (a.allowance_day = charges.day AND a.allowance_requests < p.allowance_requests))))`;

/** What was given back of a charge that the sweeper closed, or null; its correction takes no less. */
const REFUNDED = `(SELECT e.amount FROM entries e
    WHERE e.account_id = charges.account_id AND e.id = 'refund:' || charges.id)`;

/** The most that a row is charged: its hold. If the sweeper closed it, also what it was charged and {@link ROOM}. */
const LIMIT = `iif(state = 'held', estimate, min(estimate, amount + ${ROOM}))`;

const CHARGED = `min(#payable, ${LIMIT})`;

const RAISED = `estimate = max(estimate, min(#hold, estimate + ${ROOM}))`;

export const EXTEND = statement<keyof ChargeRef | "leaseUntil" | "hold", Pick<ChargeRow, "estimate">>(
  `UPDATE charges SET lease_until = #leaseUntil, ${RAISED} WHERE ${OWN} AND state = 'held' RETURNING estimate`,
);

export const CHECKPOINT = statement<
  keyof ChargeRef | FactName | "leaseUntil" | "hold" | "nowMs" | "amount" | "cost",
  Pick<ChargeRow, "estimate">
>(
  `UPDATE charges SET lease_until = #leaseUntil, ${RAISED}, checkpoint_amount = #amount, checkpoint_cost = #cost,
    checkpoint_at = #nowMs, ${SET_FACTS}
  WHERE ${OWN} AND state = 'held' RETURNING estimate`,
);

export const SETTLE = statement<keyof ReturnType<typeof closingValues> | "amount" | "payable", ClosedRow>(
  `UPDATE charges SET state = iif(${COUNTS}, 'settled', 'void'),
    amount = iif(${COUNTS}, coalesce(max(${REFUNDED}, ${CHARGED}), ${CHARGED}), 0),
    written_off = iif(${COUNTS}, max(0, #amount - coalesce(max(${REFUNDED}, ${CHARGED}), ${CHARGED})), 0),
    cost = #cost, ${SET_FACTS}, ${SET_CLOSING}
  WHERE ${OWN} AND ${CLOSABLE}
  RETURNING state, amount, written_off`,
);

/** What it cost the operator stays, if no more is known. */
export const RELEASE = statement<keyof ReturnType<typeof closingValues>, ClosedRow>(
  `UPDATE charges SET state = iif(${REFUNDED} > 0, 'settled', 'void'), amount = coalesce(${REFUNDED}, 0), written_off = 0,
    cost = coalesce(#cost, cost, checkpoint_cost), ${KEEP_FACTS}, ${SET_CLOSING}
  WHERE ${OWN} AND ${CLOSABLE}
  RETURNING state, amount, written_off`,
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
