/**
 * SQL whose text is made once, when the module is loaded; a request only binds its values. In the text, `:name` is a
 * value that is bound unchanged, `#name` a whole number. All places with the same name are one parameter.
 */

export type Value = string | number | null | undefined;

export interface Statement<Name extends string, Row = unknown> {
  /** The text for D1, with numbered parameters. */
  readonly text: string;
  /**
   * The values in the order of their parameters; undefined is NULL.
   * @throws RangeError for a `#name` that is not a whole number below 2^53
   */
  readonly values: (named: Readonly<Record<Name, Value>>) => (string | number | null)[];
  /** Carries the type of the result's rows; never set. */
  readonly row?: Row;
}

export function statement<Name extends string, Row = unknown>(template: string): Statement<Name, Row> {
  const parameters: { readonly name: Name; readonly isWhole: boolean }[] = [];
  const text = template.replaceAll(/([:#])([A-Za-z]\w*)/g, (_, kind: string, name: string) => {
    const isWhole = kind === "#";
    let position = parameters.findIndex((known) => known.name === name && known.isWhole === isWhole);
    if (position === -1) position = parameters.push({ name: name as Name, isWhole }) - 1;
    // D1 binds numbers as REAL; columns and sums want INTEGER.
    return isWhole ? `CAST(?${position + 1} AS INTEGER)` : `?${position + 1}`;
  });
  return {
    text,
    values: (named) =>
      parameters.map(({ name, isWhole }) => {
        const value = named[name] ?? null;
        if (isWhole && value !== null && !Number.isSafeInteger(value)) {
          throw new RangeError(`${name} is ${value}, no whole number`);
        }
        return value;
      }),
  };
}

export async function firstRow<Name extends string, Row>(
  db: D1Database,
  { text, values }: Statement<Name, Row>,
  named: Readonly<Record<Name, Value>>,
): Promise<Row | undefined> {
  const bound = db.prepare(text).bind(...values(named));
  return (await bound.all<Row>()).results[0];
}
