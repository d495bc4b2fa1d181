/** What is kept of conversations, in a real D1. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { stored, storedItems, storedTotals } from "../../schema/index.ts";
import { Sealer } from "../../src/core/seal.ts";
import { forgetExpired } from "../../src/jobs/forget.ts";
import { StateStore, TooLong, type StateLimits, type Stored } from "../../src/state/state-store.ts";
import { CREDENTIALS_KEY } from "../support/seed.ts";

const db = drizzle(env.DB);
const DAY = 86_400_000;
const NOON = Date.UTC(2026, 4, 10, 12);
const clock = { nowMs: NOON };
let account = "";

beforeEach(() => {
  clock.nowMs = NOON;
  account = crypto.randomUUID();
});

function store(limits: Partial<StateLimits> = {}, key = CREDENTIALS_KEY): StateStore {
  return new StateStore(env.DB, new Sealer(key), { days: 30, accountBytes: 1_000_000, ...limits }, () => clock.nowMs);
}

function response(id: string, more: Partial<Stored> = {}): Stored {
  return {
    id,
    kind: "response",
    createdAt: clock.nowMs,
    content: { input: `["asked by ${id}"]`, response: `{"id":"${id}"}` },
    ...more,
  };
}

async function totalOf(owner: string): Promise<{ said: number | undefined; is: number }> {
  const [total] = await db.select().from(storedTotals).where(eq(storedTotals.accountId, owner));
  const rows = await db.select({ bytes: stored.bytes }).from(stored).where(eq(stored.accountId, owner));
  return { said: total?.bytes, is: rows.reduce((sum, { bytes }) => sum + bytes, 0) };
}

const idsIn = (rows: readonly Stored[] | undefined) => rows?.map(({ id }) => id);

describe("a response", () => {
  it("is found by its account alone, and is sealed", async () => {
    expect(await store().keep(account, response("resp_1"), ["msg_1"])).toBe(true);
    expect(await store().find(account, "response", "resp_1")).toEqual({
      ...response("resp_1"),
      previous: undefined,
      conversation: undefined,
    });
    expect(await store().find("another", "response", "resp_1")).toBeUndefined();
    expect(await store().chain("another", "resp_1")).toBeUndefined();
    expect(await store().rowsOfItems("another", ["msg_1"])).toEqual([]);
    expect(idsIn(await store().rowsOfItems(account, ["msg_1", "msg_2"]))).toEqual(["resp_1"]);
    const row = await env.DB.prepare("SELECT sealed FROM stored WHERE account_id = ?")
      .bind(account)
      .first<string>("sealed");
    expect(row).toMatch(/^v2\./);
  });

  it("opens in no other row: not under another id, and not for another account", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    await store().keep(account, response("resp_1"), []);
    await env.DB.prepare("UPDATE stored SET id = 'resp_2' WHERE account_id = ?").bind(account).run();
    expect(await store().find(account, "response", "resp_2")).toBeUndefined();
    expect(warned).toHaveBeenCalled();
  });

  it("continues others, the oldest first", async () => {
    await store().keep(account, response("resp_1"), []);
    await store().keep(account, response("resp_2", { previous: "resp_1" }), []);
    await store().keep(account, response("resp_3", { previous: "resp_2" }), []);
    await store().keep(account, response("resp_x", { previous: "resp_1" }), []);
    expect(idsIn(await store().chain(account, "resp_3"))).toEqual(["resp_1", "resp_2", "resp_3"]);
    expect(idsIn(await store().chain(account, "resp_x"))).toEqual(["resp_1", "resp_x"]);
  });

  it("cannot be continued when what it continues is gone", async () => {
    await store().keep(account, response("resp_1"), []);
    await store().keep(account, response("resp_2", { previous: "resp_1" }), []);
    expect(await store().remove(account, "response", "resp_1")).toBe(true);
    expect(await store().remove(account, "response", "resp_1")).toBe(false);
    expect(await store().chain(account, "resp_2")).toBeUndefined();
    expect(await store().find(account, "response", "resp_2")).toBeDefined();
  });

  it("is no chain without end when it continues itself", async () => {
    await store().keep(account, response("resp_1", { previous: "resp_1" }), []);
    await expect(store().chain(account, "resp_1")).rejects.toBeInstanceOf(TooLong);
  });

  it("is not looked for in what is too long", async () => {
    const long = { input: `["${"x".repeat(1_200_000)}"]`, response: "{}" };
    const kept = store({ accountBytes: 10_000_000 });
    for (const [position, id] of ["resp_1", "resp_2", "resp_3"].entries())
      await kept.keep(
        account,
        response(id, { content: long, ...(position > 0 ? { previous: `resp_${position}` } : {}) }),
        [],
      );
    expect(await kept.chain(account, "resp_2")).toHaveLength(2);
    await expect(kept.chain(account, "resp_3")).rejects.toBeInstanceOf(TooLong);
  });

  it("is refused when items of too many long ones are referred to", async () => {
    const content = { input: `["${"x".repeat(1_200_000)}"]` };
    const kept = store({ accountBytes: 10_000_000 });
    for (const id of ["resp_1", "resp_2", "resp_3"]) await kept.keep(account, response(id, { content }), [`msg_${id}`]);
    expect(await kept.rowsOfItems(account, ["msg_resp_1", "msg_resp_2"])).toHaveLength(2);
    await expect(kept.rowsOfItems(account, ["msg_resp_1", "msg_resp_2", "msg_resp_3"])).rejects.toBeInstanceOf(TooLong);
  });

  it("is found when it comes a moment after it is asked for", async () => {
    const finding = store().chain(account, "resp_1");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await store().keep(account, response("resp_1"), []);
    expect(idsIn(await finding)).toEqual(["resp_1"]);
  });

  it("is gone after its days, first for clients, then from the database", async () => {
    await store().keep(account, response("resp_1"), ["msg_1"]);
    clock.nowMs += 30 * DAY;
    expect(await store().find(account, "response", "resp_1")).toBeUndefined();
    expect(await store().rowsOfItems(account, ["msg_1"])).toEqual([]);
    expect(await forgetExpired(env.DB, clock.nowMs - 1)).toBe(0);
    expect(await forgetExpired(env.DB, clock.nowMs)).toBeGreaterThan(0);
    expect(await totalOf(account)).toEqual({ said: 0, is: 0 });
    expect(await db.select().from(storedItems).where(eq(storedItems.accountId, account))).toEqual([]);
  });
});

describe("a conversation", () => {
  it("has all that belongs to it, the oldest first", async () => {
    await store().keep(account, response("conv_1", { kind: "conversation" }), []);
    for (const id of ["resp_1", "items_1", "resp_2"]) {
      clock.nowMs += 1;
      const kind = id.startsWith("items") ? "items" : "response";
      await store().keep(account, response(id, { kind, conversation: "conv_1" }), []);
    }
    expect(idsIn(await store().conversation(account, "conv_1"))).toEqual(["resp_1", "items_1", "resp_2"]);
    expect(await store().conversation("another", "conv_1")).toEqual([]);
    expect(await store().remove(account, "conversation", "conv_1")).toBe(true);
    expect(await store().find(account, "conversation", "conv_1")).toBeUndefined();
    expect(idsIn(await store().conversation(account, "conv_1"))).toEqual(["resp_1", "resp_2"]);
  });

  it("is refused when it is too long", async () => {
    const kept = store({ accountBytes: 10_000_000 });
    const content = { input: `["${"x".repeat(1_200_000)}"]` };
    for (const id of ["items_1", "items_2", "items_3"])
      await kept.keep(account, response(id, { kind: "items", conversation: "conv_1", content }), []);
    await expect(kept.conversation(account, "conv_1")).rejects.toBeInstanceOf(TooLong);
  });
});

describe("an account", () => {
  it("keeps at most its bytes: the oldest go first", async () => {
    const content = { input: `["${"x".repeat(2000)}"]` };
    const kept = store({ accountBytes: 200_000 });
    for (let number = 0; number < 120; number++) {
      clock.nowMs += 1;
      await kept.keep(account, response(`resp_${number}`, { content }), [`msg_${number}`]);
      const { said, is } = await totalOf(account);
      expect(said).toBe(is);
      expect(is).toBeLessThanOrEqual(200_000);
    }
    expect(await kept.find(account, "response", "resp_119")).toBeDefined();
    expect(await kept.find(account, "response", "resp_0")).toBeUndefined();
  });

  it("keeps a long row in place of many short ones, and none that would need more", async () => {
    const kept = store({ accountBytes: 200_000 });
    for (let number = 0; number < 150; number++) {
      clock.nowMs += 1;
      await kept.keep(account, response(`resp_${number}`, { content: { input: `["${"x".repeat(500)}"]` } }), []);
    }
    clock.nowMs += 1;
    const long = { input: `["${"x".repeat(90_000)}"]` };
    expect(await kept.keep(account, response("resp_long", { content: long }), [])).toBe(true);
    const { said, is } = await totalOf(account);
    expect(said).toBe(is);
    expect(is).toBeLessThanOrEqual(200_000);
    expect(await kept.find(account, "response", "resp_long")).toBeDefined();
    expect(await kept.find(account, "response", "resp_149")).toBeDefined();
  });

  it("keeps nothing that is longer than all it may keep", async () => {
    const content = { input: `["${"x".repeat(2000)}"]` };
    expect(await store({ accountBytes: 2000 }).keep(account, response("resp_1", { content }), [])).toBe(false);
    expect(await totalOf(account)).toEqual({ said: undefined, is: 0 });
  });

  it("has one row of an id: the latest", async () => {
    await store().keep(account, response("resp_1"), []);
    await store().keep(account, response("resp_1", { content: { input: "[]", response: '{"new":1}' } }), []);
    expect((await store().find(account, "response", "resp_1"))?.content.response).toBe('{"new":1}');
    const { said, is } = await totalOf(account);
    expect(said).toBe(is);
  });
});
