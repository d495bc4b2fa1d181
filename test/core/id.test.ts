import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomDigits, randomId, sha256Hex, toHex, uuidv7 } from "../../src/core/id.ts";

const TIME = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe("uuidv7", () => {
  it("holds its time in milliseconds, its version and its variant", () => {
    fc.assert(
      fc.property(TIME, (nowMs) => {
        const id = uuidv7(nowMs);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(nowMs);
      }),
    );
  });

  it("sorts by time", () => {
    fc.assert(
      fc.property(TIME, TIME, (a, b) => {
        fc.pre(a !== b);
        expect(uuidv7(a) < uuidv7(b)).toBe(a < b);
      }),
    );
  });

  it("is never the same twice", () => {
    expect(new Set(Array.from({ length: 1000 }, () => uuidv7(0))).size).toBe(1000);
  });
});

describe("ids and hashes", () => {
  it("may be digits, each as likely as the others, and no number can hold them", () => {
    const ids = Array.from({ length: 2000 }, () => randomDigits(32));
    expect(ids.every((id) => /^[1-9]\d{31}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(2000);
    const counts = Map.groupBy(Array.from({ length: 1000 }, () => randomDigits(1000)).join(""), (digit) => digit);
    // Bytes from 250 on would make four of them 2,300 rarer.
    expect([...counts].filter(([, all]) => Math.abs(all.length - 100_000) > 1500).map(([digit]) => digit)).toEqual([]);
  });

  it("are in lower-case hexadecimal, zeros kept", async () => {
    expect(toHex(new Uint8Array([0, 1, 15, 16, 255]))).toBe("00010f10ff");
    expect(randomId("call_")).toMatch(/^call_[0-9a-f]{24}$/);
    expect(await sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
