import { describe, expect, it } from "vitest";
import { addressSubject } from "../../../src/access/limits/address.ts";

const of = (address: string) => addressSubject(new Headers({ "cf-connecting-ip": address }));

describe("addressSubject", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8::/64"],
    ["::1", "::/64"],
    ["2001:db8:1:2:3::", "2001:db8:1:2::/64"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
  ])("%s counts as %s", (address, subject) => {
    expect(of(address)).toBe(subject);
  });

  it("is one fixed subject without the header, and for a value that is not an address", () => {
    const none = addressSubject(new Headers());
    for (const text of ["", "localhost", "2001:db8::1::2", "1.2.3", "::1]:80/[", ":", "fe80::1%eth0"]) {
      expect(of(text), text).toBe(none);
    }
  });

  it("reads no other header", () => {
    const headers = new Headers({
      "x-forwarded-for": "198.51.100.1",
      "x-real-ip": "198.51.100.2",
      "true-client-ip": "198.51.100.3",
      forwarded: "for=198.51.100.4",
    });
    expect(addressSubject(headers)).toBe(addressSubject(new Headers()));
  });
});
