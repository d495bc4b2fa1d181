/** Blocks of addresses, IPv4 and IPv6, as in an allowlist: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`. Pure. */

export interface Network {
  /** 4 or 16 numbers below 256; an IPv4 address mapped into IPv6 is IPv4. */
  readonly bytes: readonly number[];
  /** How many leading bits count. */
  readonly bits: number;
}

const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;
const IPV6 = /^[\da-f]*:[\da-f:.]*$/i;
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** An address or a CIDR block; bits beyond the prefix are dropped. Undefined for what is neither. */
export function parseNetwork(text: string): Network | undefined {
  const match = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text);
  const raw = match?.[1] === undefined ? undefined : rawBytes(match[1]);
  if (match === null || raw === undefined) return undefined;
  const most = raw.length * 8;
  const bits = match[2] === undefined ? most : Number(match[2]);
  if (bits > most) return undefined;
  const isMapped = bits >= 96 && raw.length === 16 && MAPPED.every((byte, position) => raw[position] === byte);
  const [bytes, kept] = isMapped ? [raw.slice(12), bits - 96] : [raw, bits];
  return { bytes: bytes.map((byte, position) => byte & maskAt(position, kept)), bits: kept };
}

/** One form for each block, so that equal ones look equal. */
export function formatNetwork({ bytes, bits }: Network): string {
  const suffix = bits === bytes.length * 8 ? "" : `/${bits}`;
  if (bytes.length === 4) return bytes.join(".") + suffix;
  const groups = Array.from(
    { length: 8 },
    (_, group) => (byteAt(bytes, group * 2) << 8) | byteAt(bytes, group * 2 + 1),
  );
  const text = groups.map((group) => group.toString(16)).join(":");
  return (URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) ?? text) + suffix;
}

/** Whether an address, such as `CF-Connecting-IP`, lies in the block. */
export function contains({ bytes, bits }: Network, address: string): boolean {
  const other = parseNetwork(address);
  if (other === undefined || other.bytes.length !== bytes.length || other.bits !== bytes.length * 8) return false;
  return bytes.every((byte, position) => (byteAt(other.bytes, position) & maskAt(position, bits)) === byte);
}

function rawBytes(address: string): number[] | undefined {
  if (IPV4.test(address)) {
    const bytes = address.split(".").map(Number);
    return bytes.every((byte) => byte < 256) ? bytes : undefined;
  }
  if (!IPV6.test(address)) return undefined;
  // `URL` knows every way to write an IPv6 address, and answers with the shortest.
  const canonical = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1);
  if (canonical === undefined) return undefined;
  const [head = "", tail = ""] = canonical.split("::");
  const groupsOf = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [left, right] = [groupsOf(head), groupsOf(tail)];
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

function maskAt(position: number, bits: number): number {
  const here = Math.min(8, Math.max(0, bits - position * 8));
  return (0xff << (8 - here)) & 0xff;
}

function byteAt(bytes: readonly number[], position: number): number {
  return bytes[position] ?? 0;
}
