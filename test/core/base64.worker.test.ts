import { expect, it } from "vitest";
import { toBase64 } from "../../src/core/base64.ts";

it("is made by the engine of workerd, as by our own code elsewhere", () => {
  expect(Uint8Array.prototype).toHaveProperty("toBase64");
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 7 + (at >> 8)) % 256);
  const view = bytes.subarray(5, 90_001);
  expect(toBase64(view)).toBe(btoa(Array.from(view, (byte) => String.fromCharCode(byte)).join("")));
});
