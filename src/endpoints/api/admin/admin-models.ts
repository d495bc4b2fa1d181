/** Models, which have the public names, and the routes that serve them. */
import {
  array,
  enum as oneOf,
  maximum,
  maxLength,
  nullable,
  object,
  optional,
  regex,
  strictObject,
  string,
} from "zod/mini";
import { aliases, models, routes, upstreams } from "../../../../schema/index.ts";
import { addRow, changeRow, listRows, mustExist, readRow } from "../../../accounts/rows.ts";
import { uuidv7 } from "../../../core/id.ts";
import { CAPABILITIES, OPERATIONS } from "../../../operation/operations.ts";
import { AUTO, isAuto } from "../../../routing/plan.ts";
import type { Services } from "../../../services.ts";
import { WIRE_NAMES } from "../../../wire/index.ts";
import { capacityFields, capacityView } from "../capacity-fields.ts";
import { count, flag, id, label, maybe, newId, positiveCount, rule, time } from "../fields.ts";
import { costsColumn, costsFields, costsInput, costsView } from "../price-fields.ts";
import { argumentsOf } from "../views.ts";
import { resource } from "./resource.ts";

const DAY_MS = 86_400_000;
const milliseconds = () => maybe(positiveCount().check(maximum(DAY_MS)));
const weight = () => count().check(maximum(1_000_000));

/** May contain `/`, as vendors' names do. */
const modelName = () =>
  id().check(
    regex(/^[\w.:@+/-]+$/),
    rule((name) => name !== AUTO, {
      en: "must not be 'auto': that leaves the choice to the gateway",
      zh: "不能是保留名称 'auto'",
    }),
  );

const modelFields = {
  capabilities: optional(array(oneOf(CAPABILITIES)).check(maxLength(CAPABILITIES.length))),
  context_length: maybe(positiveCount()),
  max_output: maybe(positiveCount()),
  usual_output: maybe(positiveCount()),
  image_tokens: maybe(positiveCount()),
  audio_tokens: maybe(positiveCount()),
  file_tokens: maybe(positiveCount()),
  max_tokens_per_second: maybe(positiveCount()),
  auto_weight: optional(weight()),
  tier: optional(count()),
  owned_by: optional(label()),
  first_event_ms: milliseconds(),
  first_output_ms: milliseconds(),
  idle_ms: milliseconds(),
  answer_ms: milliseconds(),
  total_ms: milliseconds(),
};

export const modelEndpoints = resource({
  noun: "model",
  writer: "owner",
  path: "/admin/api/models",
  idHasSlash: true,
  create: strictObject({ id: modelName(), operation: oneOf(OPERATIONS), ...modelFields }),
  update: strictObject({ disabled: optional(flag()), ...modelFields }),
  view: object({
    id: id(),
    operation: string(),
    capabilities: array(string()),
    context_length: nullable(count()),
    max_output: nullable(count()),
    usual_output: nullable(count()),
    image_tokens: nullable(count()),
    audio_tokens: nullable(count()),
    file_tokens: nullable(count()),
    max_tokens_per_second: nullable(count()),
    auto_weight: count(),
    tier: count(),
    owned_by: string(),
    disabled: flag(),
    first_event_ms: nullable(count()),
    first_output_ms: nullable(count()),
    idle_ms: nullable(count()),
    answer_ms: nullable(count()),
    total_ms: nullable(count()),
    created_at: time(),
  }),
  rows: {
    list: async (services, page) => listRows(services, models, page),
    create: async (services, { capabilities, ...body }) =>
      addRow(services, models, {
        ...argumentsOf(body),
        capabilities: capabilityColumn(capabilities),
        createdAt: services.now(),
      }),
    read: async (services, id) => readRow(services, models, id),
    change: async (services, id, { capabilities, ...body }) =>
      changeRow(services, models, id, { ...argumentsOf(body), capabilities: capabilityColumn(capabilities) }),
  },
  toView: (row) => ({ capabilities: JSON.parse(row.capabilities) as unknown }),
});

function capabilityColumn(capabilities: readonly string[] | undefined): string | undefined {
  return capabilities === undefined ? undefined : JSON.stringify([...new Set(capabilities)]);
}

const wire = () => oneOf(WIRE_NAMES);

/** The request field for a cap on output that the route's model obeys. */
const outputCapField = () => oneOf(["max_tokens", "max_completion_tokens"]);

const routeFields = {
  upstream_model: optional(label()),
  wire: optional(wire()),
  weight: optional(weight()),
  priority: optional(count()),
  refuses_stream_options: optional(flag()),
  output_cap_field: optional(outputCapField()),
  /** The most inputs of one request that the upstream takes; longer requests go up in parts. */
  max_inputs: maybe(positiveCount()),
  costs: maybe(costsInput()),
  /** Of each credential on this route. */
  ...capacityFields,
};

export const routeEndpoints = resource({
  noun: "route",
  writer: "owner",
  path: "/admin/api/routes",
  idHasSlash: true,
  create: strictObject({
    id: optional(id().check(regex(/^[\w.:@+/-]+$/))),
    model_id: id(),
    upstream_id: newId(),
    ...routeFields,
  }),
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
    output_cap_field: outputCapField(),
    max_inputs: nullable(count()),
    costs: nullable(costsView()),
    ...capacityView,
    disabled: flag(),
    created_at: time(),
  }),
  rows: {
    check: (_services, _id, { costs }) => costsColumn(costs),
    list: async (services, page) => listRows(services, routes, page),
    async create(services, { costs, ...body }) {
      await mustExist(services, models.id, body.model_id, "model_id");
      await mustExist(services, upstreams.id, body.upstream_id, "upstream_id");
      return addRow(services, routes, {
        ...argumentsOf(body),
        id: body.id ?? uuidv7(services.now()),
        upstreamModel: body.upstream_model ?? body.model_id,
        wire: body.wire ?? "openai.chat",
        costs: costsColumn(costs),
        createdAt: services.now(),
      });
    },
    read: async (services, id) => readRow(services, routes, id),
    change: async (services, id, { costs, ...body }) =>
      changeRow(services, routes, id, { ...argumentsOf(body), costs: costsColumn(costs) }),
  },
  toView: (row) => ({ costs: costsFields(row.costs) }),
});

/** A name, or the beginning of names and `*`. */
const aliasName = () => id().check(regex(/^[\w.:@+/-]*\*?$/));

export const aliasEndpoints = resource({
  noun: "alias",
  writer: "owner",
  path: "/admin/api/aliases",
  idHasSlash: true,
  create: strictObject({ id: aliasName(), target: id() }),
  update: strictObject({ disabled: optional(flag()), target: optional(id()) }),
  view: object({ id: id(), target: id(), disabled: flag(), created_at: time() }),
  rows: {
    list: async (services, page) => listRows(services, aliases, page),
    async create(services, body) {
      await mustLead(services, body.target);
      return addRow(services, aliases, { ...body, createdAt: services.now() });
    },
    read: async (services, id) => readRow(services, aliases, id),
    async change(services, id, body) {
      if (body.target !== undefined) await mustLead(services, body.target);
      return changeRow(services, aliases, id, body);
    },
  },
});

/** @throws Fault `invalid_parameter` when there is no such model */
async function mustLead(services: Services, target: string): Promise<void> {
  if (!isAuto(target)) await mustExist(services, models.id, target, "target");
}
