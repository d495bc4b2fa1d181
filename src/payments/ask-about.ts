/** Everything that a service can be asked about one order: for a person who wants to know. */
import { readOrder } from "../accounts/orders.ts";
import type { Payments } from "./payments.ts";
import type { Order } from "./payment-provider.ts";
import { lookAfter } from "./reconcile.ts";
import { findRefunds } from "./refunds.ts";

/** @returns the order as it is then, and the service's own words. @throws ProviderError */
export async function askAbout(
  payments: Payments,
  order: Order,
): Promise<{ readonly order: Order; readonly words: string }> {
  const now = await lookAfter(payments, order);
  await findRefunds(payments, now);
  const { words } = await payments.provider(order.provider).ask(now);
  return { order: await readOrder(payments.store, order.id), words };
}
