/** Blocks of addresses, IPv4 and IPv6, as in an allowlist: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`. Pure. */
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface Network {
  /** The first address of the block; an IPv4 address mapped into IPv6 is IPv4. */
  readonly address: Address;
  /** How many leading bits count. */
  readonly bits: number;
}

const MOST_BITS = { ipv4: 32, ipv6: 128 };
/** The length of `::ffff:0:0/96`, the prefix under which IPv6 writes IPv4 addresses. */
const MAPPED_BITS = 96;
/** The library reads `::192.0.2.1` as `::ffff:192.0.2.1`, but it is a different, deprecated IPv6 address. */
const IPV4_COMPATIBLE = /^::\d+\./;

/** Parses an address or a CIDR block; bits beyond the prefix are dropped. Undefined for any other text. */
export function parseNetwork(text: string): Network | undefined {
  const [, written = "", prefix] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = parseAddress(written);
  if (address === undefined) return undefined;
  const most = MOST_BITS[address.kind()];
  const bits = prefix === undefined ? most : Number(prefix);
  if (bits > most) return undefined;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS)
    return networkOf(address.toIPv4Address(), bits - MAPPED_BITS);
  return networkOf(address, bits);
}

/** The block as text. Equal blocks have equal texts. */
export function formatNetwork({ address, bits }: Network): string {
  return bits === MOST_BITS[address.kind()] ? address.toString() : `${address.toString()}/${bits}`;
}

/** Whether an address, such as `CF-Connecting-IP`, lies in the block. */
export function contains({ address, bits }: Network, text: string): boolean {
  const other = text.includes("/") ? undefined : parseNetwork(text)?.address;
  return other !== undefined && other.kind() === address.kind() && other.match(address, bits);
}

function networkOf(address: Address, bits: number): Network {
  const block = `${address.toString()}/${bits}`;
  const family = address.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
  return { address: family.networkAddressFromCIDR(block), bits };
}

/** Stricter than the library: no octal or shortened IPv4, no zone (`%eth0`), no IPv4-compatible IPv6. */
function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  const last = text.slice(text.lastIndexOf(":") + 1);
  const isStrict = !last.includes(".") || ipaddr.IPv4.isValidFourPartDecimal(last);
  if (!isStrict || text.includes("%") || IPV4_COMPATIBLE.test(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  return ipaddr.IPv6.parse(text);
}
