/** List, create, read and change: what the operator API does with every kind of row. */
import { asc, eq, getTableColumns, gt, type SQL } from "drizzle-orm";
import type { AnySQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { infer as Infer } from "zod/mini";
import { Fault } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Services } from "../../../services.ts";
import { byId, page, pageOf, readCursor, toIso, toPage } from "../fields.ts";
import { operation, type ApiOperation, type Schema } from "../operation.ts";

export interface Resource<
  Table extends SQLiteTable,
  Create extends Schema,
  Update extends Schema,
  View extends Schema,
> {
  /** For people: `account`. */
  readonly noun: string;
  /** Of the collection: `/admin/api/accounts`. */
  readonly path: string;
  readonly table: Table;
  readonly idColumn: AnySQLiteColumn;
  readonly create: Create;
  readonly update: Update;
  readonly view: View;
  /** Columns of a new row that are not just a field of the same name; may check what the schema cannot. @throws Fault */
  readonly toRow: (input: Infer<Create>, services: Services) => Columns<Table> | Promise<Columns<Table>>;
  /** The same for a change. @throws Fault */
  readonly toChange?: (input: Infer<Update>, services: Services) => Columns<Table> | Promise<Columns<Table>>;
  /** Fields of the view that are not just a column of the same name. */
  readonly toView?: (row: Table["$inferSelect"]) => JsonObject;
}

type Columns<Table extends SQLiteTable> = Partial<Table["$inferInsert"]>;

export function resource<Table extends SQLiteTable, Create extends Schema, Update extends Schema, View extends Schema>(
  definition: Resource<Table, Create, Update, View>,
): ApiOperation[] {
  const { noun, path, table, idColumn, create, update, view, toRow, toChange } = definition;
  const columns = getTableColumns(table);
  const toView = (row: Table["$inferSelect"]) => ({ ...fieldsOf(row), ...definition.toView?.(row) }) as Infer<View>;
  const common = { tag: noun, access: "operator" } as const;
  const idOf = (row: Table["$inferSelect"]) => String((row as JsonObject)["id"]);
  const find = async ({ db }: Services, condition: SQL | undefined, limit: number) =>
    (await db
      .select()
      .from(table as SQLiteTable)
      .where(condition)
      .orderBy(asc(idColumn))
      .limit(limit)) as Table["$inferSelect"][];
  const one = async (services: Services, id: string): Promise<Infer<View>> => {
    const [row] = await find(services, eq(idColumn, id), 1);
    if (row === undefined) throw new Fault("resource_not_found", { param: "id" });
    return toView(row);
  };
  return [
    operation({
      ...common,
      method: "GET",
      path,
      summary: `List every ${noun}`,
      query: page,
      result: pageOf(view),
      async handle({ query, services }) {
        const after = readCursor(query.cursor);
        const rows = await find(services, after === undefined ? undefined : gt(idColumn, after), query.limit + 1);
        return toPage(rows, query.limit, idOf, toView);
      },
    }),
    operation({
      ...common,
      method: "POST",
      path,
      status: 201,
      summary: `Create one ${noun}`,
      body: create,
      result: view,
      async handle({ body, services }) {
        const row = { ...columnsOf(body as JsonObject, columns), ...(await toRow(body as Infer<Create>, services)) };
        await services.db
          .insert(table as SQLiteTable)
          .values(row)
          .catch(refuseConstraint);
        return one(services, idOf(row as Table["$inferSelect"]));
      },
    }),
    operation({
      ...common,
      method: "GET",
      path: `${path}/:id{.+}`,
      summary: `Read one ${noun}`,
      params: byId,
      result: view,
      handle: async ({ params, services }) => one(services, params.id),
    }),
    operation({
      ...common,
      method: "PATCH",
      path: `${path}/:id{.+}`,
      summary: `Change one ${noun}`,
      params: byId,
      body: update,
      result: view,
      async handle({ params, body, services }) {
        const current = await one(services, params.id);
        const change: JsonObject = {
          ...columnsOf(body as JsonObject, columns),
          ...(await toChange?.(body as Infer<Update>, services)),
        };
        if (Object.values(change).every((value) => value === undefined)) return current;
        await services.db
          .update(table as SQLiteTable)
          .set(change)
          .where(eq(idColumn, params.id))
          .catch(refuseConstraint);
        return one(services, params.id);
      },
    }),
  ];
}

/** `created_at` of the API is `createdAt` of the table, and ISO 8601 for Unix milliseconds. */
function fieldsOf(row: object): JsonObject {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]: [string, unknown]) => [
      column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      isTime(column) && typeof value === "number" ? toIso(value) : value,
    ]),
  );
}

/** The reverse, for the fields that have a column. */
function columnsOf(input: JsonObject, columns: object): JsonObject {
  const entries = Object.entries(input).map(([field, value]): [string, unknown] => {
    const column = field.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [column, isTime(column) && typeof value === "string" ? Date.parse(value) : value];
  });
  return Object.fromEntries(entries.filter(([column]) => column in columns));
}

const isTime = (column: string) => column.endsWith("At");

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
