/** Deletes what is kept for a while when its time is over: conversations, sessions of the portal, links in mails, secrets of browsers, tasks. */
import { sql } from "drizzle-orm";
import { batch } from "../billing/storage.ts";

/** Of each table in each minute. */
const MOST = 500;

/** @returns how many rows were deleted */
export async function forgetExpired(db: D1Database, nowMs: number): Promise<number> {
  const results = await batch(
    db,
    ["stored", "kept_proofs", "sessions", "verifications", "stripe_events", "client_secrets", "tasks"].map((table) => {
      const name = sql.raw(table);
      return sql`DELETE FROM ${name} WHERE rowid IN (SELECT rowid FROM ${name} WHERE expires_at <= ${nowMs} LIMIT ${MOST})`;
    }),
  );
  return results.reduce((sum, { meta }) => sum + meta.changes, 0);
}
