CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`key_id` text NOT NULL,
	`charge_id` text NOT NULL,
	`charge_nonce` text NOT NULL,
	`operation` text NOT NULL,
	`form` text NOT NULL,
	`model` text NOT NULL,
	`route_id` text,
	`upstream_id` text,
	`credential_id` text,
	`upstream_task` text,
	`state` text NOT NULL,
	`progress` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`finished_at` integer,
	`limit_at` integer NOT NULL,
	`asked_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	`misses` integer DEFAULT 0 NOT NULL,
	`callback_at` integer,
	`callback_tries` integer,
	`expires_at` integer NOT NULL,
	`closed_at` integer,
	`retry_key` text,
	`retry_of` text,
	`name_key` text,
	`terms` text,
	`sealed` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `tasks_by_account` ON `tasks` (`account_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `tasks_due` ON `tasks` (`due_at`) WHERE closed_at IS NULL;--> statement-breakpoint
CREATE INDEX `tasks_due_of_upstream` ON `tasks` (`upstream_id`,`due_at`) WHERE closed_at IS NULL;--> statement-breakpoint
CREATE INDEX `tasks_open` ON `tasks` (`account_id`) WHERE closed_at IS NULL;--> statement-breakpoint
CREATE INDEX `tasks_by_expiry` ON `tasks` (`expires_at`);--> statement-breakpoint
CREATE INDEX `tasks_to_tell` ON `tasks` (`callback_at`) WHERE callback_at IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_by_retry` ON `tasks` (`account_id`,`retry_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_by_name` ON `tasks` (`name_key`);