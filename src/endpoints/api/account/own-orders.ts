/** The payments of an account, for a key that manages it. Orders are made in the portal. */
import { strictObject } from "zod/mini";
import { listOrders, readOrder } from "../../../accounts/orders.ts";
import { Fault } from "../../../core/fault.ts";
import { apiEndpoint, callerOf, type ApiEndpoint } from "../api-endpoint.ts";
import { byId } from "../fields.ts";
import { orderView, viewOrder } from "../order-view.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";

const common = { tag: "account", access: "manager" } as const;

export const orderEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/orders",
    summary: "List the payments of the account, the latest first",
    query: strictObject(pageFields),
    result: pageOf(orderView),
    handle: async (request) => {
      const { accountId } = callerOf(request);
      return pageView(await listOrders(request.services, { accountId }, request.query), viewOrder);
    },
  }),
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/orders/:id",
    summary: "Read one payment of the account",
    params: byId,
    result: orderView,
    handle: async (request) => {
      const order = await readOrder(request.services, request.params.id);
      if (order.accountId !== callerOf(request).accountId) throw new Fault("resource_not_found", { param: "id" });
      return viewOrder(order);
    },
  }),
];
