import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { accounts } from "../../schema/index.ts";
import { Fault } from "../../src/core/fault.ts";
import {
  account,
  addAccount,
  addQuotaKey,
  ask,
  charge,
  chargesOf,
  db,
  expectSound,
  HOUR,
  NOON,
  settlement,
  tally,
  WatchedD1,
  walletAt,
} from "./support.ts";

const clock = { nowMs: NOON };
const wallet = walletAt(clock);

beforeEach(() => {
  clock.nowMs = NOON;
});

describe("one charge", () => {
  it("reserves, charges and returns the rest", async () => {
    const id = await addAccount({ balance: 10_000 });
    const request = ask(id, { estimateNanos: 4000, model: "asked", request: { endpoint: "chat" } });
    expect(await wallet.hold(request)).toEqual({ kind: "held", funding: "balance", day: "2026-05-10", nanos: 4000 });
    expect(await account(id)).toMatchObject({ balanceNanos: 10_000, heldNanos: 4000, openCharges: 1 });
    await expectSound(id);
    const closed = await wallet.settle(request, settlement(1500, { costNanos: 7, attempts: [{ route: "r" }] }));
    expect(closed).toEqual({
      kind: "closed",
      state: "settled",
      amountNanos: 1500,
      writtenOffNanos: 0,
      replayed: false,
    });
    expect(await account(id)).toMatchObject({ balanceNanos: 8500, heldNanos: 0, openCharges: 0 });
    expect(await charge(request)).toMatchObject({
      state: "settled",
      model: "m",
      month: "2026-05",
      costNanos: 7,
      inputTokens: 1,
      outputTokens: 2,
      cachedReadTokens: null,
      attempts: '[{"route":"r"}]',
      request: '{"endpoint":"chat"}',
      ending: "complete",
    });
    await expectSound(id);
  });

  it("gives everything back when it is released", async () => {
    const id = await addAccount({ balance: 10_000 });
    const request = ask(id);
    await wallet.hold(request);
    const closed = await wallet.release(request, { ending: "failed", upstream: "u", costNanos: 3 });
    expect(closed).toMatchObject({ state: "void", amountNanos: 0 });
    expect(await account(id)).toMatchObject({ balanceNanos: 10_000, heldNanos: 0, openCharges: 0 });
    expect(await charge(request)).toMatchObject({ state: "void", upstream: "u", costNanos: 3, ending: "failed" });
    await expectSound(id);
  });

  it("never exceeds its hold, whatever the upstream reports", async () => {
    const id = await addAccount({ balance: 1000 });
    const request = ask(id, { estimateNanos: 1000 });
    await wallet.hold(request);
    const closed = await wallet.settle(request, settlement(10_000));
    expect(closed).toMatchObject({ amountNanos: 1000, writtenOffNanos: 9000 });
    expect(await account(id)).toMatchObject({ balanceNanos: 0, heldNanos: 0 });
    await expectSound(id);
  });

  it("costs nothing on a free model, without a balance", async () => {
    const id = await addAccount();
    const request = ask(id, { estimateNanos: 0 });
    expect(await wallet.hold(request)).toMatchObject({ kind: "held" });
    expect(await wallet.settle(request, settlement(0))).toMatchObject({ amountNanos: 0 });
    await expectSound(id);
  });

  it("costs nothing on a free model, even with a negative balance", async () => {
    const id = await addAccount({ unlimited: true });
    const spent = ask(id);
    await wallet.hold(spent);
    await wallet.settle(spent, settlement(1000));
    await db.update(accounts).set({ unlimited: false }).where(eq(accounts.id, id));
    expect(await wallet.hold(ask(id, { estimateNanos: 0 }))).toMatchObject({ kind: "held", nanos: 0 });
    expect(await wallet.hold(ask(id, { estimateNanos: 1 }))).toMatchObject({ refusal: "insufficient_balance" });
  });

  it("is counted but not compared for an unlimited account", async () => {
    const id = await addAccount({ unlimited: true, balance: 5 });
    const request = ask(id);
    expect(await wallet.hold(request)).toMatchObject({ kind: "held", funding: "balance", nanos: 1000 });
    await wallet.settle(request, settlement(1000));
    expect(await account(id)).toMatchObject({ balanceNanos: -995, heldNanos: 0 });
    await expectSound(id);
  });
});

