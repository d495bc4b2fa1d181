/** Whose requests count together when no key is looked at. */
import { formatNetwork, parseNetwork } from "../../core/network.ts";

/** Requests without a usable address: local use, for Cloudflare always sends one. */
const NO_ADDRESS = "unknown";

/**
 * The caller's network: an IPv4 address as it is, an IPv6 address by its /64, for one customer has at least that much.
 * Only `CF-Connecting-IP` is read: Cloudflare sets it, and a client cannot. `X-Forwarded-For` is the client's own word.
 * @see https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
 */
export function addressSubject(headers: Headers): string {
  const address = headers.get("cf-connecting-ip")?.trim() ?? "";
  const network = address.includes("/") ? undefined : parseNetwork(address);
  if (network === undefined) return NO_ADDRESS;
  const counted = network.address.kind() === "ipv4" ? network : parseNetwork(`${address}/64`);
  return counted === undefined ? NO_ADDRESS : formatNetwork(counted);
}
