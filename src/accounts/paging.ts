/**
 * Every list comes in pages. A cursor holds the last row's values of the columns that order the list. An index finds the
 * rows after it, and a row that is added meanwhile does not shift later pages.
 */
import { and, asc, desc, or, sql, type AnyColumn, type SQL } from "drizzle-orm";
import { Fault } from "../core/fault.ts";
import { fromBase64, toBase64Url } from "../core/base64.ts";

export interface PageRequest {
  /** The `next` of the page before; undefined asks for the first page. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Page<Row> {
  /** At most `limit` rows. */
  readonly rows: readonly Row[];
  /** The cursor of the next page, opaque to the caller; undefined = this is the last page. */
  readonly next: string | undefined;
}

/** A column that orders a list. All columns of the order together name one row. */
interface OrderColumn {
  readonly column: AnyColumn | SQL;
  /** Text by default. */
  readonly type?: "text" | "number";
  readonly descending?: boolean;
}

type Key = readonly (string | number)[];

interface List<Row> {
  readonly order: readonly OrderColumn[];
  /** The values of the order's columns in a row. */
  readonly keyOf: (row: Row) => Key;
  /** Reads the rows of the list that are in `where`. */
  readonly read: (part: Part) => Promise<Row[]>;
}

interface Part {
  /** undefined = from the start. */
  readonly where: SQL | undefined;
  readonly orderBy: SQL[];
  /** One more than the page has: the extra row shows that there is a next page. */
  readonly limit: number;
}

/** @throws Fault `invalid_parameter` when the cursor is not of this list */
export async function readPage<Row>(
  { cursor, limit }: PageRequest,
  { order, keyOf, read }: List<Row>,
): Promise<Page<Row>> {
  const after = readCursor(cursor, order);
  const rows = await read({
    where: after === undefined ? undefined : comesAfter(order, after),
    orderBy: order.map(({ column, descending }) => (descending === true ? desc(column) : asc(column))),
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : undefined };
}

export function mapPage<Row, Shown>({ rows, next }: Page<Row>, show: (row: Row) => Shown): Page<Shown> {
  return { rows: rows.map(show), next };
}

export function writeCursor(key: Key): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(key.length === 1 ? key[0] : key)));
}

/** @throws Fault `invalid_parameter` */
export function readCursor(
  cursor: string | undefined,
  order: readonly Pick<OrderColumn, "type">[],
): readonly (string | number)[] | undefined {
  if (cursor === undefined) return undefined;
  const decoded = decode(cursor);
  const key: readonly unknown[] = Array.isArray(decoded) ? decoded : [decoded];
  if (key.length === order.length && key.every((value, at) => isOfType(value, order[at]?.type))) {
    return key as readonly (string | number)[];
  }
  throw new Fault("invalid_parameter", {
    param: "cursor",
    detail: {
      en: "'{param}' must be the 'next_cursor' of an earlier page.",
      zh: "'{param}' 必须是上一页返回的 'next_cursor'。",
    },
  });
}

/** The rows that come after one in the list: `a > x`, or `a = x and b > y`, and so on. */
function comesAfter(order: readonly OrderColumn[], key: Key): SQL | undefined {
  return or(
    ...order.map(({ column, descending }, position) => {
      const before = order.slice(0, position).map((earlier, at) => sql`${earlier.column} = ${key[at]}`);
      return and(...before, sql`${column} ${sql.raw(descending === true ? "<" : ">")} ${key[position]}`);
    }),
  );
}

function isOfType(value: unknown, type: OrderColumn["type"] = "text"): boolean {
  return type === "text" ? typeof value === "string" : Number.isSafeInteger(value) && Number(value) >= 0;
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64(cursor)));
  } catch {
    return undefined;
  }
}
