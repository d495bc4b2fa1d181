import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { flag, milliseconds } from "./columns.ts";

/** Who pays. Ids are UUIDv7. */
export const accounts = sqliteTable("accounts", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  disabled: flag("disabled").notNull().default(false),
  createdAt: milliseconds("created_at").notNull(),
});

/** API keys: only a hash is kept, and a prefix by which people recognise theirs. */
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
    /** `legacy` = code 2004 for rate limits; null = as the site is set. */
    errorDialect: text("error_dialect", { enum: ["current", "legacy"] }),
    createdAt: milliseconds("created_at").notNull(),
  },
  (table) => [index("api_keys_account").on(table.accountId)],
);
