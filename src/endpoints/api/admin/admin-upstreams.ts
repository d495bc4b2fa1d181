/** Upstreams and their credentials. No answer contains a credential. */
import {
  array,
  enum as oneOf,
  literal,
  maxLength,
  minLength,
  nullable,
  object,
  optional,
  strictObject,
  string,
  type infer as Infer,
  union,
} from "zod/mini";
import { and, eq } from "drizzle-orm";
import { upstreamCredentials, upstreams } from "../../../../schema/index.ts";
import { written } from "../../../accounts/audit-log.ts";
import { addRow, changeRow, listRows, readRow, type Change } from "../../../accounts/rows.ts";
import { Fault } from "../../../core/fault.ts";
import { uuidv7 } from "../../../core/id.ts";
import { UNLIMITED } from "../../../health/identity.ts";
import type { Services } from "../../../services.ts";
import { parseBaseUrl, purposeOf } from "../../../upstream/base-url.ts";
import { KINDS } from "../../../upstream/index.ts";
import { capacityFields, capacityView } from "../capacity-fields.ts";
import { byId, flag, id, label, maybe, newId, time } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { resource } from "./resource.ts";
import { argumentsOf, viewOf } from "../views.ts";

const kind = () => oneOf(Object.keys(KINDS) as [keyof typeof KINDS]);
const baseUrl = () => string().check(maxLength(500));
const abandon = () => oneOf(["cancel", "drain"]);
/** The groups whose keys may use the upstream; null = every key. */
const groups = () => array(id()).check(maxLength(100));

/** Request fields that the upstream may get besides those of its wire; `open` = all that no rule forbids. */
const fields = () => union([literal("open"), array(id()).check(maxLength(100))]);

const settings = {
  groups: maybe(groups()),
  fields: maybe(fields()),
  abandon: optional(abandon()),
  /** The name by which clients may choose the upstream; null = they may not. */
  label: maybe(label()),
};

/** A credential's capacity is that of all routes together. */
const newCredential = strictObject({ secret: string().check(minLength(1), maxLength(5000)), ...capacityFields });

type Upstream = typeof upstreams.$inferSelect;
type Address = Pick<Upstream, "id" | "baseUrl">;
type NewCredential = Infer<typeof newCredential>;

export const upstreamEndpoints = resource({
  noun: "upstream",
  writer: "owner",
  path: "/admin/api/upstreams",
  create: strictObject({ id: optional(newId()), name: label(), kind: kind(), base_url: baseUrl(), ...settings }),
  update: strictObject({
    name: optional(label()),
    base_url: optional(baseUrl()),
    disabled: optional(flag()),
    /** Replaces all credentials of the upstream. */
    credentials: optional(array(newCredential).check(minLength(1), maxLength(20))),
    ...settings,
  }),
  view: object({
    id: id(),
    name: label(),
    kind: string(),
    base_url: string(),
    disabled: flag(),
    groups: nullable(groups()),
    fields: nullable(fields()),
    abandon: abandon(),
    label: nullable(label()),
    created_at: time(),
  }),
  rows: {
    async check(services, id, { base_url: written }) {
      if (written === undefined) return;
      const baseUrl = checkedBaseUrl(written, services);
      if (id === undefined) return;
      const [before] = await services.db.select().from(upstreams).where(eq(upstreams.id, id));
      if (before !== undefined) await mayKeepCredentials(services, before, { id, baseUrl });
    },
    list: async (services, page) => listRows(services, upstreams, page),
    create: async (services, { groups, fields, ...body }) =>
      addRow(services, upstreams, {
        ...argumentsOf(body),
        id: body.id ?? uuidv7(services.now()),
        baseUrl: checkedBaseUrl(body.base_url, services),
        groups: toColumn(groups),
        fields: toColumn(fields),
        createdAt: services.now(),
      }),
    read: async (services, id) => readRow(services, upstreams, id),
    async change(services, id, { groups, fields, credentials, ...body }) {
      const before = await readRow(services, upstreams, id);
      const baseUrl = body.base_url === undefined ? undefined : checkedBaseUrl(body.base_url, services);
      const change = { ...argumentsOf(body), baseUrl, groups: toColumn(groups), fields: toColumn(fields) };
      const after = { id, baseUrl: baseUrl ?? before.baseUrl };
      if (credentials !== undefined) return replaceCredentials(services, after, { change, credentials });
      await mayKeepCredentials(services, before, after);
      return changeRow(services, upstreams, id, change);
    },
  },
  toView: ({ groups, fields }) => ({ groups: fromColumn(groups), fields: fromColumn(fields) }),
});

/** A list is stored as JSON, a word as it is. */
function toColumn(value: string | readonly string[] | null | undefined): string | null | undefined {
  return Array.isArray(value) ? JSON.stringify(value) : (value as string | null | undefined);
}

function fromColumn(text: string | null): string | readonly string[] | null {
  return text?.startsWith("[") === true ? (JSON.parse(text) as string[]) : text;
}

