/** The audit log: what operators wrote. A row is added with the change itself, in one transaction. */
import { and, eq, sql, type SQL } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { audit } from "../../schema/index.ts";
import { readPage, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

type AuditRow = typeof audit.$inferSelect;
type Store = Pick<AccountStore, "db" | "audit">;

type Statement = BatchItem<"sqlite">;

interface Writing {
  /** The id of what the statement creates. */
  readonly created?: string;
  /** Statements that come before it in the transaction. */
  readonly after?: readonly Statement[];
}

/** Runs a statement, and adds the operator's row in the same transaction if the statement changes something. */
export async function written<Result>(
  { db, audit: note }: Store,
  statement: Statement & PromiseLike<Result>,
  { created, after = [] }: Writing = {},
): Promise<Result> {
  const row = note === undefined ? [] : [db.insert(audit).select(note.take(created))];
  const [first = statement, ...rest] = [...after, statement, ...row];
  const results = await db.batch([first, ...rest]);
  return results[after.length] as Result;
}

/** Like {@link written}, for statements of `billing`: what to add to their transaction. */
export function auditStatements({ audit: note }: Store, created?: string): SQL[] {
  return note === undefined ? [] : [sql`INSERT INTO audit ${note.take(created)}`];
}

/** Adds the row of a request whose write took none into its transaction. */
export async function addMissingRow({ db, audit: note }: Store): Promise<void> {
  if (note !== undefined && !note.isTaken) await db.insert(audit).select(note.alone());
}

/** The latest first. @param operator only this operator's rows */
export async function listAudit(
  { db }: Pick<AccountStore, "db">,
  operator: string | undefined,
  page: PageRequest,
): Promise<Page<AuditRow>> {
  return readPage<AuditRow>(page, {
    order: [{ column: audit.id, descending: true }],
    keyOf: ({ id }) => [id],
    read: async ({ where, orderBy, limit }) =>
      db
        .select()
        .from(audit)
        .where(and(operator === undefined ? undefined : eq(audit.operator, operator), where))
        .orderBy(...orderBy)
        .limit(limit),
  });
}
