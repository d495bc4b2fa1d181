/**
 * Jobs that take longer than one invocation may. Each comes in steps; how far it has come is stored after each step, and the
 * next invocation goes on from there. A Worker that is killed repeats at most one step.
 */
import { sql } from "drizzle-orm";
import { int, rowsOf, run } from "../billing/storage.ts";

export interface LongJob {
  readonly name: string;
  /** A round begins once in so many milliseconds, counted from {@link offsetMs} after midnight UTC. */
  readonly everyMs: number;
  readonly offsetMs: number;
  /** D1 queries of one step, at most. */
  readonly queriesPerStep: number;
  /**
   * @param cursor what the step before returned; "" at the beginning of a round
   * @returns where to go on; undefined = the round is over
   */
  readonly step: (cursor: string) => Promise<string | undefined>;
}

export interface Budget {
  /** D1 queries. */
  readonly queries: number;
  readonly ms: number;
  readonly now: () => number;
}

/** For each step: how far the job has come is stored. */
const OWN_QUERIES = 1;

/** Goes on with a round that is not over, or begins one that is due. */
export async function runLongJob(db: D1Database, job: LongJob, budget: Budget): Promise<void> {
  const [row] = await rowsOf<{ round_at: number; cursor: string | null }>(
    db,
    sql`SELECT round_at, cursor FROM jobs WHERE name = ${job.name}`,
  );
  const roundAt = roundOf(job, budget.now());
  if (row !== undefined && row.cursor !== null)
    return goOn(db, job, { roundAt: row.round_at, cursor: row.cursor }, budget);
  if (row === undefined || row.round_at < roundAt) return goOn(db, job, { roundAt, cursor: "" }, budget);
}

interface Progress {
  readonly roundAt: number;
  readonly cursor: string;
}

async function goOn(db: D1Database, job: LongJob, { roundAt, cursor }: Progress, budget: Budget): Promise<void> {
  const endMs = budget.now() + budget.ms;
  let left = budget.queries;
  let at: string | undefined = cursor;
  do {
    at = await job.step(at);
    await run(
      db,
      sql`INSERT INTO jobs (name, round_at, cursor) VALUES (${job.name}, ${int(roundAt)}, ${at ?? null})
      ON CONFLICT DO UPDATE SET round_at = excluded.round_at, cursor = excluded.cursor`,
    );
    left -= job.queriesPerStep + OWN_QUERIES;
  } while (at !== undefined && left >= job.queriesPerStep + OWN_QUERIES && budget.now() < endMs);
}

/** When the job's latest round was due, in Unix milliseconds. */
function roundOf({ everyMs, offsetMs }: LongJob, nowMs: number): number {
  return Math.floor((nowMs - offsetMs) / everyMs) * everyMs + offsetMs;
}
