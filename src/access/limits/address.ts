/** Which requests count together against the limit of addresses. */
import { formatNetwork, parseNetwork } from "../../core/network.ts";

/**
 * Requests without a usable address count together. They occur in local use only: Cloudflare always sends an address.
 */
const NO_ADDRESS = "unknown";

/**
 * The caller's network: an IPv4 address itself, or the /64 of an IPv6 address, because one customer has at least a /64.
 * Only `CF-Connecting-IP` is read: Cloudflare sets it, and a client cannot. A client can send any `X-Forwarded-For`.
 * @see https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
 */
export function addressSubject(headers: Headers): string {
  const address = headers.get("cf-connecting-ip")?.trim() ?? "";
  const network = address.includes("/") ? undefined : parseNetwork(address);
  if (network === undefined) return NO_ADDRESS;
  const counted = network.address.kind() === "ipv4" ? network : parseNetwork(`${address}/64`);
  return counted === undefined ? NO_ADDRESS : formatNetwork(counted);
}
