/** What D1 does not take is kept by an object, and delivered once. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";
import type { Closing } from "../../src/billing/closings.ts";
import type { Outbox } from "../../src/billing/outbox.ts";
import { OutboxWallet } from "../../src/billing/outbox-wallet.ts";
import { Outboxes } from "../../src/billing/outboxes.ts";
import { account, addAccount, ask, charge, expectSound, NOON, outboxes, settlement, walletAt } from "./support.ts";

const clock = { nowMs: NOON };
let error: MockInstance<typeof console.error>;
const working = walletAt(clock);
const away = {
  prepare: () => {
    throw new Error("D1_ERROR: Network connection lost.");
  },
} as unknown as D1Database;
/** Its statements are taken, and their answers lost. */
const deaf = {
  prepare: (query: string) => {
    const statement = env.DB.prepare(query);
    return {
      bind: (...values: unknown[]) => ({
        async all() {
          await statement.bind(...values).all();
          throw new Error("D1_ERROR: Network connection lost.");
        },
      }),
    };
  },
} as unknown as D1Database;

beforeEach(() => {
  clock.nowMs = NOON;
  error = vi.spyOn(console, "error").mockImplementation(() => {});
});

function walletOn(database: D1Database, port: Pick<Outboxes, "post"> = outboxes) {
  return new OutboxWallet(walletAt(clock, {}, database), port, {
    now: () => clock.nowMs,
    sleep: async (ms) => void (clock.nowMs += ms),
  });
}

async function held() {
  const id = await addAccount({ balance: 5000 });
  const request = ask(id);
  expect(await working.hold(request)).toMatchObject({ kind: "held" });
  return { id, request };
}

/** The outbox of an account alone; nothing of other tests is in it. */
function shard(name: string) {
  const stub = env.OUTBOXES.getByName(name);
  return { stub, outbox: new Outboxes(() => stub) };
}

async function withDatabase(stub: DurableObjectStub<Outbox>, database: D1Database): Promise<void> {
  await runInDurableObject(stub, (instance) => {
    instance.database = database;
  });
}

describe("a closing that D1 does not take", () => {
  it.each([
    ["is away", away],
    ["loses the answers", deaf],
  ])("is posted, and delivered once, where D1 %s", async (_, database) => {
    const { stub, outbox } = shard(`delivers ${_}`);
    const { id, request } = await held();
    expect(await walletOn(database, outbox).settle(request, settlement(700))).toEqual({ kind: "posted" });
    expect(await stub.waiting()).toMatchObject({ count: 1 });
    expect(await outbox.holding([{ accountId: id, id: request.id }])).toMatchObject({ ids: new Set([request.id]) });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await charge(request)).toMatchObject({ state: "settled", amountNanos: 700, ending: "complete" });
    expect(await account(id)).toMatchObject({ balanceNanos: 4300, heldNanos: 0 });
    expect(await stub.waiting()).toEqual({ count: 0, oldestAtMs: undefined });
    await outbox.post({ charge: request, end: { kind: "settle", settlement: settlement(700) } });
    await runDurableObjectAlarm(stub);
    expect(await account(id)).toMatchObject({ balanceNanos: 4300 });
    await expectSound(id);
  });

  it("is a release, too", async () => {
    const { stub, outbox } = shard("releases");
    const { id, request } = await held();
    expect(await walletOn(away, outbox).release(request, { ending: "failed", costNanos: 3 })).toEqual({
      kind: "posted",
    });
    await runDurableObjectAlarm(stub);
    expect(await charge(request)).toMatchObject({ state: "void", costNanos: 3 });
    await expectSound(id);
  });

  it("is not posted where D1 takes it", async () => {
    const post = vi.fn();
    const { request } = await held();
    expect(await walletOn(env.DB, { post }).settle(request, settlement(1))).toMatchObject({ kind: "closed" });
    expect(post).not.toHaveBeenCalled();
  });

  it("is tried for 20 seconds in turn, where the outbox does not answer either", async () => {
    const post = vi.fn().mockRejectedValue(new Error("no object"));
    const { request } = await held();
    expect(await walletOn(away, { post }).settle(request, settlement(1))).toMatchObject({ kind: "unreachable" });
    expect(clock.nowMs).toBe(NOON + 20_000);
    post.mockRejectedValueOnce(new Error("no object")).mockResolvedValueOnce(undefined);
    expect(await walletOn(away, { post }).settle(request, settlement(1))).toEqual({ kind: "posted" });
    await working.release(request, { ending: "failed" });
  });
});

