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
async function unlessAway<Answer>(call: () => Promise<Answer>): Promise<Answer> {
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
    /** `words` is what the service said; empty = it was asked a moment ago, and is not asked again. */
    result: object({ order: wholeView, words: string() }),
    async handle({ params, services }) {
      const [opened, order] = await Promise.all([payments(services), readOrder(services, params.id)]);
      const { mayAsk } = await import("../../../payments/order-store.ts");
      if (!(await mayAsk(services, order))) return { order: await whole(services, order), words: "" };
      const { order: now, report } = await unlessAway(async () => opened.look(order));
      return { order: await whole(services, now), words: report.words };
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
      /** Also what the account has spent already. The account is disabled then. */
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
      return whole(services, await unlessAway(async () => refundOrder(opened, order, wish)));
    },
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    path: `${common.path}/:id/settle-refund`,
    summary: "Say what became of a refund to which the payment service gave no answer",
    params: byId,
    body: strictObject({ refund_id: id(), paid_out: flag() }),
    result: wholeView,
    async handle({ params, body, services }) {
      const order = await readOrder(services, params.id);
      const { settleRefund } = await import("../../../payments/refunds.ts");
      await settleRefund(services, order, { id: body.refund_id, isPaidOut: body.paid_out });
      return whole(services, await readOrder(services, order.id));
    },
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    path: `${common.path}/:id/credit`,
    summary: "Credit what was ordered, though it was paid otherwise",
    params: byId,
    result: wholeView,
    async handle({ params, services }) {
      const order = await readOrder(services, params.id);
      if (order.state !== "review") throw new Fault("conflict");
      const { credit } = await import("../../../payments/order-store.ts");
      const isCredited = await credit(services, order, { ref: order.providerRef, payment: order.providerPayment });
      if (!isCredited) throw new Fault("conflict");
      return whole(services, await readOrder(services, order.id));
    },
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    path: `${common.path}/:id/close`,
    summary: "Say that what needed a look was dealt with; what is not credited by then is given up",
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