describe("a hold", () => {
  it("takes what is free where that is of use, and no less", async () => {
    const id = await addAccount({ balance: 700 });
    expect(await wallet.hold(ask(id, { leastNanos: 701 }))).toMatchObject({ refusal: "insufficient_balance" });
    expect(await wallet.hold(ask(id, { leastNanos: 700 }))).toMatchObject({ kind: "held", nanos: 700 });
    expect(await account(id)).toMatchObject({ balanceNanos: 700, heldNanos: 700 });
    await expectSound(id);
  });

  it("is raised as far as money is free, never lowered, and bounds the charge", async () => {
    const id = await addAccount({ balance: 3000 });
    const request = ask(id);
    await wallet.hold(request);
    expect(await wallet.checkpoint(request, settlement(900), 1800)).toBe(1800);
    expect(await wallet.checkpoint(request, undefined, 500)).toBe(1800);
    expect(await account(id)).toMatchObject({ heldNanos: 1800 });
    expect(await wallet.checkpoint(request, settlement(1700), 9000)).toBe(3000);
    expect(await account(id)).toMatchObject({ heldNanos: 3000 });
    expect(await wallet.settle(request, settlement(3500))).toMatchObject({ amountNanos: 3000, writtenOffNanos: 500 });
    expect(await account(id)).toMatchObject({ balanceNanos: 0, heldNanos: 0 });
    await expectSound(id);
  });

  it("charges no more than is payable, and writes off the rest", async () => {
    const id = await addAccount({ balance: 3000 });
    const request = ask(id, { estimateNanos: 2000 });
    await wallet.hold(request);
    const closed = await wallet.settle(request, { ...settlement(1500), payableNanos: 400 });
    expect(closed).toMatchObject({ state: "settled", amountNanos: 400, writtenOffNanos: 1100 });
    expect(await account(id)).toMatchObject({ balanceNanos: 2600, writtenOffNanos: 1100 });
    await expectSound(id);
  });

  it("is refused by the storage itself where a statement would raise it beyond what is free", async () => {
    const id = await addAccount({ balance: 3000 });
    const request = ask(id);
    await wallet.hold(request);
    const raise = env.DB.prepare("UPDATE charges SET estimate = 3001 WHERE id = ?").bind(request.id).run();
    await expect(raise).rejects.toThrow("insufficient_balance");
    await wallet.settle(request, settlement(1));
    const late = env.DB.prepare("UPDATE charges SET estimate = 1001 WHERE id = ?").bind(request.id).run();
    await expect(late).rejects.toThrow("charge_is_frozen");
    await expectSound(id);
  });

  it("is one of so many that an account may have open at once", async () => {
    const id = await addAccount({ balance: 100_000 });
    const few = walletAt(clock, { maxOpen: 3 });
    const requests = Array.from({ length: 20 }, () => ask(id));
    const outcomes = await Promise.all(requests.map(async (request) => few.hold(request)));
    expect(tally(outcomes)).toEqual({ held: 3, concurrency_limited: 17 });
    const open = requests.find((_, position) => outcomes[position]?.kind === "held");
    if (open === undefined) throw new Error("none is open");
    expect(await few.hold(open)).toMatchObject({ kind: "held" });
    await few.settle(open, settlement(1));
    expect(await few.hold(ask(id))).toMatchObject({ kind: "held" });
    await expectSound(id);
  });

  it("is the whole at the model's own maximum once too much was written off today, and then none", async () => {
    const id = await addAccount({ balance: 100_000 });
    const careful = walletAt(clock, { lossLimitNanos: 5000 });
    const lose = async (nanos: number) => {
      const request = ask(id, { leastNanos: 10, ceilingNanos: 2000 });
      const outcome = await careful.hold(request);
      if (outcome.kind === "held") await careful.settle(request, settlement(outcome.nanos + nanos));
      return outcome;
    };
    expect(await lose(5000)).toMatchObject({ nanos: 1000 });
    expect(await account(id)).toMatchObject({ writtenOffDay: "2026-05-10", writtenOffNanos: 5000 });
    expect(await lose(4999)).toMatchObject({ nanos: 2000 });
    expect(await lose(1)).toMatchObject({ nanos: 2000 });
    expect(await lose(1)).toEqual({ kind: "refused", refusal: "too_much_written_off" });
    await expectSound(id);
    clock.nowMs = NOON + 24 * HOUR;
    expect(await lose(1)).toMatchObject({ nanos: 1000 });
    expect(await account(id)).toMatchObject({ writtenOffDay: "2026-05-11", writtenOffNanos: 1 });
    await expectSound(id);
  });

  it("of an account that lost too much takes no less than the whole", async () => {
    const id = await addAccount({ balance: 3000 });
    const careful = walletAt(clock, { lossLimitNanos: 1 });
    const first = ask(id);
    await careful.hold(first);
    await careful.settle(first, settlement(1001));
    expect(await careful.hold(ask(id, { leastNanos: 1, ceilingNanos: 2001 }))).toEqual({
      kind: "refused",
      refusal: "insufficient_balance",
    });
    expect(await careful.hold(ask(id, { leastNanos: 1, ceilingNanos: 2000 }))).toMatchObject({ nanos: 2000 });
    await expectSound(id);
  });

  it("does not block an unlimited account, however much is asked for", async () => {
    const id = await addAccount({ unlimited: true });
    for (let open = 0; open < 3; open++) {
      expect(await wallet.hold(ask(id, { estimateNanos: Math.floor(Number.MAX_SAFE_INTEGER / 1000) }))).toMatchObject({
        kind: "held",
      });
    }
    await expectSound(id);
  });
});

