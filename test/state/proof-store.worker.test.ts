import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { beforeEach, expect, it, vi } from "vitest";
import { keptProofs } from "../../schema/index.ts";
import { Sealer } from "../../src/core/seal.ts";
import { forgetExpired } from "../../src/jobs/forget.ts";
import type { CallProofs } from "../../src/operation/chat/call-proofs.ts";
import { ProofStore } from "../../src/state/proof-store.ts";
import { CREDENTIALS_KEY } from "../support/seed.ts";

const DAY = 86_400_000;
const db = drizzle(env.DB);
const clock = { nowMs: 0 };
let account = "";

beforeEach(() => {
  vi.restoreAllMocks();
  clock.nowMs = Date.UTC(2026, 4, 10);
  account = crypto.randomUUID();
});

/** Each store is that of another isolate. */
const store = (over = db) => new ProofStore(over, new Sealer(CREDENTIALS_KEY), () => clock.nowMs);

function away() {
  return drizzle({
    prepare() {
      throw new Error("D1 has gone");
    },
  } as unknown as D1Database);
}

function proofs(id: string, text = "Thought"): CallProofs {
  const proof = { vendor: "anthropic", kind: "signature", value: "s" } as const;
  return { id, name: "f", input: "{}", reasoning: [{ kind: "reasoning", text, proof }] };
}

it("gives back what was kept, in the same isolate and in another one", async () => {
  const first = store();
  await first.keep(account, [proofs("a"), proofs("b")]);
  const expected = new Map([
    ["a", proofs("a")],
    ["b", proofs("b")],
  ]);
  expect(await first.recall(account, ["a", "b"])).toEqual(expected);
  expect(await store().recall(account, ["b", "a", "c"])).toEqual(expected);
});

it("asks no database for what the isolate remembers", async () => {
  const first = store();
  await first.keep(account, [proofs("a")]);
  await db.delete(keptProofs).where(eq(keptProofs.accountId, account));
  expect((await first.recall(account, ["a"])).size).toBe(1);
  expect((await store().recall(account, ["a"])).size).toBe(0);
});

it("remembers that a call has no proofs, so that it need not look for them", async () => {
  const first = store(away());
  await first.keep(account, [{ ...proofs("a"), reasoning: [] }]);
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  expect((await first.recall(account, ["a"])).size).toBe(0);
  expect(warned).not.toHaveBeenCalled();
  await first.recall(account, ["a", "b"]);
  expect(warned, "one that is not known is looked for").toHaveBeenCalledTimes(1);
});

it("gives no account what is another's, and opens no row under another name", async () => {
  await store().keep(account, [proofs("a")]);
  expect((await store().recall("another", ["a"])).size).toBe(0);
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  await db.update(keptProofs).set({ callId: "b" }).where(eq(keptProofs.accountId, account));
  expect((await store().recall(account, ["b"])).size).toBe(0);
  expect(warned).toHaveBeenCalled();
});

it("keeps the latest of an id", async () => {
  await store().keep(account, [proofs("a", "Old")]);
  await store().keep(account, [proofs("a", "New")]);
  expect((await store().recall(account, ["a"])).get("a")?.reasoning[0]?.text).toBe("New");
});

it("keeps nothing that is too long", async () => {
  await store().keep(account, [proofs("a", "x".repeat(500_001)), proofs("b")]);
  expect([...(await store().recall(account, ["a", "b"])).keys()]).toEqual(["b"]);
});

it("forgets after a day", async () => {
  await store().keep(account, [proofs("a")]);
  clock.nowMs += DAY;
  expect((await store().recall(account, ["a"])).size).toBe(0);
  await forgetExpired(env.DB, clock.nowMs);
  expect(await db.select().from(keptProofs).where(eq(keptProofs.accountId, account))).toEqual([]);
});

it("stops no request when the database is away", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  await store(away()).keep(account, [proofs("a")]);
  expect((await store(away()).recall(account, ["a"])).size).toBe(0);
  expect(warned).toHaveBeenCalledTimes(2);
});
