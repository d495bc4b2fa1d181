/** Orders for operators: what the payment services say beside what stands here, and giving back. */
import {
  enum as oneOf,
  int,
  literal,
  object,
  optional,
  positive,
  strictObject,
  string,
  number,
  nullable,
  array,
} from "zod/mini";
import { ORDER_STATES } from "../../../../schema/index.ts";
import { listOrders, readOrder, type Order } from "../../../accounts/orders.ts";
import { Fault } from "../../../core/fault.ts";
import type { Services } from "../../../services.ts";
import { apiEndpoint, operatorOf, type ApiEndpoint } from "../api-endpoint.ts";
import { byId, flag, id, money, time } from "../fields.ts";
import { operatorsOrderView, viewOperatorsOrder } from "../order-view.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { viewOf } from "../views.ts";

const refundView = object({
  id: id(),
  minor: number().check(int()),
  ...money("debit", "shortfall"),
  state: oneOf(["asked", "done", "failed"]),
  operator: nullable(string()),
  created_at: time(),
});

const wholeView = object({ ...operatorsOrderView.shape, refunds: array(refundView) });

const common = { tag: "order", path: "/admin/api/orders" } as const;

async function whole(services: Services, order: Order) {
  const { refundsOf } = await import("../../../payments/refunds.ts");
  const refunds = (await refundsOf(services, order)).map((refund) => viewOf(refundView, refund));
  return { ...viewOperatorsOrder(order), refunds };
}

/** The code of payments is loaded when an operator first needs it. */
async function payments(services: Services) {
  const { openPayments } = await import("../../../payments/open-payments.ts");
  return openPayments(services);
}

/** @throws Fault `upstream_error` when the payment service does not answer */
async function asked<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  const { ProviderError } = await import("../../../payments/payment-provider.ts");
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const words = { en: `The payment service: ${error.message}`, zh: `支付服务：${error.message}` };
    throw new Fault("upstream_error", { detail: words, cause: error });
  }
}

export const orderEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    summary: "List payments, the latest first",
    query: strictObject({
      account_id: optional(id()),
      state: optional(oneOf(ORDER_STATES)),
      /** Those at which a person should look: paid otherwise than ordered, disputed, or given back and spent. */
      needs_a_look: optional(literal("true")),
      ...pageFields,
    }),
    result: pageOf(operatorsOrderView),
    handle: async ({ query, services }) => {
      const { account_id: accountId, state, needs_a_look: look, ...page } = query;
      return pageView(
        await listOrders(services, { accountId, state, needsALook: look === "true" }, page),
        viewOperatorsOrder,
      );
    },
  }),
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    path: `${common.path}/:id`,
    summary: "Read one payment with what was given back of it",
    params: byId,
    result: wholeView,
    handle: async ({ params, services }) => whole(services, await readOrder(services, params.id)),
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    path: `${common.path}/:id/check`,
    summary: "Ask the payment service how the payment stands, and do what follows",
    params: byId,
    result: object({ order: wholeView, words: string() }),
    async handle({ params, services }) {
      const [opened, order] = await Promise.all([payments(services), readOrder(services, params.id)]);
      const { askAbout } = await import("../../../payments/ask-about.ts");
      const { order: now, words } = await asked(async () => askAbout(opened, order));
      return { order: await whole(services, now), words };
    },
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    path: `${common.path}/:id/refunds`,
    summary: "Give a payment back, or a part of it: the account pays first, then the payment service is asked",
    params: byId,
    body: strictObject({
      /** In the smallest unit of the currency in which it was paid. */
      minor: number().check(int(), positive()),
      /** The payer sees it again: a form sent twice is one refund. */
      after_minor: number().check(int()),
      /** Also what the account has spent already. Its keys stop working until it has paid. */
      force: optional(flag()),
    }),
    result: wholeView,
    async handle(request) {
      const { params, body, services } = request;
      const [opened, order] = await Promise.all([payments(services), readOrder(services, params.id)]);
      const { refundOrder } = await import("../../../payments/refunds.ts");
      const wish = {
        minor: body.minor,
        afterMinor: body.after_minor,
        operator: operatorOf(request).name,
        force: body.force === true,
      };
      return whole(services, await asked(async () => refundOrder(opened, order, wish)));
    },
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    path: `${common.path}/:id/close`,
    summary: "Say that a dispute or a shortfall was dealt with: the payment needs no look any more",
    params: byId,
    result: wholeView,
    async handle({ params, services }) {
      const order = await readOrder(services, params.id);
      const { closeMatter } = await import("../../../payments/disputes.ts");
      await closeMatter(services, order);
      return whole(services, await readOrder(services, order.id));
    },
  }),
];
