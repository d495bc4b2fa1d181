/**
 * `/pay/epay/notify/{order}`. The platform takes every answer that contains the word of {@link YES} for a yes, and comes again
 * some times otherwise.
 */
import { log } from "../../core/log.ts";
import { markPaid, orderOf } from "../order-store.ts";
import type { EpayOptions } from "../options.ts";
import { isOpen, type Payments } from "../payments.ts";
import { ProviderError, type Order } from "../payment-provider.ts";
import { refusalOf } from "./epay-notice.ts";

const YES = "success";
const NO = "fail";

/** @param sent all parameters: the signature is over all of them */
export async function epayNotify(
  payments: Payments,
  options: EpayOptions,
  { orderId, sent }: { readonly orderId: string; readonly sent: URLSearchParams },
): Promise<Response> {
  try {
    return new Response((await isCredited(payments, options, { orderId, sent })) ? YES : NO);
  } catch (error) {
    const reason = error instanceof ProviderError ? error.message : "the notice could not be stored";
    log("error", "payment_event_failed", { order: orderId, provider: "epay", reason });
    return new Response(NO, { status: 500 });
  }
}

async function isCredited(
  payments: Payments,
  options: EpayOptions,
  { orderId, sent }: { readonly orderId: string; readonly sent: URLSearchParams },
): Promise<boolean> {
  const refusal = await refusalOf(options, sent, { orderId, nowMs: payments.store.now() });
  if (refusal !== undefined) {
    log("warn", "payment_notice_refused", { provider: "epay", reason: refusal });
    return false;
  }
  const order = await orderOf(payments.store, "epay", orderId);
  if (order === undefined) return false;
  return !isOpen(order) || !isOpen(await lookOrWait(payments, order));
}

/** A key of the older protocol may leak with an address, so a signature alone credits nothing, and blocks nothing. */
async function lookOrWait(payments: Payments, order: Order): Promise<Order> {
  try {
    return (await payments.look(order)).order;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await markPaid(payments.store, order);
    return order;
  }
}
