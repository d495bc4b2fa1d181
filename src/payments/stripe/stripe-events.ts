/**
 * What Stripe's events lead to. An event only names an object: Stripe is asked for it. Events may come twice, late, and in any
 * order.
 *
 * @see https://docs.stripe.com/webhooks
 */
import type { Stripe } from "stripe";
import { eq } from "drizzle-orm";
import { stripeEvents } from "../../../schema/index.ts";
import { log } from "../../core/log.ts";
import { takeDispute, winDispute } from "../disputes.ts";
import { orderOf, orderOfPayment } from "../order-store.ts";
import type { Payments } from "../payments.ts";
import type { Order } from "../payment-provider.ts";
import type { StripePayments } from "../open-payments.ts";
import { stripeSays } from "./stripe.ts";

type Named = { readonly id?: string; readonly [field: string]: unknown };
type Handler = (context: StripePayments, named: Named) => Promise<void>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  "checkout.session.completed": session,
  "checkout.session.async_payment_succeeded": session,
  "checkout.session.async_payment_failed": session,
  "checkout.session.expired": session,
  "charge.refunded": refund,
  "refund.updated": refund,
  "refund.failed": refund,
  "charge.dispute.created": dispute,
  "charge.dispute.funds_withdrawn": dispute,
  "charge.dispute.closed": dispute,
};

export const EVENT_TYPES = Object.keys(HANDLERS);
const KEPT_MS = 40 * 86_400_000;

/** @throws ProviderError, or what the database throws: the event has to come again */
export async function handleEvent(
  context: StripePayments,
  event: Pick<Stripe.Event, "id" | "type" | "data">,
): Promise<void> {
  const handle = HANDLERS[event.type];
  if (handle === undefined) return;
  const { db, now } = context.payments.store;
  const known = await db.select().from(stripeEvents).where(eq(stripeEvents.id, event.id));
  if (known.length > 0) return;
  await handle(context, event.data.object as unknown as Named);
  const { id, type } = event;
  await db
    .insert(stripeEvents)
    .values({ id, type, expiresAt: now() + KEPT_MS })
    .onConflictDoNothing();
}

async function session(
  { payments, stripe }: StripePayments,
  { id, client_reference_id: orderId }: Named,
): Promise<void> {
  const order = typeof orderId === "string" ? await orderOf(payments.store, "stripe", orderId) : undefined;
  if (order === undefined || id === undefined) return;
  const providerRef = order.providerRef ?? id;
  if (providerRef === id) {
    await payments.look({ ...order, providerRef });
  } else if ((await stripe.ask({ ...order, providerRef: id })).state === "paid") {
    await payments.review(order, `a second payment, ${id}`);
  }
}

async function refund({ payments }: StripePayments, named: Named): Promise<void> {
  const order = await orderPaidBy(payments, named);
  if (order !== undefined) await payments.look(order);
}

async function dispute({ payments, stripe }: StripePayments, named: Named): Promise<void> {
  const order = await orderPaidBy(payments, named);
  const { id } = named;
  if (order === undefined || id === undefined) return;
  const { status, amount, currency } = await stripeSays(async () => stripe.api.disputes.retrieve(id));
  if (status === "won") return winDispute(payments.store, order);
  // An inquiry: the bank has taken nothing yet.
  if (status.startsWith("warning_")) {
    log("warn", "payment_inquiry", { order: order.id, account: order.accountId });
    return;
  }
  await takeDispute(payments.store, order, currency === order.payCurrency ? amount : undefined);
}

/** undefined: a payment that was not made here. One account of Stripe may sell other things, too. */
async function orderPaidBy({ store }: Payments, named: Named): Promise<Order | undefined> {
  const payment = named["payment_intent"];
  return typeof payment === "string" ? orderOfPayment(store, "stripe", payment) : undefined;
}
