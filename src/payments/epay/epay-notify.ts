/**
 * `/pay/epay/notify/{order}`. The platform takes every answer that contains the word of {@link YES} for a yes, and comes again
 * some times otherwise.
 */
import { Fault } from "../../core/fault.ts";
import { log } from "../../core/log.ts";
import { judge } from "../judge.ts";
import { readOrder } from "../../accounts/orders.ts";
import { markPaid } from "../order-store.ts";
import type { EpayOptions } from "../options.ts";
import { isOpen, type Payments } from "../payments.ts";
import { ProviderError, type Order } from "../payment-provider.ts";
import { readNotice } from "./epay-notice.ts";

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
  const notice = await readNotice(options, sent, { orderId, nowMs: payments.store.now() });
  if (!notice.ok) {
    log("warn", "payment_notice_refused", { provider: "epay", reason: notice.reason });
    return false;
  }
  const order = await knownOrder(payments, orderId);
  if (order === undefined) return false;
  if (!isOpen(order)) return true;
  const judgement = judge(order, notice.report, payments.store.now());
  if (judgement.kind === "review") {
    await payments.review(order, judgement.note);
    return false;
  }
  return !isOpen(await asked(payments, order));
}

/** A key of the older protocol may leak with an address, so a signature alone credits nothing. */
async function asked(payments: Payments, order: Order): Promise<Order> {
  try {
    return await payments.check(order);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await markPaid(payments.store, order);
    return order;
  }
}

async function knownOrder({ store }: Payments, id: string): Promise<Order | undefined> {
  try {
    const order = await readOrder(store, id);
    return order.provider === "epay" ? order : undefined;
  } catch (error) {
    if (error instanceof Fault && error.kind === "resource_not_found") return undefined;
    throw error;
  }
}
