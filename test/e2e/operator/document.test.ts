/** `/api/openapi.json` is OpenAPI 3.1, and describes every endpoint as a running gateway behaves. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audit, charges, dailyUsage, orderRefunds, orders, tasks } from "../../../schema/index.ts";
import { MockEpay } from "../../../src/cli/mock-epay.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { misfits, openApiErrors } from "../../support/json-schema.ts";

const ADMIN_TOKEN = "a-token-of-the-operator-in-tests";

const SHOP = { pid: "1000", key: "the key of a shop" };
const epay = new MockEpay(SHOP);
let gateway: Gateway;
let document: Document;

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: { readonly Error: object } };
}

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Record<string, { readonly content: Content }>;
}

type Content = Record<string, { readonly schema: object }>;

beforeAll(async () => {
  const vars = { CURRENCY: "CNY", EPAY_URL: await epay.start(), EPAY_PID: SHOP.pid, EPAY_KEY: SHOP.key };
  gateway = await startGateway({ secrets: { ADMIN_TOKEN }, vars });
  document = await read({ authorization: `Bearer ${ADMIN_TOKEN}` });
});

afterAll(async () => {
  await Promise.all([gateway.close(), epay.stop()]);
});

async function read(headers: Record<string, string>): Promise<Document> {
  return (await (await fetch(`${gateway.url}/api/openapi.json`, { headers })).json()) as Document;
}

describe("the document", () => {
  it("is OpenAPI 3.1", async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await openApiErrors(document)).toEqual([]);
    expect(await openApiErrors({ ...document, paths: { "no-slash": {} } })).not.toEqual([]);
  });

  it("shows the operator API to operators alone", async () => {
    expect(Object.keys(document.paths).some((path) => path.startsWith("/admin"))).toBe(true);
    for (const headers of [{}, { authorization: `Bearer ${gateway.key}` }, { authorization: "Bearer wrong" }]) {
      const shown = await read(headers);
      expect(Object.keys(shown.paths)).toContain("/api/account");
      expect(JSON.stringify(shown)).not.toContain("/admin");
    }
  });

  it("gives each endpoint a unique id, its path's parameters and who may call it", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, parameters, security } of operations) {
      const named = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => `{${name}}`);
      expect(named, path).toEqual(path.match(/\{\w+\}/g) ?? []);
      const who = path.startsWith("/admin") ? ["operator"] : path === "/api/openapi.json" ? [] : ["key"];
      expect(
        security.flatMap((each) => Object.keys(each)),
        path,
      ).toEqual(who);
    }
  });

  it("is true: every endpoint answers as it says", async () => {
    const called = new Set<string>();
    let key = "";
    /** @param template as in the document; `values` are filled in */
    const call = async (
      method: string,
      template: string,
      values: Record<string, string> = {},
      body?: unknown,
    ): Promise<Record<string, never>> => {
      const operation = document.paths[template]?.[method.toLowerCase()];
      if (operation === undefined) throw new Error(`${method} ${template} is not documented`);
      called.add(`${method} ${template}`);
      const { search = "", ...parameters } = values;
      const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ""));
      const send = async (token: string) =>
        fetch(gateway.url + path + search, {
          method,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      const what = `${method} ${path}`;
      if (body !== undefined) {
        expect(await misfits(contentOf(operation.requestBody?.content), body), `${what}: the request`).toEqual([]);
      }
      const answer = await send(template.startsWith("/admin") ? ADMIN_TOKEN : key);
      const value = (await answer.json()) as Record<string, never>;
      expect(Object.keys(operation.responses), `${what}: ${JSON.stringify(value)}`).toContain(String(answer.status));
      const documented = contentOf(operation.responses[String(answer.status)]?.content);
      expect(await misfits(documented, value), `${what}: ${JSON.stringify(value)}`).toEqual([]);
      if (template !== "/api/openapi.json") {
        const refused = await send("sk-wrong");
        expect(refused.status, what).toBe(401);
        expect(await misfits(document.components.schemas.Error, await refused.json()), what).toEqual([]);
      }
      return value;
    };

    const admin = "/admin/api";
    await call("POST", `${admin}/aliases`, {}, { id: "claude-*", target: "auto" });
    await call("PATCH", `${admin}/aliases/{id}`, { id: "claude-*" }, { disabled: true });
    await call("POST", `${admin}/groups`, {}, { id: "vip", name: "VIP", ratio_ppm: 900_000 });
    await call("PATCH", `${admin}/groups/{id}`, { id: "vip" }, { ratio_ppm: 800_000 });
    await call(
      "POST",
      `${admin}/plans`,
      {},
      { id: "pro", name: "Pro", allowance_nanos: 5, price_nanos: 7, period_days: 30 },
    );
    await call("PATCH", `${admin}/plans/{id}`, { id: "pro" }, { allowance_requests: 3 });
    await call(
      "POST",
      `${admin}/upstreams`,
      {},
      { id: "v", name: "V", kind: "bearer", base_url: "https://v.example/v1" },
    );
    await call("PATCH", `${admin}/upstreams/{id}`, { id: "v" }, { disabled: false, fields: "open" });
    await call("PATCH", `${admin}/upstreams/{id}`, { id: "v" }, { fields: ["documents"] });
    const credential = await call("POST", `${admin}/upstreams/{id}/credentials`, { id: "v" }, { secret: "s" });
    const one = { id: "v", credential: credential["id"] ?? "" };
    await call("PATCH", `${admin}/upstreams/{id}/credentials/{credential}`, one, { disabled: true });
    await call("GET", `${admin}/upstreams/{id}/credentials`, { id: "v" });
    await call("GET", `${admin}/upstreams/{id}/health`, { id: "v" });
    await call("POST", `${admin}/upstreams/{id}/health/clear`, { id: "v" }, {});
    const lister = createServer((_request, response) => response.end('{"data":[{"id":"m1"},{"id":"m1"},{"id":"m2"}]}'));
    await once(lister.listen(0, "127.0.0.1"), "listening");
    const base_url = `http://127.0.0.1:${(lister.address() as AddressInfo).port}/v1`;
    await call("POST", `${admin}/upstreams`, {}, { id: "lister", name: "L", kind: "bearer", base_url });
    await call("POST", `${admin}/upstreams/{id}/credentials`, { id: "lister" }, { secret: "s" });
    const listed = await call("POST", `${admin}/upstreams/{id}/models`, { id: "lister" });
    expect(listed).toEqual({ data: ["m1", "m2"] });
    lister.close();
    await call("GET", `${admin}/sealing`);
    await call("GET", `${admin}/outbox`);
    await call(
      "POST",
      `${admin}/models`,
      {},
      { id: "org/m", operation: "chat", capabilities: ["tools"], max_output: 5 },
    );
    await call("PATCH", `${admin}/models/{id}`, { id: "org/m" }, { max_output: null, auto_weight: 1 });
    await call("POST", `${admin}/routes`, {}, { id: "r", model_id: "org/m", upstream_id: "v" });
    await call("PATCH", `${admin}/routes/{id}`, { id: "r" }, { weight: 5 });
    await call("POST", `${admin}/routes/{id}/test`, { id: "r" });
    const price = {
      model_id: "org/m",
      effective_at: "2020-01-01T00:00:00Z",
      input_nanos: 140_000,
      output_nanos: 280_000,
    };
    await call("POST", `${admin}/prices`, {}, price);
    await call("GET", `${admin}/prices`, { search: "?model_id=org/m&limit=1" });
    await call("POST", `${admin}/accounts`, {}, { name: "A" });
    const account = (await call("POST", `${admin}/accounts`, {}, { name: "B" }))["id"] ?? "";
    await call("PATCH", `${admin}/accounts/{id}`, { id: account }, { overflow: true });
    for (const entry of [
      { kind: "top_up", id: "p1", amount_nanos: 1_000_000, reference: "x" },
      { kind: "adjustment", id: "a1", amount_nanos: -1, reason: "r" },
      { kind: "plan_purchase", id: "b1", plan_id: "pro" },
    ]) {
      await call("POST", `${admin}/accounts/{id}/entries`, { id: account }, entry);
    }
    const created = await call(
      "POST",
      `${admin}/accounts/{id}/keys`,
      { id: account },
      { name: "k", group_id: "vip", manages_account: true },
    );
    key = created["key"] ?? "";
    const keyPath = { id: account, key: created["id"] ?? "" };
    await call("PATCH", `${admin}/accounts/{id}/keys/{key}`, keyPath, {
      allowed_ips: ["0.0.0.0/0", "::/0"],
      allowed_models: ["org/m"],
      quota_total_nanos: 1_000_000_000,
      expires_at: "2090-01-01T00:00:00Z",
    });
    await call("GET", `${admin}/accounts/{id}/keys/{key}`, keyPath);
    await call(
      "POST",
      `${admin}/code-batches`,
      {},
      { batch: "b", count: 2, amount_nanos: 5, expires_at: "2090-01-01T00:00:00Z" },
    );
    const batch = await call("POST", `${admin}/code-batches`, {}, { batch: "c", count: 1, amount_nanos: 5 });
    await call("POST", "/api/redeem", {}, { code: (batch["codes"] as unknown as string[])[0] });
    await call("GET", `${admin}/code-batches/{batch}`, { batch: "c" });
    await call("PATCH", `${admin}/code-batches/{batch}`, { batch: "b" }, { expires_at: null });
    const charge = await addCharge(account, keyPath.key);
    const made = await call("POST", `${admin}/operators`, {}, { name: "o", role: "finance" });
    await call("GET", `${admin}/operators/{id}`, { id: made["id"] ?? "" });
    await call("PATCH", `${admin}/operators/{id}`, { id: made["id"] ?? "" }, { role: "read", expires_at: null });
    const order = await addOrder(account);
    await gateway.db.update(orders).set({ state: "review" }).where(eq(orders.id, order));
    await call("POST", `${admin}/orders/{id}/credit`, { id: order });
    await call("POST", `${admin}/orders/{id}/refunds`, { id: order }, { minor: 100, after_minor: 0 });
    await gateway.db.update(orderRefunds).set({ state: "asked" });
    const refund = { refund_id: `pay-refund:${order}:1`, paid_out: true };
    await call("POST", `${admin}/orders/{id}/settle-refund`, { id: order }, refund);
    await call("POST", `${admin}/orders/{id}/check`, { id: order });
    await call("POST", `${admin}/orders/{id}/close`, { id: order });
    for (const path of [`${admin}/orders`, "/api/orders"]) {
      await call("GET", path, { search: "?limit=1" });
      await call("GET", `${path}/{id}`, { id: order });
    }
    for (const path of ["{id}", "{id}/keys", "{id}/entries", "{id}/charges"]) {
      await call("GET", `${admin}/accounts/${path}`, { id: account });
    }
    await call("GET", `${admin}/accounts/{id}/charges/{charge}`, { id: account, charge });
    const task = await addTask(account, keyPath.key, charge);
    await call("GET", `${admin}/accounts/{id}/tasks`, { id: account });
    await call("GET", `${admin}/tasks`, { search: "?upstream_id=v&state=running" });
    await call("GET", `${admin}/tasks/{id}`, { id: task });
    await call("GET", "/api/tasks", { search: "?operation=video&state=running" });
    await call("GET", "/api/tasks/{id}", { id: task });
    for (const list of [
      "accounts",
      "upstreams",
      "models",
      "routes",
      "groups",
      "aliases",
      "plans",
      "code-batches",
      "invariants",
      "operators",
      "audit",
    ]) {
      await call("GET", `${admin}/${list}`, { search: "?limit=1" });
    }
    const ids: Record<string, string> = {
      upstreams: "v",
      models: "org/m",
      routes: "r",
      groups: "vip",
      plans: "pro",
      aliases: "claude-*",
    };
    for (const [list, id] of Object.entries(ids)) await call("GET", `${admin}/${list}/{id}`, { id });
    await call("GET", "/api/charges/{id}", { id: charge });
    for (const group of ["day", "model", "key"])
      await call("GET", "/api/usage", { search: `?group=${group}&from=2026-01-01&to=2026-12-31` });
    for (const path of ["/api/account", "/api/charges", "/api/prices", "/api/usage/token", "/api/openapi.json"])
      await call("GET", path);
    for (const prefix of ["", "/v1"]) {
      await call("GET", `${prefix}/dashboard/billing/subscription`);
      await call("GET", `${prefix}/dashboard/billing/usage`, { search: "?start_date=2026-01-01" });
    }
    const logged = await gateway.db.select().from(audit);
    const writes = [...called].filter((each) => /^(POST|PATCH) \/admin/.test(each));
    expect(new Set(logged.map(({ action }) => action.replaceAll(/:(\w+)/g, "{$1}")))).toEqual(new Set(writes));
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...called].toSorted()).toEqual(documented.toSorted());
  });
});

