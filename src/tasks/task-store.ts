/** Tasks in D1. What a client wrote and what was made of it is sealed. */
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lte, min, ne, sql, type SQL } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { tasks } from "../../schema/index.ts";
import { sha256Hex } from "../core/id.ts";
import type { Sealer } from "../core/seal.ts";
import { inParts } from "./kept-size.ts";
import { noted } from "./submit-faults.ts";
import { TaskRows, type TaskRow } from "./task-rows.ts";
import type { Maker, Task } from "./task.ts";
import type { Change, Listed, ListQuery, Made, NewTask, News } from "./task-records.ts";

/** A library that says it sends the same again has first sent it so long ago at most. */
const REPEATED_MS = 120_000;
/** How long a callback waits that did not answer, by how often it was tried. Then it is given up. */
const CALLBACK_WAITS_MS = [10_000, 30_000, 120_000, 600_000, 3_600_000];
/** In {@link TaskStore.note}: the client has a callback, and there is something to tell. */
const IS_NEWS = sql`callback_tries IS NOT NULL AND (state <> new.value ->> 'state' OR progress <> new.value ->> 'progress')`;
/** Whoever claims a task asks its upstream within that time; then the next one may. */
const CLAIM_MS = 60_000;

export class TaskStore {
  readonly #db: DrizzleD1Database;
  readonly #rows: TaskRows;
  readonly #now: () => number;

  constructor(db: DrizzleD1Database, sealer: Pick<Sealer, "seal" | "open">, now: () => number) {
    this.#db = db;
    this.#rows = new TaskRows(sealer);
    this.#now = now;
  }

