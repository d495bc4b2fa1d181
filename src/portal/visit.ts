/** One request for a page: who asks, in which language, and what the page is made from. */
import type { Context } from "hono";
import type { RequestLog } from "../relay/request-log.ts";
import type { JsonObject } from "../core/json.ts";
import type { Language, Text } from "../core/language.ts";
import type { Services } from "../services.ts";
import type { Auth } from "./auth/auth.ts";
import type { Person } from "./auth/person.ts";
import type { Format } from "./format.ts";
import type { Note } from "./notes.ts";
import type { Site, SiteStore } from "./site.ts";

/** What the gateway gives the portal with each request. */
export interface Bindings {
  readonly log: RequestLog;
  /** Keeps work alive after the answer (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
  /** Asks the gateway itself, as a client would. */
  readonly ask: (request: Request) => Promise<Response>;
  /** What the account API takes and answers, as an OpenAPI document. */
  readonly accountApi: () => JsonObject;
}

export type PortalContext = Context<{ Bindings: Bindings; Variables: { visit: Visit } }>;

export type Values = Readonly<Record<string, string | number>>;

export interface Visit {
  readonly context: PortalContext;
  readonly services: Services;
  readonly site: Site;
  readonly sites: SiteStore;
  readonly auth: Auth;
  /** Such as `https://llm.example.com`. */
  readonly origin: string;
  readonly language: Language;
  readonly format: Format;
  /** undefined = nobody is signed in. */
  readonly person: Person | undefined;
  /** What the page before has to say, such as that something was saved. */
  readonly note: Note | undefined;
  /** The key with which the playground asks for an account. It never leaves the Worker. */
  readonly playgroundKey: (accountId: string) => Promise<string>;
  /** A text in the reader's language; `{name}` is replaced by the value of that name. */
  readonly say: (text: Text, values?: Values) => string;
}

/** A visit of somebody who is signed in. */
export interface OwnVisit extends Visit {
  readonly person: Person;
}

export function saying(language: Language): Visit["say"] {
  return (text, values = {}) =>
    text[language].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Whether the address says which language the page has. `lang` may also be a language of code. */
export function fixesLanguage({ context, language }: Visit): boolean {
  return context.req.query("lang") === language;
}
