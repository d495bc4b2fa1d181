/** `?cursor=&limit=` of every list. A cursor is where the last page ended, and means nothing to its reader. */
import {
  _default,
  array,
  coerce,
  int,
  maximum,
  maxLength,
  minimum,
  nullable,
  object,
  optional,
  safeParse,
  string,
} from "zod/mini";
import { Fault } from "../../core/fault.ts";
import { fromBase64, toBase64Url } from "../../core/seal.ts";
import type { Schema } from "./api-endpoint.ts";

export const MAX_PAGE = 100;

/** To be spread into the query of a list. @param usual rows of a page whose length is not said */
export const pagesOf = (usual: number) => ({
  cursor: optional(string().check(maxLength(1000))),
  limit: _default(coerce.number().check(int(), minimum(1), maximum(MAX_PAGE)), usual),
});

export const pageFields = pagesOf(50);

export const pageOf = <S extends Schema>(item: S) => object({ data: array(item), next_cursor: nullable(string()) });

/** One row more than asked for tells whether there is a next page. */
export function toPage<Row, View>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => unknown,
  toView: (row: Row) => View,
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(toView),
    next_cursor: rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : null,
  };
}

export function writeCursor(key: unknown): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(key)));
}

/** @throws Fault `invalid_parameter` for what is no cursor of this list */
export function readCursor<Key>(cursor: string | undefined, key: Schema<Key>): Key | undefined {
  if (cursor === undefined) return undefined;
  const result = safeParse(key, decoded(cursor));
  if (!result.success) {
    throw new Fault("invalid_parameter", {
      param: "cursor",
      detail: {
        en: "'{param}' must be the 'next_cursor' of an earlier page.",
        zh: "'{param}' 必须是上一页返回的 'next_cursor'。",
      },
    });
  }
  return result.data;
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64(cursor)));
  } catch {
    return undefined;
  }
}
