/** Lists, reads, adds and changes rows of a table whose `id` names one row. Failures become faults. */
import { eq } from "drizzle-orm";
import type { AnySQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { Fault } from "../core/fault.ts";
import { written } from "./audit-log.ts";
import { readPage, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

type Store = Pick<AccountStore, "db" | "audit">;

/** A table whose `id` names one row. */
type TableOf<Row, Values> = SQLiteTable & {
  readonly id: AnySQLiteColumn;
  readonly $inferSelect: Row;
  readonly $inferInsert: Values;
};

/** Columns to change; undefined leaves a column as it is. */
export type Change<Values> = { readonly [Column in keyof Values]?: Values[Column] | undefined };

/** In the order of their ids. */
export async function listRows<Row extends { readonly id: string }, Values>(
  { db }: Store,
  table: TableOf<Row, Values>,
  page: PageRequest,
): Promise<Page<Row>> {
  return readPage<Row>(page, {
    order: [{ column: table.id }],
    keyOf: ({ id }) => [id],
    read: async ({ where, orderBy, limit }) =>
      db
        .select()
        .from(table as SQLiteTable)
        .where(where)
        .orderBy(...orderBy)
        .limit(limit) as Promise<Row[]>,
  });
}

/** @throws Fault `resource_not_found` */
export async function readRow<Row, Values>({ db }: Store, table: TableOf<Row, Values>, id: string): Promise<Row> {
  const rows = await db
    .select()
    .from(table as SQLiteTable)
    .where(eq(table.id, id));
  return theRow(rows as Row[]);
}

/** @throws Fault `conflict` when the id is taken */
export async function addRow<Row, Values extends { readonly id: string }>(
  store: Store,
  table: TableOf<Row, Values>,
  values: Values,
): Promise<Row> {
  const insert = store.db
    .insert(table as SQLiteTable)
    .values(values)
    .returning();
  const rows = await written(store, insert, { created: values.id }).catch(refuseConstraint);
  return theRow(rows as Row[]);
}

/** @throws Fault `resource_not_found` */
export async function changeRow<Row, Values extends object>(
  store: Store,
  table: TableOf<Row, Values>,
  id: string,
  change: Change<Values>,
): Promise<Row> {
  if (changesNothing(change)) return readRow(store, table, id);
  const update = store.db
    .update(table as SQLiteTable)
    .set(change)
    .where(eq(table.id, id))
    .returning();
  const rows = await written(store, update).catch(refuseConstraint);
  return theRow(rows as Row[]);
}

function theRow<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Fault("resource_not_found", { param: "id" });
  return row;
}

export function changesNothing(change: object): boolean {
  return Object.values(change).every((value) => value === undefined);
}

/**
 * Checks that the row to which a caller refers exists. Null and undefined refer to nothing.
 * @throws Fault `resource_not_found` that names the caller's parameter
 */
export async function mustExist(
  { db }: Store,
  column: AnySQLiteColumn,
  id: string | null | undefined,
  param: string,
): Promise<void> {
  if (id === undefined || id === null) return;
  const rows = await db.select({ id: column }).from(column.table).where(eq(column, id)).limit(1);
  if (rows.length === 0) throw notFound(param, id);
}

/** The fault for a parameter that refers to a row that does not exist. */
export function notFound(param: string, id: string): Fault {
  return new Fault("resource_not_found", {
    param,
    values: { id },
    detail: { en: "'{param}': there is no '{id}'.", zh: "'{param}':不存在 '{id}'。" },
  });
}

/**
 * Turns a broken constraint into a fault: the row exists already, or refers to a row that does not exist.
 * @throws Fault `conflict`, `resource_not_found`; any other error unchanged
 */
export function refuseConstraint(error: unknown): never {
  const words =
    error instanceof Error ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ""}` : "";
  if (words.includes("UNIQUE constraint failed")) {
    throw new Fault("conflict", {
      detail: { en: "One with this id exists already.", zh: "该标识已存在。" },
      cause: error,
    });
  }
  if (words.includes("FOREIGN KEY constraint failed")) {
    throw new Fault("resource_not_found", {
      detail: { en: "The request names something that does not exist.", zh: "请求引用了不存在的对象。" },
      cause: error,
    });
  }
  throw error;
}
