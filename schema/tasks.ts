import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { milliseconds } from "./columns.ts";

/** Requests whose answers come later: films, and pictures that take minutes. `src/tasks/` writes it. */
export const tasks = sqliteTable(
  "tasks",
  {
    /** As clients know it: `video_…`. */
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    keyId: text("key_id").notNull(),
    /** The charge that holds its price, and the proof that it may be closed. */
    chargeId: text("charge_id").notNull(),
    chargeNonce: text("charge_nonce").notNull(),
    operation: text("operation").notNull(),
    /** The form that its client asked in. */
    form: text("form").notNull(),
    /** The public name of the model: as it was asked for, then of the model that serves. */
    model: text("model").notNull(),
    /** What serves it from its beginning to its end, and at which terms; null = no upstream has taken it yet. */
    routeId: text("route_id"),
    upstreamId: text("upstream_id"),
    credentialId: text("credential_id"),
    /** The upstream's own id. */
    upstreamTask: text("upstream_task"),
    state: text("state", { enum: ["submitting", "queued", "running", "succeeded", "failed"] }).notNull(),
    /** Of 100. */
    progress: integer("progress").notNull().default(0),
    createdAt: milliseconds("created_at").notNull(),
    finishedAt: milliseconds("finished_at"),
    /** When it fails if it is not finished. */
    limitAt: milliseconds("limit_at").notNull(),
    /** When the upstream was last asked. */
    askedAt: milliseconds("asked_at").notNull(),
    /** When somebody must look at it next. */
    dueAt: milliseconds("due_at").notNull(),
    /** How often in a row the upstream did not know it. */
    misses: integer("misses").notNull().default(0),
    /** When its client's callback is to be told of it; null = there is nothing to tell. */
    callbackAt: milliseconds("callback_at"),
    /** How often that was tried since the last change; null = the client named no callback. */
    callbackTries: integer("callback_tries"),
    /** When its results are to be copied to the operator's bucket; null = they are there, or nobody keeps them. */
    keepAt: milliseconds("keep_at"),
    /** How often that was tried. */
    keepTries: integer("keep_tries").notNull().default(0),
    /** When the bucket gives its results up; null = it never had any, or has none any more. */
    keptUntil: milliseconds("kept_until"),
    /** When it is forgotten. */
    expiresAt: milliseconds("expires_at").notNull(),
    /** When its charge was closed: nothing is due any more; null = it is open. */
    closedAt: milliseconds("closed_at"),
    /** SHA-256 of the client's `Idempotency-Key`, and of the request that it came with. */
    retryKey: text("retry_key"),
    retryOf: text("retry_of"),
    /** SHA-256 of the client's own name of the task, and of its account. */
    nameKey: text("name_key"),
    /** JSON: what is paid for when it succeeds, and at which price; see `src/tasks/task.ts`. */
    terms: text("terms"),
    /** JSON, sealed: the prompt, results, why it failed; see `src/tasks/task.ts`. */
    sealed: text("sealed").notNull(),
  },
  (table) => [
    index("tasks_by_account").on(table.accountId, table.createdAt, table.id),
    index("tasks_due")
      .on(table.dueAt)
      .where(sql`closed_at IS NULL`),
    index("tasks_due_of_upstream")
      .on(table.upstreamId, table.dueAt)
      .where(sql`closed_at IS NULL`),
    index("tasks_open")
      .on(table.accountId)
      .where(sql`closed_at IS NULL`),
    index("tasks_by_expiry").on(table.expiresAt),
    index("tasks_to_tell")
      .on(table.callbackAt)
      .where(sql`callback_at IS NOT NULL`),
    index("tasks_to_keep")
      .on(table.keepAt)
      .where(sql`keep_at IS NOT NULL`),
    index("tasks_kept")
      .on(table.keptUntil)
      .where(sql`kept_until IS NOT NULL`),
    uniqueIndex("tasks_by_retry").on(table.accountId, table.retryKey),
    uniqueIndex("tasks_by_name").on(table.nameKey),
  ],
);
