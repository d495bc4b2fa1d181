import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { milliseconds } from "./columns.ts";

/** What operators did: one row for each write over the operator API. Triggers refuse to change or delete a row. */
export const audit = sqliteTable("audit", {
  /** UUIDv7: sorts by time. */
  id: text("id").primaryKey(),
  at: milliseconds("at").notNull(),
  /** The operator's name. */
  operator: text("operator").notNull(),
  /** The endpoint, such as `PATCH /admin/api/accounts/:id`. */
  action: text("action").notNull(),
  /** The path of what was written, below `/admin/api`, such as `accounts/0198…/keys/0198…`. */
  target: text("target").notNull(),
  /** JSON object: the fields that were sent, without secrets. */
  details: text("details").notNull(),
  /** The `x-request-id` of the request. */
  requestId: text("request_id").notNull(),
  /** The operator's address; null = not known. */
  address: text("address"),
});
