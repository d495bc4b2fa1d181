import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { flag, milliseconds, nanos } from "./columns.ts";
import { groups, plans } from "./plans.ts";

/**
 * Accounts. Ids are UUIDv7. Only the triggers of `charges` and `entries` change the money columns; see README.md.
 */
export const accounts = sqliteTable("accounts", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  disabled: flag("disabled").notNull().default(false),
  createdAt: milliseconds("created_at").notNull(),
  balanceNanos: nanos("balance").notNull().default(0),
  /** The part of the balance that open charges hold. */
  heldNanos: nanos("held").notNull().default(0),
  /**
   * The number of charges in state `held`, whether allowance or balance pays. The sweeper looks at accounts where it is
   * not 0.
   */
  openCharges: integer("open_charges").notNull().default(0),
  /** A private gateway's account: its balance is counted but never compared. */
  unlimited: flag("unlimited").notNull().default(false),
  planId: text("plan_id").references(() => plans.id),
  /** null = without end. */
  planExpiresAt: milliseconds("plan_expires_at"),
  /** The balance pays when the plan's daily allowance is used up. */
  overflow: flag("overflow").notNull().default(false),
  /** The day (`2026-01-31`) of the allowance counters; on any other day they count as 0. */
  allowanceDay: text("allowance_day"),
  /** The cost of the charges that the allowance of that day pays; for open charges, what they hold. */
  allowanceUsedNanos: nanos("allowance_used").notNull().default(0),
  /** The number of requests that the allowance of that day pays, without voided ones. */
  allowanceRequests: integer("allowance_requests").notNull().default(0),
  /** The day of `written_off`; on any other day it counts as 0. */
  writtenOffDay: text("written_off_day"),
  /** What the charges of that day cost beyond their holds. */
  writtenOffNanos: nanos("written_off").notNull().default(0),
});

/** API keys. Only a hash is stored, and a prefix by which people recognise their keys. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.id),
    /** SHA-256 of the whole key, lower-case hexadecimal. */
    hash: text("hash").notNull().unique(),
    /** The first characters of the key, such as `sk-3fGh9aBc`. */
    prefix: text("prefix").notNull(),
    name: text("name").notNull(),
    disabled: flag("disabled").notNull().default(false),
    expiresAt: milliseconds("expires_at"),
    /** Whether a request without `stream` is streamed on the Xlei surface; null = decided by the client's headers. */
    defaultStream: flag("default_stream"),
    /** `legacy` = code 2004 for rate limits; null = the site's setting. */
    errorDialect: text("error_dialect", { enum: ["current", "legacy"] }),
    createdAt: milliseconds("created_at").notNull(),
    /** The group decides which upstreams the key may use, and its ratio; null = no group, ratio 1. */
    groupId: text("group_id").references(() => groups.id),
    /** JSON array of model names; null = all. */
    allowedModels: text("allowed_models"),
    /** JSON array of addresses and CIDR blocks; null = all. */
    allowedIps: text("allowed_ips"),
    /** The key may see all of its account, and redeem codes for it. Without it a key sees what it did itself. */
    managesAccount: flag("manages_account").notNull().default(false),
    /** null = the site's setting. */
    requestsPerMinute: integer("requests_per_minute"),
    /** Limits on what charges with this key may cost: ever, per day, per month; null = none. */
    quotaTotalNanos: nanos("quota_total"),
    quotaDayNanos: nanos("quota_day"),
    quotaMonthNanos: nanos("quota_month"),
    /** What counted charges cost, or hold while they are open. Moved by the triggers of `charges`. */
    usedTotalNanos: nanos("used_total").notNull().default(0),
    usedDayNanos: nanos("used_day").notNull().default(0),
    usedMonthNanos: nanos("used_month").notNull().default(0),
    /** Deleted by its owner: refused, no longer listed, and kept because charges name it. */
    deletedAt: milliseconds("deleted_at"),
    /** The day and month of `used_day` and `used_month`; in any other day or month they count as 0. */
    periodDay: text("period_day"),
    periodMonth: text("period_month"),
  },
  (table) => [index("api_keys_account").on(table.accountId)],
);
