import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
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
