/** The account API: what the holder of a key sees of its own account, and never of another. */
import { uuidv7 } from "../../../src/core/id.ts";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { rollUpAll } from "../../jobs/rounds.ts";
import { newChargeRef, type Settlement } from "../../../src/billing/wallet.ts";
import { HOUR, NOON, settlement, walletAt } from "../../billing/support.ts";
import { ADMIN_TOKEN, appWith, caller, expectStatus, type Call, type Clock } from "./support.ts";

const clock: Clock = { nowMs: NOON };
const app = appWith({}, clock);
const wallet = walletAt(clock);
const operator = caller(app, ADMIN_TOKEN);
const post = async (path: string, body: unknown) => (await operator("POST", `/admin/api${path}`, body)).body;
const DAY = 24 * HOUR;

interface Customer {
  readonly id: string;
  readonly keyId: string;
  readonly client: Call;
}

async function customer(name: string, balance: number, key: Record<string, unknown> = {}): Promise<Customer> {
  const { id } = await post("/accounts", { name });
  if (balance > 0) await post(`/accounts/${id}/entries`, { kind: "top_up", id: "first", amount_nanos: balance });
  const created = await post(`/accounts/${id}/keys`, { name: `${name}'s key`, manages_account: true, ...key });
  return { id, keyId: created.id, client: caller(app, created.key) };
}

/** A request that was held, served and settled. */
async function served({ id, keyId }: Customer, values: Partial<Settlement>): Promise<string> {
  const ref = newChargeRef(id, uuidv7(clock.nowMs));
  const request = { endpoint: "POST /v1/chat/completions", stream: true, upstream_host: "secret.example" };
  const held = await wallet.hold({ ...ref, keyId, estimateNanos: values.amountNanos ?? 0, request });
  expect(held.kind).toBe("held");
  await wallet.settle(ref, settlement(0, { model: "priced", priceVersion: 0, ...values }));
  return ref.id;
}

beforeAll(async () => {
  await post("/groups", { id: "vip", name: "VIP", ratio_ppm: 1_500_000 });
  await post("/models", { id: "priced", operation: "chat" });
  await post("/models", { id: "hidden", operation: "chat" });
  await post("/models", { id: "priceless", operation: "chat" });
  const price = { effective_at: "1970-01-01T00:00:00Z", output_nanos: 280_000 };
  await post("/prices", {
    ...price,
    model_id: "priced",
    input_nanos: 140_001,
    cached_read_nanos: 14_000,
    cost_input_nanos: 9,
    cost_call_nanos: 9,
    image_nanos: 90,
    cost_image_nanos: 30,
    rates: [{ unit: "image", when: { size: "256x256" }, price_nanos: 20, cost_nanos: 9 }],
  });
  await post("/prices", { ...price, model_id: "hidden", input_nanos: 1 });
  await post("/prices", { model_id: "priced", effective_at: "2090-01-01T00:00:00Z", input_nanos: 9, output_nanos: 9 });
  await operator("PATCH", "/admin/api/models/hidden", { disabled: true });
});

describe("GET /api/account", () => {
  it("shows the balance and the key of an account without a plan", async () => {
    const { id, keyId, client } = await customer("Plain", 2_500_000_000, {
      group_id: "vip",
      quota_day_nanos: 1_000_000_000,
    });
    const body = await expectStatus(client("GET", "/api/account"), 200);
    expect(body).toMatchObject({
      id,
      name: "Plain",
      balance_nanos: 2_500_000_000,
      balance: "2.5",
      held: "0",
      available: "2.5",
      unlimited: false,
      plan: null,
      key: { id: keyId, group_id: "vip", ratio_ppm: 1_500_000, quota_day: "1", quota_left: "1", quota_total: null },
    });
    expect(JSON.stringify(body)).not.toMatch(/hash|allowed_ips/);
  });

  it("shows the plan, what is left of today's allowance, and when the next one begins", async () => {
    const mine = await customer("Planned", 0);
    await post("/plans", {
      id: "daily",
      name: "Daily",
      tier: 1,
      allowance_nanos: 3_000_000_000,
      allowance_requests: 10,
    });
    await operator("PATCH", `/admin/api/accounts/${mine.id}`, {
      plan_id: "daily",
      plan_expires_at: "2026-12-31T00:00:00Z",
    });
    await served(mine, { amountNanos: 250_000_000 });
    const { plan, balance } = await expectStatus(mine.client("GET", "/api/account"), 200);
    expect(balance).toBe("0");
    expect(plan).toEqual({
      id: "daily",
      name: "Daily",
      tier: 1,
      expires_at: "2026-12-31T00:00:00.000Z",
      allowance: {
        limit_nanos: 3_000_000_000,
        limit: "3",
        left_nanos: 2_750_000_000,
        left: "2.75",
        limit_requests: 10,
        left_requests: 9,
        resets_at: "2026-05-10T16:00:00.000Z",
      },
    });
    await operator("PATCH", `/admin/api/accounts/${mine.id}`, { plan_expires_at: "2026-01-01T00:00:00Z" });
    expect((await mine.client("GET", "/api/account")).body.plan).toBeNull();
  });
});

