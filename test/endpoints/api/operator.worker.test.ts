/** The operator API: every endpoint in its normal use. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { Sealer } from "../../../src/core/seal.ts";
import { upstreamCredentials, apiKeys } from "../../../schema/index.ts";
import { CREDENTIALS_KEY } from "../../support/seed.ts";
import { ADMIN_TOKEN, appWith, caller, db, expectStatus } from "./support.ts";

const app = appWith();
const operator = caller(app, ADMIN_TOKEN);
const post = async (path: string, body: unknown, status = 201) =>
  expectStatus(operator("POST", `/admin/api${path}`, body), status);
const get = async (path: string) => expectStatus(operator("GET", `/admin/api${path}`), 200);
const patch = async (path: string, body: unknown) => expectStatus(operator("PATCH", `/admin/api${path}`, body), 200);

describe("accounts", () => {
  it("are created with nothing, listed, read and changed", async () => {
    const account = await post("/accounts", { name: "Alice" });
    expect(account).toEqual({
      id: expect.stringMatching(/^[\da-f]{8}-/),
      name: "Alice",
      disabled: false,
      balance_nanos: 0,
      balance: "0",
      held_nanos: 0,
      held: "0",
      open_charges: 0,
      unlimited: false,
      plan_id: null,
      plan_expires_at: null,
      overflow: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    await post("/plans", {
      id: "pro",
      name: "Pro",
      tier: 2,
      allowance_nanos: 1_500_000_000,
      price_nanos: 20_000_000_000,
    });
    const changed = await patch(`/accounts/${account.id}`, {
      name: "Alice B.",
      disabled: true,
      unlimited: true,
      overflow: true,
      plan_id: "pro",
      plan_expires_at: "2030-01-31T08:00:00Z",
    });
    expect(changed).toMatchObject({
      name: "Alice B.",
      disabled: true,
      unlimited: true,
      overflow: true,
      plan_id: "pro",
      plan_expires_at: "2030-01-31T08:00:00.000Z",
    });
    expect(await get(`/accounts/${account.id}`)).toEqual(changed);
    expect(await patch(`/accounts/${account.id}`, { plan_id: null, plan_expires_at: null })).toMatchObject({
      plan_id: null,
      plan_expires_at: null,
      name: "Alice B.",
    });
    expect(await patch(`/accounts/${account.id}`, {})).toMatchObject({ name: "Alice B." });
  });

  it("come in pages, each once", async () => {
    for (let n = 0; n < 5; n++) await post("/accounts", { name: `Page ${n}` });
    const all = (await get("/accounts?limit=100")).data.map(({ id }: { id: string }) => id);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await get(`/accounts?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.map(({ id }: { id: string }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(all);
    expect(seen.length).toBeGreaterThanOrEqual(5);
  });
});

describe("keys", () => {
  it("are shown once, and only their hash is stored", async () => {
    const { id } = await post("/accounts", { name: "Keys" });
    const created = await post(`/accounts/${id}/keys`, { name: "laptop" });
    expect(created.key).toMatch(/^sk-\w{49}$/);
    const { key, ...rest } = created;
    expect(await get(`/accounts/${id}/keys/${created.id}`)).toEqual(rest);
    expect(await get(`/accounts/${id}/keys`)).toEqual({ data: [rest], next_cursor: null });
    expect(JSON.stringify(await db.select().from(apiKeys))).not.toContain(key);
    expect(JSON.stringify(rest)).not.toContain("hash");
    expect((await caller(app, key)("GET", "/api/account")).status).toBe(200);
  });

  it("accept every setting, and null removes it", async () => {
    const { id } = await post("/accounts", { name: "Settings" });
    await post("/groups", { id: "vip", name: "VIP", ratio_ppm: 800_000 });
    await post("/models", { id: "qwen/qwen3-max", operation: "chat" });
    const { id: key } = await post(`/accounts/${id}/keys`, { name: "laptop" });
    const settings = {
      name: "desktop",
      disabled: true,
      expires_at: "2031-02-03T04:05:06.000Z",
      default_stream: true,
      error_dialect: "legacy",
      group_id: "vip",
      allowed_models: ["qwen/qwen3-max"],
      allowed_ips: ["203.0.113.9", "198.51.100.77/24", "2001:DB8:0::/32", "::1"],
      requests_per_minute: 12,
      manages_account: true,
      quota_total_nanos: 3_000_000_000,
      quota_day_nanos: 1_000_000_000,
      quota_month_nanos: 2_500_000_000,
    };
    expect(await patch(`/accounts/${id}/keys/${key}`, settings)).toMatchObject({
      ...settings,
      allowed_ips: ["203.0.113.9", "198.51.100.0/24", "2001:db8::/32", "::1"],
      quota_total: "3",
      quota_day: "1",
      quota_month: "2.5",
      used_total: "0",
    });
    const none = Object.fromEntries(
      Object.keys(settings)
        .filter((name) => !["name", "disabled", "manages_account"].includes(name))
        .map((name) => [name, null]),
    );
    expect(await patch(`/accounts/${id}/keys/${key}`, none)).toMatchObject({
      ...none,
      name: "desktop",
      disabled: true,
    });
  });
});

describe("upstreams, models, routes and prices", () => {
  it("are made one after the other; the credential is sealed and never shown", async () => {
    const upstream = await post("/upstreams", {
      id: "vendor",
      name: "Vendor",
      kind: "bearer",
      base_url: "https://api.vendor.example/v1/",
    });
    expect(upstream).toMatchObject({ id: "vendor", base_url: "https://api.vendor.example/v1", disabled: false });
    const credential = await post("/upstreams/vendor/credentials", { secret: "vendor-secret" });
    expect(credential).toEqual({
      id: expect.any(String),
      disabled: false,
      created_at: expect.any(String),
      requests_per_minute: null,
      tokens_per_minute: null,
      concurrent_requests: null,
    });
    expect(await get("/upstreams/vendor/credentials")).toEqual({ data: [credential] });
    const [row] = await db.select().from(upstreamCredentials);
    expect(row?.sealed).not.toContain("vendor-secret");
    const purpose = { id: "vendor", origin: "https://api.vendor.example" };
    expect(await new Sealer(CREDENTIALS_KEY).open(row?.sealed ?? "", purpose)).toBe("vendor-secret");
    expect(await patch(`/upstreams/vendor/credentials/${credential.id}`, { disabled: true })).toMatchObject({
      disabled: true,
    });
    expect(await patch("/upstreams/vendor", { name: "New name", disabled: true })).toMatchObject({ name: "New name" });

    const model = await post("/models", { id: "org/model-1", operation: "chat", capabilities: ["tools"], tier: 3 });
    expect(model).toMatchObject({ id: "org/model-1", capabilities: ["tools"], tier: 3, context_length: null });
    expect(await get("/models/org/model-1")).toEqual(model);
    expect(await get("/models/org%2Fmodel-1")).toEqual(model);
    expect(await patch("/models/org/model-1", { auto_weight: 5, context_length: 128_000 })).toMatchObject({
      auto_weight: 5,
      context_length: 128_000,
      capabilities: ["tools"],
    });

    const route = await post("/routes", { model_id: "org/model-1", upstream_id: "vendor" });
    expect(route).toMatchObject({ upstream_model: "org/model-1", wire: "openai.chat", weight: 100, priority: 0 });
    expect(await patch(`/routes/${route.id}`, { priority: 2, upstream_model: "m1" })).toMatchObject({
      priority: 2,
      upstream_model: "m1",
    });
    expect((await get("/routes")).data).toHaveLength(1);
    const costs = [
      { unit: "input", cost_nanos: 100 },
      { unit: "output", cost_nanos: 300 },
      { unit: "output", when: { tier: "priority" }, cost_nanos: 600 },
    ];
    expect((await patch(`/routes/${route.id}`, { costs })).costs).toMatchObject([
      { unit: "input", when: {}, cost_nanos: 100 },
      { unit: "output", when: {}, cost_nanos: 300 },
      { unit: "output", when: { tier: "priority" }, cost_nanos: 600 },
    ]);
    expect((await patch(`/routes/${route.id}`, { priority: 3 })).costs).toHaveLength(3);
    const doubtful = [...costs, { unit: "output", when: { tier: "priority" }, cost_nanos: 1 }];
    await post("/routes", { model_id: "org/model-1", upstream_id: "vendor", costs: doubtful }, 400);
    expect((await patch(`/routes/${route.id}`, { costs: null })).costs).toBeNull();
    const capacity = { requests_per_minute: 60, tokens_per_minute: 9000, concurrent_requests: 4 };
    expect(route).toMatchObject({ requests_per_minute: null, tokens_per_minute: null, concurrent_requests: null });
    expect(await patch(`/routes/${route.id}`, capacity)).toMatchObject(capacity);
    expect(await patch(`/routes/${route.id}`, { tokens_per_minute: null })).toMatchObject({
      ...capacity,
      tokens_per_minute: null,
    });
    const none = { model_id: "org/model-1", upstream_id: "vendor", concurrent_requests: 0 };
    await post("/routes", none, 400);
  });

  it("models have other names, which lead to a model or to auto", async () => {
    expect(await post("/aliases", { id: "claude-*", target: "auto" })).toMatchObject({
      id: "claude-*",
      disabled: false,
    });
    expect(await patch("/aliases/claude-*", { target: "org/model-1" })).toMatchObject({ target: "org/model-1" });
    await post("/aliases", { id: "gpt-*", target: "nobody" }, 404);
    await post("/aliases", { id: "g*t", target: "auto" }, 400);
    await post("/aliases", { id: "claude-*", target: "auto" }, 409);
  });

  it("a model's first price may lie in the past, later ones in the future only; none is changed", async () => {
    await post("/models", { id: "priced", operation: "chat" });
    const first = await post("/prices", {
      model_id: "priced",
      effective_at: "2020-01-01T00:00:00Z",
      input_nanos: 140_000,
      output_nanos: 280_000,
      cached_read_nanos: 0,
      cost_input_nanos: 100_000,
    });
    expect(first).toMatchObject({
      effective_at: "2020-01-01T00:00:00.000Z",
      input: "0.00014",
      output: "0.00028",
      cached_read: "0",
      cache_write: null,
      cache_write_nanos: null,
      cost_input: "0.0001",
    });
    const refused = await expectStatus(
      operator("POST", "/admin/api/prices", {
        model_id: "priced",
        effective_at: "2021-01-01T00:00:00Z",
        input_nanos: 1,
        output_nanos: 1,
      }),
      400,
    );
    expect(refused.error).toMatchObject({ param: "effective_at", message: expect.stringContaining("in the past") });
    const now = await post("/prices", { model_id: "priced", input_nanos: 1, output_nanos: 2 });
    const later = { model_id: "priced", effective_at: "2090-01-01T00:00:00Z", input_nanos: 3, output_nanos: 4 };
    await post("/prices", later);
    await post("/prices", later, 409);
    const list = await get("/prices?model_id=priced&limit=2");
    expect(list.data.map((row: { input_nanos: number }) => row.input_nanos)).toEqual([3, 1]);
    const rest = await get(`/prices?model_id=priced&limit=2&cursor=${list.next_cursor}`);
    expect(rest).toEqual({ data: [first], next_cursor: null });
    expect(now.effective_at > first.effective_at).toBe(true);
  });

  it("prices depend on what is asked for: rates beside the fields, both shown", async () => {
    await post("/models", { id: "painter", operation: "chat" });
    const large = { size: "1024x1024", quality: "high" };
    const price = await post("/prices", {
      model_id: "painter",
      input_nanos: 0,
      output_nanos: 0,
      image_nanos: 90_000_000,
      cost_image_nanos: 50_000_000,
      second_nanos: 7,
      rates: [
        { unit: "image", when: large, price_nanos: 200_000_000, cost_nanos: 80_000_000 },
        { unit: "image", when: { size: "256x256" }, price_nanos: 20_000_000 },
        { unit: "cache_write_1h", when: {}, price_nanos: 5 },
      ],
    });
    expect(price).toMatchObject({
      image: "0.09",
      cost_image: "0.05",
      second_nanos: 7,
      cache_write_1h_nanos: 5,
      search: null,
    });
    const none = { cost_nanos: null, cost: null };
    expect(price.rates).toEqual([
      { unit: "input", when: {}, price_nanos: 0, price: "0", ...none },
      { unit: "output", when: {}, price_nanos: 0, price: "0", ...none },
      { unit: "second", when: {}, price_nanos: 7, price: "0.000000007", ...none },
      { unit: "image", when: {}, price_nanos: 90_000_000, price: "0.09", cost_nanos: 50_000_000, cost: "0.05" },
      { unit: "image", when: large, price_nanos: 200_000_000, price: "0.2", cost_nanos: 80_000_000, cost: "0.08" },
      { unit: "image", when: { size: "256x256" }, price_nanos: 20_000_000, price: "0.02", ...none },
      { unit: "cache_write_1h", when: {}, price_nanos: 5, price: "0.000000005", ...none },
    ]);
    expect((await get("/prices?model_id=painter")).data).toEqual([price]);
  });
});

describe("entries", () => {
  it("move the balance once, however often they are sent", async () => {
    const { id } = await post("/accounts", { name: "Entries" });
    const path = `/accounts/${id}/entries`;
    const topUp = { kind: "top_up", id: "payment-1", amount_nanos: 50_000_000_000, reference: "pi_123" };
    const first = await post(path, topUp, 200);
    expect(first).toMatchObject({
      replayed: false,
      entry: { id: "payment-1", kind: "top_up", amount: "50", reference: "pi_123", actor: "admin-token" },
    });
    expect(await post(path, topUp, 200)).toEqual({ ...first, replayed: true });
    await post(path, { ...topUp, amount_nanos: 1 }, 409);
    await post(path, { kind: "adjustment", id: "fix-1", amount_nanos: -1_000_000_000, reason: "typing error" }, 200);
    await post("/plans", { id: "monthly", name: "Monthly", price_nanos: 9_000_000_000, period_days: 30 });
    const purchase = await post(path, { kind: "plan_purchase", id: "buy-1", plan_id: "monthly" }, 200);
    expect(purchase.entry).toMatchObject({ amount: "-9", reference: "monthly", plan_expires_at: expect.any(String) });
    expect(await get(`/accounts/${id}`)).toMatchObject({ balance: "40", plan_id: "monthly" });
    const list = await get(`${path}?limit=2`);
    const rest = await get(`${path}?limit=2&cursor=${list.next_cursor}`);
    expect([...list.data, ...rest.data].map((row: { id: string }) => row.id).toSorted()).toEqual([
      "buy-1",
      "fix-1",
      "payment-1",
    ]);
    const short = await post(path, { kind: "adjustment", id: "x", amount_nanos: -41_000_000_000, reason: "r" }, 402);
    expect(short.error.code).toBe("insufficient_quota");
    expect(await get("/invariants?limit=100")).toEqual({ data: [], next_cursor: null });
  });

  it("of a disputed payment take it back, stop the account, and tell the operator", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { id } = await post("/accounts", { name: "Disputed" });
    const path = `/accounts/${id}/entries`;
    await post(path, { kind: "top_up", id: "cs_1", amount_nanos: 5_000_000_000 }, 200);
    await post(path, { kind: "adjustment", id: "spent", amount_nanos: -4_000_000_000, reason: "spent" }, 200);
    const dispute = { kind: "chargeback", top_up_id: "cs_1", reason: "dp_1" };
    const { entry } = await post(path, dispute, 200);
    expect(entry).toMatchObject({ id: "chargeback:cs_1", kind: "chargeback", amount: "-5", reason: "dp_1" });
    expect(await post(path, dispute, 200)).toMatchObject({ replayed: true });
    expect(warn.mock.calls.map(([line]) => JSON.parse(String(line)) as object)).toEqual([
      { level: "warn", event: "charged_back", account: id, top_up: "cs_1", nanos: 5_000_000_000 },
    ]);
    expect(await get(`/accounts/${id}`)).toMatchObject({ balance: "-4", disabled: true });
    expect((await get(`${path}?limit=1`)).data[0]).toMatchObject({ kind: "chargeback" });
    await post(path, { kind: "chargeback_reversal", top_up_id: "cs_1" }, 200);
    expect(await get(`/accounts/${id}`)).toMatchObject({ balance: "1", disabled: true });
    await post(path, { kind: "top_up", id: "chargeback:x", amount_nanos: 1 }, 400);
    expect(await get("/invariants?limit=100")).toEqual({ data: [], next_cursor: null });
  });
});

describe("settlements that the database did not take", () => {
  it("are counted", async () => {
    expect(await get("/outbox")).toEqual({ waiting: 0, oldest_at: null });
    const closing = {
      charge: { accountId: "a", id: "c", nonce: "n" },
      end: { kind: "release", release: { ending: "failed" } },
    } as const;
    const stub = env.OUTBOXES.getByName("outbox-7");
    await stub.post(closing);
    expect(await get("/outbox")).toEqual({ waiting: 1, oldest_at: expect.stringMatching(/^20/) as string });
    await runInDurableObject(stub, async (_, { storage }) => storage.deleteAll());
  });
});

describe("redeem codes", () => {
  it("are shown once, used once, and withdrawn by the batch", async () => {
    const batch = await post("/code-batches", { batch: "spring", count: 3, amount_nanos: 5_000_000_000 });
    expect(batch.codes).toHaveLength(3);
    await post("/code-batches", { batch: "spring", count: 1, amount_nanos: 1 }, 409);
    const { id } = await post("/accounts", { name: "Redeemer" });
    const { key } = await post(`/accounts/${id}/keys`, { name: "k", manages_account: true });
    const client = caller(app, key);
    const code = batch.codes[0].toLowerCase();
    expect(await expectStatus(client("POST", "/api/redeem", { code }), 200)).toMatchObject({
      amount: "5",
      balance: "5",
    });
    const replay = await expectStatus(client("POST", "/api/redeem", { code }), 400);
    expect(replay.error).toMatchObject({ param: "code", message: "The code was already used." });
    await expectStatus(client("POST", "/api/redeem", { code: "AAAAA-AAAAA" }), 404);
    expect((await get("/code-batches")).data).toEqual([
      expect.objectContaining({ batch: "spring", codes: 3, redeemed: 1, amount: "5", expires_at: null }),
    ]);
    const used = (await get("/code-batches/spring")).data.filter((row: { redeemed_by: unknown }) => row.redeemed_by);
    expect(used).toEqual([expect.objectContaining({ redeemed_by: id, amount: "5" })]);
    expect(JSON.stringify(await get("/code-batches/spring"))).not.toContain(batch.codes[1]);
    await patch("/code-batches/spring", { expires_at: "2020-01-01T00:00:00Z" });
    const late = await expectStatus(client("POST", "/api/redeem", { code: batch.codes[1] }), 400);
    expect(late.error.message).toBe("The code has expired.");
    expect(await get(`/accounts/${id}`)).toMatchObject({ balance: "5" });
  });

  it("goes to one of two who use it at once", async () => {
    const { codes } = await post("/code-batches", { batch: "race", count: 1, amount_nanos: 7_000_000_000 });
    const clients = await Promise.all(
      ["one", "two", "three"].map(async (name) => {
        const { id } = await post("/accounts", { name });
        return caller(app, (await post(`/accounts/${id}/keys`, { name, manages_account: true })).key);
      }),
    );
    const answers = await Promise.all(clients.map(async (client) => client("POST", "/api/redeem", { code: codes[0] })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400]);
  });
});
