import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { accounts } from "./accounts.ts";
import { flag, milliseconds, nanos } from "./columns.ts";

/** What can be counted, as `src/core/units.ts` lists it. */
const firstCounts = () => ({
  inputTokens: integer("input_tokens"),
  cachedReadTokens: integer("cached_read_tokens"),
  cacheWriteTokens: integer("cache_write_tokens"),
  inputAudioTokens: integer("input_audio_tokens"),
  inputImageTokens: integer("input_image_tokens"),
  outputTokens: integer("output_tokens"),
  reasoningTokens: integer("reasoning_tokens"),
  outputAudioTokens: integer("output_audio_tokens"),
  images: integer("images"),
  durationMs: integer("duration_ms"),
  characters: integer("characters"),
});

/** Counts that were added when the tables had rows already: their columns in `daily_usage` have the default 0. */
const laterCounts = () => ({
  cacheWrite1hTokens: integer("cache_write_1h_tokens"),
  outputImageTokens: integer("output_image_tokens"),
  searches: integer("searches"),
  calls: integer("calls"),
  actions: integer("actions"),
});

function mapped<Name extends string, Column, Result>(
  columns: Record<Name, Column>,
  change: (column: Column) => Result,
): Record<Name, Result> {
  const entries = Object.entries<Column>(columns).map(([name, column]) => [name, change(column)]);
  return Object.fromEntries(entries) as Record<Name, Result>;
}

/**
 * One row per request: its hold, its settlement, its receipt and its log line. `src/billing/d1-wallet.ts` writes it, and
 * the triggers move the money. WITHOUT ROWID, STRICT, no other index: the migration says so, drizzle cannot.
 */
export const charges = sqliteTable(
  "charges",
  {
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.id),
    /** UUIDv7 that the gateway made: sorts by time. */
    id: text("id").notNull(),
    state: text("state", { enum: ["held", "settled", "void"] }).notNull(),
    /** Random, known only to the request that made the hold: no other request may settle. */
    nonce: text("nonce").notNull(),
    /**
     * `strict` since migration 0006: no charge exceeds its hold. Rows of `expected` are older and may exceed it. A check
     * of the table names both columns, so they stay.
     */
    mode: text("mode", { enum: ["strict", "expected"] })
      .notNull()
      .$defaultFn(() => "strict"),
    thresholdNanos: nanos("threshold"),
    funding: text("funding", { enum: ["allowance", "balance"] }).notNull(),
    /** `2026-01-31` and `2026-01` in `BILLING_TIMEZONE`, when the hold was made. */
    day: text("day").notNull(),
    month: text("month").notNull(),
    keyId: text("key_id"),
    /** The key had a quota when the hold was made, so its counters include this row. */
    keyCounted: flag("key_counted").notNull(),
    createdAt: milliseconds("created_at").notNull(),
    /** After this time the sweeper may close the row. */
    leaseUntil: milliseconds("lease_until").notNull(),
    /** What the request would cost if it ended at the last checkpoint; null = no output yet. */
    checkpointAmountNanos: nanos("checkpoint_amount"),
    checkpointCostNanos: nanos("checkpoint_cost"),
    checkpointAt: milliseconds("checkpoint_at"),
    settledAt: milliseconds("settled_at"),
    /** What the hold reserves. It may be raised while the charge is open. */
    estimateNanos: nanos("estimate").notNull(),
    /** What is charged; 0 until settled. */
    amountNanos: nanos("amount").notNull().default(0),
    /** What the usage costs beyond `amount`: the operator's loss. */
    writtenOffNanos: nanos("written_off").notNull().default(0),
    /** What the operator pays; null = unknown. */
    costNanos: nanos("cost"),
    model: text("model"),
    route: text("route"),
    upstream: text("upstream"),
    /** `prices.effective_at` of the row that `amount` was made from. */
    priceVersion: milliseconds("price_version"),
    ratioPpm: integer("ratio_ppm"),
    /** What the request consumed, in disjoint counts; null = not reported. */
    ...firstCounts(),
    ...laterCounts(),
    /** JSON object of the attributes that the price depended on, such as the size of a picture; null = none. */
    attributes: text("attributes"),
    /** The usage is our own count, not the upstream's report. */
    estimated: flag("estimated").notNull().default(false),
    ending: text("ending", { enum: ["complete", "failed", "abandoned", "swept"] }),
    /** JSON array of the attempts, each with its route, upstream, credential and outcome. */
    attempts: text("attempts"),
    /** JSON object: endpoint, stream, status, times, the client's own id. Never a prompt or an answer. */
    request: text("request"),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.id] })],
);

/** Every movement of a balance that is not a charge. Rows are only added. WITHOUT ROWID, STRICT. */
export const entries = sqliteTable(
  "entries",
  {
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.id),
    /** Made by the caller. The same id again is a replay and moves nothing. */
    id: text("id").notNull(),
    kind: text("kind", {
      enum: ["top_up", "redeem", "adjustment", "refund", "plan_purchase", "rollup"],
    }).notNull(),
    /** What is added to the balance. A rollup stands for deleted charges and adds nothing. */
    amountNanos: nanos("amount").notNull(),
    /**
     * Of an adjustment about a disputed payment: the bank took it back, or returned it. Such an entry may take the balance
     * below zero.
     */
    dispute: text("dispute", { enum: ["chargeback", "chargeback_reversal"] }),
    reason: text("reason"),
    /** What the entry is about: a payment, a code's hash, a charge, a plan, a day. */
    reference: text("reference"),
    /** Who did it. */
    actor: text("actor"),
    /** Of a plan purchase: until when the account has the plan. */
    planExpiresAt: milliseconds("plan_expires_at"),
    createdAt: milliseconds("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.id] })],
);

/** Sums of charges that were rolled up. WITHOUT ROWID, STRICT. */
export const dailyUsage = sqliteTable(
  "daily_usage",
  {
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.id),
    day: text("day").notNull(),
    /** Empty = without a key. */
    keyId: text("key_id").notNull(),
    /** Empty = never known. */
    model: text("model").notNull(),
    requests: integer("requests").notNull(),
    voided: integer("voided").notNull(),
    estimated: integer("estimated").notNull(),
    /** Of `requests`, those that an allowance paid. */
    allowanceRequests: integer("allowance_requests").notNull(),
    amountNanos: nanos("amount").notNull(),
    /** The part of `amount` that the balance paid. */
    balanceAmountNanos: nanos("balance_amount").notNull(),
    /** The part of `amount` that counts against the key's quota. */
    countedAmountNanos: nanos("counted_amount").notNull(),
    writtenOffNanos: nanos("written_off").notNull(),
    costNanos: nanos("cost").notNull(),
    ...mapped(firstCounts(), (count) => count.notNull()),
    ...mapped(laterCounts(), (count) => count.notNull().default(0)),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.day, table.keyId, table.model] })],
);
