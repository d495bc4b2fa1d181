import { expect, it } from "vitest";
import { BytePieces } from "../../src/core/byte-pieces.ts";

it("reads where it is asked to, also before the last read and across pieces", () => {
  const bytes = new BytePieces([Uint8Array.of(0, 1, 2), Uint8Array.of(3, 4, 5), Uint8Array.of(6, 7)]);
  expect([...bytes.copy(6, 2)]).toEqual([6, 7]);
  expect([...bytes.copy(4, 1)]).toEqual([4]);
  expect([...bytes.copy(2, 3)]).toEqual([2, 3, 4]);
  expect([...bytes.copy(7, 9)]).toEqual([7]);
});
