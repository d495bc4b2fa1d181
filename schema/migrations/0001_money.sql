-- Written by drizzle-kit, then by hand: STRICT, WITHOUT ROWID and the checks are not known to it.
CREATE TABLE `charges` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`state` text NOT NULL CHECK(`state` IN ('held', 'settled', 'void')),
	`nonce` text NOT NULL,
	`mode` text NOT NULL CHECK(`mode` IN ('strict', 'expected')),
	`threshold` integer CHECK(`threshold` BETWEEN 0 AND 9007199254740991),
	`funding` text NOT NULL CHECK(`funding` IN ('allowance', 'balance')),
	`day` text NOT NULL CHECK(`day` GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	`month` text NOT NULL CHECK(`month` = substr(`day`, 1, 7)),
	`key_id` text,
	`key_counted` integer NOT NULL CHECK(`key_counted` IN (0, 1)),
	`created_at` integer NOT NULL,
	`lease_until` integer NOT NULL,
	`checkpoint_amount` integer CHECK(`checkpoint_amount` BETWEEN 0 AND 9007199254740991),
	`checkpoint_cost` integer CHECK(`checkpoint_cost` BETWEEN 0 AND 9007199254740991),
	`checkpoint_at` integer,
	`settled_at` integer,
	`estimate` integer NOT NULL CHECK(`estimate` BETWEEN 0 AND 9007199254740991),
	`amount` integer DEFAULT 0 NOT NULL CHECK(`amount` BETWEEN 0 AND 9007199254740991),
	`written_off` integer DEFAULT 0 NOT NULL CHECK(`written_off` BETWEEN 0 AND 9007199254740991),
	`cost` integer CHECK(`cost` BETWEEN 0 AND 9007199254740991),
	`model` text,
	`route` text,
	`upstream` text,
	`price_version` integer,
	`ratio_ppm` integer,
	`input_tokens` integer CHECK(`input_tokens` >= 0),
	`cached_read_tokens` integer CHECK(`cached_read_tokens` >= 0),
	`cache_write_tokens` integer CHECK(`cache_write_tokens` >= 0),
	`input_audio_tokens` integer CHECK(`input_audio_tokens` >= 0),
	`input_image_tokens` integer CHECK(`input_image_tokens` >= 0),
	`output_tokens` integer CHECK(`output_tokens` >= 0),
	`reasoning_tokens` integer CHECK(`reasoning_tokens` >= 0),
	`output_audio_tokens` integer CHECK(`output_audio_tokens` >= 0),
	`images` integer CHECK(`images` >= 0),
	`duration_ms` integer CHECK(`duration_ms` >= 0),
	`characters` integer CHECK(`characters` >= 0),
	`estimated` integer DEFAULT false NOT NULL CHECK(`estimated` IN (0, 1)),
	`ending` text CHECK(`ending` IN ('complete', 'failed', 'abandoned', 'swept')),
	`attempts` text,
	`request` text,
	PRIMARY KEY(`account_id`, `id`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action,
	CHECK(`state` = 'settled' OR (`amount` = 0 AND `written_off` = 0)),
	CHECK((`mode` = 'strict') = (`threshold` IS NULL)),
	CHECK(`mode` = 'expected' OR `amount` <= `estimate`),
	CHECK((`state` = 'held') = (`ending` IS NULL))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `daily_usage` (
	`account_id` text NOT NULL,
	`day` text NOT NULL,
	`key_id` text NOT NULL,
	`model` text NOT NULL,
	`requests` integer NOT NULL,
	`voided` integer NOT NULL,
	`estimated` integer NOT NULL,
	`allowance_requests` integer NOT NULL,
	`amount` integer NOT NULL,
	`balance_amount` integer NOT NULL,
	`counted_amount` integer NOT NULL,
	`written_off` integer NOT NULL,
	`cost` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_read_tokens` integer NOT NULL,
	`cache_write_tokens` integer NOT NULL,
	`input_audio_tokens` integer NOT NULL,
	`input_image_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`output_audio_tokens` integer NOT NULL,
	`images` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`characters` integer NOT NULL,
	PRIMARY KEY(`account_id`, `day`, `key_id`, `model`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `entries` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL CHECK(`kind` IN ('top_up', 'redeem', 'adjustment', 'refund', 'plan_purchase', 'rollup')),
	`amount` integer NOT NULL CHECK(`amount` BETWEEN -9007199254740991 AND 9007199254740991),
	`reason` text,
	`reference` text,
	`actor` text,
	`plan_expires_at` integer,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `id`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action,
	CHECK(`kind` NOT IN ('top_up', 'redeem', 'refund') OR `amount` > 0),
	CHECK(`kind` NOT IN ('plan_purchase', 'rollup') OR `amount` <= 0),
	CHECK(`kind` <> 'adjustment' OR (`amount` <> 0 AND length(`reason`) > 0)),
	CHECK(`kind` NOT IN ('redeem', 'refund', 'plan_purchase') OR `reference` IS NOT NULL)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `groups` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`ratio_ppm` integer DEFAULT 1000000 NOT NULL CHECK(typeof(`ratio_ppm`) = 'integer' AND `ratio_ppm` BETWEEN 0 AND 1000000000),
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `plans` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`tier` integer DEFAULT 0 NOT NULL CHECK(`tier` IS NULL OR (typeof(`tier`) = 'integer' AND `tier` >= 0)),
	`allowance` integer CHECK(`allowance` IS NULL OR (typeof(`allowance`) = 'integer' AND `allowance` BETWEEN 0 AND 9007199254740991)),
	`allowance_requests` integer CHECK(`allowance_requests` IS NULL OR (typeof(`allowance_requests`) = 'integer' AND `allowance_requests` >= 0)),
	`price` integer DEFAULT 0 NOT NULL CHECK(`price` IS NULL OR (typeof(`price`) = 'integer' AND `price` BETWEEN 0 AND 9007199254740991)),
	`period_days` integer CHECK(`period_days` IS NULL OR (typeof(`period_days`) = 'integer' AND `period_days` >= 0)),
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `redeem_codes` (
	`hash` text PRIMARY KEY NOT NULL,
	`batch` text NOT NULL,
	`amount` integer NOT NULL CHECK(`amount` BETWEEN 1 AND 9007199254740991),
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`redeemed_by` text,
	`redeemed_at` integer,
	CHECK((`redeemed_by` IS NULL) = (`redeemed_at` IS NULL))
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `redeem_codes_batch` ON `redeem_codes` (`batch`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `balance` integer DEFAULT 0 NOT NULL CHECK(typeof(`balance`) = 'integer' AND `balance` BETWEEN -9007199254740991 AND 9007199254740991);--> statement-breakpoint
ALTER TABLE `accounts` ADD `held` integer DEFAULT 0 NOT NULL CHECK(typeof(`held`) = 'integer' AND `held` BETWEEN 0 AND 9007199254740991);--> statement-breakpoint
ALTER TABLE `accounts` ADD `open_charges` integer DEFAULT 0 NOT NULL CHECK(typeof(`open_charges`) = 'integer' AND `open_charges` >= 0);--> statement-breakpoint
ALTER TABLE `accounts` ADD `unlimited` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `plan_id` text REFERENCES plans(id);--> statement-breakpoint
ALTER TABLE `accounts` ADD `plan_expires_at` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `overflow` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `allowance_day` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `allowance_used` integer DEFAULT 0 NOT NULL CHECK(typeof(`allowance_used`) = 'integer' AND `allowance_used` BETWEEN 0 AND 9007199254740991);--> statement-breakpoint
ALTER TABLE `accounts` ADD `allowance_requests` integer DEFAULT 0 NOT NULL CHECK(typeof(`allowance_requests`) = 'integer' AND `allowance_requests` >= 0);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `group_id` text REFERENCES groups(id);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `allowed_models` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `allowed_ips` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `requests_per_minute` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `quota_total` integer CHECK(`quota_total` IS NULL OR (typeof(`quota_total`) = 'integer' AND `quota_total` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `api_keys` ADD `quota_day` integer CHECK(`quota_day` IS NULL OR (typeof(`quota_day`) = 'integer' AND `quota_day` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `api_keys` ADD `quota_month` integer CHECK(`quota_month` IS NULL OR (typeof(`quota_month`) = 'integer' AND `quota_month` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `api_keys` ADD `used_total` integer DEFAULT 0 NOT NULL CHECK(typeof(`used_total`) = 'integer' AND `used_total` BETWEEN 0 AND 9007199254740991);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `used_day` integer DEFAULT 0 NOT NULL CHECK(typeof(`used_day`) = 'integer' AND `used_day` BETWEEN 0 AND 9007199254740991);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `used_month` integer DEFAULT 0 NOT NULL CHECK(typeof(`used_month`) = 'integer' AND `used_month` BETWEEN 0 AND 9007199254740991);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `period_day` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `period_month` text;--> statement-breakpoint
ALTER TABLE `models` ADD `tier` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `models` ADD `usual_output` integer CHECK(`usual_output` IS NULL OR (typeof(`usual_output`) = 'integer' AND `usual_output` >= 0));--> statement-breakpoint
ALTER TABLE `models` ADD `image_tokens` integer CHECK(`image_tokens` IS NULL OR (typeof(`image_tokens`) = 'integer' AND `image_tokens` >= 0));--> statement-breakpoint
ALTER TABLE `models` ADD `audio_tokens` integer CHECK(`audio_tokens` IS NULL OR (typeof(`audio_tokens`) = 'integer' AND `audio_tokens` >= 0));--> statement-breakpoint
ALTER TABLE `models` ADD `file_tokens` integer CHECK(`file_tokens` IS NULL OR (typeof(`file_tokens`) = 'integer' AND `file_tokens` >= 0));--> statement-breakpoint
ALTER TABLE `prices` ADD `input_audio_nanos` integer CHECK(`input_audio_nanos` IS NULL OR (typeof(`input_audio_nanos`) = 'integer' AND `input_audio_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `input_image_nanos` integer CHECK(`input_image_nanos` IS NULL OR (typeof(`input_image_nanos`) = 'integer' AND `input_image_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `output_audio_nanos` integer CHECK(`output_audio_nanos` IS NULL OR (typeof(`output_audio_nanos`) = 'integer' AND `output_audio_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `request_nanos` integer CHECK(`request_nanos` IS NULL OR (typeof(`request_nanos`) = 'integer' AND `request_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `image_nanos` integer CHECK(`image_nanos` IS NULL OR (typeof(`image_nanos`) = 'integer' AND `image_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `second_nanos` integer CHECK(`second_nanos` IS NULL OR (typeof(`second_nanos`) = 'integer' AND `second_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `character_nanos` integer CHECK(`character_nanos` IS NULL OR (typeof(`character_nanos`) = 'integer' AND `character_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_input_nanos` integer CHECK(`cost_input_nanos` IS NULL OR (typeof(`cost_input_nanos`) = 'integer' AND `cost_input_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_output_nanos` integer CHECK(`cost_output_nanos` IS NULL OR (typeof(`cost_output_nanos`) = 'integer' AND `cost_output_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_cached_read_nanos` integer CHECK(`cost_cached_read_nanos` IS NULL OR (typeof(`cost_cached_read_nanos`) = 'integer' AND `cost_cached_read_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_cache_write_nanos` integer CHECK(`cost_cache_write_nanos` IS NULL OR (typeof(`cost_cache_write_nanos`) = 'integer' AND `cost_cache_write_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_reasoning_nanos` integer CHECK(`cost_reasoning_nanos` IS NULL OR (typeof(`cost_reasoning_nanos`) = 'integer' AND `cost_reasoning_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_input_audio_nanos` integer CHECK(`cost_input_audio_nanos` IS NULL OR (typeof(`cost_input_audio_nanos`) = 'integer' AND `cost_input_audio_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_input_image_nanos` integer CHECK(`cost_input_image_nanos` IS NULL OR (typeof(`cost_input_image_nanos`) = 'integer' AND `cost_input_image_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_output_audio_nanos` integer CHECK(`cost_output_audio_nanos` IS NULL OR (typeof(`cost_output_audio_nanos`) = 'integer' AND `cost_output_audio_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_request_nanos` integer CHECK(`cost_request_nanos` IS NULL OR (typeof(`cost_request_nanos`) = 'integer' AND `cost_request_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_image_nanos` integer CHECK(`cost_image_nanos` IS NULL OR (typeof(`cost_image_nanos`) = 'integer' AND `cost_image_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_second_nanos` integer CHECK(`cost_second_nanos` IS NULL OR (typeof(`cost_second_nanos`) = 'integer' AND `cost_second_nanos` BETWEEN 0 AND 9007199254740991));--> statement-breakpoint
ALTER TABLE `prices` ADD `cost_character_nanos` integer CHECK(`cost_character_nanos` IS NULL OR (typeof(`cost_character_nanos`) = 'integer' AND `cost_character_nanos` BETWEEN 0 AND 9007199254740991));
