/** Tables of numbers that a deployment may replace, one by one. */

/** A table of positive numbers by name. */
type TuningTable = Readonly<Record<string, number>>;

interface TuningReading<Table extends TuningTable> {
  /** The table with the valid replacements. */
  readonly tuning: Readonly<Record<keyof Table, number>>;
  /**
   * Names of the table that were set to something other than a positive number; `JSON` when the text is not an object.
   */
  readonly wrong: readonly string[];
  /** Names that were set and are not in the table. */
  readonly unknown: readonly string[];
}

/** @param text a JSON object of names and numbers; undefined or empty = replace nothing */
export function readTuning<Table extends TuningTable>(text: unknown, table: Table): TuningReading<Table> {
  if (text === undefined || text === "") return { tuning: table, wrong: [], unknown: [] };
  const set = parsed(text);
  if (typeof set !== "object" || set === null || Array.isArray(set)) {
    return { tuning: table, wrong: ["JSON"], unknown: [] };
  }
  const { known = [], unknown = [] } = Object.groupBy(Object.entries(set), ([name]) =>
    Object.hasOwn(table, name) ? "known" : "unknown",
  );
  const isRight = ([, value]: [string, unknown]) => typeof value === "number" && value > 0;
  return {
    tuning: { ...table, ...Object.fromEntries(known.filter(isRight)) },
    wrong: known.filter((entry) => !isRight(entry)).map(([name]) => name),
    unknown: unknown.map(([name]) => name),
  };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
