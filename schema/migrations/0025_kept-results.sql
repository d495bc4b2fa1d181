ALTER TABLE `tasks` ADD `keep_at` integer;--> statement-breakpoint
ALTER TABLE `tasks` ADD `keep_tries` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `kept_until` integer;--> statement-breakpoint
CREATE INDEX `tasks_to_keep` ON `tasks` (`keep_at`) WHERE keep_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_kept` ON `tasks` (`kept_until`) WHERE kept_until IS NOT NULL;