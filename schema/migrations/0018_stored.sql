CREATE TABLE `kept_proofs` (
	`account_id` text NOT NULL,
	`call_id` text NOT NULL,
	`expires_at` integer NOT NULL,
	`sealed` text NOT NULL,
	PRIMARY KEY(`account_id`, `call_id`)
);
--> statement-breakpoint
CREATE INDEX `kept_proofs_by_expiry` ON `kept_proofs` (`expires_at`);--> statement-breakpoint
CREATE TABLE `stored` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`previous` text,
	`conversation` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`bytes` integer NOT NULL,
	`sealed` text NOT NULL,
	PRIMARY KEY(`account_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `stored_by_time` ON `stored` (`account_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `stored_by_conversation` ON `stored` (`account_id`,`conversation`,`created_at`);--> statement-breakpoint
CREATE INDEX `stored_by_expiry` ON `stored` (`expires_at`);--> statement-breakpoint
CREATE TABLE `stored_items` (
	`account_id` text NOT NULL,
	`item_id` text NOT NULL,
	`stored_id` text NOT NULL,
	PRIMARY KEY(`account_id`, `item_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `stored_items_by_row` ON `stored_items` (`account_id`,`stored_id`);--> statement-breakpoint
CREATE TABLE `stored_totals` (
	`account_id` text PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL
);
--> statement-breakpoint
CREATE TRIGGER `stored_added` AFTER INSERT ON stored BEGIN INSERT INTO stored_totals (account_id, bytes) VALUES (NEW.account_id, NEW.bytes) ON CONFLICT DO UPDATE SET bytes = bytes + NEW.bytes; END;
--> statement-breakpoint
CREATE TRIGGER `stored_changed` AFTER UPDATE ON stored BEGIN UPDATE stored_totals SET bytes = bytes + NEW.bytes - OLD.bytes WHERE account_id = NEW.account_id; END;
--> statement-breakpoint
CREATE TRIGGER `stored_removed` AFTER DELETE ON stored BEGIN UPDATE stored_totals SET bytes = bytes - OLD.bytes WHERE account_id = OLD.account_id; END;
--> statement-breakpoint
CREATE TRIGGER `stored_items_removed` AFTER DELETE ON stored BEGIN DELETE FROM stored_items WHERE account_id = OLD.account_id AND stored_id = OLD.id; END;
