/** What the keys of an account did this month. */
import { sql } from "drizzle-orm";
import { dayOf, monthOf } from "../billing/calendar.ts";
import { rowsOf } from "../billing/storage.ts";
import { uuidv7Floor } from "../core/id.ts";
import type { AccountStore } from "./store.ts";

const DAY_MS = 86_400_000;

export interface KeyActivity {
  /** What the key's charges of this month cost, and what open ones hold. */
  readonly monthNanos: number;
  /** Unix milliseconds: the last request of this month; undefined = none. */
  readonly lastUsedAt: number | undefined;
}

/** By the ids of the keys; a key that was not used this month is absent. */
export async function keyActivity(
  { d1, now, timeZone }: AccountStore,
  accountId: string,
): Promise<ReadonlyMap<string, KeyActivity>> {
  const month = monthOf(dayOf(now(), timeZone));
  const floor = uuidv7Floor(Date.parse(`${month}-01T00:00:00Z`) - DAY_MS);
  const rows = await rowsOf<{ key_id: string; spent: number; last_at: number }>(
    d1,
    sql`SELECT key_id, sum(CASE state WHEN 'held' THEN estimate ELSE amount END) AS spent, max(created_at) AS last_at
    FROM charges WHERE account_id = ${accountId} AND id >= ${floor} AND month = ${month} AND key_id IS NOT NULL
    GROUP BY key_id`,
  );
  return new Map(rows.map((row) => [row.key_id, { monthNanos: row.spent, lastUsedAt: row.last_at }]));
}
