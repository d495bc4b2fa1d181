import { array, assert, constant, integer, ipV6, oneof, property, stringMatching, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { contains, formatNetwork, parseNetwork } from "../../src/core/network.ts";

describe("parseNetwork", () => {
  it("reads addresses and blocks, and writes each in one form", () => {
    const forms: Record<string, string> = {
      "203.0.113.7": "203.0.113.7",
      "203.0.113.7/32": "203.0.113.7",
      "203.0.113.77/24": "203.0.113.0/24",
      "203.0.113.77/25": "203.0.113.0/25",
      "0.0.0.0/0": "0.0.0.0/0",
      "2001:DB8:0:0::0001": "2001:db8::1",
      "2001:db8:ffff::/33": "2001:db8:8000::/33",
      "::/0": "::/0",
      "::ffff:203.0.113.7": "203.0.113.7",
      "::ffff:203.0.113.0/120": "203.0.113.0/24",
      "::ffff:203.0.113.0/95": "::fffe:0:0/95",
      "64:ff9b::203.0.113.7": "64:ff9b::cb00:7107",
      "2001:db8:0:1:0:0:0:0/64": "2001:db8:0:1::/64",
    };
    for (const [text, form] of Object.entries(forms)) {
      const network = parseNetwork(text);
      expect(network && formatNetwork(network), text).toBe(form);
      expect(network && formatNetwork(parseNetwork(form) ?? network), text).toBe(form);
    }
  });

  it("refuses any other text", () => {
    const wrong = [
      "",
      "/",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "01.2.3.4",
      "1.2.3.4/33",
      "1.2.3.4/",
      "1.2.3.4/ 8",
      "1.2.3.4/+8",
    ];
    for (const text of [
      ...wrong,
      "1.2.3.4/08",
      "::1/129",
      ":::",
      "1::2::3",
      "fe80::1%eth0",
      "[::1]",
      "fe80::1%1/64",
      "0x7f.0.0.1",
      "127.1",
      "2130706433",
      "::ffff:0x7f.0.0.1",
      "::ffff:010.0.0.1",
      "::127.0.0.1",
      "::1.2.3.256",
      "12345::",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:",
      ":1:2:3:4:5:6:7",
      " 1.2.3.4",
      "example.com",
      "1.2.3.4/8/8",
    ]) {
      expect(parseNetwork(text), text).toBeUndefined();
    }
  });
});

/** `URL` accepts every form of an IPv6 address, and writes the shortest. */
const asUrlHost = (text: string) => URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);

describe("an IPv6 address", () => {
  const group = oneof(constant(""), constant("0"), stringMatching(/^[\da-fA-F]{1,5}$/));
  const text = oneof(
    ipV6(),
    array(group, { minLength: 1, maxLength: 9 }).map((groups) => groups.join(":")),
    tuple(ipV6(), integer({ min: 0, max: 40 })).map(([address, at]) => `${address.slice(0, at)}:${address.slice(at)}`),
  ).filter((address) => address.includes(":") && !/^::\d+\./.test(address));

  it("is accepted if a URL accepts it, and written as a URL writes it", () => {
    assert(
      property(text, (address) => {
        const network = parseNetwork(address);
        const mapped = asUrlHost(address)?.startsWith("::ffff:") === true && network?.bits === 32;
        if (!mapped) expect(network && formatNetwork(network), address).toBe(asUrlHost(address));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("contains", () => {
  const inside = (block: string, address: string) => {
    const network = parseNetwork(block);
    return network !== undefined && contains(network, address);
  };
  it("looks at the leading bits of addresses of the same kind", () => {
    expect(inside("203.0.113.0/25", "203.0.113.127")).toBe(true);
    expect(inside("203.0.113.0/25", "203.0.113.128")).toBe(false);
    expect(inside("203.0.113.7", "203.0.113.7")).toBe(true);
    expect(inside("203.0.113.7", "203.0.113.8")).toBe(false);
    expect(inside("0.0.0.0/0", "8.8.8.8")).toBe(true);
    expect(inside("0.0.0.0/0", "::1")).toBe(false);
    expect(inside("203.0.113.0/24", "::ffff:203.0.113.9")).toBe(true);
    expect(inside("2001:db8::/33", "2001:db8:7fff::1")).toBe(true);
    expect(inside("2001:db8::/33", "2001:db8:8000::1")).toBe(false);
    expect(inside("::/0", "2001:db8::1")).toBe(true);
    expect(inside("127.0.0.1", "::127.0.0.1")).toBe(false);
    expect(inside("::/0", "203.0.113.9")).toBe(false);
    expect(inside("::/0", "not an address")).toBe(false);
    expect(inside("10.0.0.0/8", "10.0.0.0/8")).toBe(false);
  });
});
