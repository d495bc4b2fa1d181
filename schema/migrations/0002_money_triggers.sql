-- Each trigger stands on one line, with one statement: the splitter behind wrangler d1 migrations apply --remote
-- cuts other forms apart. README.md tells why, and what they do together.
-- A charge begins as a hold.
CREATE TRIGGER `charges_begin` BEFORE INSERT ON charges WHEN NEW.state <> 'held' BEGIN SELECT RAISE(ABORT, 'charge_not_held'); END;
--> statement-breakpoint
-- The day never goes back: counters of an earlier day are gone.
CREATE TRIGGER `charges_day` BEFORE INSERT ON charges WHEN NEW.day < (SELECT a.allowance_day FROM accounts a WHERE a.id = NEW.account_id) OR NEW.day < (SELECT k.period_day FROM api_keys k WHERE k.id = NEW.key_id) BEGIN SELECT RAISE(ABORT, 'charge_of_the_past'); END;
--> statement-breakpoint
-- No funding: the allowance does not cover the estimate and the balance may not help. An expected hold tries strictly while something is left.
CREATE TRIGGER `charges_daily_limit` BEFORE INSERT ON charges WHEN NEW.funding IS NULL AND (NEW.mode = 'strict' OR NOT EXISTS (SELECT 1 FROM accounts a JOIN plans p ON p.id = a.plan_id WHERE a.id = NEW.account_id AND (p.allowance_requests IS NULL OR iif(a.allowance_day = NEW.day, a.allowance_requests, 0) < p.allowance_requests) AND p.allowance > iif(a.allowance_day = NEW.day, a.allowance_used, 0))) BEGIN SELECT RAISE(ABORT, 'daily_limit_reached'); END;
--> statement-breakpoint
-- The same, where a strict hold may still fit.
CREATE TRIGGER `charges_daily_limit_near` BEFORE INSERT ON charges WHEN NEW.funding IS NULL AND NEW.mode = 'expected' AND EXISTS (SELECT 1 FROM accounts a JOIN plans p ON p.id = a.plan_id WHERE a.id = NEW.account_id AND (p.allowance_requests IS NULL OR iif(a.allowance_day = NEW.day, a.allowance_requests, 0) < p.allowance_requests) AND p.allowance > iif(a.allowance_day = NEW.day, a.allowance_used, 0)) BEGIN SELECT RAISE(ABORT, 'needs_strict'); END;
--> statement-breakpoint
-- Whoever chose the allowance, it must cover the estimate.
CREATE TRIGGER `charges_allowance` BEFORE INSERT ON charges WHEN NEW.funding = 'allowance' AND NOT EXISTS (SELECT 1 FROM accounts a JOIN plans p ON p.id = a.plan_id WHERE a.id = NEW.account_id AND (p.allowance_requests IS NULL OR iif(a.allowance_day = NEW.day, a.allowance_requests, 0) < p.allowance_requests) AND (p.allowance IS NULL OR iif(a.allowance_day = NEW.day, a.allowance_used, 0) + NEW.estimate <= p.allowance)) BEGIN SELECT RAISE(ABORT, 'daily_limit_reached'); END;
--> statement-breakpoint
-- Little is left of the allowance.
CREATE TRIGGER `charges_allowance_near` BEFORE INSERT ON charges WHEN NEW.funding = 'allowance' AND NEW.mode = 'expected' AND EXISTS (SELECT 1 FROM accounts a JOIN plans p ON p.id = a.plan_id WHERE a.id = NEW.account_id AND p.allowance - iif(a.allowance_day = NEW.day, a.allowance_used, 0) < NEW.threshold) BEGIN SELECT RAISE(ABORT, 'needs_strict'); END;
--> statement-breakpoint
-- The balance must cover a strict estimate. An expected one is refused when nothing is left. What costs nothing passes.
CREATE TRIGGER `charges_balance` BEFORE INSERT ON charges WHEN NEW.funding = 'balance' AND NEW.estimate > 0 AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = NEW.account_id AND a.unlimited = 0 AND a.balance - a.held < iif(NEW.mode = 'strict', NEW.estimate, 1)) BEGIN SELECT RAISE(ABORT, 'insufficient_balance'); END;
--> statement-breakpoint
-- Little is left of the balance.
CREATE TRIGGER `charges_balance_near` BEFORE INSERT ON charges WHEN NEW.funding = 'balance' AND NEW.mode = 'expected' AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = NEW.account_id AND a.unlimited = 0 AND a.balance - a.held < max(NEW.threshold, NEW.estimate) AND (NEW.estimate = 0 OR a.balance - a.held > 0)) BEGIN SELECT RAISE(ABORT, 'needs_strict'); END;
--> statement-breakpoint
-- The quota of the key, whoever pays.
CREATE TRIGGER `charges_quota` BEFORE INSERT ON charges WHEN NEW.key_counted = 1 AND NEW.estimate > 0 AND (SELECT min(coalesce(k.quota_total - k.used_total, 9007199254740991), coalesce(k.quota_day - iif(k.period_day = NEW.day, k.used_day, 0), 9007199254740991), coalesce(k.quota_month - iif(k.period_month = NEW.month, k.used_month, 0), 9007199254740991)) FROM api_keys k WHERE k.id = NEW.key_id) < iif(NEW.mode = 'strict', NEW.estimate, 1) BEGIN SELECT RAISE(ABORT, 'key_quota_exhausted'); END;
--> statement-breakpoint
-- Little is left of the quota.
CREATE TRIGGER `charges_quota_near` BEFORE INSERT ON charges WHEN NEW.key_counted = 1 AND NEW.mode = 'expected' AND (SELECT min(coalesce(k.quota_total - k.used_total, 9007199254740991), coalesce(k.quota_day - iif(k.period_day = NEW.day, k.used_day, 0), 9007199254740991), coalesce(k.quota_month - iif(k.period_month = NEW.month, k.used_month, 0), 9007199254740991)) FROM api_keys k WHERE k.id = NEW.key_id) < max(NEW.threshold, NEW.estimate) AND (NEW.estimate = 0 OR (SELECT min(coalesce(k.quota_total - k.used_total, 9007199254740991), coalesce(k.quota_day - iif(k.period_day = NEW.day, k.used_day, 0), 9007199254740991), coalesce(k.quota_month - iif(k.period_month = NEW.month, k.used_month, 0), 9007199254740991)) FROM api_keys k WHERE k.id = NEW.key_id) > 0) BEGIN SELECT RAISE(ABORT, 'needs_strict'); END;
--> statement-breakpoint
-- A hold reserves its estimate.
CREATE TRIGGER `charges_hold_account` AFTER INSERT ON charges BEGIN UPDATE accounts SET open_charges = open_charges + 1, held = held + iif(NEW.funding = 'balance', NEW.estimate, 0), allowance_used = iif(NEW.funding = 'allowance', iif(allowance_day = NEW.day, allowance_used, 0) + NEW.estimate, allowance_used), allowance_requests = iif(NEW.funding = 'allowance', iif(allowance_day = NEW.day, allowance_requests, 0) + 1, allowance_requests), allowance_day = iif(NEW.funding = 'allowance', NEW.day, allowance_day) WHERE id = NEW.account_id; END;
--> statement-breakpoint
-- Also of the quota of its key.
CREATE TRIGGER `charges_hold_key` AFTER INSERT ON charges WHEN NEW.key_counted = 1 BEGIN UPDATE api_keys SET used_total = used_total + NEW.estimate, used_day = iif(period_day = NEW.day, used_day, 0) + NEW.estimate, period_day = NEW.day, used_month = iif(period_month = NEW.month, used_month, 0) + NEW.estimate, period_month = NEW.month WHERE id = NEW.key_id; END;
--> statement-breakpoint
-- What the hold says stays.
CREATE TRIGGER `charges_frozen` BEFORE UPDATE ON charges WHEN NEW.account_id IS NOT OLD.account_id OR NEW.id IS NOT OLD.id OR NEW.nonce IS NOT OLD.nonce OR NEW.mode IS NOT OLD.mode OR NEW.threshold IS NOT OLD.threshold OR NEW.funding IS NOT OLD.funding OR NEW.day IS NOT OLD.day OR NEW.month IS NOT OLD.month OR NEW.key_id IS NOT OLD.key_id OR NEW.key_counted IS NOT OLD.key_counted OR NEW.created_at IS NOT OLD.created_at OR NEW.estimate IS NOT OLD.estimate BEGIN SELECT RAISE(ABORT, 'charge_is_frozen'); END;
--> statement-breakpoint
-- A closed charge stays closed, but what the sweeper closed may be corrected by its own request, once.
CREATE TRIGGER `charges_final` BEFORE UPDATE OF state, amount, written_off, ending ON charges WHEN OLD.state <> 'held' AND (OLD.ending <> 'swept' OR NEW.state = 'held' OR NEW.ending = 'swept') BEGIN SELECT RAISE(ABORT, 'charge_is_final'); END;
--> statement-breakpoint
-- Settling, voiding and correcting: the difference between the row before and after moves.
CREATE TRIGGER `charges_move_account` AFTER UPDATE OF state, amount ON charges WHEN (NEW.state <> OLD.state OR NEW.amount <> OLD.amount) BEGIN UPDATE accounts SET open_charges = open_charges + (NEW.state = 'held') - (OLD.state = 'held'), balance = balance - iif(NEW.funding = 'balance', NEW.amount - OLD.amount, 0), held = held + iif(NEW.funding = 'balance', iif(NEW.state = 'held', NEW.estimate, 0) - iif(OLD.state = 'held', OLD.estimate, 0), 0), allowance_used = allowance_used + iif(NEW.funding = 'allowance' AND allowance_day = NEW.day, iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount), 0), allowance_requests = allowance_requests + iif(NEW.funding = 'allowance' AND allowance_day = NEW.day, (NEW.state <> 'void') - (OLD.state <> 'void'), 0) WHERE id = NEW.account_id; END;
--> statement-breakpoint
-- Likewise for the quota of the key.
CREATE TRIGGER `charges_move_key` AFTER UPDATE OF state, amount ON charges WHEN NEW.key_counted = 1 AND (NEW.state <> OLD.state OR NEW.amount <> OLD.amount) BEGIN UPDATE api_keys SET used_total = used_total + iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount), used_day = used_day + iif(period_day = NEW.day, iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount), 0), used_month = used_month + iif(period_month = NEW.month, iif(NEW.state = 'held', NEW.estimate, NEW.amount) - iif(OLD.state = 'held', OLD.estimate, OLD.amount), 0) WHERE id = NEW.key_id; END;
--> statement-breakpoint
-- An open charge is not deleted.
CREATE TRIGGER `charges_open` BEFORE DELETE ON charges WHEN OLD.state = 'held' BEGIN SELECT RAISE(ABORT, 'charge_is_open'); END;
--> statement-breakpoint
-- What is taken must be there, and not held.
CREATE TRIGGER `entries_funds` BEFORE INSERT ON entries WHEN NEW.amount < 0 AND NEW.kind <> 'rollup' AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = NEW.account_id AND a.unlimited = 0 AND a.balance - a.held + NEW.amount < 0) BEGIN SELECT RAISE(ABORT, 'insufficient_balance'); END;
--> statement-breakpoint
-- A code is good once, until it expires, for its own amount.
CREATE TRIGGER `entries_redeem` BEFORE INSERT ON entries WHEN NEW.kind = 'redeem' AND NOT EXISTS (SELECT 1 FROM redeem_codes c WHERE c.hash = NEW.reference AND c.redeemed_by IS NULL AND c.amount = NEW.amount AND (c.expires_at IS NULL OR c.expires_at > NEW.created_at)) BEGIN SELECT RAISE(ABORT, 'code_not_redeemable'); END;
--> statement-breakpoint
-- A charge is refunded once, at most in full, and only what the balance paid.
CREATE TRIGGER `entries_refund` BEFORE INSERT ON entries WHEN NEW.kind = 'refund' AND (NEW.id <> 'refund:' || NEW.reference OR NOT EXISTS (SELECT 1 FROM charges c WHERE c.account_id = NEW.account_id AND c.id = NEW.reference AND c.state = 'settled' AND c.funding = 'balance' AND c.amount >= NEW.amount)) BEGIN SELECT RAISE(ABORT, 'charge_not_refundable'); END;
--> statement-breakpoint
-- An entry moves the balance. A purchase also sets the plan.
CREATE TRIGGER `entries_move` AFTER INSERT ON entries WHEN NEW.kind <> 'rollup' BEGIN UPDATE accounts SET balance = balance + NEW.amount, plan_id = iif(NEW.kind = 'plan_purchase', NEW.reference, plan_id), plan_expires_at = iif(NEW.kind = 'plan_purchase', NEW.plan_expires_at, plan_expires_at) WHERE id = NEW.account_id; END;
--> statement-breakpoint
-- The code is used.
CREATE TRIGGER `entries_redeemed` AFTER INSERT ON entries WHEN NEW.kind = 'redeem' BEGIN UPDATE redeem_codes SET redeemed_by = NEW.account_id, redeemed_at = NEW.created_at WHERE hash = NEW.reference; END;
--> statement-breakpoint
-- Entries are only added.
CREATE TRIGGER `entries_frozen` BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entry_is_frozen'); END;
--> statement-breakpoint
-- Nor are they deleted.
CREATE TRIGGER `entries_kept` BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entry_is_frozen'); END;
--> statement-breakpoint
-- The first price columns were made without checks.
CREATE TRIGGER `prices_whole` BEFORE INSERT ON prices WHEN typeof(NEW.input_nanos) NOT IN ('integer') OR NEW.input_nanos < 0 OR typeof(NEW.output_nanos) NOT IN ('integer') OR NEW.output_nanos < 0 OR typeof(NEW.cached_read_nanos) NOT IN ('integer', 'null') OR NEW.cached_read_nanos < 0 OR typeof(NEW.cache_write_nanos) NOT IN ('integer', 'null') OR NEW.cache_write_nanos < 0 OR typeof(NEW.reasoning_nanos) NOT IN ('integer', 'null') OR NEW.reasoning_nanos < 0 BEGIN SELECT RAISE(ABORT, 'price_not_whole'); END;
--> statement-breakpoint
-- A price that charges may name is never changed.
CREATE TRIGGER `prices_frozen` BEFORE UPDATE ON prices BEGIN SELECT RAISE(ABORT, 'price_is_frozen'); END;
--> statement-breakpoint
-- Nor deleted, once it is in effect.
CREATE TRIGGER `prices_kept` BEFORE DELETE ON prices WHEN OLD.effective_at <= unixepoch() * 1000 BEGIN SELECT RAISE(ABORT, 'price_is_frozen'); END;
