/** The API keys of an account. A key is shown once, when it is made. Only its hash is stored. */
import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { apiKeys, groups, models } from "../../schema/index.ts";
import { drawKey, keyRecord } from "../core/api-key.ts";
import { Fault } from "../core/fault.ts";
import { uuidv7 } from "../core/id.ts";
import { formatNetwork, parseNetwork } from "../core/network.ts";
import { accountMustExist } from "./accounts.ts";
import { written } from "./audit-log.ts";
import { mapPage, readPage, type Page, type PageRequest } from "./paging.ts";
import { changesNothing, mustExist, notFound, refuseConstraint, type Change } from "./rows.ts";
import type { AccountStore } from "./store.ts";

const MOST_NAMES = 1000;

type KeyRow = typeof apiKeys.$inferSelect;

/** A row without its hash, and with its lists parsed. */
export interface ApiKey extends Omit<KeyRow, "hash" | "allowedModels" | "allowedIps" | "deletedAt"> {
  /** Public model names; null = all. */
  readonly allowedModels: readonly string[] | null;
  /** Addresses and CIDR blocks, as `formatNetwork` writes them; null = all. */
  readonly allowedIps: readonly string[] | null;
}

/** null removes a setting; undefined leaves it as it is. */
interface KeySettings {
  /** Unix milliseconds. */
  readonly expiresAt?: number | null | undefined;
  readonly defaultStream?: boolean | null | undefined;
  readonly errorDialect?: KeyRow["errorDialect"] | undefined;
  readonly groupId?: string | null | undefined;
  readonly allowedModels?: readonly string[] | null | undefined;
  readonly allowedIps?: readonly string[] | null | undefined;
  readonly requestsPerMinute?: number | null | undefined;
  /** The key may see all of its account, and redeem codes for it; false by default. */
  readonly managesAccount?: boolean | undefined;
  /** The most that charges with the key may cost: ever, in a day, in a month. */
  readonly quotaTotalNanos?: number | null | undefined;
  readonly quotaDayNanos?: number | null | undefined;
  readonly quotaMonthNanos?: number | null | undefined;
}

interface NewKey extends KeySettings {
  readonly name: string;
}

interface KeyChange extends KeySettings {
  readonly name?: string | undefined;
  readonly disabled?: boolean | undefined;
}

/** A key is found only under its own account. */
export interface KeyRef {
  readonly accountId: string;
  readonly keyId: string;
}

/** @throws Fault `resource_not_found` (the account) */
export async function listKeys(store: AccountStore, accountId: string, page: PageRequest): Promise<Page<ApiKey>> {
  const listed = readPage<KeyRow>(page, {
    order: [{ column: apiKeys.id }],
    keyOf: ({ id }) => [id],
    read: async ({ where, orderBy, limit }) =>
      store.db
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.accountId, accountId), isNull(apiKeys.deletedAt), where))
        .orderBy(...orderBy)
        .limit(limit),
  });
  const [rows] = await Promise.all([listed, accountMustExist(store, accountId)]);
  return mapPage(rows, apiKeyOf);
}

/** The names of all keys of an account, by id; deleted keys have theirs, too. */
export async function keyNames({ db }: AccountStore, accountId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .select({ id: apiKeys.id, name: apiKeys.name })
    .from(apiKeys)
    .where(eq(apiKeys.accountId, accountId))
    .limit(MOST_NAMES);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/**
 * @returns under `secret` the key as its owner must send it, which cannot be read again
 * @throws Fault `resource_not_found` (account, group, model), `invalid_parameter` (an address)
 */
export async function createKey(
  store: AccountStore,
  accountId: string,
  key: NewKey,
): Promise<{ readonly key: ApiKey; readonly secret: string }> {
  const columns = columnsOf(key);
  await accountMustExist(store, accountId);
  await checkReferences(store, key);
  const secret = drawKey();
  const values = { ...columns, ...(await keyRecord(secret)), id: uuidv7(store.now()), createdAt: store.now() };
  const insert = store.db.insert(apiKeys).values({ ...values, accountId, name: key.name });
  await written(store, insert, { created: values.id }).catch(refuseConstraint);
  return { key: await readKey(store, { accountId, keyId: values.id }), secret };
}

/** @throws Fault `resource_not_found` */
export async function readKey({ db }: AccountStore, { accountId, keyId }: KeyRef): Promise<ApiKey> {
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), eq(apiKeys.accountId, accountId), isNull(apiKeys.deletedAt)));
  if (row === undefined) throw new Fault("resource_not_found", { param: "keyId" });
  return apiKeyOf(row);
}

