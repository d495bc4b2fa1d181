/** What operators set in the browser: one row, which each isolate reads again after some seconds. */
import { eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import {
  _default,
  boolean,
  enum as oneOf,
  int,
  nullable,
  number,
  object,
  maxLength,
  minimum,
  string,
  type infer as Infer,
} from "zod/mini";
import { site as table } from "../../schema/index.ts";
import type { Services } from "../services.ts";

const text = (longest: number) => _default(nullable(string().check(maxLength(longest))), null);

/** null = as the variables of the Worker say. */
const Site = object({
  name: text(60),
  signUp: _default(nullable(oneOf(["closed", "invite", "open"])), null),
  /** Nanos that a new account gets. */
  grantNanos: _default(number().check(int(), minimum(0)), 0),
  /** How people reach the operator: an address or a sentence. */
  contact: text(200),
  /** Shown on every page of people who are signed in. */
  notice: text(2000),
  /** Whether the prices are shown to people who are not signed in. */
  publicPrices: _default(boolean(), true),
});

export type SiteSettings = Infer<typeof Site>;

export interface Site extends Omit<SiteSettings, "name" | "signUp"> {
  readonly name: string;
  readonly signUp: "closed" | "invite" | "open";
}

const FRESH_MS = 5_000;
const ONLY_ROW = 1;

export class SiteStore {
  readonly #services: Services;
  #known: SiteSettings | undefined;
  #knownAtMs = Number.NEGATIVE_INFINITY;

  constructor(services: Services) {
    this.#services = services;
  }

  async current(): Promise<Site> {
    const { now, db, settings } = this.#services;
    if (this.#known === undefined || now() - this.#knownAtMs >= FRESH_MS) this.#learn(await readSite(db));
    const known = this.#known ?? Site.parse({});
    return { ...known, name: known.name ?? settings.SITE_NAME, signUp: known.signUp ?? settings.SIGN_UP };
  }

  /** What is stored, without what the variables say. */
  async stored(): Promise<SiteSettings> {
    return readSite(this.#services.db);
  }

  /** Takes effect at once here, and in other isolates within some seconds. */
  async change(settings: SiteSettings): Promise<void> {
    const { db, now } = this.#services;
    const values = { settings: JSON.stringify(settings), updatedAt: now() };
    await db
      .insert(table)
      .values({ id: ONLY_ROW, ...values })
      .onConflictDoUpdate({ target: table.id, set: values });
    this.#learn(settings);
  }

  #learn(settings: SiteSettings): void {
    this.#known = settings;
    this.#knownAtMs = this.#services.now();
  }
}

/** undefined = the value is no settings of a site. */
export function siteSettingsIn(value: unknown): SiteSettings | undefined {
  const read = Site.safeParse(value);
  return read.success ? read.data : undefined;
}

async function readSite(db: DrizzleD1Database): Promise<SiteSettings> {
  const [row] = await db.select().from(table).where(eq(table.id, ONLY_ROW));
  return siteSettingsIn(row === undefined ? {} : JSON.parse(row.settings)) ?? Site.parse({});
}
