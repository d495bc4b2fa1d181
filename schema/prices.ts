import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { milliseconds } from "./columns.ts";
import { models } from "./upstreams.ts";

/**
 * What a model costs from a moment on: nanos (1e-9 of the site's currency) per 1,000 tokens. A row is never changed;
 * a new price is a new row. A class without a price costs what its parent does, never nothing.
 */
export const prices = sqliteTable(
  "prices",
  {
    modelId: text("model_id")
      .notNull()
      .references(() => models.id),
    effectiveAt: milliseconds("effective_at").notNull(),
    inputNanos: integer("input_nanos").notNull(),
    outputNanos: integer("output_nanos").notNull(),
    cachedReadNanos: integer("cached_read_nanos"),
    cacheWriteNanos: integer("cache_write_nanos"),
    reasoningNanos: integer("reasoning_nanos"),
  },
  (table) => [primaryKey({ columns: [table.modelId, table.effectiveAt] })],
);