describe("a key that does not manage its account", () => {
  it("sees its own charges, usage and funds, and not those of the account's other keys", async () => {
    const manager = await customer("Shared", 9_000_000_000);
    const { id } = manager;
    const created = await post(`/accounts/${id}/keys`, { name: "worker", quota_total_nanos: 1_000_000_000 });
    expect(created.manages_account).toBe(false);
    const worker = { id, keyId: created.id, client: caller(app, created.key) };
    const theirs = await served(manager, { amountNanos: 300_000_000 });
    const own = await served(worker, { amountNanos: 20_000_000 });

    const ids = async ({ client }: Customer) =>
      (await expectStatus(client("GET", "/api/charges"), 200)).data.map((charge: { id: string }) => charge.id);
    expect(await ids(worker)).toEqual([own]);
    expect((await ids(manager)).toSorted()).toEqual([own, theirs].toSorted());
    await expectStatus(worker.client("GET", `/api/charges/${own}`), 200);
    await expectStatus(worker.client("GET", `/api/charges/${theirs}`), 404);

    for (const group of ["day", "model", "key"]) {
      const { data } = await expectStatus(worker.client("GET", `/api/usage?group=${group}`), 200);
      expect(data).toHaveLength(1);
      expect(data[0]).toMatchObject({ requests: 1, amount: "0.02" });
    }
    const account = await expectStatus(worker.client("GET", "/api/account"), 200);
    expect(account).toMatchObject({ balance: null, balance_nanos: null, held: null, available: "0.98" });
    expect(await expectStatus(manager.client("GET", "/api/account"), 200)).toMatchObject({
      balance: "8.68",
      available: "8.68",
    });
  });

  it("feeds balance widgets as ever, with what it spent itself between two days", async () => {
    const manager = await customer("Widgets", 5_000_000_000);
    const { key } = await post(`/accounts/${manager.id}/keys`, { name: "worker" });
    const worker = caller(app, key);
    await served(manager, { amountNanos: 1_000_000_000 });
    const token = await expectStatus(worker("GET", "/api/usage/token"), 200);
    expect(token.data).toMatchObject({ total_granted: 2_500_000, total_available: 2_000_000 });
    const limit = await expectStatus(worker("GET", "/v1/dashboard/billing/subscription"), 200);
    expect(limit).toMatchObject({ hard_limit_usd: 5 });
    const spent = async (call: Call) =>
      (await expectStatus(call("GET", "/dashboard/billing/usage?start_date=2000-01-01&end_date=2099-12-31"), 200))
        .total_usage;
    expect([await spent(worker), await spent(manager.client)]).toEqual([0, 100]);
  });

  it("redeems no code, until the operator lets it manage the account", async () => {
    const { codes } = await post("/code-batches", { batch: "for-managers", count: 1, amount_nanos: 7 });
    const { id } = await post("/accounts", { name: "Redeemer" });
    const { id: keyId, key } = await post(`/accounts/${id}/keys`, { name: "k" });
    const refused = await expectStatus(caller(app, key)("POST", "/api/redeem", { code: codes[0] }), 403);
    expect(refused.error.message).toContain("may not manage its account");
    await expectStatus(operator("PATCH", `/admin/api/accounts/${id}/keys/${keyId}`, { manages_account: true }), 200);
    // In another isolate, which has not cached the key.
    await expectStatus(caller(appWith({}, clock), key)("POST", "/api/redeem", { code: codes[0] }), 200);
  });
});

