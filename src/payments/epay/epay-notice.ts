/** The callback of an Epay platform. What is proven is that the platform sent it; the platform is asked all the same. */
import { parseMinor } from "../currency.ts";
import type { EpayOptions } from "../options.ts";
import type { Report } from "../payment-provider.ts";
import { EPAY_CURRENCY } from "./epay.ts";
import { CLOCK_MS } from "./epay-calls.ts";
import { isSigned } from "./epay-sign.ts";

export type Notice = { readonly ok: true; readonly report: Report } | { readonly ok: false; readonly reason: string };

/** @param orderId as it stands in the path */
export async function readNotice(
  { pid, keys }: EpayOptions,
  sent: URLSearchParams,
  { orderId, nowMs }: { readonly orderId: string; readonly nowMs: number },
): Promise<Notice> {
  const parameters: Readonly<Record<string, string>> = Object.fromEntries(sent);
  const refused = (reason: string): Notice => ({ ok: false, reason });
  // Another reader might take the other one of two values.
  if (Object.keys(parameters).length !== sent.size) return refused("a name comes twice");
  if (parameters["sign_type"] !== keys.type) return refused("another kind of signature");
  if (!(await isSigned(parameters, keys))) return refused("wrong signature");
  if (keys.type === "RSA" && !(Math.abs(nowMs - Number(parameters["timestamp"]) * 1000) <= CLOCK_MS)) {
    return refused("too old");
  }
  if (parameters["trade_status"] !== "TRADE_SUCCESS") return refused("not paid");
  if (parameters["out_trade_no"] !== orderId) return refused("another order");
  return {
    ok: true,
    report: {
      state: "paid",
      orderId,
      ref: parameters["trade_no"] ?? null,
      payment: parameters["api_trade_no"] ?? null,
      minor: parseMinor(parameters["money"] ?? "", EPAY_CURRENCY) ?? null,
      currency: EPAY_CURRENCY,
      livemode: true,
      refundedMinor: 0,
      oddities: parameters["pid"] === pid ? [] : [`merchant: ${parameters["pid"] ?? "none"}`],
      words: "",
    },
  };
}
