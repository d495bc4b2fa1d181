import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { flag, milliseconds, nanos } from "./columns.ts";

/** Subscriptions: a tier of models and a daily allowance. With neither allowance set, the balance pays. */
export const plans = sqliteTable("plans", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** Models of this tier and below may be used. */
  tier: integer("tier").notNull().default(0),
  /** null = not limited by amount. */
  allowanceNanos: nanos("allowance"),
  /** null = not limited by number of requests. */
  allowanceRequests: integer("allowance_requests"),
  priceNanos: nanos("price").notNull().default(0),
  /** How long one purchase lasts; null = without end. */
  periodDays: integer("period_days"),
  /** No longer sold; accounts that have it keep it. */
  disabled: flag("disabled").notNull().default(false),
  createdAt: milliseconds("created_at").notNull(),
});

/** Groups of keys: which upstreams they may use, and the ratio of the price that they pay. */
export const groups = sqliteTable("groups", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** Parts per million of the price: 1,000,000 = the price itself. */
  ratioPpm: integer("ratio_ppm").notNull().default(1_000_000),
  disabled: flag("disabled").notNull().default(false),
  /** People may choose it for their keys in the portal. */
  offered: flag("offered").notNull().default(false),
  createdAt: milliseconds("created_at").notNull(),
});

/** Redeem codes. Only a hash is stored. A code is used when `entries` gets the row that names it; see README.md. */
export const redeemCodes = sqliteTable(
  "redeem_codes",
  {
    /** SHA-256 of the code without its dashes, lower-case hexadecimal. */
    hash: text("hash").primaryKey(),
    /** The name of the batch in which the code was made. */
    batch: text("batch").notNull(),
    amountNanos: nanos("amount").notNull(),
    /** null = never. */
    expiresAt: milliseconds("expires_at"),
    createdAt: milliseconds("created_at").notNull(),
    /** The account that used it. */
    redeemedBy: text("redeemed_by"),
    redeemedAt: milliseconds("redeemed_at"),
  },
  (table) => [index("redeem_codes_batch").on(table.batch)],
);
