/** What a page is. A page stands in a list of `pages/index.ts`; the portal serves, guards and frames it. */
import type { Child } from "hono/jsx";
import type { Text } from "../core/language.ts";
import type { OwnVisit, Visit } from "./visit.ts";

export interface Content {
  readonly title: Text | string;
  readonly body: Child;
  /** 200 by default. */
  readonly status?: 200 | 403 | 404 | 405 | 409 | 422 | 429 | 500 | 503;
  /** The pages above this one, from the top. */
  readonly above?: readonly Crumb[];
  /** The browser goes there by itself: to the same page again, or at once to another place, which then stands in its place. */
  readonly goesTo?: { readonly address: string; readonly afterS: number };
  /** Other origins that a form of the page may lead to. */
  readonly formOrigins?: readonly string[];
  /** The same as Markdown, at this path. The page is public: caches may keep it for some minutes. */
  readonly twin?: string;
  /** Another origin from which the page may load a script and a frame. */
  readonly widgetOrigin?: string;
  /** It plays films of this site. */
  readonly hasMedia?: boolean;
  /** No `Referer` leaves the page: it shows a secret. */
  readonly secret?: boolean;
}

export interface Crumb {
  readonly path: string;
  readonly title: Text | string;
}

type Answer = Content | Response | Promise<Content | Response>;

interface PageOf<Who extends Visit> {
  /** In Hono's notation. */
  readonly path: string;
  readonly get?: (visit: Who) => Answer;
  readonly post?: (visit: Who, form: FormData) => Answer;
}

/**
 * Who may see a page: everybody; people who are signed in; those of them who have proven their address, where mail is set up;
 * and operators. A page for people who are signed in sends others to the sign-in page, and back. A page for people with a
 * proven address sends others to `/verify`. What only operators see does not exist for others.
 */
export type Page =
  | (PageOf<Visit> & { readonly access: "everyone" })
  | (PageOf<OwnVisit> & { readonly access: "people" | "proven" | "operators" });
