/** What callbacks did not bring: each minute, the services are asked about orders that are due. */
import { databaseMessage } from "../billing/storage.ts";
import { log } from "../core/log.ts";
import { openPayments, type PaymentServices } from "./open-payments.ts";
import { dueOrders, takeTurn } from "./order-store.ts";
import { ProviderError, type ProviderId } from "./payment-provider.ts";

/** In one minute. */
const MOST_ORDERS = 20;
/** Other jobs wait for this one. */
const MOST_MS = 15_000;

/** A service that does not answer postpones; it changes no order, and is not asked again in this minute. */
export async function reconcileOrders(services: PaymentServices): Promise<void> {
  const payments = await openPayments(services);
  const known = payments.providers.map(({ id }) => id);
  const due = known.length === 0 ? [] : await dueOrders(services, known, MOST_ORDERS);
  if (due.length === 0) return;
  const counts = { asked: 0, creditedLate: 0, mismatched: 0, failed: 0 };
  const away = new Set<ProviderId>();
  const endMs = services.now() + MOST_MS;
  for (const order of due) {
    if (services.now() >= endMs) break;
    if (away.has(order.provider) || !(await takeTurn(payments.store, order))) continue;
    counts.asked++;
    try {
      const { order: now } = await payments.look(order);
      if (order.state !== now.state && now.state === "credited") counts.creditedLate++;
      if (order.state !== now.state && now.state === "review") counts.mismatched++;
    } catch (error) {
      counts.failed++;
      if (error instanceof ProviderError) away.add(order.provider);
      const reason = error instanceof ProviderError ? error.message : (databaseMessage(error) ?? "unknown");
      log("warn", "payment_check_failed", { order: order.id, provider: order.provider, reason: reason.slice(0, 200) });
    }
  }
  log("info", "payments_reconciled", counts);
}
