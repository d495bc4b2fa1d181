CREATE TABLE `jobs` (
	`name` text PRIMARY KEY NOT NULL,
	`round_at` integer NOT NULL,
	`cursor` text
);
