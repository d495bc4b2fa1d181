import { expect, it } from "vitest";
import { fromBase64, toBase64 } from "../../src/core/base64.ts";

it.each([0, 1, 2, 3, 24_575, 24_576, 24_577, 100_000])("%i bytes are text, and bytes again", (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) % 256);
  const text = toBase64(bytes);
  expect(text).toBe(Buffer.from(bytes).toString("base64"));
  expect(fromBase64(text)).toEqual(bytes);
  // Of a larger buffer, only what the view shows.
  expect(toBase64(bytes.subarray(1, 4))).toBe(Buffer.from(bytes.subarray(1, 4)).toString("base64"));
});