describe("receipts", () => {
  it("recompute the sum line by line from the frozen price, and name no upstream or route", async () => {
    const mine = await customer("Payer", 5_000_000_000);
    const usage = { input: 1000, cachedRead: 500, output: 333 };
    // (1000 × 140,001 + 500 × 14,000 + 333 × 280,000) / 1000 × 1.5, rounded half up.
    const amountNanos = 360_362;
    const charge = await served(mine, {
      usage,
      amountNanos,
      ratioPpm: 1_500_000,
      route: "secret-route",
      upstream: "secret-upstream",
      costNanos: 77,
      attempts: [
        { route: "secret-route", upstream: "secret-upstream", credential: "c", outcome: "out_of_funds", ms: 5 },
        { route: "secret-route", upstream: "secret-upstream", credential: "c", outcome: "answered", ms: 7 },
      ],
    });
    const receipt = await expectStatus(mine.client("GET", `/api/charges/${charge}`), 200);
    expect(receipt).toMatchObject({
      id: charge,
      state: "settled",
      model: "priced",
      amount_nanos: amountNanos,
      sum_nanos: amountNanos,
      written_off_nanos: 0,
      ratio_ppm: 1_500_000,
      price_version: "1970-01-01T00:00:00.000Z",
      input_tokens: 1000,
      reasoning_tokens: null,
      ending: "complete",
      attempts: [
        { outcome: "failed", ms: 5 },
        { outcome: "answered", ms: 7 },
      ],
      request: { endpoint: "POST /v1/chat/completions", stream: true },
      lines: [
        { class: "input_tokens", count: 1000, unit_nanos: 140_001, unit: "0.000140001", per: 1000, nanos: "140001" },
        { class: "cached_read_tokens", count: 500, unit_nanos: 14_000, per: 1000, nanos: "7000" },
        { class: "output_tokens", count: 333, unit_nanos: 280_000, per: 1000, nanos: "93240" },
      ],
    });
    expect(JSON.stringify(receipt)).not.toMatch(/secret|cost|out_of_funds|nonce/);
    expect((await mine.client("GET", `/api/charges/req_${charge}`)).body).toEqual(receipt);
    const list = await expectStatus(mine.client("GET", "/api/charges"), 200);
    expect(list.data).toEqual([expect.objectContaining({ id: charge, amount: "0.000360362" })]);
    expect(JSON.stringify(list)).not.toMatch(/secret|cost|nonce/);

    const whole = await expectStatus(operator("GET", `/admin/api/accounts/${mine.id}/charges/${charge}`), 200);
    expect(whole).toMatchObject({
      route: "secret-route",
      upstream: "secret-upstream",
      cost_nanos: 77,
      lines: receipt.lines,
    });
    expect(whole.attempts).toHaveLength(2);

    const other = await customer("Curious", 1);
    await expectStatus(other.client("GET", `/api/charges/${charge}`), 404);
    await expectStatus(operator("GET", `/admin/api/accounts/${other.id}/charges/${charge}`), 404);
    expect((await other.client("GET", "/api/charges")).body).toEqual({ data: [], next_cursor: null });
  });

  it("name what the price depended on", async () => {
    const mine = await customer("Painter", 1000);
    const charge = await served(mine, { usage: { images: 3 }, amountNanos: 60, attributes: { size: "256x256" } });
    expect((await mine.client("GET", `/api/charges/${charge}`)).body).toMatchObject({
      attributes: { size: "256x256" },
      sum_nanos: 60,
      lines: [{ class: "images", count: 3, unit_nanos: 20, per: 1, nanos: "60" }],
    });
  });

  it("are refunded once, to the account that paid", async () => {
    const mine = await customer("Refunded", 1_000_000_000);
    const other = await customer("Not refunded", 1_000_000_000);
    const charge = await served(mine, { amountNanos: 400 });
    const refund = { kind: "refund", charge_id: charge, amount_nanos: 300, reason: "a bad answer" };
    const path = `/admin/api/accounts/${mine.id}/entries`;
    await expectStatus(operator("POST", path, { ...refund, amount_nanos: 401 }), 400);
    await expectStatus(operator("POST", `/admin/api/accounts/${other.id}/entries`, refund), 404);
    const first = await expectStatus(operator("POST", path, refund), 200);
    expect(first).toMatchObject({
      replayed: false,
      entry: { id: `refund:${charge}`, amount_nanos: 300, reference: charge },
    });
    expect(await expectStatus(operator("POST", path, refund), 200)).toMatchObject({ replayed: true });
    await expectStatus(operator("POST", path, { ...refund, amount_nanos: 100 }), 409);
    expect((await mine.client("GET", "/api/account")).body.balance_nanos).toBe(999_999_900);
    expect((await other.client("GET", "/api/account")).body.balance_nanos).toBe(1_000_000_000);
  });

  it("come in pages, the latest first, open ones too", async () => {
    const mine = await customer("Pager", 5_000_000_000);
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      clock.nowMs += 1000;
      ids.unshift(await served(mine, { amountNanos: 1 }));
    }
    clock.nowMs += 1000;
    const open = newChargeRef(mine.id, uuidv7(clock.nowMs));
    await wallet.hold({ ...open, keyId: mine.keyId, estimateNanos: 5 });
    ids.unshift(open.id);
    const first = (await mine.client("GET", "/api/charges?limit=3")).body;
    const second = (await mine.client("GET", `/api/charges?limit=3&cursor=${first.next_cursor}`)).body;
    expect([...first.data, ...second.data].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    expect((await mine.client("GET", `/api/charges/${open.id}`)).body).toMatchObject({
      state: "held",
      lines: [],
      sum_nanos: 0,
    });
    expect((await mine.client("GET", "/api/account")).body).toMatchObject({ held_nanos: 5 });
  });
});

