import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { flag, milliseconds } from "./columns.ts";

/** Other names by which clients may ask for a model. */
export const aliases = sqliteTable("aliases", {
  /** A name, or the beginning of names and `*`, such as `claude-*`. */
  id: text("id").primaryKey(),
  /** The public name of a model, or `auto`, `auto:fast`, `auto:cheap`. */
  target: text("target").notNull(),
  disabled: flag("disabled").notNull().default(false),
  createdAt: milliseconds("created_at").notNull(),
});
