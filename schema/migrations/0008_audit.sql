CREATE TABLE `audit` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`operator` text NOT NULL,
	`action` text NOT NULL,
	`target` text NOT NULL,
	`details` text NOT NULL,
	`request_id` text NOT NULL,
	`address` text
);
--> statement-breakpoint
CREATE TRIGGER `audit_frozen` BEFORE UPDATE ON `audit` BEGIN SELECT RAISE(ABORT, 'audit_is_frozen'); END;--> statement-breakpoint
CREATE TRIGGER `audit_kept` BEFORE DELETE ON `audit` BEGIN SELECT RAISE(ABORT, 'audit_is_frozen'); END;--> statement-breakpoint
CREATE TRIGGER `audit_added` BEFORE INSERT ON `audit` WHEN EXISTS (SELECT 1 FROM audit a WHERE a.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'audit_is_frozen'); END;
