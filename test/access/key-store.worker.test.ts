import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { beforeEach, describe, expect, it } from "vitest";
import { accounts, apiKeys } from "../../schema/index.ts";
import { KeyStore, type LookUp } from "../../src/access/key-store.ts";
import { drawKey } from "../../src/core/api-key.ts";
import { Fault } from "../../src/core/fault.ts";
import { sha256Hex } from "../../src/core/id.ts";
import { addKey } from "../support/seed.ts";

const db = drizzle(env.DB);
let nowMs: number;
let refreshes: (() => Promise<unknown>)[];
let ring: KeyStore;

beforeEach(() => {
  nowMs = 1_000_000;
  refreshes = [];
  ring = new KeyStore(db, () => nowMs);
});

const lookUp: LookUp = {
  beforeLookUp: async () => undefined,
  whenAdmitted: (refresh) => void refreshes.push(refresh),
};

async function readAnew(): Promise<void> {
  await Promise.all(refreshes.splice(0).map(async (refresh) => refresh()));
}

/** The id of the account behind a key, or the fault that it met. */
async function identify(key: string): Promise<string> {
  try {
    return (await ring.identify(key === "" ? undefined : key, lookUp)).accountId;
  } catch (error) {
    if (error instanceof Fault) return error.kind;
    throw error;
  }
}

async function disable(key: string, disabled = true): Promise<void> {
  await db
    .update(apiKeys)
    .set({ disabled })
    .where(eq(apiKeys.hash, await sha256Hex(key)));
}

describe("KeyStore", () => {
  it("knows a key, its account and its settings", async () => {
    const key = await addKey(db, {
      account: { id: "account-with-settings" },
      key: { id: "key-with-settings", defaultStream: false, errorDialect: "legacy", expiresAt: nowMs + 1 },
    });
    expect(await ring.identify(key, lookUp)).toMatchObject({
      keyId: "key-with-settings",
      accountId: "account-with-settings",
      keyDisabled: false,
      accountDisabled: false,
      expiresAtMs: nowMs + 1,
      defaultStream: false,
      errorDialect: "legacy",
    });
  });

  it("allows nothing where a stored list cannot be read", async () => {
    const key = await addKey(db, { key: { allowedModels: "not JSON", allowedIps: '{"no":"list"}' } });
    expect(await ring.identify(key, lookUp)).toMatchObject({
      allowedModels: new Set(),
      allowedIps: [],
    });
  });

  it("refuses what is unknown, disabled or mistyped, each for its reason", async () => {
    expect(await identify("")).toBe("missing_key");
    expect(await identify(drawKey())).toBe("invalid_key");
    expect(await identify("sk-mistyped")).toBe("invalid_key");
    expect(await identify(await addKey(db, { key: { disabled: true } }))).toBe("invalid_key");
    expect(await identify(await addKey(db, { account: { disabled: true } }))).toBe("account_disabled");
  });

  it("refuses a key from the moment it expires, cached or not", async () => {
    const key = await addKey(db, { account: { id: "account-that-expires" }, key: { expiresAt: nowMs + 5 } });
    nowMs += 4;
    expect(await identify(key)).toBe("account-that-expires");
    nowMs += 1;
    expect(await identify(key)).toBe("invalid_key");
  });

  it("does not ask the database about a mistyped key, nor twice about any", async () => {
    let questions = 0;
    const counted = new Proxy(db, {
      get(target, name, receiver) {
        if (name === "select") questions++;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    ring = new KeyStore(counted, () => nowMs);
    await identify("sk-mistyped");
    expect(questions).toBe(0);
    const [known, unknown] = [await addKey(db), drawKey()];
    for (const key of [known, unknown, known, unknown]) await identify(key);
    expect(questions).toBe(2);
  });

  it("asks nothing of the database when the look-up is refused", async () => {
    const key = await addKey(db);
    const refused: LookUp = { ...lookUp, beforeLookUp: async () => Promise.reject(new Fault("rate_limited_ip")) };
    await expect(ring.identify(key, refused)).rejects.toThrow("rate_limited_ip");
    expect(await identify(key)).not.toBe("invalid_key");
    // A cached key needs no look-up.
    await expect(ring.identify(key, refused)).resolves.toHaveProperty("accountId");
  });

  it("refuses a revoked key after 60 s, even without a refresh", async () => {
    const key = await addKey(db, { account: { id: "account-revoked" } });
    expect(await identify(key)).toBe("account-revoked");
    await disable(key);
    nowMs += 9_999;
    expect(await identify(key)).toBe("account-revoked");
    nowMs += 50_001;
    expect(await identify(key)).toBe("invalid_key");
  });

  it("refuses a revoked key after 10 s once it has been refreshed", async () => {
    const key = await addKey(db, { account: { id: "account-refreshed" } });
    expect(await identify(key)).toBe("account-refreshed");
    await disable(key);
    nowMs += 10_000;
    expect(await identify(key)).toBe("account-refreshed");
    await readAnew();
    expect(await identify(key)).toBe("invalid_key");
    await disable(key, false);
    nowMs += 10_000;
    await identify(key);
    await readAnew();
    expect(await identify(key)).toBe("account-refreshed");
  });

  it("notices a disabled account in the same time", async () => {
    const key = await addKey(db, { account: { id: "account-switched-off" } });
    expect(await identify(key)).toBe("account-switched-off");
    await db.update(accounts).set({ disabled: true }).where(eq(accounts.id, "account-switched-off"));
    nowMs += 60_000;
    expect(await identify(key)).toBe("account_disabled");
  });

  it("lets a running request go on until its key or account is disabled, or the key is gone", async () => {
    await addKey(db, { account: { id: "account-running" }, key: { id: "key-running" } });
    const allowed = async () => {
      nowMs += 10_000;
      return ring.isStillAllowed("key-running");
    };
    expect(await allowed()).toBe(true);
    await db.update(apiKeys).set({ disabled: true }).where(eq(apiKeys.id, "key-running"));
    expect(await ring.isStillAllowed("key-running"), "within ten seconds D1 is asked once").toBe(true);
    expect(await allowed()).toBe(false);
    await db.update(apiKeys).set({ disabled: false }).where(eq(apiKeys.id, "key-running"));
    expect(await allowed()).toBe(true);
    await db.update(accounts).set({ disabled: true }).where(eq(accounts.id, "account-running"));
    expect(await allowed()).toBe(false);
    expect(await ring.isStillAllowed("no-such-key")).toBe(false);
  });

  it("ends no running request when D1 does not answer", async () => {
    const away = new KeyStore(drizzle({} as D1Database), () => nowMs);
    expect(await away.isStillAllowed("key-running")).toBe(true);
  });

  it("does not store the key", async () => {
    const key = await addKey(db, { key: { id: "key-stored" } });
    const rows = await env.DB.prepare("SELECT * FROM api_keys WHERE id = 'key-stored'").all();
    expect(rows.results.length).toBe(1);
    expect(JSON.stringify(rows.results)).not.toContain(key.slice(11));
  });
});
