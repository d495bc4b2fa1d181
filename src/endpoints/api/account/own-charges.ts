/** What the key's account was charged, and at which prices. */
import { and, eq, gt, lte, sql } from "drizzle-orm";
import { object, strictObject, string } from "zod/mini";
import { groups, apiKeys, models, prices } from "../../../../schema/index.ts";
import { RATIO_ONE } from "../../../billing/price.ts";
import { viewOf } from "../views.ts";
import { chargeView, listCharges, readReceipt, receiptView } from "../receipt.ts";
import { byId, count, id, time } from "../fields.ts";
import { apiEndpoint, callerOf, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, readCursor, toPage } from "../page-fields.ts";
import { priceFields, priceView as priceShape } from "../price-fields.ts";

/** Nanos for 1,000 tokens or characters, and for one second, image or request; times the ratio of the key's group. */
const priceView = object({
  model: id(),
  effective_at: time(),
  /** Parts per million. */
  ratio_ppm: count(),
  ...priceShape,
});

const common = { tag: "account", access: "key" } as const;

export const chargeEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/charges",
    summary: "List the account's charges, the latest first",
    query: strictObject(pageFields),
    result: pageOf(chargeView),
    handle: async (request) => listCharges(request.services, callerOf(request).accountId, request.query),
  }),
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/charges/:id",
    summary: "The receipt of one charge, line by line",
    params: byId,
    result: receiptView,
    handle: async (request) => readReceipt(request.services, callerOf(request).accountId, request.params.id),
  }),
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/prices",
    summary: "The prices in effect now, and the ratio of the key's group",
    query: strictObject(pageFields),
    result: pageOf(priceView),
    async handle(request) {
      const { services, query } = request;
      const { db, now } = services;
      const after = readCursor(query.cursor, string());
      const [group] = await db
        .select({ ratioPpm: groups.ratioPpm })
        .from(apiKeys)
        .innerJoin(groups, eq(groups.id, apiKeys.groupId))
        .where(eq(apiKeys.id, callerOf(request).keyId));
      const current = db
        .select({ modelId: prices.modelId, at: sql<number>`max(${prices.effectiveAt})`.as("at") })
        .from(prices)
        .where(lte(prices.effectiveAt, now()))
        .groupBy(prices.modelId)
        .as("current");
      const rows = await db
        .select({ price: prices })
        .from(prices)
        .innerJoin(current, and(eq(current.modelId, prices.modelId), eq(current.at, prices.effectiveAt)))
        .innerJoin(models, and(eq(models.id, prices.modelId), eq(models.disabled, false)))
        .where(after === undefined ? undefined : gt(prices.modelId, after))
        .orderBy(prices.modelId)
        .limit(query.limit + 1);
      return toPage(
        rows,
        query.limit,
        ({ price }) => price.modelId,
        ({ price }) => {
          const fields = { model: price.modelId, ratio_ppm: group?.ratioPpm ?? RATIO_ONE };
          return viewOf(priceView, price, { ...fields, ...priceFields(price.rates) });
        },
      );
    },
  }),
];
