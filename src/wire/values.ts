/** Reads members whose types nobody has checked. A value of another type counts as absent. */

export function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The text; empty for a value of another type. */
export function textOrEmpty(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function numberIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A count of tokens; undefined where there is none, NaN for a value that cannot be one. */
export function countIn(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" && Number.isSafeInteger(value) ? value : Number.NaN;
}

export function booleanIn(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** The members that are not undefined. */
export function only<Members extends object>(members: Members): Defined<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<Members>;
}

type Defined<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> };