describe("refusals", () => {
  it("refuses a hold that the balance does not cover, and writes nothing", async () => {
    const id = await addAccount({ balance: 999 });
    expect(await wallet.hold(ask(id))).toEqual({ kind: "refused", refusal: "insufficient_balance" });
    expect(await chargesOf(id)).toEqual([]);
    expect(await account(id)).toMatchObject({ balanceNanos: 999, heldNanos: 0, openCharges: 0 });
  });

  it("does not take text of a request for an error of the database", async () => {
    const id = await addAccount({ balance: 10 });
    const outcome = await wallet.hold(ask(id, { model: "key_quota_exhausted: daily_limit_reached" }));
    expect(outcome).toEqual({ kind: "refused", refusal: "insufficient_balance" });
  });

  it("makes no hold for an unknown account", async () => {
    await expect(wallet.hold(ask("nobody"))).rejects.toMatchObject({ kind: "internal_error" });
  });
});

it.each([0.5, -1, Number.NaN, 2 ** 53])("refuses %s as an amount", async (broken) => {
  const id = await addAccount({ balance: 5_000_000 });
  await expect(wallet.hold(ask(id, { estimateNanos: broken }))).rejects.toThrow();
  const request = ask(id);
  await wallet.hold(request);
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(await wallet.settle(request, settlement(broken))).toMatchObject({ kind: "unreachable" });
  expect(error.mock.lastCall?.[0]).toContain(request.id);
  expect(await charge(request)).toMatchObject({ state: "held", amountNanos: 0 });
  await expectSound(id);
});

describe("replays", () => {
  it("acknowledges the same hold again and reserves once", async () => {
    const id = await addAccount({ balance: 1000 });
    const request = ask(id);
    const first = await wallet.hold(request);
    expect(await wallet.hold(request)).toEqual(first);
    expect(await account(id)).toMatchObject({ heldNanos: 1000, openCharges: 1 });
    await expectSound(id);
  });

  it("does not acknowledge another request's charge, nor one that is closed", async () => {
    const id = await addAccount({ balance: 5000 });
    const request = ask(id);
    await wallet.hold(request);
    await expect(wallet.hold({ ...request, nonce: "other" })).rejects.toMatchObject({ kind: "internal_error" });
    await wallet.release(request, { ending: "failed" });
    await expect(wallet.hold(request)).rejects.toBeInstanceOf(Fault);
    await expectSound(id);
  });

  it("settles once", async () => {
    const id = await addAccount({ balance: 5000 });
    const request = ask(id);
    await wallet.hold(request);
    await wallet.settle(request, settlement(600));
    expect(await wallet.settle(request, settlement(900))).toMatchObject({ amountNanos: 600, replayed: true });
    expect(await wallet.release(request, { ending: "failed" })).toMatchObject({ state: "settled", replayed: true });
    expect(await account(id)).toMatchObject({ balanceNanos: 4400, heldNanos: 0 });
    await expectSound(id);
  });

  it("is not changed by a checkpoint after it is closed", async () => {
    const id = await addAccount({ balance: 5000 });
    const request = ask(id);
    await wallet.hold(request);
    await wallet.settle(request, settlement(400));
    const closed = await charge(request);
    clock.nowMs = NOON + 1000;
    expect(await wallet.checkpoint(request)).toBeUndefined();
    expect(await wallet.checkpoint(request, settlement(700))).toBeUndefined();
    expect(await charge(request)).toEqual(closed);
  });

  it("does not settle what was released", async () => {
    const id = await addAccount({ balance: 5000 });
    const request = ask(id);
    await wallet.hold(request);
    await wallet.release(request, { ending: "failed" });
    expect(await wallet.settle(request, settlement(600))).toMatchObject({
      state: "void",
      amountNanos: 0,
      replayed: true,
    });
    expect(await account(id)).toMatchObject({ balanceNanos: 5000 });
  });

  it("settles nothing without the nonce", async () => {
    const id = await addAccount({ balance: 5000 });
    const request = ask(id);
    await wallet.hold(request);
    expect(await wallet.settle({ ...request, nonce: "guess" }, settlement(1))).toEqual({ kind: "missing" });
    expect(await wallet.checkpoint({ ...request, nonce: "guess" })).toBeUndefined();
    expect(await wallet.settle(ask(id), settlement(1))).toEqual({ kind: "missing" });
    expect(await charge(request)).toMatchObject({ state: "held" });
  });
});

