import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { milliseconds } from "./columns.ts";

/** How far each long job has come. A job without a row has never run. */
export const jobs = sqliteTable("jobs", {
  name: text("name").primaryKey(),
  /** When its present round began, or the last one that is over. */
  roundAt: milliseconds("round_at").notNull(),
  /** Where the round goes on, in the job's own words; null = it is over. */
  cursor: text("cursor"),
});