describe("GET /api/prices", () => {
  it("lists the prices in effect and the ratio of the key's group, not what the operator pays", async () => {
    const plain = await customer("Plain", 0);
    const vip = await customer("Vip", 0, { group_id: "vip" });
    const body = await expectStatus(plain.client("GET", "/api/prices"), 200);
    expect(body.data).toEqual([
      expect.objectContaining({
        model: "priced",
        ratio_ppm: 1_000_000,
        input_nanos: 140_001,
        cached_read: "0.000014",
        reasoning: null,
        call: null,
        rates: [
          { unit: "input", when: {}, price_nanos: 140_001, price: "0.000140001" },
          { unit: "cached_read", when: {}, price_nanos: 14_000, price: "0.000014" },
          { unit: "output", when: {}, price_nanos: 280_000, price: "0.00028" },
          { unit: "image", when: {}, price_nanos: 90, price: "0.00000009" },
          { unit: "image", when: { size: "256x256" }, price_nanos: 20, price: "0.00000002" },
        ],
      }),
    ]);
    expect(JSON.stringify(body)).not.toContain("cost");
    expect((await vip.client("GET", "/api/prices")).body.data[0]).toMatchObject({ ratio_ppm: 1_500_000 });
  });
});

describe("GET /api/usage", () => {
  it("sums by day, model and key, the same before and after charges are rolled up", async () => {
    clock.nowMs = NOON;
    const mine = await customer("User", 5_000_000_000);
    const second = (await post(`/accounts/${mine.id}/keys`, { name: "second" })).id;
    const other = await customer("Other", 5_000_000_000);
    await served(mine, { amountNanos: 100, usage: { input: 10, output: 1 } });
    await served({ ...mine, keyId: second }, { amountNanos: 20, usage: { input: 5 } });
    await served(other, { amountNanos: 7_777 });
    clock.nowMs = NOON + DAY;
    await served(mine, { amountNanos: 3, usage: { output: 9 }, model: "hidden" });
    const get = async (query: string) => expectStatus(mine.client("GET", `/api/usage?${query}`), 200);
    const read = async () => ({
      days: await get("group=day&from=2026-05-01&to=2026-05-31"),
      models: await get("group=model&from=2026-05-01&to=2026-05-31"),
      keys: await get("group=key&from=2026-05-01&to=2026-05-31"),
      firstDay: await get("from=2026-05-10&to=2026-05-10"),
      nothing: await get("from=2026-04-01&to=2026-05-09"),
    });
    const before = await read();
    expect(before.days).toMatchObject({
      from: "2026-05-01",
      to: "2026-05-31",
      next_cursor: null,
      data: [
        {
          group: "2026-05-10",
          requests: 2,
          amount_nanos: 120,
          amount: "0.00000012",
          input_tokens: 15,
          output_tokens: 1,
        },
        { group: "2026-05-11", requests: 1, amount_nanos: 3, output_tokens: 9 },
      ],
    });
    expect(before.models.data).toMatchObject([
      { group: "hidden", amount_nanos: 3 },
      { group: "priced", amount_nanos: 120 },
    ]);
    expect(before.keys.data.map(({ amount_nanos }: { amount_nanos: number }) => amount_nanos).toSorted()).toEqual([
      103, 20,
    ]);
    expect(before.firstDay.data).toMatchObject([{ amount_nanos: 120 }]);
    expect(before.nothing.data).toEqual([]);
    const page = await get("group=key&from=2026-05-01&to=2026-05-31&limit=1");
    const rest = await get(`group=key&from=2026-05-01&to=2026-05-31&limit=1&cursor=${page.next_cursor}`);
    expect([...page.data, ...rest.data]).toEqual(before.keys.data);
    expect((await mine.client("GET", "/api/usage")).body).toMatchObject({ from: "2026-04-12", to: "2026-05-11" });

    const deleted = await rollUpAll(env.DB, { nowMs: NOON + 40 * DAY, timeZone: "Asia/Shanghai", days: 30 });
    expect(deleted).toBeGreaterThanOrEqual(3);
    expect(await read()).toEqual(before);
  });
});

