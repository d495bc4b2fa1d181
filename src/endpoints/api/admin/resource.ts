/** List, create, read and change: what the operator API does with every kind of row. */
import { asc, eq, gt } from "drizzle-orm";
import type { AnySQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { strictObject, string, type infer as Infer, type ZodMiniObject } from "zod/mini";
import { Fault } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Services } from "../../../services.ts";
import { byId } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint, type Schema } from "../api-endpoint.ts";
import { pageFields, pageOf, readCursor, toPage } from "../page-fields.ts";
import { columnsOf, mustExist, refuseConstraint, viewOf } from "../views.ts";

export interface Resource<
  Table extends SQLiteTable,
  Create extends Schema,
  Update extends Schema,
  View extends ZodMiniObject,
> {
  /** For people: `account`. */
  readonly noun: string;
  /** Of the collection: `/admin/api/accounts`. */
  readonly path: string;
  readonly table: Table;
  readonly idColumn: AnySQLiteColumn;
  /** Ids may hold `/`. */
  readonly idHasSlash?: boolean;
  readonly create: Create;
  readonly update: Update;
  /** What is shown of a row, and nothing else. */
  readonly view: View;
  /** Fields of the body that name a row, and the column where it must be. */
  readonly references?: Readonly<Record<string, AnySQLiteColumn>>;
  /** Columns of a new row that are not just a field of the same name; may check what the schema cannot. @throws Fault */
  readonly toRow: (input: Infer<Create>, services: Services) => JsonObject;
  /** The same for a change. @throws Fault */
  readonly toChange?: (input: Infer<Update>, services: Services) => JsonObject;
  /** Fields of the view that are not just a column of the same name. */
  readonly toView?: (row: Table["$inferSelect"]) => JsonObject;
}

export function resource<
  Table extends SQLiteTable,
  Create extends Schema,
  Update extends Schema,
  View extends ZodMiniObject,
>(definition: Resource<Table, Create, Update, View>): ApiEndpoint[] {
  const { noun, path, table, idColumn, create, update, view, references = {}, toRow, toChange } = definition;
  const common = { tag: noun, access: "operator" } as const;
  const itemPath = `${path}/:id${definition.idHasSlash === true ? "{.+}" : ""}`;
  const show = (row: Table["$inferSelect"]) => viewOf(view, row, definition.toView?.(row));
  const one = async ({ db }: Services, id: string): Promise<Infer<View>> => {
    const [row] = await db
      .select()
      .from(table as SQLiteTable)
      .where(eq(idColumn, id));
    if (row === undefined) throw new Fault("resource_not_found", { param: "id" });
    return show(row);
  };
  const check = async (services: Services, body: JsonObject) => {
    for (const [field, column] of Object.entries(references)) {
      await mustExist(services, column, body[field] as string | null | undefined, field);
    }
  };
  return [
    apiEndpoint({
      ...common,
      method: "GET",
      path,
      summary: `List every ${noun}`,
      query: strictObject(pageFields),
      result: pageOf(view),
      async handle({ query, services }) {
        const after = readCursor(query.cursor, string());
        const rows = await services.db
          .select()
          .from(table as SQLiteTable)
          .where(after === undefined ? undefined : gt(idColumn, after))
          .orderBy(asc(idColumn))
          .limit(query.limit + 1);
        return toPage(rows, query.limit, (row) => row["id"], show);
      },
    }),
    apiEndpoint({
      ...common,
      method: "POST",
      path,
      status: 201,
      summary: `Create one ${noun}`,
      body: create,
      result: view,
      async handle({ body, services }) {
        const row: JsonObject = { ...columnsOf(table, body as JsonObject), ...toRow(body as Infer<Create>, services) };
        await check(services, body as JsonObject);
        await services.db
          .insert(table as SQLiteTable)
          .values(row)
          .catch(refuseConstraint);
        return one(services, String(row["id"]));
      },
    }),
    apiEndpoint({
      ...common,
      method: "GET",
      path: itemPath,
      summary: `Read one ${noun}`,
      params: byId,
      result: view,
      handle: async ({ params, services }) => one(services, params.id),
    }),
    apiEndpoint({
      ...common,
      method: "PATCH",
      path: itemPath,
      summary: `Change one ${noun}`,
      params: byId,
      body: update,
      result: view,
      async handle({ params, body, services }) {
        const current = await one(services, params.id);
        const change: JsonObject = {
          ...columnsOf(table, body as JsonObject),
          ...toChange?.(body as Infer<Update>, services),
        };
        if (Object.keys(change).length === 0) return current;
        await check(services, body as JsonObject);
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
