/** The Worker's log as a person reads it in a terminal: one short line for each request or event. */
import { isObject } from "../core/json.ts";
import { tokensOf, type Usage } from "../core/units.ts";

/** @param line as the Worker logs it; what is no event stays as it is */
export function shortLine(line: string, now: Date): string {
  const fields = objectOf(line);
  const { level, event, ...rest } = fields;
  if (typeof event !== "string") return line;
  const time = now.toTimeString().slice(0, 8);
  if (event === "request") return `${time}  ${requestWords(rest).join("  ")}`;
  return `${time}  ${String(level)}  ${event}  ${JSON.stringify(rest)}`;
}

function requestWords(fields: Record<string, unknown>): string[] {
  const { status, endpoint, asked_model: asked, model, usage, ending, fault, reason, duration_ms: ms } = fields;
  const names = asked === model ? [model] : [asked, model];
  return [
    String(status),
    typeof endpoint === "string" ? endpoint : "(no such path)",
    named(names).join(" → "),
    tokenWords(usage),
    `${String(ms)} ms`,
    ending === "complete" ? "" : String(ending),
    named([fault, reason]).join(": "),
  ].filter((word) => word !== "");
}

function named(words: readonly unknown[]): string[] {
  return words.filter((word) => typeof word === "string");
}

function tokenWords(logged: unknown): string {
  if (!isObject(logged)) return "";
  const usage: Usage = logged;
  return `${tokensOf(usage, "prompt")} in, ${tokensOf(usage, "output")} out`;
}

function objectOf(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
