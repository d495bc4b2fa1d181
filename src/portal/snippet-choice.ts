/** In which language a reader of the documentation wants to see code: by the address, then by a cookie. */
import { getCookie, setCookie } from "hono/cookie";
import { DEFAULT_LANGUAGE, snippetLanguage, type SnippetLanguage } from "./docs/snippets/snippet.ts";
import type { PortalContext } from "./visit.ts";

const COOKIE = "code";
const YEAR_S = 365 * 24 * 60 * 60;

/** `?lang=` names a language of people or one of code; no word is both. */
export function snippetChoice(context: PortalContext): SnippetLanguage {
  const asked = snippetLanguage(context.req.query("lang"));
  if (asked !== undefined) {
    const secure = context.req.url.startsWith("https:");
    setCookie(context, COOKIE, asked, { path: "/docs", maxAge: YEAR_S, sameSite: "Lax", httpOnly: true, secure });
  }
  return asked ?? snippetLanguage(getCookie(context, COOKIE)) ?? DEFAULT_LANGUAGE;
}
