/** The query `?cursor=&limit=` and the answer of every list. `accounts/paging.ts` reads the page. */
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
  string,
} from "zod/mini";
import type { Page } from "../../accounts/paging.ts";
import type { Schema } from "./api-endpoint.ts";

const MAX_PAGE = 100;

/** Fields for the query of a list. @param usual the rows of a page when `limit` is absent */
export const pagesOf = (usual: number) => ({
  cursor: optional(string().check(maxLength(1000))),
  limit: _default(coerce.number().check(int(), minimum(1), maximum(MAX_PAGE)), usual),
});

export const pageFields = pagesOf(50);

export const pageOf = <S extends Schema>(item: S) => object({ data: array(item), next_cursor: nullable(string()) });

export function pageView<Row, View>({ rows, next }: Page<Row>, toView: (row: Row) => View) {
  return { data: rows.map(toView), next_cursor: next ?? null };
}
