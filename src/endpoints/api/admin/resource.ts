/** List, create, read and change: the endpoints that most kinds of rows have in the operator API. */
import { strictObject, type infer as Infer, type ZodMiniObject } from "zod/mini";
import type { Role } from "../../../access/operator-store.ts";
import type { Page, PageRequest } from "../../../accounts/paging.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Services } from "../../../services.ts";
import { apiEndpoint, type ApiEndpoint, type Schema } from "../api-endpoint.ts";
import { byId } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { viewOf } from "../views.ts";

interface Resource<Row extends object, Create extends Schema, Update extends Schema, View extends ZodMiniObject> {
  /** The name for people: `account`. */
  readonly noun: string;
  /** The path of the collection: `/admin/api/accounts`. */
  readonly path: string;
  /** Whose right it takes to create and to change. Every operator may list and read. */
  readonly writer: Role;
  /** As in `ApiEndpoint`. */
  readonly fieldRoles?: Readonly<Record<string, Role>>;
  /** Ids may contain `/`. */
  readonly idHasSlash?: boolean;
  readonly create: Create;
  readonly update: Update;
  /** The only fields that are shown of a row. */
  readonly view: View;
  /** The fields of the view that are not fields of the row. */
  readonly toView?: (row: Row) => JsonObject;
  /** What the endpoints do. Each function may throw a fault. */
  readonly rows: {
    /** As in `ApiEndpoint`. @param id undefined = of a new row; else the row may not be there yet */
    readonly check?: (services: Services, id: string | undefined, body: Infer<Create> | Infer<Update>) => unknown;
    readonly list: (services: Services, page: PageRequest) => Promise<Page<Row>>;
    readonly create: (services: Services, body: Infer<Create>) => Promise<Row>;
    readonly read: (services: Services, id: string) => Promise<Row>;
    readonly change: (services: Services, id: string, body: Infer<Update>) => Promise<Row>;
  };
}

export function resource<Row extends object, Create extends Schema, Update extends Schema, View extends ZodMiniObject>(
  definition: Resource<Row, Create, Update, View>,
): ApiEndpoint[] {
  const { noun, path, create, update, view, toView, rows, writer, fieldRoles } = definition;
  const reads = { tag: noun, access: "read" } as const;
  const writes = { tag: noun, access: writer, ...(fieldRoles === undefined ? {} : { fieldRoles }) };
  const itemPath = `${path}/:id${definition.idHasSlash === true ? "{.+}" : ""}`;
  const show = (row: Row) => viewOf(view, row, toView?.(row));
  return [
    apiEndpoint({
      ...reads,
      method: "GET",
      path,
      summary: `List every ${noun}`,
      query: strictObject(pageFields),
      result: pageOf(view),
      handle: async ({ query, services }) => pageView(await rows.list(services, query), show),
    }),
    apiEndpoint({
      ...writes,
      method: "POST",
      path,
      status: 201,
      summary: `Create one ${noun}`,
      body: create,
      result: view,
      check: ({ body, services }) => rows.check?.(services, undefined, body as Infer<Create>),
      handle: async ({ body, services }) => show(await rows.create(services, body as Infer<Create>)),
    }),
    apiEndpoint({
      ...reads,
      method: "GET",
      path: itemPath,
      summary: `Read one ${noun}`,
      params: byId,
      result: view,
      handle: async ({ params, services }) => show(await rows.read(services, params.id)),
    }),
    apiEndpoint({
      ...writes,
      method: "PATCH",
      path: itemPath,
      summary: `Change one ${noun}`,
      params: byId,
      body: update,
      result: view,
      check: ({ params, body, services }) => rows.check?.(services, params.id, body as Infer<Update>),
      handle: async ({ params, body, services }) => show(await rows.change(services, params.id, body as Infer<Update>)),
    }),
  ];
}
