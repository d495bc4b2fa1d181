/** From a request's headers to the key and account behind it. */
import { eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { accounts, apiKeys } from "../../schema/index.ts";
import { StaleCache } from "../core/cache.ts";
import { Fault } from "../core/fault.ts";
import { sha256Hex } from "../core/id.ts";
import { isWellFormed } from "./keys.ts";

export interface Identity {
  readonly keyId: string;
  readonly accountId: string;
  readonly keyDisabled: boolean;
  readonly accountDisabled: boolean;
  readonly expiresAtMs: number | null;
  readonly defaultStream: boolean | null;
  readonly errorDialect: "current" | "legacy" | null;
  /** The key's own rate limit; null or undefined = the site's. */
  readonly requestsPerMinute?: number | null;
}

/** What goes with a look at the key cache. */
export interface LookUp {
  /** Runs before D1 is asked for a key that is not held; rejects to refuse the look-up. */
  readonly beforeLookUp: () => Promise<void>;
  /** Takes the reading anew of a key that is held, for when the request has passed its limits. */
  readonly whenAdmitted: (refresh: () => Promise<unknown>) => void;
}

/** Where clients put their key, in the order in which it is looked for. */
const KEY_HEADERS = ["x-api-key", "authorization", "api-key", "x-goog-api-key"] as const;

/** A revoked key is refused within `staleMs` everywhere. */
const KEY_CACHE = { freshMs: 10_000, staleMs: 60_000, maxEntries: 10_000 };

/** The key as the client sent it, or undefined; never to be logged. */
export function presentedKey(headers: Headers): string | undefined {
  for (const name of KEY_HEADERS) {
    const value = headers
      .get(name)
      ?.trim()
      .replace(/^bearer(\s+|$)/i, "");
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

export class KeyRing {
  readonly #db: DrizzleD1Database;
  readonly #now: () => number;
  readonly #cache: StaleCache<Identity | undefined>;

  constructor(db: DrizzleD1Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    this.#cache = new StaleCache({ ...KEY_CACHE, now });
  }

  /** @throws Fault `missing_key`, `invalid_key`, `account_disabled`, and what `beforeLookUp` throws */
  async identify(headers: Headers, lookUp: LookUp): Promise<Identity> {
    const key = presentedKey(headers);
    if (key === undefined) throw new Fault("missing_key");
    if (!isWellFormed(key)) throw new Fault("invalid_key", { reason: "malformed key" });
    const hash = await sha256Hex(key);
    const identity = await this.#look(hash, lookUp);
    if (identity === undefined) throw new Fault("invalid_key", { reason: "unknown key" });
    if (identity.keyDisabled) throw new Fault("invalid_key", { reason: `disabled key ${identity.keyId}` });
    if (identity.expiresAtMs !== null && identity.expiresAtMs <= this.#now()) {
      throw new Fault("invalid_key", { reason: `expired key ${identity.keyId}` });
    }
    if (identity.accountDisabled) throw new Fault("account_disabled", { reason: `account ${identity.accountId}` });
    return identity;
  }

  async #look(hash: string, { beforeLookUp, whenAdmitted }: LookUp): Promise<Identity | undefined> {
    const find = async () => this.#find(hash);
    const held = this.#cache.held(hash);
    if (held?.due === true) whenAdmitted(async () => this.#cache.refresh(hash, find));
    if (held !== undefined) return held.value;
    await beforeLookUp();
    return this.#cache.load(hash, find);
  }

  async #find(hash: string): Promise<Identity | undefined> {
    const [row] = await this.#db
      .select({
        keyId: apiKeys.id,
        accountId: apiKeys.accountId,
        keyDisabled: apiKeys.disabled,
        accountDisabled: accounts.disabled,
        expiresAtMs: apiKeys.expiresAt,
        defaultStream: apiKeys.defaultStream,
        errorDialect: apiKeys.errorDialect,
      })
      .from(apiKeys)
      .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
      .where(eq(apiKeys.hash, hash));
    return row;
  }
}
