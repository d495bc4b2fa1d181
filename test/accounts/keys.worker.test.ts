import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { apiKeys, models } from "../../schema/index.ts";
import { changeKey, createKey, listKeys, readKey } from "../../src/accounts/keys.ts";
import { isWellFormed, keyRecord } from "../../src/core/api-key.ts";
import { db } from "../billing/support.ts";
import { clock, openAccount, store } from "./support.ts";

async function everything(): Promise<string> {
  const { results } = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{
    name: string;
  }>();
  const names = results.map(({ name }) => name).filter((name) => !/^(_|sqlite)/.test(name));
  const tables = await env.DB.batch(names.map((name) => env.DB.prepare(`SELECT * FROM "${name}"`)));
  return JSON.stringify(tables.map((table) => table.results));
}

describe("a new key", () => {
  it("is shown once: the database holds its hash, and nothing from which it could be read", async () => {
    const accountId = await openAccount();
    const { key, secret } = await createKey(store, accountId, { name: "laptop" });
    expect(isWellFormed(secret)).toBe(true);
    const [row] = await db.select().from(apiKeys).where(eq(apiKeys.id, key.id));
    expect(row).toMatchObject(await keyRecord(secret));
    // Eight characters of a key are stored, so that people recognise it.
    expect(await everything()).not.toContain(secret.slice(0, "sk-".length + 9));
    const shown = [
      key,
      await readKey(store, { accountId, keyId: key.id }),
      await listKeys(store, accountId, { limit: 9 }),
    ];
    expect(JSON.stringify(shown)).not.toContain(row?.hash);
    expect(JSON.stringify(shown)).not.toContain(secret);
  });

  it("is written only when everything that it refers to exists", async () => {
    const accountId = await openAccount();
    const before = await everything();
    const refused: [settings: Parameters<typeof createKey>[2], kind: string, param: string][] = [
      [{ name: "k", groupId: "no-such" }, "resource_not_found", "groupId"],
      [{ name: "k", allowedModels: ["no-such"] }, "resource_not_found", "allowedModels.0"],
      [{ name: "k", allowedIps: ["203.0.113.7", "203.0.113.256"] }, "invalid_parameter", "allowedIps.1"],
    ];
    for (const [key, kind, param] of refused) {
      await expect(createKey(store, accountId, key)).rejects.toMatchObject({ kind, options: { param } });
    }
    const nobody = createKey(store, "no-such", { name: "k" });
    await expect(nobody).rejects.toMatchObject({ kind: "resource_not_found", options: { param: "accountId" } });
    expect(await everything()).toBe(before);
  });
});

describe("a change of a key", () => {
  it("sets what is given, removes what is null, and leaves the rest", async () => {
    const accountId = await openAccount();
    await db.insert(models).values({ id: "model", operation: "chat", createdAt: 0 });
    const { key } = await createKey(store, accountId, { name: "laptop", quotaDayNanos: 5, expiresAt: clock.nowMs + 1 });
    const ref = { accountId, keyId: key.id };
    const allowedIps = ["203.0.113.77/24", "203.0.113.0/24", "::ffff:198.51.100.1"];
    const changed = await changeKey(store, ref, { allowedIps, allowedModels: ["model"], quotaDayNanos: null });
    expect(changed).toEqual({
      ...key,
      allowedIps: ["203.0.113.0/24", "198.51.100.1"],
      allowedModels: ["model"],
      quotaDayNanos: null,
    });
    expect(await changeKey(store, ref, {})).toEqual(changed);
    expect(await changeKey(store, ref, { name: undefined, allowedIps: null })).toEqual({
      ...changed,
      allowedIps: null,
    });
  });

  it("finds no key of another account", async () => {
    const [mine, other] = [await openAccount(), await openAccount()];
    const { key } = await createKey(store, mine, { name: "mine" });
    const missing = { kind: "resource_not_found", options: { param: "keyId" } };
    const ref = { accountId: other, keyId: key.id };
    await expect(changeKey(store, ref, { disabled: true })).rejects.toMatchObject(missing);
    await expect(readKey(store, ref)).rejects.toMatchObject(missing);
    expect(await listKeys(store, other, { limit: 9 })).toEqual({ rows: [], next: undefined });
    expect(await readKey(store, { accountId: mine, keyId: key.id })).toMatchObject({ disabled: false });
  });
});
