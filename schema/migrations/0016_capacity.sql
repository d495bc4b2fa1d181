ALTER TABLE `routes` ADD `requests_per_minute` integer;--> statement-breakpoint
ALTER TABLE `routes` ADD `tokens_per_minute` integer;--> statement-breakpoint
ALTER TABLE `routes` ADD `concurrent_requests` integer;--> statement-breakpoint
ALTER TABLE `upstream_credentials` ADD `requests_per_minute` integer;--> statement-breakpoint
ALTER TABLE `upstream_credentials` ADD `tokens_per_minute` integer;--> statement-breakpoint
ALTER TABLE `upstream_credentials` ADD `concurrent_requests` integer;