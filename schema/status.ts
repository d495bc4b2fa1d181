import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { milliseconds } from "./columns.ts";

/** One row: the public status document, replaced each minute. */
export const status = sqliteTable("status", {
  /** Always 1. */
  id: integer("id").primaryKey(),
  /** JSON; see `src/health/status-document.ts`. */
  document: text("document").notNull(),
  builtAt: milliseconds("built_at").notNull(),
});
