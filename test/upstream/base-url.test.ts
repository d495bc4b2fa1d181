import { describe, expect, it } from "vitest";
import { parseBaseUrl } from "../../src/upstream/base-url.ts";

describe("parseBaseUrl", () => {
  it.each([
    ["https://api.example.com/v1", "https://api.example.com/v1"],
    ["https://api.example.com/v1/", "https://api.example.com/v1"],
    ["https://api.example.com/v1//", "https://api.example.com/v1"],
    ["https://API.Example.com:443/V1", "https://api.example.com/V1"],
    ["https://api.example.com", "https://api.example.com"],
    ["https://api.example.com:8443/openai/v1", "https://api.example.com:8443/openai/v1"],
    ["https://8.8.8.8/v1", "https://8.8.8.8/v1"],
    ["https://172.15.0.1/v1", "https://172.15.0.1/v1"],
    ["https://172.32.0.1/v1", "https://172.32.0.1/v1"],
    ["https://100.63.0.1/v1", "https://100.63.0.1/v1"],
    ["https://100.128.0.1/v1", "https://100.128.0.1/v1"],
    ["https://169.253.0.1/v1", "https://169.253.0.1/v1"],
    ["https://223.255.255.255/v1", "https://223.255.255.255/v1"],
    ["https://[2606:4700::1111]/v1", "https://[2606:4700::1111]/v1"],
    ["https://[2001:4860:4860::8888]/v1", "https://[2001:4860:4860::8888]/v1"],
    ["https://[2001:200::1]/v1", "https://[2001:200::1]/v1"],
    ["https://[2a00:1450::1]/v1", "https://[2a00:1450::1]/v1"],
    ["https://192.88.98.1/v1", "https://192.88.98.1/v1"],
    ["https://192.0.1.1/v1", "https://192.0.1.1/v1"],
    ["https://198.20.0.1/v1", "https://198.20.0.1/v1"],
    ["https://10.example.com/v1", "https://10.example.com/v1"],
    ["https://localhost.example.com/v1", "https://localhost.example.com/v1"],
    ["https://münchen.example.com/v1", "https://xn--mnchen-3ya.example.com/v1"],
  ])("takes %s", (text, url) => {
    expect(parseBaseUrl(text, false)).toBe(url);
  });

  /** Each as people, or attackers, may write it. */
  const PRIVATE = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "api.localhost",
    "printer.local",
    "vault.internal",
    "metadata.google.internal",
    "metadata.google.internal.",
    "nas.lan",
    "wiki.intranet",
    "box.home.arpa",
    "metadata",
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "167772161",
    "0xA.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "0xc0a80101",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.175.48.1",
    "240.0.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2001::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[2001:db8::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[100:0:0:1::1]",
    "[2001:1::1]",
    "[2001:2::1]",
    "[2001:3::1]",
    "[2001:4:112::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:30::1]",
    "[2001:1ff:ffff::1]",
    "[2620:4f:8000::1]",
    "[3fff::1]",
    "[3fff:fff:ffff::1]",
    "[5f00::1]",
    "[4000::1]",
    "[1fff::1]",
    "[::ffff:0:127.0.0.1]",
    "[fe80::a9fe:a9fe]",
    "[febf::1]",
  ];

  it.each(PRIVATE)("refuses the private or local %s, but for local development", (host) => {
    expect(() => parseBaseUrl(`https://${host}/v1`, false)).toThrow(/private or local/);
    expect(parseBaseUrl(`http://${host}:8080/v1`, true)).toMatch(/^http:\/\/.*:8080\/v1$/);
  });

  it("accepts no other protocol for local development either", () => {
    expect(() => parseBaseUrl("ftp://localhost/v1", true)).toThrow(/https/);
  });

  it.each([
    ["", /not a URL/],
    ["api.example.com/v1", /not a URL/],
    ["/v1", /not a URL/],
    ["https://", /not a URL/],
    ["https://999.1.1.1/v1", /not a URL/],
    ["http://api.example.com/v1", /https/],
    ["ftp://api.example.com/v1", /https/],
    ["file:///etc/passwd", /https/],
    ["javascript:alert(1)", /https/],
    ["https://user:secret@api.example.com/v1", /password/],
    ["https://user@api.example.com/v1", /password/],
    ["https://:secret@api.example.com/v1", /password/],
    ["https://api.example.com@127.0.0.1/v1", /password/],
    ["https://api.example.com/v1?key=secret", /query/],
    ["https://api.example.com/v1#here", /query|fragment/],
  ])("refuses %s, and says why without repeating it", (text, why) => {
    let message = "";
    try {
      parseBaseUrl(text, false);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(why);
    expect(message).not.toContain("secret");
  });

  it.each(["https://api.example.com/v1?", "https://api.example.com/v1#", "https://api.example.com/v1/?#"])(
    "does not let %s swallow the path that comes after it",
    (text) => {
      const path = () => new URL(`${parseBaseUrl(text, false)}/chat/completions`).pathname;
      expect(outcomeOf(path)).toMatch(/^(\/v1\/chat\/completions|refused: .*(query|fragment).*)$/);
    },
  );
});

function outcomeOf(step: () => string): string {
  try {
    return step();
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}
