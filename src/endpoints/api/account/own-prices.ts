/** What models cost the holder of the key. */
import { object, strictObject } from "zod/mini";
import { listCurrentPrices } from "../../../accounts/current-prices.ts";
import { OPTIONAL_CLASSES } from "../admin/admin-prices.ts";
import { apiEndpoint, callerOf, type ApiEndpoint } from "../api-endpoint.ts";
import { count, id, maybeMoney, money, time } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { viewOf } from "../views.ts";

/** Nanos for 1,000 tokens or characters, and for one second, image or request; times the ratio of the key's group. */
const priceView = object({
  model: id(),
  effective_at: time(),
  /** Parts per million. */
  ratio_ppm: count(),
  ...money("input", "output"),
  ...maybeMoney(...OPTIONAL_CLASSES),
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
      return pageView(page, ({ price, ...row }) => {
        const amounts = Object.entries(price).map(([name, nanos]) => [`${name}Nanos`, nanos] as const);
        return viewOf(priceView, { ...row, ...Object.fromEntries(amounts) });
      });
    },
  }),
];
