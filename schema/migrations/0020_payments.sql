-- Written by drizzle-kit, then by hand: STRICT, the checks and the triggers are not known to it.
CREATE TABLE `order_refunds` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`minor` integer NOT NULL,
	`debit` integer NOT NULL,
	`shortfall` integer NOT NULL,
	`state` text NOT NULL,
	`provider_refund` text,
	`operator` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`order_id`) REFERENCES `orders`(`id`) ON UPDATE no action ON DELETE no action,
	CHECK(`minor` > 0 AND `debit` >= 0 AND `shortfall` >= 0),
	CHECK(`state` IN ('asked', 'done', 'failed'))
) STRICT;
--> statement-breakpoint
CREATE INDEX `order_refunds_order` ON `order_refunds` (`order_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `order_refunds_provider` ON `order_refunds` (`order_id`,`provider_refund`);--> statement-breakpoint
CREATE TABLE `orders` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`kind` text NOT NULL,
	`provider` text NOT NULL,
	`method` text NOT NULL,
	`pay_minor` integer NOT NULL,
	`pay_currency` text NOT NULL,
	`rate` text,
	`credit` integer NOT NULL,
	`plan_id` text,
	`title` text NOT NULL,
	`origin` text NOT NULL,
	`language` text NOT NULL,
	`form_id` text NOT NULL,
	`livemode` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`state` text DEFAULT 'created' NOT NULL,
	`provider_ref` text,
	`checkout_url` text,
	`provider_payment` text,
	`paid_at` integer,
	`credited_at` integer,
	`refunded_minor` integer DEFAULT 0 NOT NULL,
	`shortfall` integer DEFAULT 0 NOT NULL,
	`disputed` integer DEFAULT false NOT NULL,
	`disabled_account` integer DEFAULT false NOT NULL,
	`flagged` integer DEFAULT false NOT NULL,
	`plan_step` text,
	`checks` integer DEFAULT 0 NOT NULL,
	`next_check_at` integer,
	`asked_at` integer,
	`note` text,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action,
	CHECK(`pay_minor` > 0 AND `credit` > 0 AND `refunded_minor` BETWEEN 0 AND `pay_minor` AND `shortfall` >= 0),
	CHECK(`state` IN ('created', 'paid', 'credited', 'expired', 'review', 'refunded') AND `plan_step` IN ('due', 'bought', 'not_bought'))
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `orders_form` ON `orders` (`account_id`,`form_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `orders_ref` ON `orders` (`provider`,`provider_ref`);--> statement-breakpoint
CREATE UNIQUE INDEX `orders_payment` ON `orders` (`provider`,`provider_payment`);--> statement-breakpoint
CREATE INDEX `orders_due` ON `orders` (`next_check_at`) WHERE next_check_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `orders_look` ON `orders` (`id`) WHERE (state = 'review' OR shortfall > 0 OR disputed = 1 OR flagged = 1);--> statement-breakpoint
CREATE TABLE `stripe_events` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`expires_at` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `stripe_events_expiry` ON `stripe_events` (`expires_at`);
--> statement-breakpoint
-- What is sold is what the payer has seen.
CREATE TRIGGER `orders_frozen` BEFORE UPDATE ON orders WHEN NEW.account_id IS NOT OLD.account_id OR NEW.kind IS NOT OLD.kind OR NEW.provider IS NOT OLD.provider OR NEW.pay_minor IS NOT OLD.pay_minor OR NEW.pay_currency IS NOT OLD.pay_currency OR NEW.credit IS NOT OLD.credit OR NEW.plan_id IS NOT OLD.plan_id OR NEW.livemode IS NOT OLD.livemode OR NEW.method IS NOT OLD.method OR NEW.rate IS NOT OLD.rate OR NEW.title IS NOT OLD.title OR NEW.origin IS NOT OLD.origin OR NEW.form_id IS NOT OLD.form_id OR NEW.created_at IS NOT OLD.created_at BEGIN SELECT RAISE(ABORT, 'order_is_frozen'); END;
--> statement-breakpoint
-- An order is credited by its entry, and by nothing else.
CREATE TRIGGER `orders_credited` BEFORE UPDATE ON orders WHEN NEW.state IN ('credited', 'refunded') AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.account_id = NEW.account_id AND e.id = 'order:' || NEW.id AND e.kind = 'top_up' AND e.amount = NEW.credit) BEGIN SELECT RAISE(ABORT, 'order_without_entry'); END;
--> statement-breakpoint
CREATE TRIGGER `orders_begin` BEFORE INSERT ON orders WHEN NEW.state IN ('credited', 'refunded') BEGIN SELECT RAISE(ABORT, 'order_without_entry'); END;
--> statement-breakpoint
CREATE TRIGGER `orders_kept` BEFORE DELETE ON orders BEGIN SELECT RAISE(ABORT, 'order_is_kept'); END;
--> statement-breakpoint
CREATE TRIGGER `entries_order` BEFORE INSERT ON entries WHEN substr(NEW.id, 1, 6) = 'order:' AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = substr(NEW.id, 7) AND o.account_id = NEW.account_id AND o.credit = NEW.amount) BEGIN SELECT RAISE(ABORT, 'entry_without_order'); END;