/** @throws Fault `invalid_parameter` */
function checkedBaseUrl(text: string, { settings }: Services): string {
  try {
    const baseUrl = parseBaseUrl(text, settings.ALLOW_PRIVATE_UPSTREAMS);
    const [endpoint] = /\/(chat\/completions|completions|responses|messages|embeddings|models)$/.exec(baseUrl) ?? [];
    if (endpoint !== undefined) throw new Error(`the base URL ends before ${endpoint}`);
    return baseUrl;
  } catch (error) {
    const words = error instanceof Error ? error.message : "it is unusable";
    throw new Fault("invalid_parameter", {
      param: "base_url",
      detail: { en: `'{param}': ${words}.`, zh: `'{param}' 不可用:${words}。` },
    });
  }
}

/**
 * Credentials are sealed for the origin that they were entered for, so nobody can send them to another host by a change
 * of the base URL.
 * @throws Fault `invalid_parameter` when the origin changes and the upstream has credentials
 */
async function mayKeepCredentials({ db }: Services, before: Address, after: Address): Promise<void> {
  if (purposeOf(before).origin === purposeOf(after).origin) return;
  const rows = await db
    .select({ id: upstreamCredentials.id })
    .from(upstreamCredentials)
    .where(eq(upstreamCredentials.upstreamId, before.id))
    .limit(1);
  if (rows.length === 0) return;
  throw new Fault("invalid_parameter", {
    param: "base_url",
    detail: {
      en: `'{param}' changes the host to which the upstream's credentials are sent. Send the credentials for it in the same call: "credentials": [{"secret": "…"}].`,
      zh: `修改 '{param}' 会改变上游凭据的发送目标,请在同一请求中提供新凭据:"credentials": [{"secret": "…"}]。`,
    },
  });
}

/** Changes the upstream and all of its credentials at once. */
async function replaceCredentials(
  services: Services,
  address: Address,
  { change, credentials }: { readonly change: Change<Upstream>; readonly credentials: readonly NewCredential[] },
): Promise<Upstream> {
  const { db } = services;
  const rows = await Promise.all(credentials.map(async (credential) => sealedRow(services, address, credential)));
  const update = db
    .update(upstreams)
    .set({ ...change, baseUrl: address.baseUrl })
    .where(eq(upstreams.id, address.id))
    .returning();
  const [upstream] = await written(services, update, {
    after: [
      db.delete(upstreamCredentials).where(eq(upstreamCredentials.upstreamId, address.id)),
      db.insert(upstreamCredentials).values(rows),
    ],
  });
  if (upstream === undefined) throw new Fault("resource_not_found", { param: "id" });
  return upstream;
}

async function sealedRow({ sealer, now }: Services, address: Address, { secret, ...capacity }: NewCredential) {
  const sealed = await sealer.seal(secret, purposeOf(address));
  const row = { id: uuidv7(now()), upstreamId: address.id, sealed, createdAt: now(), disabled: false };
  return { ...UNLIMITED, ...argumentsOf(capacity), ...row };
}

const credentialView = object({ id: id(), disabled: flag(), ...capacityView, created_at: time() });
const common = { tag: "upstream" } as const;

export const credentialEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    path: "/admin/api/upstreams/:id/credentials",
    summary: "List an upstream's credentials, without their secrets",
    params: byId,
    result: object({ data: array(credentialView) }),
    async handle({ params, services }) {
      const [rows] = await Promise.all([
        services.db
          .select()
          .from(upstreamCredentials)
          .where(eq(upstreamCredentials.upstreamId, params.id))
          .orderBy(upstreamCredentials.id),
        findUpstream(services, params.id),
      ]);
      return { data: rows.map((row) => viewOf(credentialView, row)) };
    },
  }),
  apiEndpoint({
    ...common,
    access: "owner",
    method: "POST",
    path: "/admin/api/upstreams/:id/credentials",
    status: 201,
    summary: "Add a credential; it is encrypted, and never shown again",
    params: byId,
    body: newCredential,
    result: credentialView,
    async handle({ params, body, services }) {
      const row = await sealedRow(services, await readRow(services, upstreams, params.id), body);
      await written(services, services.db.insert(upstreamCredentials).values(row), { created: row.id });
      return viewOf(credentialView, row);
    },
  }),
  apiEndpoint({
    ...common,
    access: "owner",
    method: "PATCH",
    path: "/admin/api/upstreams/:id/credentials/:credential",
    summary: "Disable or enable a credential, or change what it may be asked for",
    params: strictObject({ id: id(), credential: id() }),
    body: strictObject({ disabled: optional(flag()), ...capacityFields }),
    result: credentialView,
    async handle({ params, body, services }) {
      const rows = await services.db
        .select({ id: upstreamCredentials.id })
        .from(upstreamCredentials)
        .where(and(eq(upstreamCredentials.id, params.credential), eq(upstreamCredentials.upstreamId, params.id)));
      if (rows.length === 0) throw new Fault("resource_not_found", { param: "credential" });
      const row = await changeRow(services, upstreamCredentials, params.credential, argumentsOf(body));
      return viewOf(credentialView, row);
    },
  }),
];

/** @throws Fault `resource_not_found` */
export async function findUpstream({ db }: Services, id: string): Promise<void> {
  const rows = await db.select({ id: upstreams.id }).from(upstreams).where(eq(upstreams.id, id));
  if (rows.length === 0) throw new Fault("resource_not_found", { param: "id" });
}
