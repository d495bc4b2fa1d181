/** Begins each visit: who asks, in which language, and with what the page before has left. */
import { getCookie, setCookie } from "hono/cookie";
import { languageOf, type Language } from "../core/language.ts";
import type { Services } from "../services.ts";
import { createAuth, type Auth } from "./auth/auth.ts";
import { personOf, type Person } from "./auth/person.ts";
import { Format } from "./format.ts";
import { takeNote } from "./notes.ts";
import { playgroundKey } from "./playground-key.ts";
import { SiteStore, type Site } from "./site.ts";
import { saying, type PortalContext, type Visit } from "./visit.ts";

const LANGUAGE_COOKIE = "language";
const YEAR_S = 365 * 24 * 60 * 60;
/** A gateway has few names; strangers may send others. */
const MAX_ORIGINS = 8;

export class Visits {
  readonly #services: Services;
  readonly #secret: string;
  readonly #sites: SiteStore;
  readonly #auths = new Map<string, Auth>();

  constructor(services: Services, secret: string) {
    this.#services = services;
    this.#secret = secret;
    this.#sites = new SiteStore(services);
  }

  async begin(context: PortalContext): Promise<Visit> {
    const { headers, url } = context.req.raw;
    const { origin } = new URL(url);
    const site = await this.#sites.current();
    const auth = await this.#auth(origin, site);
    const hasCookie = (headers.get("cookie") ?? "").includes("session=");
    const found = hasCookie ? await personOf(auth, headers) : undefined;
    // The session may have got a longer life.
    for (const cookie of found?.headers.getSetCookie() ?? []) context.header("set-cookie", cookie, { append: true });
    if (found !== undefined) context.env.log.note({ account: found.person.accountId });
    return this.#visit(context, { site, auth, person: found?.person });
  }

  /** A visit about which nothing is known: the page says that something failed. */
  stranger(context: PortalContext): Visit {
    const { settings } = this.#services;
    const site: Site = {
      name: settings.SITE_NAME,
      signUp: settings.SIGN_UP,
      grantNanos: 0,
      contact: null,
      notice: null,
      publicPrices: true,
    };
    return this.#visit(context, {
      site,
      auth: this.#newAuth(new URL(context.req.url).origin, site),
      person: undefined,
    });
  }

  #visit(
    context: PortalContext,
    { site, auth, person }: { readonly site: Site; readonly auth: Auth; readonly person: Person | undefined },
  ): Visit {
    const services = this.#services;
    const language = chooseLanguage(context, person);
    return {
      context,
      services,
      site,
      sites: this.#sites,
      auth,
      origin: new URL(context.req.url).origin,
      language,
      format: new Format({
        language,
        timeZone: person?.timeZone ?? services.timeZone,
        currency: services.settings.CURRENCY,
      }),
      person,
      note: takeNote(context),
      playgroundKey: async (accountId) => playgroundKey(services, this.#secret, accountId),
      say: saying(language),
    };
  }

  /**
   * One of each origin is kept, and only once it is ready: it may ask a provider for its settings first, and nobody may wait
   * for what another request has begun.
   */
  async #auth(origin: string, site: Site): Promise<Auth> {
    const known = this.#auths.get(origin);
    if (known !== undefined) return known;
    const auth = this.#newAuth(origin, site);
    await auth.$context;
    if (this.#auths.size >= MAX_ORIGINS) this.#auths.clear();
    this.#auths.set(origin, auth);
    return auth;
  }

  #newAuth(origin: string, site: Site): Auth {
    const services = this.#services;
    return createAuth({
      services,
      origin,
      secret: this.#secret,
      siteName: site.name,
      grantNanos: async () => (await this.#sites.current()).grantNanos,
      mayJoin: async () => (await this.#sites.current()).signUp === "open",
    });
  }
}

/** What the address says, then the cookie, the account, the browser; Chinese where nobody says anything. */
function chooseLanguage(context: PortalContext, person: Person | undefined): Language {
  const asked = known(context.req.query("lang"));
  if (asked !== undefined) {
    const secure = context.req.url.startsWith("https:");
    setCookie(context, LANGUAGE_COOKIE, asked, { path: "/", maxAge: YEAR_S, sameSite: "Lax", httpOnly: true, secure });
  }
  return (
    asked ??
    known(getCookie(context, LANGUAGE_COOKIE)) ??
    person?.language ??
    languageOf(context.req.header("accept-language") ?? null, "zh")
  );
}

function known(word: string | undefined): Language | undefined {
  return word === "en" || word === "zh" ? word : undefined;
}
