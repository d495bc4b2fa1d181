/**
 * The statements of this folder are made with drizzle's `sql` and run on D1 directly. drizzle's session is not used: its
 * batch takes no such statement, and its errors contain the parameters.
 */
import type { D1Database, D1PreparedStatement, D1Result } from "@cloudflare/workers-types";
import { sql, type SQL } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { Fault } from "../core/fault.ts";

const dialect = new SQLiteSyncDialect();

export function prepare(db: D1Database, statement: SQL): D1PreparedStatement {
  const query = dialect.sqlToQuery(statement);
  return db.prepare(query.sql).bind(...query.params);
}

export async function rowsOf<Row>(db: D1Database, statement: SQL): Promise<Row[]> {
  return (await prepare(db, statement).all<Row>()).results;
}

export async function run(db: D1Database, statement: SQL): Promise<D1Result> {
  return prepare(db, statement).run();
}

/** One transaction: all or nothing. */
export async function batch(db: D1Database, statements: readonly SQL[]): Promise<D1Result[]> {
  return db.batch(statements.map((statement) => prepare(db, statement)));
}

/**
 * D1 binds numbers as REAL; columns and sums want INTEGER.
 * @throws RangeError for a value that is not a whole number below 2^53: the cast would cut it
 */
export function int(value: number | null | undefined): SQL {
  if (value === undefined || value === null) return sql`NULL`;
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number`);
  return sql`CAST(${value} AS INTEGER)`;
}

/** The word that a trigger raised, if it is one of `words`. */
export function raised<Word extends string>(error: unknown, words: readonly Word[]): Word | undefined {
  const message = databaseMessage(error);
  if (message === undefined || !message.includes("SQLITE_CONSTRAINT")) return undefined;
  const said = message.replace(/^D1_ERROR:\s*/, "").split(":", 1)[0];
  return words.find((word) => word === said);
}

/**
 * The database's own message. drizzle's message contains the statement and its parameters, which must not be logged.
 */
export function databaseMessage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message.startsWith("Failed query")) return databaseMessage(error.cause);
  return error.message;
}

/** Whether the error is our own mistake and not the storage's. */
export function isOurMistake(error: unknown): boolean {
  return error instanceof Fault || error instanceof RangeError;
}

export interface RetryOptions {
  readonly sleep: (ms: number) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}

const TRIES = 3;
const FIRST_PAUSE_MS = 50;

/**
 * Up to three tries with jitter. An error that `isAnswer` accepts is thrown at once: another try would not change it.
 */
export async function retried<Result>(
  work: () => Promise<Result>,
  isAnswer: (error: unknown) => boolean,
  { sleep, random }: RetryOptions,
): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried === TRIES || isAnswer(error)) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** tried * (0.5 + random() / 2));
    }
  }
}
