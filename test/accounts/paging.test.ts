import * as fc from "fast-check";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { readCursor, readPage, writeCursor } from "../../src/accounts/paging.ts";

const TEXT = { type: "text" } as const;
const NUMBER = { type: "number" } as const;

describe("a cursor", () => {
  it("is read back as the key that it was made from", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(), (text, number) => {
        expect(readCursor(writeCursor([text]), [TEXT])).toEqual([text]);
        expect(readCursor(writeCursor([number, text]), [NUMBER, TEXT])).toEqual([number, text]);
        expect(writeCursor([number, text])).toMatch(/^[\w-]+$/);
      }),
    );
  });

  it.each([
    ["no text", ""],
    ["no base64", "%"],
    ["no JSON", "abc"],
    ["of a list with another key", writeCursor([5])],
    ["of a list with a longer key", writeCursor(["a", "b"])],
    ["an object", btoa('{"a":1}')],
  ])("is refused: %s", (_, cursor) => {
    const invalid = expect.objectContaining({ kind: "invalid_parameter" });
    expect(() => readCursor(cursor, [TEXT])).toThrow(invalid);
  });

  it("holds whole numbers where the list is ordered by them", () => {
    for (const number of [-1, 1.5, 2 ** 53]) {
      expect(() => readCursor(writeCursor([number]), [NUMBER])).toThrow();
    }
  });
});

describe("a page", () => {
  it("reads one row more, and has a next page only if that row exists", async () => {
    for (const [there, next] of [
      [2, undefined],
      [3, undefined],
      [4, writeCursor([3])],
    ] as const) {
      const page = await readPage<number>(
        { limit: 3 },
        {
          order: [{ column: sql.raw("n"), type: "number" }],
          keyOf: (row) => [row],
          read: async ({ limit }) => [1, 2, 3, 4].slice(0, Math.min(there, limit)),
        },
      );
      expect(page).toEqual({ rows: [1, 2, 3].slice(0, there), next });
    }
  });
});
