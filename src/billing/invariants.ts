/**
 * What must always be true of the money: every counter is the sum of the rows that it counts, and within its limit. Rows
 * that were rolled up are counted by their rollup. A limit that an operator set below what was used already is reported.
 */
import { sql, type SQL } from "drizzle-orm";
import { batch, int, rowsOf } from "./storage.ts";

export interface BrokenInvariant {
  readonly accountId: string;
  readonly keyId?: string;
  readonly invariant: string;
  readonly stored: number;
  readonly expected: number;
}

/** Checks one page of accounts, in the order of their ids. Reads all charges of each account. */
export async function brokenInvariants(
  db: D1Database,
  { after = "", limit = 20 }: { after?: string; limit?: number } = {},
): Promise<{ broken: BrokenInvariant[]; next: string | undefined }> {
  const ids = await rowsOf<{ id: string }>(
    db,
    sql`SELECT id FROM accounts WHERE id > ${after} ORDER BY id LIMIT ${int(limit)}`,
  );
  const broken = (await Promise.all(ids.map(async ({ id }) => brokenInvariantsOf(db, id)))).flat();
  return { broken, next: ids.length < limit ? undefined : ids.at(-1)?.id };
}

export async function brokenInvariantsOf(db: D1Database, accountId: string): Promise<BrokenInvariant[]> {
  // One batch is one transaction, so that all sums are of the same moment.
  const [account, keys] = await batch(db, [accountSums(accountId), keySums(accountId)]);
  return [
    ...((account?.results ?? []) as AccountSums[]).flatMap((row) => brokenOfAccount(accountId, row)),
    ...((keys?.results ?? []) as KeySums[]).flatMap((row) => brokenOfKey(accountId, row)),
  ];
}

interface AccountSums {
  balance: number;
  entries: number;
  charged: number;
  held: number;
  held_sum: number;
  open_charges: number;
  open_count: number;
  allowance_used: number;
  allowance_sum: number;
  allowance_requests: number;
  allowance_count: number;
  rollup_entries: number;
  rollup_usage: number;
  not_whole: number;
  overdrawn: number;
  beyond_holds: number;
  beyond_refunds: number;
  beyond_allowance: number;
  beyond_requests: number;
  written_off: number;
  written_off_sum: number;
  credited_orders: number;
  order_entries: number;
  matching_orders: number;
}

/** The allowance counters belong to `allowance_day`, which may be long past. */
function accountSums(accountId: string): SQL {
  return sql`SELECT a.balance, a.held, a.open_charges, a.allowance_used, a.allowance_requests, a.written_off,
    iif(a.unlimited, 0, max(0, a.held - a.balance - (SELECT coalesce(-sum(amount), 0) FROM entries
      WHERE account_id = a.id AND dispute IS NOT NULL))) AS overdrawn, coalesce(c.beyond_holds, 0) AS beyond_holds,
    coalesce((SELECT max(0, a.allowance_used - p.allowance) FROM plans p WHERE p.id = a.plan_id), 0) AS beyond_allowance,
    coalesce((SELECT max(0, a.allowance_requests - p.allowance_requests) FROM plans p WHERE p.id = a.plan_id), 0)
      AS beyond_requests,
    (SELECT coalesce(sum(max(0, e.amount - r.amount)), 0) FROM entries e
      JOIN charges r ON r.account_id = e.account_id AND r.id = e.reference
      WHERE e.account_id = a.id AND e.kind = 'refund') AS beyond_refunds,
    coalesce(c.written_off_sum, 0) + (SELECT coalesce(sum(written_off), 0) FROM daily_usage
      WHERE account_id = a.id AND day = a.written_off_day) AS written_off_sum,
    (typeof(a.balance) <> 'integer') + (typeof(a.held) <> 'integer') + (typeof(a.allowance_used) <> 'integer') AS not_whole,
    (SELECT coalesce(sum(amount), 0) FROM entries WHERE account_id = a.id) AS entries,
    (SELECT coalesce(-sum(amount), 0) FROM entries WHERE account_id = a.id AND kind = 'rollup') AS rollup_entries,
    (SELECT coalesce(sum(balance_amount), 0) FROM daily_usage WHERE account_id = a.id) AS rollup_usage,
    coalesce(c.charged, 0) AS charged, coalesce(c.held_sum, 0) AS held_sum, coalesce(c.open_count, 0) AS open_count,
    coalesce(c.allowance_sum, 0) + (SELECT coalesce(sum(amount - balance_amount), 0) FROM daily_usage
      WHERE account_id = a.id AND day = a.allowance_day) AS allowance_sum,
    coalesce(c.allowance_count, 0) + (SELECT coalesce(sum(allowance_requests), 0) FROM daily_usage
      WHERE account_id = a.id AND day = a.allowance_day) AS allowance_count,
    (SELECT count(*) FROM orders WHERE account_id = a.id AND state IN ('credited', 'refunded')) AS credited_orders,
    (SELECT count(*) FROM entries WHERE account_id = a.id AND id >= 'order:' AND id < 'order;') AS order_entries,
    (SELECT count(*) FROM orders o JOIN entries e ON e.account_id = o.account_id AND e.id = 'order:' || o.id
      WHERE o.account_id = a.id AND o.state IN ('credited', 'refunded') AND e.amount = o.credit) AS matching_orders
  FROM accounts a LEFT JOIN (SELECT charges.account_id,
      sum(iif(funding = 'balance', amount, 0)) AS charged,
      sum(iif(funding = 'balance' AND state = 'held', estimate, 0)) AS held_sum,
      sum(state = 'held') AS open_count,
      sum(iif(mode = 'strict', max(0, amount - estimate), 0)) AS beyond_holds,
      sum(iif(day = written_off_day, charges.written_off, 0)) AS written_off_sum,
      sum(iif(funding = 'allowance' AND day = allowance_day, iif(state = 'held', estimate, amount), 0)) AS allowance_sum,
      sum(funding = 'allowance' AND day = allowance_day AND state <> 'void') AS allowance_count
    FROM charges JOIN accounts ON accounts.id = charges.account_id
    WHERE charges.account_id = ${accountId}) c ON c.account_id = a.id
  WHERE a.id = ${accountId}`;
}

