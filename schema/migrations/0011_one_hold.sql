-- Written by drizzle-kit, then by hand: the checks, the default of a column and the triggers are not known to it.
ALTER TABLE `accounts` ADD `written_off_day` text;
--> statement-breakpoint
ALTER TABLE `accounts` ADD `written_off` integer DEFAULT 0 NOT NULL CHECK(typeof(`written_off`) = 'integer' AND `written_off` BETWEEN 0 AND 9007199254740991);
--> statement-breakpoint
ALTER TABLE `models` ADD `max_tokens_per_second` integer;
--> statement-breakpoint
-- The default of a column cannot be changed. No trigger and no check names this one, so it goes and comes back: every upstream now drains.
ALTER TABLE `upstreams` DROP COLUMN `abandon`;
--> statement-breakpoint
ALTER TABLE `upstreams` ADD `abandon` text DEFAULT 'drain' NOT NULL;
--> statement-breakpoint
-- The counter starts with the latest day that has something to count.
UPDATE `accounts` SET `written_off_day` = (SELECT max(c.day) FROM charges c WHERE c.account_id = accounts.id AND c.written_off > 0), `written_off` = (SELECT sum(c.written_off) FROM charges c WHERE c.account_id = accounts.id AND c.day = (SELECT max(d.day) FROM charges d WHERE d.account_id = accounts.id AND d.written_off > 0)) WHERE `id` IN (SELECT c.account_id FROM charges c WHERE c.written_off > 0);
--> statement-breakpoint
-- There is one kind of hold.
DROP TRIGGER `charges_daily_limit_near`;
--> statement-breakpoint
DROP TRIGGER `charges_allowance_near`;
--> statement-breakpoint
DROP TRIGGER `charges_balance_near`;
--> statement-breakpoint
DROP TRIGGER `charges_quota_near`;
--> statement-breakpoint
-- They come back below without the two kinds, and with holds that are raised.
DROP TRIGGER `charges_daily_limit`;
--> statement-breakpoint
DROP TRIGGER `charges_balance`;
--> statement-breakpoint
DROP TRIGGER `charges_quota`;
--> statement-breakpoint
DROP TRIGGER `charges_frozen`;
--> statement-breakpoint
DROP TRIGGER `charges_move_account`;
--> statement-breakpoint
DROP TRIGGER `charges_move_key`;
--> statement-breakpoint
-- No funding: the allowance is used up and the balance may not help.
CREATE TRIGGER `charges_daily_limit` BEFORE INSERT ON charges WHEN NEW.funding IS NULL BEGIN SELECT RAISE(ABORT, 'daily_limit_reached'); END;
--> statement-breakpoint
-- The balance must cover the hold. What costs nothing passes.
CREATE TRIGGER `charges_balance` BEFORE INSERT ON charges WHEN NEW.funding = 'balance' AND NEW.estimate > 0 AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = NEW.account_id AND a.unlimited = 0 AND a.balance - a.held < NEW.estimate) BEGIN SELECT RAISE(ABORT, 'insufficient_balance'); END;
--> statement-breakpoint
-- The quota of the key, whoever pays.
CREATE TRIGGER `charges_quota` BEFORE INSERT ON charges WHEN NEW.key_counted = 1 AND NEW.estimate > 0 AND (SELECT min(coalesce(k.quota_total - k.used_total, 9007199254740991), coalesce(k.quota_day - iif(k.period_day = NEW.day, k.used_day, 0), 9007199254740991), coalesce(k.quota_month - iif(k.period_month = NEW.month, k.used_month, 0), 9007199254740991)) FROM api_keys k WHERE k.id = NEW.key_id) < NEW.estimate BEGIN SELECT RAISE(ABORT, 'key_quota_exhausted'); END;
--> statement-breakpoint
-- What the hold says stays. Only the amount of an open hold may rise.
CREATE TRIGGER `charges_frozen` BEFORE UPDATE ON charges WHEN NEW.account_id IS NOT OLD.account_id OR NEW.id IS NOT OLD.id OR NEW.nonce IS NOT OLD.nonce OR NEW.mode IS NOT OLD.mode OR NEW.threshold IS NOT OLD.threshold OR NEW.funding IS NOT OLD.funding OR NEW.day IS NOT OLD.day OR NEW.month IS NOT OLD.month OR NEW.key_id IS NOT OLD.key_id OR NEW.key_counted IS NOT OLD.key_counted OR NEW.created_at IS NOT OLD.created_at OR NEW.estimate < OLD.estimate OR (NEW.estimate <> OLD.estimate AND (OLD.state <> 'held' OR NEW.state <> 'held')) BEGIN SELECT RAISE(ABORT, 'charge_is_frozen'); END;
--> statement-breakpoint
-- A row may only count for more than before if its payer has that much: a raised hold, a late settlement.
CREATE TRIGGER `charges_more_balance` BEFORE UPDATE OF state, amount, estimate ON charges WHEN NEW.funding = 'balance' AND iif(NEW.state = 'held', NEW.estimate, NEW.amount) > iif(OLD.state = 'held', OLD.estimate, OLD.amount) AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = NEW.account_id AND a.unlimited = 0 AND a.balance - a.held < iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount)) BEGIN SELECT RAISE(ABORT, 'insufficient_balance'); END;
--> statement-breakpoint
-- Likewise of the allowance. What was used on a day that is over cannot be looked up any more.
CREATE TRIGGER `charges_more_allowance` BEFORE UPDATE OF state, amount, estimate ON charges WHEN NEW.funding = 'allowance' AND iif(NEW.state = 'held', NEW.estimate, NEW.amount) > iif(OLD.state = 'held', OLD.estimate, OLD.amount) AND NOT EXISTS (SELECT 1 FROM accounts a JOIN plans p ON p.id = a.plan_id WHERE a.id = NEW.account_id AND (p.allowance IS NULL OR (a.allowance_day = NEW.day AND a.allowance_used + iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount) <= p.allowance))) BEGIN SELECT RAISE(ABORT, 'daily_limit_reached'); END;
--> statement-breakpoint
-- Likewise of its requests.
CREATE TRIGGER `charges_more_requests` BEFORE UPDATE OF state ON charges WHEN NEW.funding = 'allowance' AND OLD.state = 'void' AND NEW.state <> 'void' AND NOT EXISTS (SELECT 1 FROM accounts a JOIN plans p ON p.id = a.plan_id WHERE a.id = NEW.account_id AND (p.allowance_requests IS NULL OR (a.allowance_day = NEW.day AND a.allowance_requests < p.allowance_requests))) BEGIN SELECT RAISE(ABORT, 'daily_limit_reached'); END;
--> statement-breakpoint
-- Likewise of the quota of the key.
CREATE TRIGGER `charges_more_quota` BEFORE UPDATE OF state, amount, estimate ON charges WHEN NEW.key_counted = 1 AND iif(NEW.state = 'held', NEW.estimate, NEW.amount) > iif(OLD.state = 'held', OLD.estimate, OLD.amount) AND EXISTS (SELECT 1 FROM api_keys k WHERE k.id = NEW.key_id AND (k.quota_total < k.used_total + iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount) OR (k.quota_day IS NOT NULL AND (k.period_day IS NOT NEW.day OR k.quota_day < k.used_day + iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount))) OR (k.quota_month IS NOT NULL AND (k.period_month IS NOT NEW.month OR k.quota_month < k.used_month + iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount))))) BEGIN SELECT RAISE(ABORT, 'key_quota_exhausted'); END;
--> statement-breakpoint
-- What was refunded is not given back a second time.
CREATE TRIGGER `charges_refunded` BEFORE UPDATE OF amount ON charges WHEN NEW.amount < OLD.amount AND EXISTS (SELECT 1 FROM entries e WHERE e.account_id = NEW.account_id AND e.id = 'refund:' || NEW.id AND e.amount > NEW.amount) BEGIN SELECT RAISE(ABORT, 'charge_is_refunded'); END;
--> statement-breakpoint
-- Raising, settling, voiding and correcting: the difference between the row before and after moves.
CREATE TRIGGER `charges_move_account` AFTER UPDATE OF state, amount, estimate ON charges WHEN (NEW.state <> OLD.state OR NEW.amount <> OLD.amount OR NEW.estimate <> OLD.estimate) BEGIN UPDATE accounts SET open_charges = open_charges + (NEW.state = 'held') - (OLD.state = 'held'), balance = balance - iif(NEW.funding = 'balance', NEW.amount - OLD.amount, 0), held = held + iif(NEW.funding = 'balance', iif(NEW.state = 'held', NEW.estimate, 0) - iif(OLD.state = 'held', OLD.estimate, 0), 0), allowance_used = allowance_used + iif(NEW.funding = 'allowance' AND allowance_day = NEW.day, iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount), 0), allowance_requests = allowance_requests + iif(NEW.funding = 'allowance' AND allowance_day = NEW.day, (NEW.state <> 'void') - (OLD.state <> 'void'), 0) WHERE id = NEW.account_id; END;
--> statement-breakpoint
-- Likewise for the quota of the key.
CREATE TRIGGER `charges_move_key` AFTER UPDATE OF state, amount, estimate ON charges WHEN NEW.key_counted = 1 AND (NEW.state <> OLD.state OR NEW.amount <> OLD.amount OR NEW.estimate <> OLD.estimate) BEGIN UPDATE api_keys SET used_total = used_total + iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount), used_day = used_day + iif(period_day = NEW.day, iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount), 0), used_month = used_month + iif(period_month = NEW.month, iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount), 0) WHERE id = NEW.key_id; END;
--> statement-breakpoint
-- What charges of the latest day cost beyond their holds.
CREATE TRIGGER `charges_write_off` AFTER UPDATE OF written_off ON charges WHEN NEW.written_off <> OLD.written_off BEGIN UPDATE accounts SET written_off = iif(written_off_day = NEW.day, written_off, 0) + NEW.written_off - OLD.written_off, written_off_day = NEW.day WHERE id = NEW.account_id AND coalesce(written_off_day, '') <= NEW.day; END;
