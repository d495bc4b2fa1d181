import { index, primaryKey, sqliteTable, text, integer } from "drizzle-orm/sqlite-core";
import { milliseconds } from "./columns.ts";

/**
 * What is kept of conversations, so that clients need not send them again: responses, conversations, and items that were
 * added to a conversation by hand. Migrations add the triggers that keep `stored_totals` and `stored_items`.
 */
export const stored = sqliteTable(
  "stored",
  {
    accountId: text("account_id").notNull(),
    /** As clients know it: `resp_…`, `conv_…`. */
    id: text("id").notNull(),
    kind: text("kind", { enum: ["response", "conversation", "items"] }).notNull(),
    /** The response that this one continues. */
    previous: text("previous"),
    /** The conversation that it belongs to. */
    conversation: text("conversation"),
    createdAt: milliseconds("created_at").notNull(),
    expiresAt: milliseconds("expires_at").notNull(),
    /** The length of `sealed`, and some for the row itself. */
    bytes: integer("bytes").notNull(),
    /** JSON; see `src/state/state-store.ts`. */
    sealed: text("sealed").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    index("stored_by_time").on(table.accountId, table.createdAt),
    index("stored_by_conversation").on(table.accountId, table.conversation, table.createdAt),
    index("stored_by_expiry").on(table.expiresAt),
  ],
);

/** In which row an item stands. */
export const storedItems = sqliteTable(
  "stored_items",
  {
    accountId: text("account_id").notNull(),
    itemId: text("item_id").notNull(),
    storedId: text("stored_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.itemId] }),
    index("stored_items_by_row").on(table.accountId, table.storedId),
  ],
);

/** How much is kept for an account. */
export const storedTotals = sqliteTable("stored_totals", {
  accountId: text("account_id").primaryKey(),
  bytes: integer("bytes").notNull(),
});

/** What a vendor wants back with the results of a tool call, for clients that do not send it; see `src/state/`. */
export const keptProofs = sqliteTable(
  "kept_proofs",
  {
    accountId: text("account_id").notNull(),
    callId: text("call_id").notNull(),
    expiresAt: milliseconds("expires_at").notNull(),
    sealed: text("sealed").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.callId] }),
    index("kept_proofs_by_expiry").on(table.expiresAt),
  ],
);
