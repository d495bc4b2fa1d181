/**
 * The log: one JSON object per line, `level` and `event` first. No code reads it back: what later steps of a request need
 * is kept in the request. Never log the text of a prompt or an answer, a key, or a header as a client sent it.
 */
export type Level = "info" | "warn" | "error";

export type Fields = Readonly<Record<string, unknown>>;

const WRITERS: Readonly<Record<Level, (line: string) => void>> = {
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
};

/** @param event what happened, in snake_case; operators filter by it */
export function log(level: Level, event: string, fields: Fields = {}): void {
  WRITERS[level](JSON.stringify({ level, event, ...fields }));
}
