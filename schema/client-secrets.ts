import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { milliseconds } from "./columns.ts";

/** What opens one conversation over a socket in a browser, in place of an API key. See `src/access/client-secrets.ts`. */
export const clientSecrets = sqliteTable(
  "client_secrets",
  {
    /** SHA-256 of the secret, lower-case hexadecimal. */
    hash: text("hash").primaryKey(),
    /** Of the API key that made it, which pays for the conversation. */
    keyHash: text("key_hash").notNull(),
    /** The session that it opens, as JSON, sealed. */
    sealed: text("sealed").notNull(),
    expiresAt: milliseconds("expires_at").notNull(),
  },
  (table) => [
    index("client_secrets_by_expiry").on(table.expiresAt),
    index("client_secrets_by_key").on(table.keyHash, table.expiresAt),
  ],
);
