/** Finds a key's scope and its account. */
import { eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { array, string } from "zod/mini";
import { accounts, apiKeys, groups, plans } from "../../schema/index.ts";
import { StaleCache } from "../core/cache.ts";
import { Fault } from "../core/fault.ts";
import { sha256Hex } from "../core/id.ts";
import { isWellFormed } from "../core/api-key.ts";
import type { Scope } from "./scope.ts";

export interface Identity extends Scope {
  readonly keyId: string;
  readonly accountId: string;
  readonly keyDisabled: boolean;
  readonly accountDisabled: boolean;
  readonly expiresAtMs: number | null;
  readonly defaultStream: boolean | null;
  readonly errorDialect: "current" | "legacy" | null;
  /** Whether the key may see all of its account, and redeem codes for it. */
  readonly managesAccount: boolean;
  /** The key's own rate limit; null = the site's. */
  readonly requestsPerMinute: number | null;
  /** The ratio of the key's group, in parts per million of the price. */
  readonly ratioPpm: number;
  readonly groupDisabled: boolean;
  /** When the account's plan ends, and its tier with it; null = never. */
  readonly planExpiresAtMs: number | null;
  /** Account, plan and key as they were when the key was looked up: what they could pay then. */
  readonly standing: {
    readonly account: typeof accounts.$inferSelect;
    readonly plan: typeof plans.$inferSelect | null;
    readonly key: typeof apiKeys.$inferSelect;
  };
}

/** A key as the client sent it, or by its hash, where something else stood for it; undefined = none was sent. */
export type PresentedKey = string | { readonly hash: string } | undefined;

/** How the caller takes part in a look-up of a key. */
export interface LookUp {
  /** Runs before D1 is asked for a key that is not cached; rejects to refuse the look-up. */
  readonly beforeLookUp: () => Promise<void>;
  /** Receives the refresh of a cached key. The caller runs it when the request has passed its limits. */
  readonly whenAdmitted: (refresh: () => Promise<unknown>) => void;
}

/** A revoked key is refused everywhere after `staleMs`. */
const KEY_CACHE = { freshMs: 10_000, staleMs: 60_000, maxEntries: 10_000 };
/** While a stream runs its key is looked at again, at most once in this time for all streams of the key. */
const REVOCATION_CACHE = { freshMs: 10_000, staleMs: 10_000, maxEntries: 10_000 };

export class KeyStore {
  readonly #db: DrizzleD1Database;
  readonly #now: () => number;
  readonly #cache: StaleCache<Identity | undefined>;
  readonly #stillAllowed: StaleCache<boolean>;

  constructor(db: DrizzleD1Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    this.#cache = new StaleCache({ ...KEY_CACHE, now });
    this.#stillAllowed = new StaleCache({ ...REVOCATION_CACHE, now });
  }

  /** @throws Fault `missing_key`, `invalid_key`, `account_disabled`, `key_scope_denied`, and what `beforeLookUp` throws */
  async identify(key: PresentedKey, lookUp: LookUp): Promise<Identity> {
    const hash = await hashOf(key);
    const identity = await this.#look(hash, lookUp);
    if (identity === undefined) throw new Fault("invalid_key", { reason: "unknown key" });
    if (identity.keyDisabled) throw new Fault("invalid_key", { reason: `disabled key ${identity.keyId}` });
    if (identity.expiresAtMs !== null && identity.expiresAtMs <= this.#now()) {
      throw new Fault("invalid_key", { reason: `expired key ${identity.keyId}` });
    }
    if (identity.accountDisabled) throw new Fault("account_disabled", { reason: `account ${identity.accountId}` });
    if (identity.groupDisabled) throw new Fault("key_scope_denied", { reason: `disabled group ${identity.groupId}` });
    const planIsOver = identity.planExpiresAtMs !== null && identity.planExpiresAtMs <= this.#now();
    return planIsOver ? { ...identity, planTier: null } : identity;
  }

  /**
   * Whether a running request may go on: its key exists and has not expired, and neither the key nor its account has been
   * disabled. A D1 that does not answer ends no stream.
   */
  async isStillAllowed(keyId: string): Promise<boolean> {
    const held = this.#stillAllowed.held(keyId);
    if (held !== undefined) return held.value;
    return this.#stillAllowed.load(keyId, async () => this.#isEnabled(keyId)).catch(() => true);
  }

  async #isEnabled(keyId: string): Promise<boolean> {
    const [row] = await this.#db
      .select({ keyDisabled: apiKeys.disabled, accountDisabled: accounts.disabled, expiresAtMs: apiKeys.expiresAt })
      .from(apiKeys)
      .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
      .where(eq(apiKeys.id, keyId));
    if (row === undefined || row.keyDisabled || row.accountDisabled) return false;
    return row.expiresAtMs === null || row.expiresAtMs > this.#now();
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
        managesAccount: apiKeys.managesAccount,
        requestsPerMinute: apiKeys.requestsPerMinute,
        allowedModels: apiKeys.allowedModels,
        allowedIps: apiKeys.allowedIps,
        groupId: apiKeys.groupId,
        ratioPpm: groups.ratioPpm,
        groupDisabled: groups.disabled,
        planTier: plans.tier,
        planExpiresAtMs: accounts.planExpiresAt,
        account: accounts,
        plan: plans,
        key: apiKeys,
      })
      .from(apiKeys)
      .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
      .leftJoin(groups, eq(groups.id, apiKeys.groupId))
      .leftJoin(plans, eq(plans.id, accounts.planId))
      .where(eq(apiKeys.hash, hash));
    if (row === undefined) return undefined;
    const { account, plan, key, ...identity } = row;
    const models = readList(row.allowedModels);
    return {
      ...identity,
      standing: { account, plan, key },
      ratioPpm: row.ratioPpm ?? RATIO_ONE,
      groupDisabled: row.groupDisabled ?? false,
      allowedModels: models === null ? null : new Set(models),
      allowedIps: readList(row.allowedIps),
    };
  }
}

/** @throws Fault `missing_key`, `invalid_key` */
async function hashOf(key: PresentedKey): Promise<string> {
  if (key === undefined) throw new Fault("missing_key");
  if (typeof key === "object") return key.hash;
  if (!isWellFormed(key)) throw new Fault("invalid_key", { reason: "malformed key" });
  return sha256Hex(key);
}

/** Parts per million; the price itself, for keys without a group. */
const RATIO_ONE = 1_000_000;

const List = array(string());

/** A stored list. A list that cannot be parsed allows nothing. */
function readList(text: string | null): string[] | null {
  if (text === null) return null;
  try {
    return List.parse(JSON.parse(text));
  } catch {
    return [];
  }
}
