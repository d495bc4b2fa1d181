/** The charges of the key's account. */
import { strictObject } from "zod/mini";
import { listCharges, readReceipt } from "../../../accounts/charges.ts";
import { apiEndpoint, callerOf, type ApiEndpoint } from "../api-endpoint.ts";
import { byId } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { chargeView, receiptView, viewCharge, viewReceipt } from "../receipt.ts";

const common = { tag: "account", access: "key", fieldNames: { chargeId: "id" } } as const;

export const chargeEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/charges",
    summary: "List the account's charges, the latest first",
    query: strictObject(pageFields),
    result: pageOf(chargeView),
    handle: async (request) =>
      pageView(await listCharges(request.services, callerOf(request).accountId, request.query), viewCharge),
  }),
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/charges/:id",
    summary: "The receipt of one charge, line by line",
    params: byId,
    result: receiptView,
    handle: async (request) =>
      viewReceipt(
        await readReceipt(request.services, {
          accountId: callerOf(request).accountId,
          chargeId: request.params.id,
        }),
      ),
  }),
];
