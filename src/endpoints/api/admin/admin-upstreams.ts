/** Upstreams and their credentials. No answer contains a credential. */
import { array, enum as oneOf, maxLength, minLength, nullable, object, optional, strictObject, string } from "zod/mini";
import { and, eq } from "drizzle-orm";
import { upstreamCredentials, upstreams } from "../../../../schema/index.ts";
import { addRow, changeRow, listRows, readRow } from "../../../accounts/rows.ts";
import { Fault } from "../../../core/fault.ts";
import { uuidv7 } from "../../../core/id.ts";
import { seal, sealingKey } from "../../../core/seal.ts";
import type { Services } from "../../../services.ts";
import { parseBaseUrl } from "../../../upstream/base-url.ts";
import { KINDS } from "../../../upstream/index.ts";
import { byId, flag, id, label, maybe, newId, time } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { resource } from "./resource.ts";
import { argumentsOf, viewOf } from "../views.ts";

const kind = () => oneOf(Object.keys(KINDS) as [keyof typeof KINDS]);
const baseUrl = () => string().check(maxLength(500));
const abandon = () => oneOf(["cancel", "drain"]);
/** The groups whose keys may use the upstream; null = every key. */
const groups = () => array(id()).check(maxLength(100));

const settings = { groups: maybe(groups()), abandon: optional(abandon()) };

export const upstreamEndpoints = resource({
  noun: "upstream",
  path: "/admin/api/upstreams",
  create: strictObject({ id: optional(newId()), name: label(), kind: kind(), base_url: baseUrl(), ...settings }),
  update: strictObject({
    name: optional(label()),
    base_url: optional(baseUrl()),
    disabled: optional(flag()),
    ...settings,
  }),
  view: object({
    id: id(),
    name: label(),
    kind: string(),
    base_url: string(),
    disabled: flag(),
    groups: nullable(groups()),
    abandon: abandon(),
    created_at: time(),
  }),
  rows: {
    list: async (services, page) => listRows(services, upstreams, page),
    create: async (services, { groups: names, ...body }) =>
      addRow(services, upstreams, {
        ...argumentsOf(body),
        id: body.id ?? uuidv7(services.now()),
        baseUrl: checkedBaseUrl(body.base_url, services),
        groups: groupsColumn(names),
        createdAt: services.now(),
      }),
    read: async (services, id) => readRow(services, upstreams, id),
    async change(services, id, { groups: names, ...body }) {
      await readRow(services, upstreams, id);
      const baseUrl = body.base_url === undefined ? undefined : checkedBaseUrl(body.base_url, services);
      return changeRow(services, upstreams, id, { ...argumentsOf(body), baseUrl, groups: groupsColumn(names) });
    },
  },
  toView: (row) => ({ groups: row.groups === null ? null : (JSON.parse(row.groups) as string[]) }),
});

function groupsColumn(names: readonly string[] | null | undefined): string | null | undefined {
  return names === null || names === undefined ? names : JSON.stringify(names);
}

/** @throws Fault `invalid_parameter` */
function checkedBaseUrl(text: string, { settings }: Services): string {
  try {
    return parseBaseUrl(text, settings.ALLOW_PRIVATE_UPSTREAMS);
  } catch (error) {
    const words = error instanceof Error ? error.message : "it is unusable";
    throw new Fault("invalid_parameter", {
      param: "base_url",
      detail: { en: `'{param}': ${words}.`, zh: `'{param}' 不可用:${words}。` },
    });
  }
}

const credentialView = object({ id: id(), disabled: flag(), created_at: time() });
const common = { tag: "upstream", access: "operator" } as const;

export const credentialEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/admin/api/upstreams/:id/credentials",
    summary: "List an upstream's credentials, without their secrets",
    params: byId,
    result: object({ data: array(credentialView) }),
    async handle({ params, services }) {
      await findUpstream(services, params.id);
      const rows = await services.db
        .select()
        .from(upstreamCredentials)
        .where(eq(upstreamCredentials.upstreamId, params.id))
        .orderBy(upstreamCredentials.id);
      return { data: rows.map((row) => viewOf(credentialView, row)) };
    },
  }),
  apiEndpoint({
    ...common,
    method: "POST",
    path: "/admin/api/upstreams/:id/credentials",
    status: 201,
    summary: "Add a credential; it is encrypted, and never shown again",
    params: byId,
    body: strictObject({ secret: string().check(minLength(1), maxLength(5000)) }),
    result: credentialView,
    async handle({ params, body, services }) {
      await findUpstream(services, params.id);
      const sealed = await seal(await sealingKey(services.settings.CREDENTIALS_KEY), body.secret, params.id);
      const row = { id: uuidv7(services.now()), upstreamId: params.id, sealed, createdAt: services.now() };
      await services.db.insert(upstreamCredentials).values(row);
      return viewOf(credentialView, { ...row, disabled: false });
    },
  }),
  apiEndpoint({
    ...common,
    method: "PATCH",
    path: "/admin/api/upstreams/:id/credentials/:credential",
    summary: "Disable or enable a credential",
    params: strictObject({ id: id(), credential: id() }),
    body: strictObject({ disabled: flag() }),
    result: credentialView,
    async handle({ params, body, services }) {
      const [row] = await services.db
        .update(upstreamCredentials)
        .set({ disabled: body.disabled })
        .where(and(eq(upstreamCredentials.id, params.credential), eq(upstreamCredentials.upstreamId, params.id)))
        .returning();
      if (row === undefined) throw new Fault("resource_not_found", { param: "credential" });
      return viewOf(credentialView, row);
    },
  }),
];

/** @throws Fault `resource_not_found` */
export async function findUpstream({ db }: Services, id: string): Promise<void> {
  const rows = await db.select({ id: upstreams.id }).from(upstreams).where(eq(upstreams.id, id));
  if (rows.length === 0) throw new Fault("resource_not_found", { param: "id" });
}
