/** Files for spreadsheets. */
import type { Visit } from "./visit.ts";

/** A spreadsheet takes a text that begins so for a formula. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** One row. Texts that a spreadsheet would run get an apostrophe before them. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return cells.map(csvCell).join(",");
}

function csvCell(cell: string | number | null): string {
  const text = cell === null ? "" : String(cell);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param name without its ending */
export function csvFile({ context }: Visit, name: string, lines: readonly string[]): Response {
  return new Response(`\uFEFF${lines.join("\r\n")}\r\n`, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}.csv"`,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": context.env.log.requestId,
    },
  });
}
