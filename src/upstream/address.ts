/**
 * Where an upstream may be: a public address. Private, link-local and metadata addresses are refused, lest an operator's
 * typing error or a stolen admin session turn the gateway into a way into a network.
 */

const LOCAL_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/;

/**
 * An upstream's base URL, normalised to have no trailing slash.
 * @throws Error that says what is wrong with it, in words for the operator
 */
export function parseBaseUrl(text: string, allowPrivate: boolean): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error("the base URL is not a URL");
  }
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:"))
    throw new Error("the base URL must begin with https://");
  if (url.username !== "" || url.password !== "") throw new Error("the base URL must not hold a password");
  if (/[?#]/.test(url.href)) throw new Error("the base URL must not have a query or a fragment");
  if (!allowPrivate && isPrivateHost(url.hostname))
    throw new Error("the base URL must not point to a private or local address");
  return url.href.replace(/\/+$/, "");
}

/** The host as `URL` writes it: numbers in any notation have become dotted IPv4 by then. */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return isPrivateIPv6(host.slice(1, -1));
  const octets = host.split(".").map(Number);
  if (octets.length === 4 && octets.every((octet) => Number.isInteger(octet))) return isPrivateIPv4(octets);
  return LOCAL_NAMES.test(host) || !host.includes(".");
}

/** @see https://www.iana.org/assignments/iana-ipv4-special-registry */
function isPrivateIPv4([a = 0, b = 0, c = 0]: number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) ||
    (a === 203 && b === 0 && c === 113)
  );
}

/** Only 2000::/3 is public; of it, what embeds or tunnels another address is not trusted. */
function isPrivateIPv6(address: string): boolean {
  const first = Number.parseInt(address.split(":")[0] || "0", 16);
  const isGlobal = first >= 0x2000 && first <= 0x3fff;
  return !isGlobal || first === 0x2002 || /^2001:(0?:|0?db8:)/.test(address);
}
