/** One sentence that a page hands to the next one after a redirect. The cookie names a text of this table, never holds one. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Text } from "../core/language.ts";
import { isObject } from "../core/json.ts";
import { NOTES } from "./text/notes-text.ts";
import type { PortalContext, Values } from "./visit.ts";

export type NoteName = keyof typeof NOTES;

export interface Note {
  readonly text: Text;
  readonly values: Values;
}

const COOKIE = "note";

export function leaveNote(context: PortalContext, name: NoteName, values: Values = {}): void {
  const secure = context.req.url.startsWith("https:");
  setCookie(context, COOKIE, JSON.stringify({ name, values }), {
    httpOnly: true,
    sameSite: "Lax",
    path: "/",
    maxAge: 60,
    secure,
  });
}

/** Reads the note and takes it away. */
export function takeNote(context: PortalContext): Note | undefined {
  const written = getCookie(context, COOKIE);
  if (written === undefined) return undefined;
  deleteCookie(context, COOKIE, { path: "/" });
  try {
    const note: unknown = JSON.parse(written);
    if (!isObject(note) || typeof note["name"] !== "string" || !Object.hasOwn(NOTES, note["name"])) return undefined;
    const values = isObject(note["values"]) ? note["values"] : {};
    const plain = Object.entries(values).map(([name, value]) => [name, String(value).slice(0, 200)] as const);
    return { text: NOTES[note["name"] as NoteName], values: Object.fromEntries(plain) };
  } catch {
    return undefined;
  }
}
