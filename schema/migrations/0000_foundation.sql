CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`hash` text NOT NULL,
	`prefix` text NOT NULL,
	`name` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`expires_at` integer,
	`default_stream` integer,
	`error_dialect` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash_unique` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `api_keys_account` ON `api_keys` (`account_id`);--> statement-breakpoint
CREATE TABLE `models` (
	`id` text PRIMARY KEY NOT NULL,
	`operation` text NOT NULL,
	`capabilities` text DEFAULT '[]' NOT NULL,
	`context_length` integer,
	`max_output` integer,
	`auto_weight` integer DEFAULT 0 NOT NULL,
	`owned_by` text DEFAULT 'gateway' NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`first_event_ms` integer,
	`idle_ms` integer,
	`answer_ms` integer,
	`total_ms` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `prices` (
	`model_id` text NOT NULL,
	`effective_at` integer NOT NULL,
	`input_nanos` integer NOT NULL,
	`output_nanos` integer NOT NULL,
	`cached_read_nanos` integer,
	`cache_write_nanos` integer,
	`reasoning_nanos` integer,
	PRIMARY KEY(`model_id`, `effective_at`),
	FOREIGN KEY (`model_id`) REFERENCES `models`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `routes` (
	`id` text PRIMARY KEY NOT NULL,
	`model_id` text NOT NULL,
	`upstream_id` text NOT NULL,
	`upstream_model` text NOT NULL,
	`wire` text NOT NULL,
	`weight` integer DEFAULT 100 NOT NULL,
	`priority` integer DEFAULT 0 NOT NULL,
	`refuses_stream_options` integer DEFAULT false NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`model_id`) REFERENCES `models`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`upstream_id`) REFERENCES `upstreams`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `routes_model` ON `routes` (`model_id`);--> statement-breakpoint
CREATE INDEX `routes_upstream` ON `routes` (`upstream_id`);--> statement-breakpoint
CREATE TABLE `upstream_credentials` (
	`id` text PRIMARY KEY NOT NULL,
	`upstream_id` text NOT NULL,
	`sealed` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`upstream_id`) REFERENCES `upstreams`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `upstream_credentials_upstream` ON `upstream_credentials` (`upstream_id`);--> statement-breakpoint
CREATE TABLE `upstreams` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`base_url` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
