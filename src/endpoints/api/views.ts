/** Between rows of the database and objects of the API. */
import { eq, getTableColumns } from "drizzle-orm";
import type { AnySQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { infer as Infer, ZodMiniObject } from "zod/mini";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Services } from "../../services.ts";
import { toIso, withDecimals } from "./fields.ts";

/**
 * What the view declares of a row, and nothing else: `created_at` of the API is `createdAt` of the table, a time is
 * ISO 8601 for Unix milliseconds, and an amount of nanos has its decimal beside it.
 * @param more fields that are not just a column
 */
export function viewOf<View extends ZodMiniObject>(view: View, row: object, more: object = {}): Infer<View> {
  const fields = Object.entries(row).map(([column, value]: [string, unknown]): [string, unknown] => [
    column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    isTime(column) && typeof value === "number" ? toIso(value) : value,
  ]);
  const known: JsonObject = withDecimals({ ...Object.fromEntries(fields), ...more });
  return Object.fromEntries(Object.keys(view.shape).map((field) => [field, known[field]])) as Infer<View>;
}

/** The reverse, for the fields that have a column; a field that is absent changes nothing. */
export function columnsOf(table: SQLiteTable, input: JsonObject): JsonObject {
  const columns = getTableColumns(table);
  const entries = Object.entries(input).map(([field, value]): [string, unknown] => {
    const column = field.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [column, isTime(column) && typeof value === "string" ? Date.parse(value) : value];
  });
  return Object.fromEntries(entries.filter(([column, value]) => column in columns && value !== undefined));
}

const isTime = (column: string) => column.endsWith("At");

/** @throws Fault `resource_not_found` that names the field, when a request refers to a row that is not there */
export async function mustExist(
  { db }: Services,
  column: AnySQLiteColumn,
  id: string | null | undefined,
  param: string,
): Promise<void> {
  if (id === undefined || id === null) return;
  const rows = await db.select({ id: column }).from(column.table).where(eq(column, id)).limit(1);
  if (rows.length === 0) throw notFound(param, id);
}

/** For a field of the body; what the path names is just not found. */
export function notFound(param: string, id: string): Fault {
  return new Fault("resource_not_found", {
    param,
    values: { id },
    detail: { en: "'{param}': there is no '{id}'.", zh: "'{param}':不存在 '{id}'。" },
  });
}

/** The database's word for a row that is there already, or names one that is not. @throws Fault, or what it was given */
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