describe("a storage that fails", () => {
  const watched = new WatchedD1();
  const shaky = walletAt(clock, {}, watched.db);

  it.each([[["lost", "lost"]], [["unheard"]], [["unheard", "lost"]]] as const)(
    "is tried again: %j",
    async (failures) => {
      const id = await addAccount({ balance: 5000 });
      const request = ask(id);
      watched.failures = [...failures];
      expect(await shaky.hold(request)).toMatchObject({ kind: "held" });
      expect(await account(id)).toMatchObject({ heldNanos: 1000, openCharges: 1 });
      watched.failures = [...failures];
      expect(await shaky.settle(request, settlement(600))).toMatchObject({ kind: "closed", amountNanos: 600 });
      expect(await account(id)).toMatchObject({ balanceNanos: 4400, heldNanos: 0 });
      await expectSound(id);
    },
  );

  it("is given up after three tries", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const id = await addAccount({ balance: 5000 });
    watched.failures = ["lost", "lost", "lost"];
    const hold = shaky.hold(ask(id));
    await expect(hold).rejects.toMatchObject({ kind: "overloaded", row: { status: 503 } });
    watched.failures = ["lost", "lost", "lost"];
    expect(await shaky.settle(ask(id), settlement(1))).toMatchObject({ kind: "unreachable" });
    expect(watched.failures).toEqual([]);
  });

  it("is not asked again after a refusal", async () => {
    const id = await addAccount();
    const before = watched.statements;
    await shaky.hold(ask(id));
    expect(watched.statements - before).toBe(1);
  });
});

describe("rows written", () => {
  const watched = new WatchedD1();
  const counting = walletAt(clock, {}, watched.db);

  async function written(work: () => Promise<unknown>): Promise<number> {
    watched.rowsWritten = 0;
    await work();
    return watched.rowsWritten;
  }

  it.each([
    [4, {}],
    [6, { quotaTotalNanos: 10_000, quotaDayNanos: 10_000, quotaMonthNanos: 10_000 }],
  ])("are %i a request", async (rows, quota) => {
    const id = await addAccount({ balance: 10_000 });
    const request = ask(id, { keyId: await addQuotaKey(id, quota), request: { endpoint: "chat" } });
    expect(await written(async () => counting.hold(request))).toBe(rows / 2);
    expect(await written(async () => counting.checkpoint(request, settlement(5)))).toBe(1);
    expect(await written(async () => counting.settle(request, settlement(600)))).toBe(rows / 2);
    expect(await written(async () => counting.settle(request, settlement(600)))).toBe(0);
  });

  it("are none when it is refused, and as many when it is released", async () => {
    const id = await addAccount({ balance: 1000 });
    expect(await written(async () => counting.hold(ask(id, { estimateNanos: 1001 })))).toBe(0);
    expect(await chargesOf(id)).toEqual([]);
    const request = ask(id);
    await counting.hold(request);
    expect(await written(async () => counting.release(request, { ending: "failed" }))).toBe(2);
  });
});

describe("concurrency", () => {
  it("admits exactly what the balance covers", async () => {
    const id = await addAccount({ balance: 300_000 });
    const requests = Array.from({ length: 1000 }, () => ask(id, { estimateNanos: 1000 }));
    const outcomes = await Promise.all(requests.map(async (request) => wallet.hold(request)));
    expect(tally(outcomes)).toEqual({ held: 300, insufficient_balance: 700 });
    const held = requests.filter((_, position) => outcomes[position]?.kind === "held");
    await Promise.all(held.map(async (request) => wallet.settle(request, settlement(1000))));
    expect(await account(id)).toMatchObject({ balanceNanos: 0, heldNanos: 0, openCharges: 0 });
    await expectSound(id);
  }, 60_000);

  it("admits the next request as soon as cheaper ones settle", async () => {
    const id = await addAccount({ balance: 3000 });
    const first = [ask(id), ask(id), ask(id)];
    for (const request of first) expect(await wallet.hold(request)).toMatchObject({ kind: "held" });
    expect(await wallet.hold(ask(id))).toMatchObject({ kind: "refused" });
    for (const request of first) await wallet.settle(request, settlement(600));
    expect((await account(id)).balanceNanos).toBe(1200);
    expect(await wallet.hold(ask(id))).toMatchObject({ kind: "held" });
    await expectSound(id);
  });
});
