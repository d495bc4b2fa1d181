import { describe, expect, it } from "vitest";
import { addressCheck } from "../../../src/access/limits/address.ts";

const LIMIT = 500;
const of = (address: string) => addressCheck(new Headers({ "cf-connecting-ip": address }), LIMIT);

describe("addressCheck", () => {
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
    expect(of(address)).toMatchObject({ subject, limit: LIMIT });
  });

  it.each([
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["2001:DB8:0001:FFFF::1", "2001:db8:1::/48"],
    ["::1", "::/48"],
  ])("%s counts as %s too, with four times the limit", (address, subject) => {
    expect(of(address).network).toEqual({ subject, limit: 4 * LIMIT });
  });

  it.each(["203.0.113.7", "::ffff:203.0.113.7"])("%s has no wider network", (address) => {
    expect(of(address).network).toBeUndefined();
  });

  it("is one fixed subject without the header, and for a value that is not an address", () => {
    const none = addressCheck(new Headers(), LIMIT);
    for (const text of ["", "localhost", "2001:db8::1::2", "1.2.3", "::1]:80/[", ":", "fe80::1%eth0"]) {
      expect(of(text), text).toEqual(none);
    }
  });

  it("reads no other header", () => {
    const headers = new Headers({
      "x-forwarded-for": "198.51.100.1",
      "x-real-ip": "198.51.100.2",
      "true-client-ip": "198.51.100.3",
      forwarded: "for=198.51.100.4",
    });
    expect(addressCheck(headers, LIMIT)).toEqual(addressCheck(new Headers(), LIMIT));
  });
});
