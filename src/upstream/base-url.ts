/**
 * An upstream must have a public address. Private, link-local and metadata addresses are refused: otherwise a typing
 * error of an operator, or a stolen admin session, could make the gateway a way into a private network.
 */
import ipaddr from "ipaddr.js";
import type { Purpose } from "../core/seal.ts";

/**
 * All global unicast addresses of IPv6 that IANA allocates.
 * @see https://www.iana.org/assignments/ipv6-address-space
 */
const GIVEN_OUT = ipaddr.IPv6.parseCIDR("2000::/3");
const LOCAL_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/;

/**
 * An upstream's base URL, normalised to have no trailing slash.
 * @throws Error whose message tells the operator what is wrong
 */
export function parseBaseUrl(text: string, allowPrivate: boolean): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error("the base URL is not a URL");
  }
  if (/[?#]/.test(url.href)) throw new Error("the base URL must not have a query or a fragment");
  checkPublic(url, allowPrivate);
  return url.href.replace(/\/+$/, "");
}

/** @throws Error whose message tells what is wrong with an address that the gateway is to ask */
export function checkPublic(url: URL, allowPrivate: boolean): void {
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:"))
    throw new Error("the base URL must begin with https://");
  if (url.username !== "" || url.password !== "") throw new Error("the base URL must not hold a password");
  if (!allowPrivate && isPrivateHost(url.hostname))
    throw new Error("the base URL must not point to a private or local address");
}

/** What an upstream's credentials are sealed for: this upstream, at this origin. A path may change. */
export function purposeOf({ id, baseUrl }: { readonly id: string; readonly baseUrl: string }): Purpose {
  return { id, origin: new URL(baseUrl).origin };
}

/** @param hostname as `URL` writes it: IPv4 addresses in any notation are dotted there */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return !isPublicIPv6(ipaddr.IPv6.parse(host.slice(1, -1)));
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return ipaddr.IPv4.parse(host).range() !== "unicast";
  return LOCAL_NAMES.test(host) || !host.includes(".");
}

/**
 * Whether the internet routes to an address. The library names each block that IANA has reserved, also blocks that embed
 * or tunnel other addresses. It calls blocks that are not allocated yet unicast.
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
function isPublicIPv6(address: ipaddr.IPv6): boolean {
  return address.match(GIVEN_OUT) && address.range() === "unicast";
}
