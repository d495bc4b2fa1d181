import { primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { milliseconds } from "./columns.ts";
import { models } from "./upstreams.ts";

/**
 * What a model costs from a moment on. A row is never changed: a new price is a new row, and a charge names the row that
 * it was computed from.
 */
export const prices = sqliteTable(
  "prices",
  {
    modelId: text("model_id")
      .notNull()
      .references(() => models.id),
    effectiveAt: milliseconds("effective_at").notNull(),
    /**
     * JSON array of `{unit, when?, nanos?, costNanos?}`, see `src/billing/rates.ts`: a unit of `src/core/units.ts`, the
     * attributes that a request must have, what it costs, and what the operator pays.
     */
    rates: text("rates").notNull().default("[]"),
  },
  (table) => [primaryKey({ columns: [table.modelId, table.effectiveAt] })],
);
