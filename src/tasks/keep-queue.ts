/** Which tasks have results to keep in the operator's bucket, and which are there for long enough. */
import { and, eq, inArray, isNotNull, lte, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { tasks } from "../../schema/index.ts";
import type { Task } from "./task.ts";
import { amongIds, type TaskStore } from "./task-store.ts";

/** How long a task waits for its next try, by how often it was tried. Then it is given up. */
const WAITS_MS = [60_000, 300_000, 1_800_000, 7_200_000];

/** Before a task is forgotten, the bucket is rid of it. */
const EMPTY_MS = 3_600_000;

export interface ToKeep {
  readonly task: Task;
  /** Nobody tries it again. */
  readonly isLastTry: boolean;
}

export class KeepQueue {
  readonly #db: DrizzleD1Database;
  readonly #store: Pick<TaskStore, "opened">;
  readonly #now: () => number;

  constructor(db: DrizzleD1Database, store: Pick<TaskStore, "opened">, now: () => number) {
    this.#db = db;
    this.#store = store;
    this.#now = now;
  }

  /**
   * Nobody else gets them for a while. From now on something of theirs may be in the bucket, whoever is killed.
   * @param claimMs how long the caller may take
   */
  async claim(limit: number, { claimMs, keptMs }: { claimMs: number; keptMs: number }): Promise<ToKeep[]> {
    const nowMs = this.#now();
    const due = this.#db
      .select({ id: tasks.id })
      .from(tasks)
      .where(lte(tasks.keepAt, nowMs))
      .orderBy(tasks.keepAt)
      .limit(limit);
    const rows = await this.#db
      .update(tasks)
      .set({
        keepAt: nowMs + claimMs,
        keepTries: sql`keep_tries + 1`,
        keptUntil: sql`coalesce(kept_until, min(${nowMs + keptMs}, expires_at - ${EMPTY_MS}))`,
      })
      .where(inArray(tasks.id, due))
      .returning();
    const opened = await this.#store.opened(rows);
    return opened.map((task, at) => ({ task, isLastTry: (rows[at]?.keepTries ?? 0) > WAITS_MS.length }));
  }

  /** Nothing more is to be copied. @param hasAny something is in the bucket. @returns false where the task is gone */
  async settled(id: string, hasAny: boolean): Promise<boolean> {
    const change = hasAny ? { keepAt: null } : { keepAt: null, keptUntil: null };
    const changed = await this.#db.update(tasks).set(change).where(eq(tasks.id, id)).returning({ id: tasks.id });
    return changed.length > 0;
  }

  /** It is tried again later. @returns false where nobody wants it any more */
  async retry(id: string): Promise<boolean> {
    const waits = sql.join(
      WAITS_MS.map((waitMs, at) => sql`WHEN ${at + 1} THEN ${this.#now() + waitMs}`),
      sql` `,
    );
    const changed = await this.#db
      .update(tasks)
      .set({ keepAt: sql`CASE keep_tries ${waits} END` })
      .where(and(eq(tasks.id, id), isNotNull(tasks.keepAt)))
      .returning({ id: tasks.id });
    return changed.length > 0;
  }

  /** Nobody has tried it: it is due as before. */
  async putBack(id: string): Promise<void> {
    await this.#db
      .update(tasks)
      .set({ keepAt: this.#now(), keepTries: sql`keep_tries - 1` })
      .where(and(eq(tasks.id, id), isNotNull(tasks.keepAt)));
  }

  /** Tasks whose results were kept for long enough, oldest first. */
  async overdue(limit: number): Promise<Task[]> {
    const rows = await this.#db
      .select()
      .from(tasks)
      .where(lte(tasks.keptUntil, this.#now()))
      .orderBy(tasks.keptUntil)
      .limit(limit);
    return this.#store.opened(rows);
  }

  /** Nothing of theirs is in the bucket any more. */
  async emptied(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#db.update(tasks).set({ keepAt: null, keptUntil: null }).where(amongIds(ids));
  }
}
