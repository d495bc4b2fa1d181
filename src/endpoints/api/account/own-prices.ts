/** What models cost the holder of the key. */
import { object, strictObject } from "zod/mini";
import { listCurrentPrices } from "../../../accounts/current-prices.ts";
import { apiEndpoint, callerOf, type ApiEndpoint } from "../api-endpoint.ts";
import { count, id, time } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { priceFields, priceView as priceShape } from "../price-fields.ts";
import { viewOf } from "../views.ts";

/** Nanos for 1,000 tokens or characters, and for one second, image or request. The key pays these times the ratio. */
const priceView = object({
  model: id(),
  effective_at: time(),
  /** Parts per million. */
  ratio_ppm: count(),
  ...priceShape,
});

export const priceEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/api/prices",
    summary: "The prices in effect now, and the ratio of the key's group",
    tag: "account",
    access: "key",
    query: strictObject(pageFields),
    result: pageOf(priceView),
    async handle(request) {
      const page = await listCurrentPrices(request.services, callerOf(request).keyId, request.query);
      return pageView(page, ({ rates, ...row }) => viewOf(priceView, row, priceFields(rates)));
    },
  }),
];
