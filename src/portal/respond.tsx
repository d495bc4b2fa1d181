/** Makes answers: pages in their frame, redirects, files. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { Frame } from "./parts/frame.tsx";
import { PAGE_VARY, pageHeaders, PUBLIC_FOR_S, type PageRules } from "./page-headers.ts";
import type { Content } from "./page.ts";
import { leaveNote, type NoteName } from "./notes.ts";
import type { Values, Visit } from "./visit.ts";

export async function respond(
  visit: Visit,
  content: Content,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  for (const [name, value] of Object.entries(more)) visit.context.header(name, value);
  return respondWhole(visit, content, <Frame visit={visit} content={content} />);
}

/** @param document a page that has no frame of ours */
export async function respondWhole(
  visit: Visit,
  rules: PageRules & Pick<Content, "status">,
  document: Child,
): Promise<Response> {
  const { context, origin, person, note } = visit;
  const headers = pageHeaders(rules, {
    requestId: context.env.log.requestId,
    isHttps: origin.startsWith("https:"),
    isPrivate: person !== undefined || rules.secret === true,
    // An answer that sets the reader's choice, or tells what the page before did, is for one reader.
    isPublic: rules.twin !== undefined && note === undefined && context.req.query("lang") === undefined,
  });
  for (const [name, value] of Object.entries(headers)) context.header(name, value);
  return context.html(html`<!doctype html>${document}`, rules.status ?? 200);
}

/** A part of a page, for the script that asks for it. */
export async function respondPart(visit: Visit, part: Child): Promise<Response> {
  const { context } = visit;
  context.header("cache-control", "private, no-store");
  context.header("vary", PAGE_VARY);
  context.header("x-content-type-options", "nosniff");
  context.header("x-request-id", context.env.log.requestId);
  return context.html(html`${part}`);
}

/**
 * What programs read: the documentation as Markdown, lists of its pages, the API as OpenAPI. Scripts of other sites may read it,
 * too.
 */
export function textAnswer(
  visit: Visit,
  text: string,
  type: "text/markdown" | "text/plain" | "application/xml" | "application/json",
  status: 200 | 404 = 200,
): Response {
  const { context, person } = visit;
  const isPublic = person === undefined && context.req.query("lang") === undefined;
  return context.body(text, status, {
    "content-type": `${type}; charset=utf-8`,
    "access-control-allow-origin": "*",
    "cache-control": isPublic ? `public, max-age=${PUBLIC_FOR_S}` : "private, no-cache",
    vary: PAGE_VARY,
    "x-content-type-options": "nosniff",
    "x-request-id": context.env.log.requestId,
  });
}

/** After a form: the browser asks for the page with GET, so that a reload sends nothing again. */
export function redirectTo(visit: Visit, path: string, note?: NoteName, values?: Values): Response {
  const { context } = visit;
  if (note !== undefined) leaveNote(context, note, values);
  context.header("cache-control", "no-store");
  context.header("x-request-id", context.env.log.requestId);
  return context.redirect(path, 303);
}

/**
 * A path of our own, to go to after signing in; `/app` for anything else.
 * @param text as a stranger may have written it
 */
export function ownPath(text: string | undefined): string {
  // `//host` and `/\host` are other sites to browsers, which also drop tabs and line ends.
  return text !== undefined && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text) ? text : "/app";
}