function contentOf(content: Content | undefined): object {
  const schema = content?.["application/json"]?.schema;
  if (schema === undefined) throw new Error("no JSON is documented");
  return schema;
}

/** A settled charge with every field, and a day of older charges. */
async function addCharge(accountId: string, keyId: string): Promise<string> {
  const id = "01980000-0000-7000-8000-000000000000";
  const base = {
    accountId,
    id,
    nonce: "n",
    funding: "balance",
    day: "2026-05-10",
    month: "2026-05",
  } as const;
  await gateway.db.insert(charges).values({
    ...base,
    state: "held",
    keyId,
    keyCounted: false,
    createdAt: 1_780_000_000_000,
    leaseUntil: 1_780_000_060_000,
    estimateNanos: 1000,
    request: '{"endpoint":"POST /v1/chat/completions","stream":false}',
  });
  await gateway.db.update(charges).set({
    state: "settled",
    amountNanos: 280,
    ending: "complete",
    settledAt: 1_780_000_001_000,
    model: "org/m",
    route: "r",
    upstream: "v",
    priceVersion: Date.parse("2020-01-01T00:00:00Z"),
    ratioPpm: 1_000_000,
    inputTokens: 2,
    costNanos: 5,
    attempts: '[{"route":"r","upstream":"v","credential":"c","outcome":"answered","status":200,"ms":12}]',
  });
  const none = Object.fromEntries(Object.keys(dailyUsage).map((column) => [column, 0]));
  await gateway.db
    .insert(dailyUsage)
    .values({ ...none, accountId, day: "2026-01-02", keyId, model: "org/m" } as typeof dailyUsage.$inferInsert);
  return id;
}

