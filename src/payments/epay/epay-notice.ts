/** The callback of an Epay platform. What is proven is that the platform sent it; the platform is asked all the same. */
import type { EpayOptions } from "../options.ts";
import { CLOCK_MS } from "./epay-calls.ts";
import { isSigned } from "./epay-sign.ts";

/**
 * @param orderId as it stands in the path
 * @returns why the platform need not be asked; undefined = it says that the order is paid
 */
export async function refusalOf(
  { pid, keys }: EpayOptions,
  sent: URLSearchParams,
  { orderId, nowMs }: { readonly orderId: string; readonly nowMs: number },
): Promise<string | undefined> {
  const parameters: Readonly<Record<string, string>> = Object.fromEntries(sent);
  // Another reader might take the other one of two values.
  if (Object.keys(parameters).length !== sent.size) return "a name comes twice";
  if (parameters["sign_type"] !== keys.type) return "another kind of signature";
  if (!(await isSigned(parameters, keys))) return "wrong signature";
  if (keys.type === "RSA" && !(Math.abs(nowMs - Number(parameters["timestamp"]) * 1000) <= CLOCK_MS)) return "too old";
  if (parameters["pid"] !== pid) return "another merchant";
  if (parameters["trade_status"] !== "TRADE_SUCCESS") return "not paid";
  return parameters["out_trade_no"] === orderId ? undefined : "another order";
}
