/** Builds the real collaborators from the environment. Tests pass others to `createApp`. */
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { KeyRing } from "./access/identify.ts";
import { sealingKey, unseal } from "./core/seal.ts";
import type { Env, Settings } from "./env.ts";
import type { CredentialVault, RelayServices } from "./relay/ports.ts";
import { CatalogueStore } from "./routing/catalogue.ts";

export interface Services {
  readonly settings: Settings;
  readonly db: DrizzleD1Database;
  /** The same database, for statements of `billing`. */
  readonly d1: D1Database;
  readonly keys: KeyRing;
  readonly relay: RelayServices;
  readonly now: () => number;
}

export function buildServices(env: Env, settings: Settings): Services {
  const db = drizzle(env.DB);
  const now = () => Date.now();
  const catalogue = new CatalogueStore(db, now);
  return {
    settings,
    db,
    d1: env.DB,
    now,
    keys: new KeyRing(db, now),
    relay: {
      catalogue,
      credentials: createVault(settings.CREDENTIALS_KEY),
      fetch: async (url, init) => fetch(url, init),
      now,
      random: () => Math.random(),
      settings: {
        firstEventMs: settings.FIRST_EVENT_MS,
        idleMs: settings.IDLE_MS,
        answerMs: settings.ANSWER_MS,
        totalMs: settings.TOTAL_MS,
        keepAliveMs: settings.KEEP_ALIVE_MS,
        allowPrivateUpstreams: settings.ALLOW_PRIVATE_UPSTREAMS,
      },
    },
  };
}

/** Opened credentials are kept for the life of the isolate; a sealed text never changes its meaning. */
function createVault(secret: string): CredentialVault {
  const opened = new Map<string, string>();
  return {
    async open(upstreamId, { sealed }) {
      const known = opened.get(sealed);
      if (known !== undefined) return known;
      const credential = await unseal(await sealingKey(secret), sealed, upstreamId);
      opened.set(sealed, credential);
      return credential;
    },
  };
}
