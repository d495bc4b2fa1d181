ALTER TABLE `api_keys` ADD `manages_account` integer DEFAULT false NOT NULL;--> statement-breakpoint
-- Keys that exist keep what they could do.
UPDATE `api_keys` SET `manages_account` = 1;
