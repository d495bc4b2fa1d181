/** The kinds of field that our own API is made of. */
import {
  _default,
  boolean,
  coerce,
  int,
  iso,
  maximum,
  maxLength,
  minimum,
  minLength,
  nullable,
  number,
  object,
  optional,
  positive,
  regex,
  strictObject,
  string,
  array,
} from "zod/mini";
import { Fault } from "../../core/fault.ts";
import type { Schema } from "./operation.ts";

export const id = () => string().check(minLength(1), maxLength(200));
/** A name for people. */
export const label = () => string().check(minLength(1), maxLength(200));
export const flag = () => boolean();
/** Integer nanos, at least 0 and within 2^53. */
export const nanos = () => number().check(int(), minimum(0));
export const positiveNanos = () => number().check(int(), positive());
export const count = () => number().check(int(), minimum(0));
export const positiveCount = () => number().check(int(), positive());
/** ISO 8601 in UTC; stored as Unix milliseconds. */
export const time = () => iso.datetime();
export const maybe = <S extends Schema>(schema: S) => optional(nullable(schema));
export const decimal = () => string().check(regex(/^-?\d+(\.\d+)?$/));

export const byId = strictObject({ id: id() });

export const MAX_PAGE = 100;
/** `?cursor=&limit=` of every list. */
export const page = strictObject({
  cursor: optional(string().check(maxLength(400))),
  limit: _default(coerce.number().check(int(), minimum(1), maximum(MAX_PAGE)), 50),
});

export const pageOf = <S extends Schema>(item: S) => object({ data: array(item), next_cursor: nullable(string()) });

/** One row more than asked for tells whether there is a next page. */
export function toPage<Row, View>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
  toView: (row: Row) => View,
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(toView),
    next_cursor: rows.length > limit && last !== undefined ? encodeURIComponent(keyOf(last)) : null,
  };
}

/** @throws Fault `invalid_parameter` */
export function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  try {
    return decodeURIComponent(cursor);
  } catch {
    throw new Fault("invalid_parameter", { param: "cursor" });
  }
}

export const toIso = (milliseconds: number) => new Date(milliseconds).toISOString();
export const toIsoOrNull = (milliseconds: number | null) => (milliseconds === null ? null : toIso(milliseconds));
export const toMilliseconds = (text: string) => Date.parse(text);