describe("an outbox", () => {
  it("waits longer each time that D1 is away, a minute at most, and says so", async () => {
    const { stub, outbox } = shard("waits");
    const { request } = await held();
    const later = Date.now() + 1_000_000_000;
    await runInDurableObject(stub, (instance) => {
      instance.now = () => later;
    });
    await outbox.post({ charge: request, end: { kind: "settle", settlement: settlement(9) } });
    await withDatabase(stub, away);
    const pauses: number[] = [];
    for (let n = 0; n < 9; n++) {
      await runDurableObjectAlarm(stub);
      pauses.push(await runInDurableObject(stub, async (_, { storage }) => ((await storage.getAlarm()) ?? 0) - later));
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(String(error.mock.lastCall)).toContain('"event":"closings_waiting","count":1');
    await withDatabase(stub, env.DB);
    await runDurableObjectAlarm(stub);
    expect(await charge(request)).toMatchObject({ state: "settled", amountNanos: 9 });
  });

  it("delivers the others before one that always fails", async () => {
    const { stub, outbox } = shard("poisoned");
    const requests = await Promise.all([held(), held(), held(), held()]);
    // An amount that no column takes.
    const poison = { kind: "settle", settlement: settlement(0.5) } as const;
    for (const { request } of requests.slice(0, 3)) await outbox.post({ charge: request, end: poison });
    const last = requests[3]?.request ?? ask("");
    await outbox.post({ charge: last, end: { kind: "settle", settlement: settlement(8) } });
    await runDurableObjectAlarm(stub);
    expect(await charge(last), "three failures end an alarm").toMatchObject({ state: "held" });
    await runDurableObjectAlarm(stub);
    expect(await charge(last)).toMatchObject({ state: "settled", amountNanos: 8 });
    expect(await stub.waiting()).toMatchObject({ count: 3 });
    for (const { request } of requests.slice(0, 3)) await working.release(request, { ending: "failed" });
  });

  it("gives up what belongs to no charge, and says so", async () => {
    const { stub, outbox } = shard("lost");
    const closing: Closing = { charge: ask("nobody"), end: { kind: "settle", settlement: settlement(8) } };
    await outbox.post(closing);
    await runDurableObjectAlarm(stub);
    expect(await stub.waiting()).toMatchObject({ count: 0 });
    expect(String(error.mock.lastCall)).toContain("closing_without_charge");
  });
});

describe("the outboxes", () => {
  it("keep each account in one of sixteen, and count all", async () => {
    const names = new Set<string>();
    const spread = new Outboxes((name) => {
      names.add(name);
      return {
        post: async () => undefined,
        holding: async () => [],
        waiting: async () => ({ count: 1, oldestAtMs: 5 }),
      };
    });
    for (let n = 0; n < 300; n++) {
      await spread.post({ charge: ask(`account ${n}`), end: { kind: "release", release: { ending: "failed" } } });
    }
    expect(names.size).toBe(16);
    expect(await spread.waiting()).toEqual({ count: 16, oldestAtMs: 5 });
  });

  it("tell which of them does not answer", async () => {
    const dead = new Outboxes(() => {
      throw new Error("no object");
    });
    expect(await dead.holding([{ accountId: "a", id: "1" }])).toEqual({ ids: new Set(), unknown: new Set(["1"]) });
  });
});
