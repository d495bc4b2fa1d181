/** Tables: on narrow screens each row becomes a card, and each cell says what it is. */
import type { Child, FC } from "hono/jsx";
import type { Text } from "../../core/language.ts";
import { TABLE } from "../text/table-text.ts";
import type { Values, Visit } from "../visit.ts";

export interface Column<Row> {
  readonly title: Text;
  readonly titleValues?: Values;
  readonly cell: (row: Row) => Child;
  /** Amounts and counts stand at the right. */
  readonly isNumber?: boolean;
  /** The cell that names the row. */
  readonly isHead?: boolean;
}

interface TableOf<Row> {
  readonly visit: Visit;
  readonly caption: Text;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** What to say when there are no rows; a table that always has some needs none. */
  readonly empty?: Text;
  /** The cursor of the next page. */
  readonly next?: string | undefined;
}

export function Table<Row>({ visit, caption, columns, rows, empty, next }: TableOf<Row>) {
  const { say } = visit;
  if (rows.length === 0 && empty !== undefined) return <p class="empty">{say(empty)}</p>;
  return (
    <>
      <section class="scroll" aria-label={say(caption)} tabindex={0}>
        <table>
          <caption>{say(caption)}</caption>
          <thead>
            <tr>
              {columns.map(({ title, titleValues, isNumber }) => (
                <th scope="col" class={isNumber === true ? "number" : undefined}>
                  {say(title, titleValues)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                {columns.map((column) => (
                  <Cell visit={visit} column={column as Column<unknown>} row={row} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <NextPage visit={visit} next={next} />
    </>
  );
}

const Cell: FC<{ visit: Visit; column: Column<unknown>; row: unknown }> = ({ visit: { say }, column, row }) => {
  const { title, titleValues, isNumber, isHead, cell } = column;
  const shared = { "data-label": say(title, titleValues), ...(isNumber === true ? { class: "number" } : {}) };
  return isHead === true ? (
    <th scope="row" {...shared}>
      {cell(row)}
    </th>
  ) : (
    <td {...shared}>{cell(row)}</td>
  );
};

/** Links to the first and the next page. A browser's own "back" leads to the one before. */
const NextPage: FC<{ visit: Visit; next: string | undefined }> = ({ visit: { say, context }, next }) => {
  const query = new URLSearchParams(context.req.query());
  const isFirst = !query.has("cursor");
  if (isFirst && next === undefined) return null;
  query.delete("cursor");
  const first = `${context.req.path}?${query.toString()}`;
  if (next !== undefined) query.set("cursor", next);
  return (
    <nav class="pages" aria-label={say(TABLE.pages)}>
      {isFirst ? null : <a href={first}>{say(TABLE.first)}</a>}
      {next === undefined ? null : (
        <a href={`${context.req.path}?${query.toString()}`} rel="next">
          {say(TABLE.next)}
        </a>
      )}
    </nav>
  );
};

/** Facts about one thing: names and values. */
export const Facts: FC<{ visit: Visit; facts: readonly (readonly [Text, Child])[] }> = ({ visit: { say }, facts }) => (
  <dl class="facts">
    {facts.map(([name, value]) => (
      <div>
        <dt>{say(name)}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
