/** A look at the books: what was charged, and whether the sums agree. */
import { array, object, strictObject, string, nullable, number } from "zod/mini";
import { brokenInvariants } from "../../../billing/invariants.ts";
import { chargeView, listCharges, operatorChargeView, readChargeForOperator } from "../receipt.ts";
import { byId, id } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, pagesOf, readCursor, writeCursor } from "../page-fields.ts";
import { findAccount } from "./admin-keys.ts";

const CHARGES = "/admin/api/accounts/:id/charges";

export const bookEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: CHARGES,
    summary: "List the charges of an account, the latest first",
    tag: "charge",
    access: "operator",
    params: byId,
    query: strictObject(pageFields),
    result: pageOf(chargeView),
    async handle({ params, query, services }) {
      await findAccount(services, params.id);
      return listCharges(services, params.id, query);
    },
  }),
  apiEndpoint({
    method: "GET",
    path: `${CHARGES}/:charge`,
    summary: "Read one charge: its receipt, who served, and what it cost the operator",
    tag: "charge",
    access: "operator",
    params: strictObject({ id: id(), charge: id() }),
    result: operatorChargeView,
    handle: async ({ params, services }) => readChargeForOperator(services, params.id, params.charge),
  }),
  apiEndpoint({
    method: "GET",
    path: "/admin/api/invariants",
    summary: "Recompute the sums of as many accounts as the page is long, and report those that do not agree",
    tag: "invariants",
    access: "operator",
    // Each account is a query of its own, and a Worker has a number of them.
    query: strictObject(pagesOf(20)),
    result: object({
      data: array(
        object({
          account_id: id(),
          key_id: nullable(id()),
          invariant: string(),
          stored: number(),
          expected: number(),
        }),
      ),
      next_cursor: nullable(string()),
    }),
    async handle({ query, services }) {
      const after = readCursor(query.cursor, string());
      const { broken, next } = await brokenInvariants(services.d1, {
        limit: query.limit,
        ...(after === undefined ? {} : { after }),
      });
      return {
        data: broken.map(({ accountId, keyId, ...law }) => ({ account_id: accountId, key_id: keyId ?? null, ...law })),
        next_cursor: next === undefined ? null : writeCursor(next),
      };
    },
  }),
];
