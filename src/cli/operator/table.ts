import type { JsonObject } from "./client.ts";

/** Columns as wide as their widest cell. */
export function table(rows: readonly JsonObject[], columns: readonly string[]): string {
  const cell = (value: unknown) =>
    (typeof value === "string" ? value : (JSON.stringify(value ?? null) ?? "")).replace(/^null$/, "-");
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const widths = columns.map((_, position) => Math.max(...lines.map((line) => (line[position] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((value, position) => value.padEnd(widths[position] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
