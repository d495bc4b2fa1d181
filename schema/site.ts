import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { accounts } from "./accounts.ts";
import { milliseconds } from "./columns.ts";

/** One row: what operators set in the browser. See `src/portal/site.ts`. */
export const site = sqliteTable("site", {
  /** Always 1. */
  id: integer("id").primaryKey(),
  /** JSON object; a missing field is its default. */
  settings: text("settings").notNull(),
  updatedAt: milliseconds("updated_at").notNull(),
});

/** Invitations to sign up. Only a hash is stored. */
export const invitations = sqliteTable("invitations", {
  /** SHA-256 of the invitation's code, lower-case hexadecimal. */
  hash: text("hash").primaryKey(),
  note: text("note").notNull(),
  createdAt: milliseconds("created_at").notNull(),
  expiresAt: milliseconds("expires_at").notNull(),
  /** The e-mail address that used it; null = unused. */
  usedBy: text("used_by"),
  usedAt: milliseconds("used_at"),
});

/** Which mailboxes have had what a new account gets. A row outlives its person. See `src/portal/auth/grants.ts`. */
export const grants = sqliteTable("grants", {
  /** HMAC-SHA-256 of the mailbox under `SESSION_SECRET`, base64url. */
  mailboxHash: text("mailbox_hash").primaryKey(),
  accountId: text("account_id")
    .notNull()
    .references(() => accounts.id),
  createdAt: milliseconds("created_at").notNull(),
});