/** A task that is not finished. What is sealed of it cannot be opened. */
async function addTask(accountId: string, keyId: string, chargeId: string): Promise<string> {
  const id = "video_1";
  await gateway.db.insert(tasks).values({
    id,
    accountId,
    keyId,
    chargeId,
    chargeNonce: "n",
    operation: "video",
    form: "openai.videos",
    model: "org/m",
    upstreamId: "v",
    state: "running",
    createdAt: Date.now(),
    limitAt: Date.now() + 3_600_000,
    askedAt: Date.now(),
    dueAt: Date.now() + 3_600_000,
    expiresAt: Date.now() + 7_200_000,
    sealed: "no seal",
  });
  return id;
}

/** A payment of ten units, which its payer has made and nobody has told of. */
async function addOrder(accountId: string): Promise<string> {
  const id = "01980000000070008000000000000001";
  await gateway.db.insert(orders).values({
    id,
    accountId,
    kind: "top_up",
    provider: "epay",
    method: "alipay",
    payMinor: 1000,
    payCurrency: "cny",
    creditNanos: 10_000_000_000,
    title: "Credit",
    origin: gateway.url,
    language: "zh",
    formId: "form",
    livemode: true,
    createdAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
  });
  epay.orders.set(id, {
    trade_no: "1",
    out_trade_no: id,
    type: "alipay",
    notify_url: "",
    return_url: "",
    fen: 1000,
    status: 1,
    refundedFen: 0,
  });
  return id;
}
