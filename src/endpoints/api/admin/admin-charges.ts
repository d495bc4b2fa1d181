/** The charges of an account, with the upstream that served and the operator's cost. */
import { strictObject } from "zod/mini";
import { accountMustExist } from "../../../accounts/accounts.ts";
import { listCharges, readChargeForOperator } from "../../../accounts/charges.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { byId, id } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { chargeView, operatorChargeView, viewCharge, viewOperatorCharge } from "../receipt.ts";

const common = { tag: "charge", fieldNames: { accountId: "id", chargeId: "id" } } as const;
const CHARGES = "/admin/api/accounts/:id/charges";

export const chargeEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    path: CHARGES,
    summary: "List the charges of an account, the latest first",
    params: byId,
    query: strictObject(pageFields),
    result: pageOf(chargeView),
    async handle({ params, query, services }) {
      await accountMustExist(services, params.id);
      return pageView(await listCharges(services, { accountId: params.id }, query), viewCharge);
    },
  }),
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    path: `${CHARGES}/:charge`,
    summary: "Read one charge: its receipt, who served, and what it cost the operator",
    params: strictObject({ id: id(), charge: id() }),
    result: operatorChargeView,
    handle: async ({ params, services }) =>
      viewOperatorCharge(await readChargeForOperator(services, { accountId: params.id, chargeId: params.charge })),
  }),
];
