/** The keys of an account, and all that can be set on one. */
import { and, eq, gt, inArray, sql } from "drizzle-orm";
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
import { accounts, apiKeys, groups, models } from "../../../../schema/index.ts";
import { drawKey, keyRecord } from "../../../core/api-key.ts";
import { formatNetwork, parseNetwork } from "../../../core/network.ts";
import { Fault } from "../../../core/fault.ts";
import { uuidv7 } from "../../../core/id.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Services } from "../../../services.ts";
import { byId, flag, id, label, maybe, maybeMoney, money, nanos, positiveCount, rule, time } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, readCursor, toPage } from "../page-fields.ts";
import { columnsOf, mustExist, notFound, refuseConstraint, viewOf } from "../views.ts";

const MAX_LISTED = 100;

const network = () =>
  string().check(
    maxLength(100),
    rule((text) => parseNetwork(text) !== undefined, {
      en: "must be an IP address or a CIDR block, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32",
      zh: "必须是 IP 地址或 CIDR 网段,例如 203.0.113.7、203.0.113.0/24 或 2001:db8::/32",
    }),
  );

/** Null takes a setting away. */
const settings = {
  expires_at: maybe(time()),
  default_stream: maybe(flag()),
  error_dialect: maybe(oneOf(["current", "legacy"])),
  group_id: maybe(id()),
  allowed_models: maybe(array(id()).check(minLength(1), maxLength(MAX_LISTED))),
  allowed_ips: maybe(array(network()).check(minLength(1), maxLength(MAX_LISTED))),
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
  requests_per_minute: nullable(positiveCount()),
  ...maybeMoney("quota_total", "quota_day", "quota_month"),
  ...money("used_total", "used_day", "used_month"),
  period_day: nullable(string()),
  period_month: nullable(string()),
  created_at: time(),
});

const byAccountAndKey = strictObject({ id: id(), key: id() });
const common = { tag: "key", access: "operator" } as const;
const LIST = "/admin/api/accounts/:id/keys";
const ONE = `${LIST}/:key`;

export const keyEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    path: LIST,
    summary: "List the keys of an account",
    params: byId,
    query: strictObject(pageFields),
    result: pageOf(keyView),
    async handle({ params, query, services }) {
      await findAccount(services, params.id);
      const after = readCursor(query.cursor, string());
      const rows = await services.db
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.accountId, params.id), after === undefined ? undefined : gt(apiKeys.id, after)))
        .orderBy(apiKeys.id)
        .limit(query.limit + 1);
      return toPage(rows, query.limit, (row) => row.id, show);
    },
  }),
  apiEndpoint({
    ...common,
    method: "POST",
    path: LIST,
    status: 201,
    summary: "Create a key; this answer alone shows it",
    params: byId,
    body: strictObject({ name: label(), ...settings }),
    result: extend(keyView, { key: string() }),
    async handle({ params, body, services }) {
      await findAccount(services, params.id);
      const secret = drawKey();
      const row = {
        ...(await settingColumns(services, body)),
        ...(await keyRecord(secret)),
        id: uuidv7(services.now()),
        accountId: params.id,
        name: body.name,
        createdAt: services.now(),
      };
      await services.db.insert(apiKeys).values(row).catch(refuseConstraint);
      return { ...(await one(services, params.id, row.id)), key: secret };
    },
  }),
  apiEndpoint({
    ...common,
    method: "GET",
    path: ONE,
    summary: "Read one key",
    params: byAccountAndKey,
    result: keyView,
    handle: async ({ params, services }) => one(services, params.id, params.key),
  }),
  apiEndpoint({
    ...common,
    method: "PATCH",
    path: ONE,
    summary: "Change one key",
    params: byAccountAndKey,
    body: strictObject({ name: optional(label()), disabled: optional(flag()), ...settings }),
    result: keyView,
    async handle({ params, body, services }) {
      const current = await one(services, params.id, params.key);
      const change = await settingColumns(services, body);
      if (Object.keys(change).length === 0) return current;
      await services.db
        .update(apiKeys)
        .set(change)
        .where(and(eq(apiKeys.id, params.key), eq(apiKeys.accountId, params.id)))
        .catch(refuseConstraint);
      return one(services, params.id, params.key);
    },
  }),
];

interface ListSettings {
  readonly group_id?: string | null | undefined;
  readonly allowed_models?: readonly string[] | null | undefined;
  readonly allowed_ips?: readonly string[] | null | undefined;
}

/** @throws Fault `resource_not_found` for a group or model that is not there */
async function settingColumns(services: Services, body: ListSettings): Promise<JsonObject> {
  const { allowed_models: allowedModels, allowed_ips: allowedIps, ...plain } = body;
  await mustExist(services, groups.id, body.group_id, "group_id");
  await mustBeModels(services, allowedModels ?? []);
  return {
    ...columnsOf(apiKeys, plain),
    ...(allowedModels === undefined ? {} : { allowedModels: toJson(allowedModels) }),
    ...(allowedIps === undefined ? {} : { allowedIps: toJson(allowedIps?.map(normalised)) }),
  };
}

async function mustBeModels({ db }: Services, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const known = await db
    .select({ id: models.id })
    .from(models)
    .where(inArray(models.id, sql`(SELECT value FROM json_each(${JSON.stringify(names)}))`));
  const position = names.findIndex((name) => !known.some(({ id }) => id === name));
  if (position !== -1) throw notFound(`allowed_models.${position}`, names[position] ?? "");
}

const toJson = (list: readonly string[] | null | undefined) =>
  list === null || list === undefined ? null : JSON.stringify([...new Set(list)]);

function normalised(text: string): string {
  const parsed = parseNetwork(text);
  return parsed === undefined ? text : formatNetwork(parsed);
}

function show(row: typeof apiKeys.$inferSelect) {
  const list = (text: string | null) => (text === null ? null : (JSON.parse(text) as unknown));
  return viewOf(keyView, row, {
    allowed_models: list(row.allowedModels),
    allowed_ips: list(row.allowedIps),
  });
}

async function one({ db }: Services, accountId: string, keyId: string) {
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), eq(apiKeys.accountId, accountId)));
  if (row === undefined) throw new Fault("resource_not_found", { param: "key" });
  return show(row);
}

/** @throws Fault `resource_not_found` */
export async function findAccount({ db }: Services, accountId: string): Promise<void> {
  const rows = await db.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId));
  if (rows.length === 0) throw notFound("id", accountId);
}
