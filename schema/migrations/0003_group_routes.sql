ALTER TABLE `routes` ADD `output_cap_field` text DEFAULT 'max_tokens' NOT NULL;--> statement-breakpoint
ALTER TABLE `upstreams` ADD `groups` text;--> statement-breakpoint
ALTER TABLE `upstreams` ADD `abandon` text DEFAULT 'cancel' NOT NULL;