/** How much of a task is kept: rows are noted many at a time, and nobody else's may wait for one that is too large. */
import { Fault } from "../core/fault.ts";
import { invalid } from "../wire/invalid.ts";
import type { TakenTask, TaskReport, TaskRequest } from "../wire/task-types.ts";

/** Characters of what a client wrote, and of what an upstream tells of one task. D1 takes 2 MB in a row. */
const MOST_SHOWN = 65_536;
const MOST_TOLD = 131_072;
const MOST_ID = 1000;
/** A picture and nine films, and what shows a part of them: nobody sells more for one price. */
const MOST_RESULTS = 12;

/** @throws Fault `invalid_parameter` */
export function checkShown({ shown }: TaskRequest): void {
  if (sizeOf(shown) > MOST_SHOWN) throw invalid("prompt", "is too long", "过长");
}

/** @throws Fault `upstream_error` */
export function checkTaken(taken: TakenTask): TakenTask {
  const { id } = taken;
  const report = keptOf(taken.report);
  if (id.length <= MOST_ID && id.isWellFormed() && report !== undefined) return { ...taken, report };
  throw new Fault("upstream_error", { reason: "a task whose id or report cannot be kept" });
}

/** Of what is told too much, nothing is known. */
export function keepable(reports: ReadonlyMap<string, TaskReport>): ReadonlyMap<string, TaskReport> {
  return new Map(
    [...reports].flatMap(([id, report]) => {
      const kept = keptOf(report);
      return kept === undefined ? [] : [[id, kept] as const];
    }),
  );
}

/** What was made comes before what is said of it. Each result is a link, and a file to keep. */
function keptOf(told: TaskReport): TaskReport | undefined {
  const { results } = told;
  const report = results === undefined ? told : { ...told, results: results.slice(0, MOST_RESULTS) };
  if (sizeOf(report) <= MOST_TOLD) return report;
  const { native: _native, error: _error, ...needed } = report;
  return sizeOf(needed) <= MOST_TOLD ? needed : undefined;
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/** Of what one statement is given. */
const MOST_AT_ONCE = 1_000_000;

/** JSON of the rows, in lists that one statement takes. */
export function inParts(rows: readonly unknown[]): readonly string[] {
  const parts: string[][] = [];
  let size = MOST_AT_ONCE;
  for (const row of rows.map((one) => JSON.stringify(one))) {
    if (size + row.length > MOST_AT_ONCE) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(row);
    size += row.length;
  }
  return parts.map((part) => `[${part.join(",")}]`);
}
