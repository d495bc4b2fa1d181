/** Which requests count together against the limit of addresses. */
import { formatNetwork, parseNetwork } from "../../core/network.ts";
import type { AddressCheck } from "./types.ts";

/**
 * Requests without a usable address count together. They occur in local use only: Cloudflare always sends an address.
 */
const NO_ADDRESS = "unknown";

/** The limit of a /48 is this many times that of an address. One customer may have 65,536 networks of 64 bits in it. */
export const NETWORK_MULTIPLE = 4;

/**
 * An IPv4 address counts by itself. An IPv6 address counts by its /64, because one customer has at least a /64, and by its
 * /48, because many customers have one.
 * Only `CF-Connecting-IP` is read: Cloudflare sets it, and a client cannot. A client can send any `X-Forwarded-For`.
 * @param limit requests a minute of an address
 * @see https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
 */
export function addressCheck(headers: Headers, limit: number): AddressCheck {
  const address = headers.get("cf-connecting-ip")?.trim() ?? "";
  const network = address.includes("/") ? undefined : parseNetwork(address);
  if (network === undefined) return { subject: NO_ADDRESS, limit };
  if (network.address.kind() === "ipv4") return { subject: formatNetwork(network), limit };
  return {
    subject: blockOf(address, 64),
    limit,
    network: { subject: blockOf(address, 48), limit: limit * NETWORK_MULTIPLE },
  };
}

function blockOf(address: string, bits: number): string {
  const block = parseNetwork(`${address}/${bits}`);
  return block === undefined ? NO_ADDRESS : formatNetwork(block);
}