function brokenOfAccount(accountId: string, row: AccountSums): BrokenInvariant[] {
  const laws: [invariant: string, stored: number, expected: number][] = [
    ["balance = sum(entries) - sum(charges paid by it)", row.balance, row.entries - row.charged],
    ["held = sum(open charges paid by the balance)", row.held, row.held_sum],
    ["open_charges = number of open charges", row.open_charges, row.open_count],
    ["allowance_used = sum(charges of its day)", row.allowance_used, row.allowance_sum],
    ["allowance_requests = number of charges of its day", row.allowance_requests, row.allowance_count],
    ["rollup entries = daily usage paid by the balance", row.rollup_entries, row.rollup_usage],
    ["amounts are whole numbers", row.not_whole, 0],
    ["what is held is there, and the balance is not below zero but for charge-backs", row.overdrawn, 0],
    ["no charge exceeds its hold", row.beyond_holds, 0],
    ["no refund exceeds its charge", row.beyond_refunds, 0],
    ["allowance_used is within the plan's allowance", row.beyond_allowance, 0],
    ["allowance_requests is within the plan's allowance", row.beyond_requests, 0],
    ["written_off = sum(written off on its day)", row.written_off, row.written_off_sum],
    ["credited payments = entries of payments", row.credited_orders, row.order_entries],
    ["a credited payment has one entry, of its credit", row.credited_orders, row.matching_orders],
  ];
  return laws
    .filter(([, stored, expected]) => stored !== expected)
    .map(([invariant, stored, expected]) => ({ accountId, invariant, stored, expected }));
}

interface KeySums {
  id: string;
  used_total: number;
  total_sum: number;
  used_day: number;
  day_sum: number;
  used_month: number;
  month_sum: number;
  beyond_quota: number;
}

function keySums(accountId: string): SQL {
  return sql`SELECT k.id, k.used_total, k.used_day, k.used_month,
    max(0, coalesce(k.used_total - k.quota_total, 0), coalesce(k.used_day - k.quota_day, 0),
      coalesce(k.used_month - k.quota_month, 0)) AS beyond_quota,
    coalesce(sum(u.amount), 0) AS total_sum,
    coalesce(sum(iif(u.day = k.period_day, u.amount, 0)), 0) AS day_sum,
    coalesce(sum(iif(substr(u.day, 1, 7) = k.period_month, u.amount, 0)), 0) AS month_sum
  FROM api_keys k LEFT JOIN (
      SELECT key_id, day, iif(state = 'held', estimate, amount) AS amount FROM charges
      WHERE account_id = ${accountId} AND key_counted = 1
      UNION ALL SELECT key_id, day, counted_amount FROM daily_usage WHERE account_id = ${accountId}
    ) u ON u.key_id = k.id
  WHERE k.account_id = ${accountId} GROUP BY k.id`;
}

function brokenOfKey(accountId: string, row: KeySums): BrokenInvariant[] {
  const laws: [invariant: string, stored: number, expected: number][] = [
    ["used_total = sum(charges counted)", row.used_total, row.total_sum],
    ["used_day = sum(charges counted of its day)", row.used_day, row.day_sum],
    ["used_month = sum(charges counted of its month)", row.used_month, row.month_sum],
    ["what is used is within the key's quotas", row.beyond_quota, 0],
  ];
  return laws
    .filter(([, stored, expected]) => stored !== expected)
    .map(([invariant, stored, expected]) => ({ accountId, keyId: row.id, invariant, stored, expected }));
}
