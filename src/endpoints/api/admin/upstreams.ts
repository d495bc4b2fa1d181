import { array, enum as oneOf, nullable, optional, strictObject, object, string, minLength, maxLength } from "zod/mini";
import { and, eq } from "drizzle-orm";
import { routes, models, upstreamCredentials, upstreams } from "../../../../schema/index.ts";
import { Fault } from "../../../core/fault.ts";
import { uuidv7 } from "../../../core/id.ts";
import { seal, sealingKey } from "../../../core/seal.ts";
import { CAPABILITIES, OPERATIONS } from "../../../operation/operation.ts";
import type { Services } from "../../../services.ts";
import { parseBaseUrl } from "../../../upstream/address.ts";
import { KINDS } from "../../../upstream/index.ts";
import { WIRES } from "../../../wire/index.ts";
import { byId, count, flag, id, label, maybe, positiveCount, time, toIso } from "../fields.ts";
import { operation, type ApiOperation } from "../operation.ts";
import { resource } from "./resource.ts";

const kind = () => oneOf(Object.keys(KINDS) as [keyof typeof KINDS]);
const wire = () => oneOf(Object.keys(WIRES) as [keyof typeof WIRES]);

const upstreamOperations = resource({
  noun: "upstream",
  path: "/admin/api/upstreams",
  table: upstreams,
  idColumn: upstreams.id,
  create: strictObject({ id: optional(id()), name: label(), kind: kind(), base_url: string().check(maxLength(500)) }),
  update: strictObject({
    name: optional(label()),
    base_url: optional(string().check(maxLength(500))),
    disabled: optional(flag()),
  }),
  view: object({ id: id(), name: label(), kind: string(), base_url: string(), disabled: flag(), created_at: time() }),
  toRow: (input, services) => ({
    id: input.id ?? uuidv7(),
    baseUrl: checkedBaseUrl(input.base_url, services),
    createdAt: services.now(),
  }),
  toChange: (input, services) =>
    input.base_url === undefined ? {} : { baseUrl: checkedBaseUrl(input.base_url, services) },
});

/** @throws Fault `invalid_parameter` */
function checkedBaseUrl(text: string, services: Services): string {
  try {
    return parseBaseUrl(text, services.settings.ALLOW_PRIVATE_UPSTREAMS);
  } catch (error) {
    const words = error instanceof Error ? error.message : "it is unusable";
    throw new Fault("invalid_parameter", {
      param: "base_url",
      detail: { en: `'{param}': ${words}.`, zh: `'{param}' 不可用:${words}。` },
    });
  }
}

const credentialView = object({ id: id(), disabled: flag(), created_at: time() });
const credentialParams = strictObject({ id: id(), credential: id() });
const credentialCommon = { tag: "upstream", access: "operator" } as const;

/** A credential goes in and never comes out. */
const credentialOperations: ApiOperation[] = [
  operation({
    ...credentialCommon,
    method: "GET",
    path: "/admin/api/upstreams/:id/credentials",
    summary: "List an upstream's credentials, without their secrets",
    params: byId,
    result: object({ data: array(credentialView) }),
    async handle({ params, services }) {
      const rows = await services.db
        .select()
        .from(upstreamCredentials)
        .where(eq(upstreamCredentials.upstreamId, params.id))
        .orderBy(upstreamCredentials.id);
      return { data: rows.map((row) => ({ id: row.id, disabled: row.disabled, created_at: toIso(row.createdAt) })) };
    },
  }),
  operation({
    ...credentialCommon,
    method: "POST",
    path: "/admin/api/upstreams/:id/credentials",
    status: 201,
    summary: "Add a credential; it is encrypted, and never shown again",
    params: byId,
    body: strictObject({ secret: string().check(minLength(1), maxLength(5000)) }),
    result: credentialView,
    async handle({ params, body, services }) {
      const [upstream] = await services.db
        .select({ id: upstreams.id })
        .from(upstreams)
        .where(eq(upstreams.id, params.id));
      if (upstream === undefined) throw new Fault("resource_not_found", { param: "id" });
      const sealed = await seal(await sealingKey(services.settings.CREDENTIALS_KEY), body.secret, params.id);
      const row = { id: uuidv7(), upstreamId: params.id, sealed, createdAt: services.now() };
      await services.db.insert(upstreamCredentials).values(row);
      return { id: row.id, disabled: false, created_at: toIso(row.createdAt) };
    },
  }),
  operation({
    ...credentialCommon,
    method: "PATCH",
    path: "/admin/api/upstreams/:id/credentials/:credential",
    summary: "Disable or enable a credential",
    params: credentialParams,
    body: strictObject({ disabled: flag() }),
    result: credentialView,
    async handle({ params, body, services }) {
      const [row] = await services.db
        .update(upstreamCredentials)
        .set({ disabled: body.disabled })
        .where(and(eq(upstreamCredentials.id, params.credential), eq(upstreamCredentials.upstreamId, params.id)))
        .returning();
      if (row === undefined) throw new Fault("resource_not_found", { param: "credential" });
      return { id: row.id, disabled: row.disabled, created_at: toIso(row.createdAt) };
    },
  }),
];

