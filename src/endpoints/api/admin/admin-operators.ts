/** Operators with tokens of their own, and their roles. The secret `ADMIN_TOKEN` is an owner beside them. */
import { enum as oneOf, extend, nullable, object, optional, strictObject, string } from "zod/mini";
import { LAST_RESORT, ROLES } from "../../../access/operator-store.ts";
import { changeOperator, createOperator, listOperators, readOperator } from "../../../accounts/operators.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { byId, day, flag, id, maybe, newId, rule, time } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { argumentsOf, viewOf } from "../views.ts";

const operatorView = object({
  id: id(),
  name: string(),
  prefix: string(),
  role: oneOf(ROLES),
  expires_at: nullable(time()),
  disabled: flag(),
  created_at: time(),
  last_used_day: nullable(day()),
});

const name = () =>
  newId().check(
    rule((text) => text !== LAST_RESORT.name, {
      en: "must not be the name of the holder of ADMIN_TOKEN",
      zh: "不能与 ADMIN_TOKEN 持有者同名",
    }),
  );

const LIST = "/admin/api/operators";
const ONE = `${LIST}/:id`;
const tag = "operator";

type Row = Awaited<ReturnType<typeof readOperator>>;
const show = (row: Row) => viewOf(operatorView, row);

export const operatorEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    tag,
    access: "read",
    method: "GET",
    path: LIST,
    summary: "List every operator",
    query: strictObject(pageFields),
    result: pageOf(operatorView),
    handle: async ({ query, services }) => pageView(await listOperators(services, query), show),
  }),
  apiEndpoint({
    tag,
    access: "owner",
    method: "POST",
    path: LIST,
    status: 201,
    summary: "Create an operator; this answer alone shows the token, which lasts 90 days if nothing else is said",
    body: strictObject({ name: name(), role: oneOf(ROLES), expires_at: maybe(time()) }),
    result: extend(operatorView, { token: string() }),
    async handle({ body, services }) {
      const { operator, token } = await createOperator(services, argumentsOf(body));
      return { ...show(operator), token };
    },
  }),
  apiEndpoint({
    tag,
    access: "read",
    method: "GET",
    path: ONE,
    summary: "Read one operator",
    params: byId,
    result: operatorView,
    handle: async ({ params, services }) => show(await readOperator(services, params.id)),
  }),
  apiEndpoint({
    tag,
    access: "owner",
    method: "PATCH",
    path: ONE,
    summary: "Change one operator's role, expiry or state; it takes effect at once",
    params: byId,
    body: strictObject({ role: optional(oneOf(ROLES)), expires_at: maybe(time()), disabled: optional(flag()) }),
    result: operatorView,
    handle: async ({ params, body, services }) => show(await changeOperator(services, params.id, argumentsOf(body))),
  }),
];