  /** @param mostOpen tasks of the account that are not finished. @throws Fault `overloaded` */
  async make(task: NewTask, mostOpen: number): Promise<Made> {
    return noted(this.#make(task, mostOpen));
  }

  async #make(task: NewTask, mostOpen: number): Promise<Made> {
    const { charge, retry, content, name, ...row } = task;
    const isRetry = retry.isRepeated || retry.key !== undefined;
    const known = isRetry ? await this.#earlier(task) : undefined;
    if (known !== undefined) return known;
    const sealed = await this.#rows.sealed(task.id, content);
    const nameKey = name === undefined ? null : await keyOfName(row.accountId, name);
    const { meta } = await this.#db.run(sql`
      INSERT INTO tasks (id, account_id, key_id, charge_id, charge_nonce, operation, form, model, state, created_at,
        limit_at, expires_at, asked_at, due_at, callback_tries, retry_key, retry_of, name_key, sealed)
      SELECT ${row.id}, ${row.accountId}, ${row.keyId}, ${charge.id}, ${charge.nonce}, ${row.operation}, ${row.form},
        ${row.model}, 'submitting', ${row.createdAt}, ${row.limitAt}, ${row.expiresAt}, ${row.createdAt}, ${row.dueAt},
        ${content.callback === undefined ? null : 0}, ${retry.key ?? null}, ${retry.request}, ${nameKey}, ${sealed}
      WHERE (SELECT count(*) FROM tasks WHERE account_id = ${row.accountId} AND closed_at IS NULL) < ${mostOpen}
      ON CONFLICT DO NOTHING`);
    if (meta.changes > 0) return { kind: "made" };
    // The same request may have come twice at once.
    const earlier = isRetry ? await this.#earlier(task) : undefined;
    if (earlier !== undefined) return earlier;
    const other = name === undefined ? undefined : await this.findNamed(row.accountId, name);
    return { kind: other === undefined ? "too_many" : "name_taken" };
  }

  /** An upstream has taken it. @returns false where it was given up meanwhile. @throws Fault `overloaded` */
  async taken(change: Change, model: string, maker: Maker): Promise<boolean> {
    // An upstream works already: nobody gives it up for one question that went astray.
    return noted(this.#taken(change, model, maker).catch(async () => this.#taken(change, model, maker)));
  }

  async #taken(change: Change, model: string, maker: Maker): Promise<boolean> {
    const { id, state, progress, dueAt, finishedAt, content } = change;
    const { routeId, upstreamId, credentialId, task: upstreamTask, terms } = maker;
    const taken = await this.#db
      .update(tasks)
      .set({
        model,
        routeId,
        upstreamId,
        credentialId,
        upstreamTask,
        terms: JSON.stringify(terms),
        state,
        progress,
        dueAt,
        ...(finishedAt === undefined
          ? {}
          : { finishedAt, callbackAt: sql`iif(callback_tries IS NULL, NULL, ${finishedAt})` }),
        ...(content === undefined ? {} : { sealed: await this.#rows.sealed(id, content) }),
      })
      .where(and(eq(tasks.id, id), eq(tasks.state, "submitting")))
      .returning({ id: tasks.id });
    if (taken.length > 0) return true;
    // The first answer of the database may have been lost.
    const isOurs = and(eq(tasks.id, id), eq(tasks.credentialId, credentialId), eq(tasks.upstreamTask, upstreamTask));
    return (await this.#db.$count(tasks, isOurs)) > 0;
  }

  /** No upstream has taken it: it never was. @returns false where one has, or it was given up meanwhile */
  async forget(id: string): Promise<boolean> {
    const isNobodys = and(eq(tasks.id, id), eq(tasks.state, "submitting"));
    return (await this.#db.delete(tasks).where(isNobodys).returning({ id: tasks.id })).length > 0;
  }

  /** Tasks that somebody must look at now. Nobody else gets them for a while. @param upstreamId of this one alone */
  async claimDue(limit: number, upstreamId?: string): Promise<Task[]> {
    const nowMs = this.#now();
    const isDue = and(
      isNull(tasks.closedAt),
      lte(tasks.dueAt, nowMs),
      upstreamId === undefined ? undefined : eq(tasks.upstreamId, upstreamId),
    );
    const due = this.#db.select({ id: tasks.id }).from(tasks).where(isDue).orderBy(tasks.dueAt).limit(limit);
    return this.#claimed(inArray(tasks.id, due), { dueAt: nowMs + CLAIM_MS, askedAt: nowMs });
  }

  /**
   * Tasks, for a client that asks; without those whose upstream was asked a moment ago, or has nothing more to tell. They stay
   * as due as they were: a client that leaves ends what it began.
   */
  async claim(ids: readonly string[], everyMs: number): Promise<Task[]> {
    const nowMs = this.#now();
    const mayBeAsked = and(
      amongIds(ids),
      isNull(tasks.closedAt),
      ne(tasks.state, "submitting"),
      lte(tasks.askedAt, nowMs - everyMs),
    );
    return this.#claimed(mayBeAsked, { askedAt: nowMs });
  }

  async #claimed(which: SQL | undefined, claim: Partial<TaskRow>): Promise<Task[]> {
    return this.#rows.openAll(await this.#db.update(tasks).set(claim).where(which).returning());
  }

  /** When something of an upstream's tasks is due; undefined = nothing is. @param createdAfter older ones do not count */
  async nextDue(upstreamId: string, createdAfter: number): Promise<number | undefined> {
    const isYoung = and(eq(tasks.upstreamId, upstreamId), gt(tasks.createdAt, createdAfter));
    const [[open], [news]] = await this.#db.batch([
      this.#db
        .select({ atMs: min(tasks.dueAt) })
        .from(tasks)
        .where(and(isNull(tasks.closedAt), isYoung)),
      this.#db
        .select({ atMs: min(tasks.callbackAt) })
        .from(tasks)
        .where(and(isNotNull(tasks.callbackAt), isYoung)),
    ]);
    const times = [open?.atMs, news?.atMs].filter((atMs) => typeof atMs === "number");
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Notes what upstreams have told. What is over stays as it is. @returns the ids of those that were noted */
  async note(changes: readonly Change[]): Promise<ReadonlySet<string>> {
    if (changes.length === 0) return new Set();
    const rows = await Promise.all(
      changes.map(async ({ content, terms, ...change }) => ({
        ...change,
        ...(terms === undefined ? {} : { terms: JSON.stringify(terms) }),
        ...(content === undefined ? {} : { sealed: await this.#rows.sealed(change.id, content) }),
      })),
    );
    // Few statements, however many they are: an invocation may make 1,000 of them.
    const noted = await Promise.all(inParts(rows).map(async (part) => this.#noteAll(part)));
    return new Set(noted.flat().map(({ id }) => id));
  }

  /** @param part JSON of a list of changes */
  async #noteAll(part: string): Promise<{ id: string }[]> {
    return this.#db.all<{ id: string }>(sql`
      UPDATE tasks SET state = new.value ->> 'state', progress = new.value ->> 'progress', misses = new.value ->> 'misses',
        due_at = new.value ->> 'dueAt', finished_at = coalesce(new.value ->> 'finishedAt', finished_at),
        callback_at = iif(${IS_NEWS}, ${this.#now()}, callback_at),
        callback_tries = iif(${IS_NEWS}, 0, callback_tries),
        terms = coalesce(new.value ->> 'terms', terms), sealed = coalesce(new.value ->> 'sealed', sealed)
      FROM json_each(${part}) AS new
      WHERE tasks.id = new.value ->> 'id' AND tasks.state NOT IN ('succeeded', 'failed')
      RETURNING tasks.id`);
  }

  /** Tasks of which their clients' callbacks are to be told now. Each is due again later, unless it is {@link told}. */
  async claimNews(limit: number, upstreamId?: string): Promise<News[]> {
    const isDue = and(
      lte(tasks.callbackAt, this.#now()),
      upstreamId === undefined ? undefined : eq(tasks.upstreamId, upstreamId),
    );
    const due = this.#db.select({ id: tasks.id }).from(tasks).where(isDue).orderBy(tasks.callbackAt).limit(limit);
    const again = sql.join(
      CALLBACK_WAITS_MS.map((waitMs, tries) => sql`WHEN ${tries} THEN ${this.#now() + waitMs}`),
      sql` `,
    );
    const rows = await this.#db
      .update(tasks)
      .set({ callbackAt: sql`CASE callback_tries ${again} END`, callbackTries: sql`callback_tries + 1` })
      .where(inArray(tasks.id, due))
      .returning();
    return Promise.all(rows.map(async (row) => ({ task: await this.#rows.open(row), againAt: row.callbackAt })));
  }

  /** A callback was told of the task. What has changed since is told again. */
  async told({ task, againAt }: News): Promise<void> {
    if (againAt === null) return;
    await this.#db
      .update(tasks)
      .set({ callbackAt: null })
      .where(and(eq(tasks.id, task.id), eq(tasks.callbackAt, againAt)));
  }

  /** Their charges are closed. @param keeps what was made is to be copied to the operator's bucket */
  async close(ids: readonly string[], keeps: boolean): Promise<void> {
    if (ids.length === 0) return;
    const keepAt = keeps ? sql`iif(state = 'succeeded', ${this.#now()}, NULL)` : null;
    await this.#db.update(tasks).set({ closedAt: this.#now(), keepAt }).where(amongIds(ids));
  }

  async find(accountId: string, id: string): Promise<Task | undefined> {
    const task = await this.findAnyones(id);
    return task?.accountId === accountId ? task : undefined;
  }

  /** Those that are there, in the order of their ids in the list. */
  async findMany(accountId: string, ids: readonly string[]): Promise<Task[]> {
    const rows = await this.#db
      .select()
      .from(tasks)
      .where(and(eq(tasks.accountId, accountId), amongIds(ids)));
    const known = new Map((await this.#rows.openAll(rows)).map((task) => [task.id, task]));
    return [...new Set(ids)].flatMap((id) => known.get(id) ?? []);
  }

  /** @param name the client's own */
  async findNamed(accountId: string, name: string): Promise<Task | undefined> {
    const [row] = await this.#db
      .select()
      .from(tasks)
      .where(eq(tasks.nameKey, await keyOfName(accountId, name)));
    return row && this.#rows.open(row);
  }

  /** For whoever proves otherwise that the task is theirs. */
  async findAnyones(id: string): Promise<Task | undefined> {
    const [row] = await this.#db.select().from(tasks).where(eq(tasks.id, id));
    return row && this.#rows.open(row);
  }

  async list({ accountId, operation, form, limit, offset = 0, after, order }: ListQuery): Promise<Listed> {
    const [sign, direction] = order === "asc" ? [sql.raw(">"), asc] : [sql.raw("<"), desc];
    const rows = await this.#db
      .select()
      .from(tasks)
      .where(
        and(
          eq(tasks.accountId, accountId),
          ne(tasks.state, "submitting"),
          operation === undefined ? undefined : eq(tasks.operation, operation),
          form === undefined ? undefined : eq(tasks.form, form),
          after === undefined
            ? undefined
            : sql`(created_at, id) ${sign} (SELECT created_at, id FROM tasks WHERE id = ${after} AND account_id = ${accountId})`,
        ),
      )
      .orderBy(direction(tasks.createdAt), direction(tasks.id))
      .limit(limit + 1)
      .offset(offset);
    return { tasks: await this.#rows.openAll(rows.slice(0, limit)), hasMore: rows.length > limit };
  }

  /** Rows of the table with what is sealed in them. */
  async opened(rows: readonly TaskRow[]): Promise<Task[]> {
    return this.#rows.openAll(rows);
  }

  /** @returns false where it is not there, or its charge is open */
  async remove(accountId: string, id: string): Promise<boolean> {
    const removed = await this.#db
      .delete(tasks)
      .where(and(eq(tasks.id, id), eq(tasks.accountId, accountId), isNotNull(tasks.closedAt)))
      .returning({ id: tasks.id });
    return removed.length > 0;
  }

  async #earlier({ accountId, retry }: NewTask): Promise<Extract<Made, { kind: "known" }> | undefined> {
    const isSame =
      retry.key === undefined
        ? and(eq(tasks.retryOf, retry.request), gt(tasks.createdAt, this.#now() - REPEATED_MS))
        : eq(tasks.retryKey, retry.key);
    const [row] = await this.#db
      .select()
      .from(tasks)
      .where(and(eq(tasks.accountId, accountId), isSame))
      .limit(1);
    return row && { kind: "known", task: await this.#rows.open(row), isSame: row.retryOf === retry.request };
  }
}

/** However many they are: D1 takes 100 parameters. */
export function amongIds(ids: readonly string[]): SQL {
  return sql`${tasks.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

async function keyOfName(accountId: string, name: string): Promise<string> {
  return sha256Hex(`${accountId}\n${name}`);
}
