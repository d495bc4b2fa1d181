/** What callbacks did not bring: each minute, the services are asked about orders that are due. */
import { log } from "../core/log.ts";
import { databaseMessage } from "../billing/storage.ts";
import { openPayments, type PaymentServices } from "./open-payments.ts";
import { dueOrders, takeTurn } from "./order-store.ts";
import type { Payments } from "./payments.ts";
import { ProviderError, type Order } from "./payment-provider.ts";
import { resumeRefunds } from "./refunds.ts";

/** In one minute. */
const MOST_ORDERS = 20;

/** A service that does not answer postpones; it changes no order. */
export async function reconcileOrders(services: PaymentServices): Promise<void> {
  const due = await dueOrders(services, MOST_ORDERS);
  if (due.length === 0) return;
  const payments = await openPayments(services);
  const counts = { asked: 0, creditedLate: 0, mismatched: 0, failed: 0 };
  for (const order of due) {
    // The service may have been switched off since: the order waits for it.
    if (!(await takeTurn(payments.store, order)) || !payments.providers.some(({ id }) => id === order.provider))
      continue;
    counts.asked++;
    try {
      const now = await lookAfter(payments, order);
      if (order.state !== now.state && now.state === "credited") counts.creditedLate++;
      if (order.state !== now.state && now.state === "review") counts.mismatched++;
    } catch (error) {
      counts.failed++;
      const reason = error instanceof ProviderError ? error.message : (databaseMessage(error) ?? "unknown");
      log("warn", "payment_check_failed", { order: order.id, provider: order.provider, reason: reason.slice(0, 200) });
    }
  }
  log("info", "payments_reconciled", counts);
}

/** Everything that may be due of an order. @throws ProviderError */
export async function lookAfter(payments: Payments, order: Order): Promise<Order> {
  const now = await payments.check(order);
  if (now.state === "refunded") await resumeRefunds(payments, now);
  return now;
}
