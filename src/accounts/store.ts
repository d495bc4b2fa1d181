import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { AuditNote } from "./audit-note.ts";

/** What the functions of this folder work on. The Worker's `Services` is a store; a Node program makes its own. */
export interface AccountStore {
  readonly db: DrizzleD1Database;
  /** The same database, for statements of `billing`. */
  readonly d1: D1Database;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** The time zone in which days and months begin: `BILLING_TIMEZONE`. */
  readonly timeZone: string;
  /** The row that this request leaves in the audit log; undefined = nobody's request, or not an operator's. */
  readonly audit?: AuditNote | undefined;
}
