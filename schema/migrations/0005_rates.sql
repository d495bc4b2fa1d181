-- Written by drizzle-kit, then by hand: the checks, the move of the prices and the triggers are not known to it.
ALTER TABLE `charges` ADD `cache_write_1h_tokens` integer CHECK(`cache_write_1h_tokens` >= 0);
--> statement-breakpoint
ALTER TABLE `charges` ADD `output_image_tokens` integer CHECK(`output_image_tokens` >= 0);
--> statement-breakpoint
ALTER TABLE `charges` ADD `searches` integer CHECK(`searches` >= 0);
--> statement-breakpoint
ALTER TABLE `charges` ADD `calls` integer CHECK(`calls` >= 0);
--> statement-breakpoint
ALTER TABLE `charges` ADD `actions` integer CHECK(`actions` >= 0);
--> statement-breakpoint
ALTER TABLE `charges` ADD `attributes` text;
--> statement-breakpoint
ALTER TABLE `daily_usage` ADD `cache_write_1h_tokens` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `daily_usage` ADD `output_image_tokens` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `daily_usage` ADD `searches` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `daily_usage` ADD `calls` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `daily_usage` ADD `actions` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `prices` ADD `rates` text DEFAULT '[]' NOT NULL;
--> statement-breakpoint
-- It names columns that go.
DROP TRIGGER `prices_whole`;
--> statement-breakpoint
-- Out of the way while the prices move, and back below.
DROP TRIGGER `prices_frozen`;
--> statement-breakpoint
-- What was not set stays not set, so that every price reads as before. json_patch leaves nulls out.
UPDATE `prices` SET `rates` = (WITH rate(unit, nanos, cost) AS (VALUES
  ('input', input_nanos, cost_input_nanos),
  ('cachedRead', cached_read_nanos, cost_cached_read_nanos),
  ('cacheWrite', cache_write_nanos, cost_cache_write_nanos),
  ('inputAudio', input_audio_nanos, cost_input_audio_nanos),
  ('inputImage', input_image_nanos, cost_input_image_nanos),
  ('output', output_nanos, cost_output_nanos),
  ('reasoning', reasoning_nanos, cost_reasoning_nanos),
  ('outputAudio', output_audio_nanos, cost_output_audio_nanos),
  ('characters', character_nanos, cost_character_nanos),
  ('durationMs', second_nanos, cost_second_nanos),
  ('images', image_nanos, cost_image_nanos),
  ('request', request_nanos, cost_request_nanos)
) SELECT json_group_array(json_patch('{}', json_object('unit', unit, 'nanos', nanos, 'costNanos', cost))) FROM rate WHERE nanos IS NOT NULL OR cost IS NOT NULL);
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `input_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `output_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cached_read_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cache_write_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `reasoning_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `input_audio_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `input_image_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `output_audio_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `request_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `image_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `second_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `character_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_input_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_output_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_cached_read_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_cache_write_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_reasoning_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_input_audio_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_input_image_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_output_audio_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_request_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_image_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_second_nanos`;
--> statement-breakpoint
ALTER TABLE `prices` DROP COLUMN `cost_character_nanos`;
--> statement-breakpoint
-- Each rate names a unit and has a whole amount at least.
CREATE TRIGGER `prices_whole` BEFORE INSERT ON prices WHEN json_array_length(NEW.rates) = 0 OR EXISTS (SELECT 1 FROM json_each(NEW.rates) r WHERE r.type <> 'object' OR coalesce(json_type(NEW.rates, r.fullkey || '.unit'), '') <> 'text' OR coalesce(json_type(NEW.rates, r.fullkey || '.when'), 'object') <> 'object' OR coalesce(json_extract(NEW.rates, r.fullkey || '.nanos'), json_extract(NEW.rates, r.fullkey || '.costNanos')) IS NULL OR coalesce(json_type(NEW.rates, r.fullkey || '.nanos'), 'null') NOT IN ('null', 'integer') OR json_extract(NEW.rates, r.fullkey || '.nanos') NOT BETWEEN 0 AND 9007199254740991 OR coalesce(json_type(NEW.rates, r.fullkey || '.costNanos'), 'null') NOT IN ('null', 'integer') OR json_extract(NEW.rates, r.fullkey || '.costNanos') NOT BETWEEN 0 AND 9007199254740991) BEGIN SELECT RAISE(ABORT, 'price_not_whole'); END;
--> statement-breakpoint
-- A price that charges may name is never changed.
CREATE TRIGGER `prices_frozen` BEFORE UPDATE ON prices BEGIN SELECT RAISE(ABORT, 'price_is_frozen'); END;
