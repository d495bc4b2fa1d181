/** What models cost, from a moment on. Rows are only added: charges name the one that they were made from. */
import { and, eq } from "drizzle-orm";
import { object, optional, strictObject } from "zod/mini";
import { models, prices } from "../../../../schema/index.ts";
import { readPage } from "../../../accounts/paging.ts";
import { mustExist, refuseConstraint } from "../../../accounts/rows.ts";
import { Fault } from "../../../core/fault.ts";
import { id, maybe, maybeMoney, money, nanos, time } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { columnsOf, viewOf } from "../views.ts";

/** What a price may leave out; see `schema/prices.ts` for what then counts. */
export const OPTIONAL_CLASSES = [
  "cached_read",
  "cache_write",
  "reasoning",
  "input_audio",
  "input_image",
  "output_audio",
  "request",
  "image",
  "second",
  "character",
] as const;

const COST_CLASSES = ["input", "output", ...OPTIONAL_CLASSES] as const;

const optionalNanos = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [`${name}_nanos`, maybe(nanos())])) as Record<
    `${Name}_nanos`,
    ReturnType<typeof maybe<ReturnType<typeof nanos>>>
  >;

const costNames = COST_CLASSES.map((name) => `cost_${name}` as const);

const priceView = object({
  model_id: id(),
  effective_at: time(),
  ...money("input", "output"),
  ...maybeMoney(...OPTIONAL_CLASSES, ...costNames),
});

const common = { tag: "price", path: "/admin/api/prices", access: "operator" } as const;

export const priceEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    summary: "List prices, each model's latest first",
    query: strictObject({ model_id: optional(id()), ...pageFields }),
    result: pageOf(priceView),
    async handle({ query, services }) {
      const page = await readPage<typeof prices.$inferSelect>(query, {
        order: [{ column: prices.modelId }, { column: prices.effectiveAt, type: "number", descending: true }],
        keyOf: (row) => [row.modelId, row.effectiveAt],
        read: async ({ where, orderBy, limit }) =>
          services.db
            .select()
            .from(prices)
            .where(and(query.model_id === undefined ? undefined : eq(prices.modelId, query.model_id), where))
            .orderBy(...orderBy)
            .limit(limit),
      });
      return pageView(page, (row) => viewOf(priceView, row));
    },
  }),
  apiEndpoint({
    ...common,
    method: "POST",
    status: 201,
    summary: "Set a model's price from now, or from a moment to come",
    body: strictObject({
      model_id: id(),
      effective_at: optional(time()),
      input_nanos: nanos(),
      output_nanos: nanos(),
      ...optionalNanos(OPTIONAL_CLASSES),
      ...optionalNanos(costNames),
    }),
    result: priceView,
    async handle({ body, services }) {
      const { db } = services;
      const nowMs = services.now();
      const effectiveAt = body.effective_at === undefined ? nowMs : Date.parse(body.effective_at);
      await mustExist(services, models.id, body.model_id, "model_id");
      const earlier = await db
        .select({ at: prices.effectiveAt })
        .from(prices)
        .where(eq(prices.modelId, body.model_id))
        .limit(1);
      if (effectiveAt < nowMs && earlier.length > 0) {
        throw new Fault("invalid_parameter", {
          param: "effective_at",
          detail: {
            en: "'{param}' must not be in the past: requests were charged by the price that was in effect then.",
            zh: "'{param}' 不能早于当前时间:此前的请求已按当时的价格计费。",
          },
        });
      }
      const row = { ...columnsOf(prices, body), modelId: body.model_id, effectiveAt } as typeof prices.$inferInsert;
      const [added] = await db.insert(prices).values(row).returning().catch(refuseConstraint);
      return viewOf(priceView, added ?? row);
    },
  }),
];