const modelFields = {
  capabilities: optional(array(oneOf(CAPABILITIES)).check(maxLength(CAPABILITIES.length))),
  context_length: maybe(positiveCount()),
  max_output: maybe(positiveCount()),
  auto_weight: optional(count()),
  owned_by: optional(label()),
  first_event_ms: maybe(positiveCount()),
  idle_ms: maybe(positiveCount()),
  answer_ms: maybe(positiveCount()),
  total_ms: maybe(positiveCount()),
};

const modelOperations = resource({
  noun: "model",
  path: "/admin/api/models",
  table: models,
  idColumn: models.id,
  create: strictObject({ id: id(), operation: oneOf(OPERATIONS), ...modelFields }),
  update: strictObject({ disabled: optional(flag()), ...modelFields }),
  view: object({
    id: id(),
    operation: string(),
    capabilities: array(string()),
    context_length: nullable(count()),
    max_output: nullable(count()),
    auto_weight: count(),
    owned_by: string(),
    disabled: flag(),
    first_event_ms: nullable(count()),
    idle_ms: nullable(count()),
    answer_ms: nullable(count()),
    total_ms: nullable(count()),
    created_at: time(),
  }),
  toRow: (input, services) => ({ ...capabilityColumn(input), createdAt: services.now() }),
  toChange: capabilityColumn,
  toView: (row) => ({ capabilities: JSON.parse(row.capabilities) as unknown }),
});

function capabilityColumn({ capabilities }: { capabilities?: readonly string[] | undefined }) {
  return capabilities === undefined ? {} : { capabilities: JSON.stringify(capabilities) };
}

const routeFields = {
  upstream_model: optional(label()),
  wire: optional(wire()),
  weight: optional(count()),
  priority: optional(count()),
  refuses_stream_options: optional(flag()),
};

const routeOperations = resource({
  noun: "route",
  path: "/admin/api/routes",
  table: routes,
  idColumn: routes.id,
  create: strictObject({ id: optional(id()), model_id: id(), upstream_id: id(), ...routeFields }),
  update: strictObject({ disabled: optional(flag()), ...routeFields }),
  view: object({
    id: id(),
    model_id: id(),
    upstream_id: id(),
    upstream_model: string(),
    wire: string(),
    weight: count(),
    priority: count(),
    refuses_stream_options: flag(),
    disabled: flag(),
    created_at: time(),
  }),
  toRow: (input, services) => ({
    id: input.id ?? uuidv7(),
    upstreamModel: input.upstream_model ?? input.model_id,
    wire: input.wire ?? "openai.chat",
    createdAt: services.now(),
  }),
});

export const upstreamApi: readonly ApiOperation[] = [
  ...credentialOperations,
  ...upstreamOperations,
  ...modelOperations,
  ...routeOperations,
];
