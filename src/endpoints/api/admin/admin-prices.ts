/**
 * The prices of models, each from a moment on. Rows are only added: a charge names the price that it was computed from.
 */
import { and, eq } from "drizzle-orm";
import { object, optional, strictObject } from "zod/mini";
import { models, prices } from "../../../../schema/index.ts";
import { written } from "../../../accounts/audit-log.ts";
import { readPage } from "../../../accounts/paging.ts";
import { mustExist, refuseConstraint } from "../../../accounts/rows.ts";
import { readRates } from "../../../billing/rates.ts";
import { Fault } from "../../../core/fault.ts";
import { id, time } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { operatorPriceView, operatorPriceFields, priceInput, ratesOf } from "../price-fields.ts";
import { viewOf } from "../views.ts";

const priceView = object({ model_id: id(), effective_at: time(), ...operatorPriceView });

const common = { tag: "price", path: "/admin/api/prices" } as const;

export const priceEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    access: "read",
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
      return pageView(page, (row) => viewOf(priceView, row, operatorPriceFields(readRates(row.rates))));
    },
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    status: 201,
    summary: "Set a model's price from now, or from a moment to come",
    body: strictObject({ model_id: id(), effective_at: optional(time()), ...priceInput }),
    result: priceView,
    check: ({ body }) => ratesOf(body),
    async handle({ body, services }) {
      const { db } = services;
      const nowMs = services.now();
      const rates = ratesOf(body);
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
      const row = { modelId: body.model_id, effectiveAt, rates: JSON.stringify(rates) };
      await written(services, db.insert(prices).values(row), { created: body.model_id }).catch(refuseConstraint);
      return viewOf(priceView, row, operatorPriceFields(rates));
    },
  }),
];
