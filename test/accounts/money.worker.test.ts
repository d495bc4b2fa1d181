/** What the functions of `accounts` may do to a balance. */
import { describe, expect, it } from "vitest";
import { readAccount } from "../../src/accounts/accounts.ts";
import { checkBooks } from "../../src/accounts/books.ts";
import { listEntries, postEntry } from "../../src/accounts/entries.ts";
import {
  changeCodeExpiry,
  createCodeBatch,
  listCodeBatches,
  listCodes,
  redeemCode,
} from "../../src/accounts/redeem-codes.ts";
import { expectSound, HOUR } from "../billing/support.ts";
import { allPages, clock, openAccount, served, store } from "./support.ts";

const balanceOf = async (id: string) => (await readAccount(store, id)).balanceNanos;

describe("a redeem code", () => {
  it("pays once, however many calls of how many accounts send it at the same time", async () => {
    const [first, second] = [await openAccount(), await openAccount()];
    const [code = ""] = await createCodeBatch(store, { batch: "once", count: 1, amountNanos: 700 });
    const tries = [first, second, first, second, first].map(async (accountId) =>
      redeemCode(store, { accountId, code }),
    );
    const results = await Promise.allSettled(tries);
    const paid = results.filter((result) => result.status === "fulfilled").map(({ value }) => value);
    expect(paid).toMatchObject([{ entry: { kind: "redeem", amountNanos: 700 }, balanceNanos: 700 }]);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ kind: "invalid_parameter" });
    }
    expect((await balanceOf(first)) + (await balanceOf(second))).toBe(700);
    const [used] = (await listCodes(store, "once", { limit: 9 })).rows;
    expect(used).toMatchObject({ redeemedBy: paid[0]?.entry.accountId, redeemedAt: clock.nowMs });
    await expectSound(first);
    await expectSound(second);
  });

  it("can be read only when it is made", async () => {
    const codes = await createCodeBatch(store, { batch: "secret", count: 3, amountNanos: 5 });
    const shown = JSON.stringify([
      await listCodes(store, "secret", { limit: 9 }),
      await listCodeBatches(store, { limit: 9 }),
    ]);
    for (const code of codes) {
      expect(shown).not.toContain(code);
      expect(shown).not.toContain(code.replaceAll("-", ""));
    }
  });

  it("pays nothing once its batch is withdrawn; what was paid stays", async () => {
    const accountId = await openAccount();
    const [paid = "", unused = ""] = await createCodeBatch(store, { batch: "withdrawn", count: 2, amountNanos: 5 });
    await redeemCode(store, { accountId, code: paid });
    const batch = await changeCodeExpiry(store, "withdrawn", clock.nowMs - 1);
    expect(batch).toMatchObject({ codes: 2, redeemed: 1, expiresAt: clock.nowMs - 1 });
    const codes = (await listCodes(store, "withdrawn", { limit: 9 })).rows;
    for (const { redeemedBy, expiresAt } of codes) expect(expiresAt).toBe(redeemedBy === null ? batch.expiresAt : null);
    await expect(redeemCode(store, { accountId, code: unused })).rejects.toMatchObject({ kind: "invalid_parameter" });
    expect(await balanceOf(accountId)).toBe(5);
    const again = createCodeBatch(store, { batch: "withdrawn", count: 1, amountNanos: 5 });
    await expect(again).rejects.toMatchObject({ kind: "conflict" });
    await expect(changeCodeExpiry(store, "no-such", null)).rejects.toMatchObject({ kind: "resource_not_found" });
  });
});

describe("a refund", () => {
  it.each([[1], [399], [400], [undefined]])("of %s never gives more than the charge took", async (amountNanos) => {
    const accountId = await openAccount(1000);
    const chargeId = await served({ accountId }, { amountNanos: 400 });
    const who = { accountId, by: "operator" };
    const tooMuch = postEntry(store, who, { kind: "refund", chargeId, amountNanos: 401 });
    await expect(tooMuch).rejects.toMatchObject({ kind: "invalid_parameter", options: { param: "amount" } });
    const refund = { kind: "refund", chargeId, ...(amountNanos === undefined ? {} : { amountNanos }) } as const;
    const posted = await Promise.all([1, 2, 3].map(async () => postEntry(store, who, refund)));
    expect(posted.filter(({ replayed }) => !replayed)).toHaveLength(1);
    for (const more of [1, 400 - (amountNanos ?? 0), 399, 400]) {
      if (more === (amountNanos ?? 400) || more === 0) continue;
      const second = postEntry(store, who, { kind: "refund", chargeId, amountNanos: more });
      await expect(second, String(more)).rejects.toMatchObject({ kind: "conflict" });
    }
    expect(await balanceOf(accountId)).toBe(600 + (amountNanos ?? 400));
    await expectSound(accountId);
  });

  it("is refused to another account than the payer", async () => {
    const [payer, other] = [await openAccount(1000), await openAccount()];
    const chargeId = await served({ accountId: payer }, { amountNanos: 400 });
    const refund = postEntry(store, { accountId: other, by: "operator" }, { kind: "refund", chargeId });
    await expect(refund).rejects.toMatchObject({ kind: "resource_not_found" });
    expect([await balanceOf(payer), await balanceOf(other)]).toEqual([600, 0]);
  });
});

describe("entries", () => {
  it("are listed the latest first, each once, even if several are of the same moment", async () => {
    const accountId = await openAccount();
    const posted: string[] = [];
    for (const [moment, ids] of [["b", "a", "c"], ["z"], ["e", "d"]].entries()) {
      clock.nowMs += HOUR;
      for (const id of ids) {
        await postEntry(
          store,
          { accountId, by: "me" },
          { kind: "top_up", id, amountNanos: 1, reference: String(moment) },
        );
      }
      posted.unshift(...ids.toSorted().toReversed());
    }
    for (const limit of [1, 2, 3, 5, 6, 7]) {
      const listed = await allPages(async (page) => listEntries(store, accountId, page), limit);
      expect(
        listed.map(({ id }) => id),
        String(limit),
      ).toEqual(posted);
      expect(new Set(listed.map(({ actor }) => actor))).toEqual(new Set(["me"]));
    }
  });

  it("keep the invariants", async () => {
    expect(await allPages(async (page) => checkBooks(store, page), 3)).toEqual([]);
  });
});
