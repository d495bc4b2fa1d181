CREATE TABLE `client_secrets` (
	`hash` text PRIMARY KEY NOT NULL,
	`key_hash` text NOT NULL,
	`sealed` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `client_secrets_by_expiry` ON `client_secrets` (`expires_at`);--> statement-breakpoint
CREATE INDEX `client_secrets_by_key` ON `client_secrets` (`key_hash`,`expires_at`);