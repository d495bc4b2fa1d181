/** The keys of an account, and their settings. */
import {
  array,
  enum as oneOf,
  extend,
  maximum,
  maxLength,
  minLength,
  nullable,
  object,
  optional,
  strictObject,
  string,
} from "zod/mini";
import { changeKey, createKey, listKeys, readKey, type ApiKey, type KeyRef } from "../../../accounts/keys.ts";
import { byId, flag, id, label, maybe, maybeMoney, money, nanos, positiveCount, time } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { argumentsOf, viewOf } from "../views.ts";

const MAX_LISTED = 100;

/** `createKey` and `changeKey` check the form. */
const network = () => string().check(maxLength(100));

/** Null removes a setting. */
const settings = {
  expires_at: maybe(time()),
  default_stream: maybe(flag()),
  error_dialect: maybe(oneOf(["current", "legacy"])),
  group_id: maybe(id()),
  allowed_models: maybe(array(id()).check(minLength(1), maxLength(MAX_LISTED))),
  allowed_ips: maybe(array(network()).check(minLength(1), maxLength(MAX_LISTED))),
  manages_account: optional(flag()),
  requests_per_minute: maybe(positiveCount().check(maximum(10_000_000))),
  quota_total_nanos: maybe(nanos()),
  quota_day_nanos: maybe(nanos()),
  quota_month_nanos: maybe(nanos()),
};

const keyView = object({
  id: id(),
  account_id: id(),
  name: string(),
  prefix: string(),
  disabled: flag(),
  expires_at: nullable(time()),
  default_stream: nullable(flag()),
  error_dialect: nullable(string()),
  group_id: nullable(id()),
  allowed_models: nullable(array(string())),
  allowed_ips: nullable(array(string())),
  manages_account: flag(),
  requests_per_minute: nullable(positiveCount()),
  ...maybeMoney("quota_total", "quota_day", "quota_month"),
  ...money("used_total", "used_day", "used_month"),
  period_day: nullable(string()),
  period_month: nullable(string()),
  created_at: time(),
});

/** The group decides the price that the key pays. */
const fieldRoles = { group_id: "finance" } as const;
const byAccountAndKey = strictObject({ id: id(), key: id() });
const common = { tag: "key", fieldNames: { accountId: "id", keyId: "key" } } as const;
const LIST = "/admin/api/accounts/:id/keys";
const ONE = `${LIST}/:key`;

export const keyEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    path: LIST,
    summary: "List the keys of an account",
    params: byId,
    query: strictObject(pageFields),
    result: pageOf(keyView),
    handle: async ({ params, query, services }) => pageView(await listKeys(services, params.id, query), show),
  }),
  apiEndpoint({
    ...common,
    access: "support",
    fieldRoles,
    method: "POST",
    path: LIST,
    status: 201,
    summary: "Create a key; this answer alone shows it",
    params: byId,
    body: strictObject({ name: label(), ...settings }),
    result: extend(keyView, { key: string() }),
    async handle({ params, body, services }) {
      const { key, secret } = await createKey(services, params.id, argumentsOf(body));
      return { ...show(key), key: secret };
    },
  }),
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    path: ONE,
    summary: "Read one key",
    params: byAccountAndKey,
    result: keyView,
    handle: async ({ params, services }) => show(await readKey(services, refOf(params))),
  }),
  apiEndpoint({
    ...common,
    access: "support",
    fieldRoles,
    method: "PATCH",
    path: ONE,
    summary: "Change one key",
    params: byAccountAndKey,
    body: strictObject({ name: optional(label()), disabled: optional(flag()), ...settings }),
    result: keyView,
    handle: async ({ params, body, services }) => show(await changeKey(services, refOf(params), argumentsOf(body))),
  }),
];

function refOf({ id: accountId, key: keyId }: { readonly id: string; readonly key: string }): KeyRef {
  return { accountId, keyId };
}

function show(key: ApiKey) {
  return viewOf(keyView, key);
}
