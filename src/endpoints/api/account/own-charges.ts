/** The charges of the key, or of its account if the key manages that. */
import { enum as oneOf, optional, strictObject, string } from "zod/mini";
import { listCharges, readReceipt } from "../../../accounts/charges.ts";
import { apiEndpoint, seenBy, type ApiEndpoint } from "../api-endpoint.ts";
import { byId } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { chargeView, receiptView, viewCharge, viewReceipt } from "../receipt.ts";

const common = { tag: "account", access: "key", fieldNames: { chargeId: "id" } } as const;

export const chargeEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/charges",
    summary: "List the charges of the key, or of its account if the key manages that, the latest first",
    query: strictObject({
      model: optional(string()),
      state: optional(oneOf(["held", "settled", "void"])),
      ...pageFields,
    }),
    result: pageOf(chargeView),
    handle: async (request) => {
      const { model, state, ...page } = request.query;
      return pageView(await listCharges(request.services, { ...seenBy(request), model, state }, page), viewCharge);
    },
  }),
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/charges/:id",
    summary: "The receipt of one charge, line by line",
    params: byId,
    result: receiptView,
    handle: async (request) =>
      viewReceipt(await readReceipt(request.services, { ...seenBy(request), chargeId: request.params.id })),
  }),
];
