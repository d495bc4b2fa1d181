CREATE TABLE `aliases` (
	`id` text PRIMARY KEY NOT NULL,
	`target` text NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