describe("balance widgets", () => {
  it("show what was spent and what is left", async () => {
    clock.nowMs = NOON;
    const mine = await customer("Widget", 10_000_000_000);
    await served(mine, { amountNanos: 250_000_000 });
    clock.nowMs = NOON + DAY;
    await served(mine, { amountNanos: 50_000_000 });
    const body = await expectStatus(mine.client("GET", "/api/usage/token"), 200);
    expect(body).toEqual({
      code: true,
      message: "ok",
      data: {
        name: "Widget's key",
        total_granted: 5_000_000,
        total_used: 150_000,
        total_available: 4_850_000,
        unlimited_quota: false,
        expires_at: 0,
      },
    });
    for (const prefix of ["", "/v1"]) {
      const subscription = await expectStatus(mine.client("GET", `${prefix}/dashboard/billing/subscription`), 200);
      expect(subscription).toEqual({
        object: "billing_subscription",
        hard_limit_usd: 10,
        soft_limit_usd: 10,
        access_until: 0,
      });
      const usage = async (query: string) =>
        (await mine.client("GET", `${prefix}/dashboard/billing/usage${query}`)).body;
      expect(await usage("")).toEqual({ object: "list", total_usage: 30 });
      expect(await usage("?start_date=2026-05-10&end_date=2026-05-10&t=1")).toEqual({
        object: "list",
        total_usage: 25,
      });
      expect(await usage("?start_date=2026-05-11")).toEqual({ object: "list", total_usage: 5 });
    }
  });

  it("show the key's own quota where it has one, but no more than the account has", async () => {
    clock.nowMs = NOON;
    const mine = await customer("Quota", 1_000_000_000, {
      quota_total_nanos: 600_000_000,
      expires_at: "2030-01-01T00:00:00Z",
    });
    await served(mine, { amountNanos: 0 });
    const data = async () => (await mine.client("GET", "/api/usage/token")).body.data;
    expect(await data()).toMatchObject({ total_granted: 300_000, total_used: 0, expires_at: 1_893_456_000 });
    await operator("PATCH", `/admin/api/accounts/${mine.id}/keys/${mine.keyId}`, { quota_total_nanos: 9_000_000_000 });
    expect(await data()).toMatchObject({ total_available: 500_000 });
    await operator("PATCH", `/admin/api/accounts/${mine.id}`, { unlimited: true });
    expect(await data()).toMatchObject({ total_available: 4_500_000, unlimited_quota: false });
    await operator("PATCH", `/admin/api/accounts/${mine.id}/keys/${mine.keyId}`, { quota_total_nanos: null });
    expect(await data()).toMatchObject({ unlimited_quota: true });
  });
});
