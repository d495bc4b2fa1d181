CREATE TABLE `status` (
	`id` integer PRIMARY KEY NOT NULL,
	`document` text NOT NULL,
	`built_at` integer NOT NULL
);