/**
 * A change takes effect within a minute, because isolates cache keys.
 * @throws Fault `resource_not_found` (key, group, model), `invalid_parameter` (an address)
 */
export async function changeKey(store: AccountStore, ref: KeyRef, change: KeyChange): Promise<ApiKey> {
  const columns = columnsOf(change);
  const current = await readKey(store, ref);
  if (changesNothing(columns)) return current;
  await checkReferences(store, change);
  const update = store.db
    .update(apiKeys)
    .set(columns)
    .where(and(eq(apiKeys.id, ref.keyId), eq(apiKeys.accountId, ref.accountId)));
  await written(store, update).catch(refuseConstraint);
  return readKey(store, ref);
}

/**
 * Takes effect within a minute. The row stays, because charges name it.
 * @throws Fault `resource_not_found`
 */
export async function deleteKey(store: AccountStore, ref: KeyRef): Promise<ApiKey> {
  const key = await readKey(store, ref);
  const update = store.db
    .update(apiKeys)
    .set({ disabled: true, deletedAt: store.now() })
    .where(and(eq(apiKeys.id, ref.keyId), eq(apiKeys.accountId, ref.accountId)));
  await written(store, update);
  return key;
}

export function apiKeyOf({ hash: _hash, deletedAt: _deletedAt, ...row }: KeyRow): ApiKey {
  return { ...row, allowedModels: fromJson(row.allowedModels), allowedIps: fromJson(row.allowedIps) };
}

/** @throws Fault `invalid_parameter` for a text that is not an address or a block */
function columnsOf({ allowedModels, allowedIps, ...plain }: KeyChange): Change<typeof apiKeys.$inferInsert> {
  return {
    ...plain,
    allowedModels: toJson(allowedModels),
    allowedIps: toJson(allowedIps?.map(normalised) ?? allowedIps),
  };
}

/** Each name once; undefined stays undefined. */
function toJson(list: readonly string[] | null | undefined): string | null | undefined {
  return list === null || list === undefined ? list : JSON.stringify([...new Set(list)]);
}

function fromJson(text: string | null): readonly string[] | null {
  return text === null ? null : (JSON.parse(text) as string[]);
}

/** The block as text; equal blocks have equal texts. @throws Fault `invalid_parameter` */
function normalised(text: string, position: number): string {
  const network = parseNetwork(text);
  if (network !== undefined) return formatNetwork(network);
  throw new Fault("invalid_parameter", {
    param: `allowedIps.${position}`,
    detail: {
      en: "'{param}' must be an IP address or a CIDR block, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.",
      zh: "'{param}' 必须是 IP 地址或 CIDR 网段,例如 203.0.113.7、203.0.113.0/24 或 2001:db8::/32。",
    },
  });
}

async function checkReferences(store: AccountStore, { groupId, allowedModels }: KeySettings): Promise<void> {
  await mustExist(store, groups.id, groupId, "groupId");
  if (allowedModels === null || allowedModels === undefined || allowedModels.length === 0) return;
  const known = await store.db
    .select({ id: models.id })
    .from(models)
    .where(inArray(models.id, sql`(SELECT value FROM json_each(${JSON.stringify(allowedModels)}))`));
  const position = allowedModels.findIndex((name) => !known.some(({ id }) => id === name));
  if (position !== -1) throw notFound(`allowedModels.${position}`, allowedModels[position] ?? "");
}
