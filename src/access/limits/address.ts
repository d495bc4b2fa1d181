/** Whose requests count together when no key is looked at. */

/** Requests without a usable address: local use, for Cloudflare always sends one. */
const NO_ADDRESS = "unknown";
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[\da-f]*:[\da-f:.]*$/i;

/**
 * The caller's network: an IPv4 address as it is, an IPv6 address by its /64, for one customer has at least that much.
 * Only `CF-Connecting-IP` is read: Cloudflare sets it, and a client cannot. `X-Forwarded-For` is the client's own word.
 * @see https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
 */
export function addressSubject(headers: Headers): string {
  const address = headers.get("cf-connecting-ip")?.trim() ?? "";
  if (IPV4.test(address)) return address;
  const groups = IPV6.test(address) ? ipv6Groups(address) : undefined;
  if (groups === undefined) return NO_ADDRESS;
  return mappedIpv4(groups) ?? `${groups.slice(0, 4).join(":")}::/64`;
}

/** The eight groups in lower-case hexadecimal; undefined for what is no IPv6 address. */
function ipv6Groups(address: string): string[] | undefined {
  const canonical = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1);
  if (canonical === undefined) return undefined;
  const [head = "", tail] = canonical.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right];
}

/** `::ffff:192.0.2.1` is the IPv4 address 192.0.2.1. */
function mappedIpv4(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 6).join(":") !== "0:0:0:0:0:ffff") return undefined;
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}
