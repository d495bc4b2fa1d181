import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { milliseconds, nanos } from "./columns.ts";
import { models } from "./upstreams.ts";

/**
 * What a model costs from a moment on. A row is never changed; a new price is a new row, and a charge names the row
 * that it was made from. Tokens, characters: nanos per 1,000; seconds, images, requests: nanos each. A token class
 * without a price costs what its parent does, never nothing; the others cost nothing when not set.
 * The columns that begin with `cost` are what the operator pays; with no `cost_input` and `cost_request` it is unknown.
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
    inputAudioNanos: nanos("input_audio_nanos"),
    inputImageNanos: nanos("input_image_nanos"),
    outputAudioNanos: nanos("output_audio_nanos"),
    requestNanos: nanos("request_nanos"),
    imageNanos: nanos("image_nanos"),
    secondNanos: nanos("second_nanos"),
    characterNanos: nanos("character_nanos"),
    costInputNanos: nanos("cost_input_nanos"),
    costOutputNanos: nanos("cost_output_nanos"),
    costCachedReadNanos: nanos("cost_cached_read_nanos"),
    costCacheWriteNanos: nanos("cost_cache_write_nanos"),
    costReasoningNanos: nanos("cost_reasoning_nanos"),
    costInputAudioNanos: nanos("cost_input_audio_nanos"),
    costInputImageNanos: nanos("cost_input_image_nanos"),
    costOutputAudioNanos: nanos("cost_output_audio_nanos"),
    costRequestNanos: nanos("cost_request_nanos"),
    costImageNanos: nanos("cost_image_nanos"),
    costSecondNanos: nanos("cost_second_nanos"),
    costCharacterNanos: nanos("cost_character_nanos"),
  },
  (table) => [primaryKey({ columns: [table.modelId, table.effectiveAt] })],
);
