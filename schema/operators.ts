import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { flag, milliseconds } from "./columns.ts";

/** People and programs that may use the operator API. Only a hash of a token is stored. Names never change. */
export const operators = sqliteTable("operators", {
  id: text("id").primaryKey(),
  /** Stands in entries, in the audit log and in log lines. */
  name: text("name").notNull().unique(),
  /** SHA-256 of the whole token, lower-case hexadecimal. */
  hash: text("hash").notNull().unique(),
  /** The first characters of the token, such as `op-3fGh9aBc`. */
  prefix: text("prefix").notNull(),
  role: text("role", { enum: ["read", "support", "finance", "owner"] }).notNull(),
  /** null = never. */
  expiresAt: milliseconds("expires_at"),
  disabled: flag("disabled").notNull().default(false),
  createdAt: milliseconds("created_at").notNull(),
  /** Such as `2026-01-31`, of the site's time zone; null = not used yet. */
  lastUsedDay: text("last_used_day"),
});
