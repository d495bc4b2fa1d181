/** What an order becomes by a service's report: every figure must be that of the order. */
import type { Order, Report } from "./payment-provider.ts";

export type Judgement =
  | { readonly kind: "credit" }
  /** The payer may still pay. */
  | { readonly kind: "wait" }
  /** Nothing was paid, and the time for it is over. */
  | { readonly kind: "expire" }
  /** It was paid, but not as ordered: a person must look. */
  | { readonly kind: "review"; readonly note: string };

export function judge(order: Order, report: Report, nowMs: number): Judgement {
  if (report.state !== "paid") {
    return report.state === "over" || nowMs >= order.expiresAt ? { kind: "expire" } : { kind: "wait" };
  }
  const differing = differences(order, report);
  return differing.length === 0 ? { kind: "credit" } : { kind: "review", note: differing.join("; ") };
}

function differences(order: Order, report: Report): string[] {
  const expected: readonly (readonly [name: string, ordered: unknown, reported: unknown])[] = [
    ["order", order.id, report.orderId],
    ["amount", order.payMinor, report.minor],
    ["currency", order.payCurrency, report.currency],
    ["live mode", order.livemode, report.livemode],
    ["reference", order.providerRef ?? report.ref, report.ref],
    ["payment", order.providerPayment ?? report.payment, report.payment],
  ];
  return [
    ...expected
      .filter(([, ordered, reported]) => ordered !== reported)
      .map(([name, ordered, reported]) => `${name}: ordered ${String(ordered)}, paid ${String(reported)}`),
    ...(report.refundedMinor === 0
      ? []
      : [`given back before it was credited: ${report.refundedMinor ?? "something"}`]),
    ...report.oddities,
  ];
}
