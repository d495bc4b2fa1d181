/** The audit log: each write of an operator leaves one row, in the transaction of the write. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_TOKEN, appWith, caller, expectStatus, snapshot } from "./support.ts";

const app = appWith();
const owner = caller(app, ADMIN_TOKEN);
const send = async (method: string, path: string, body: unknown, status: number) =>
  expectStatus(owner(method, `/admin/api${path}`, body), status);
const log = async (search = "") => (await send("GET", `/audit?limit=100${search}`, undefined, 200)).data;

let account: string;
let key: string;
let credential: string;
let operatorId: string;

beforeAll(async () => {
  account = (await send("POST", "/accounts", { name: "A" }, 201)).id;
  key = (await send("POST", `/accounts/${account}/keys`, { name: "k" }, 201)).id;
  await send("POST", `/accounts/${account}/entries`, { kind: "top_up", id: "first", amount_nanos: 1000 }, 200);
  const vendor = { id: "vendor", name: "V", kind: "bearer", base_url: "https://api.vendor.example/v1" };
  await send("POST", "/upstreams", vendor, 201);
  credential = (await send("POST", "/upstreams/vendor/credentials", { secret: "a-secret-of-the-vendor" }, 201)).id;
  await send("POST", "/models", { id: "m", operation: "chat" }, 201);
  await send("POST", "/routes", { id: "r", model_id: "m", upstream_id: "vendor" }, 201);
  await send("POST", "/plans", { id: "p", name: "P" }, 201);
  await send("POST", "/groups", { id: "g", name: "G" }, 201);
  await send("POST", "/code-batches", { batch: "b", count: 1, amount_nanos: 5 }, 201);
  operatorId = (await send("POST", "/operators", { name: "olga", role: "support" }, 201)).id;
});

/** Each way to write: method, path and body. */
const writes = (): [method: string, path: string, body: unknown][] => [
  ["POST", "/accounts", { name: "B" }],
  ["PATCH", `/accounts/${account}`, { name: "A2" }],
  ["POST", `/accounts/${account}/keys`, { name: "k2" }],
  ["PATCH", `/accounts/${account}/keys/${key}`, { disabled: true }],
  ["POST", `/accounts/${account}/entries`, { kind: "top_up", id: "t", amount_nanos: 10 }],
  ["POST", `/accounts/${account}/entries`, { kind: "adjustment", id: "a", amount_nanos: -1, reason: "r" }],
  ["POST", `/accounts/${account}/entries`, { kind: "plan_purchase", id: "pp", plan_id: "p" }],
  ["POST", "/upstreams", { id: "v2", name: "V", kind: "bearer", base_url: "https://v2.example/v1" }],
  ["PATCH", "/upstreams/vendor", { name: "V2" }],
  ["PATCH", `/upstreams/vendor/credentials/${credential}`, { disabled: true }],
  ["POST", "/upstreams/vendor/credentials", { secret: "another-secret-of-the-vendor" }],
  ["PATCH", "/upstreams/vendor", { base_url: "https://x.example/v1", credentials: [{ secret: "third-secret" }] }],
  ["POST", "/models", { id: "m2", operation: "chat" }],
  ["PATCH", "/models/m", { tier: 1 }],
  ["POST", "/routes", { id: "r2", model_id: "m", upstream_id: "vendor" }],
  ["PATCH", "/routes/r", { weight: 5 }],
  ["POST", "/prices", { model_id: "m", input_nanos: 1, output_nanos: 1 }],
  ["POST", "/plans", { id: "p2", name: "P" }],
  ["PATCH", "/plans/p", { tier: 1 }],
  ["POST", "/groups", { id: "g2", name: "G" }],
  ["PATCH", "/groups/g", { ratio_ppm: 5 }],
  ["POST", "/code-batches", { batch: "b2", count: 2, amount_nanos: 5 }],
  ["PATCH", "/code-batches/b", { expires_at: null }],
  ["POST", "/operators", { name: "ivan", role: "read" }],
  ["PATCH", `/operators/${operatorId}`, { role: "read" }],
];

describe("the audit log", () => {
  it("is part of each write: what cannot be logged is not written", async () => {
    await env.DB.exec("CREATE TRIGGER no_log BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no_log'); END");
    const before = await snapshot();
    for (const [method, path, body] of writes()) await send(method, path, body, 500);
    expect(await snapshot()).toEqual(before);
    await env.DB.exec("DROP TRIGGER no_log");
  });

  it("has one row for each write, which says who did what, where, when and with what", async () => {
    const before = await log();
    for (const [method, path, body] of writes()) {
      const { status, body: answer } = await owner(method, `/admin/api${path}`, body);
      expect(status, `${method} ${path}: ${JSON.stringify(answer)}`).toBeLessThan(300);
    }
    const rows = (await log()).toReversed().slice(before.length);
    expect(rows).toHaveLength(writes().length);
    for (const [position, [method, path]] of writes().entries()) {
      expect(rows[position]).toMatchObject({ operator: "admin-token", request_id: expect.stringMatching(/^req_/) });
      expect(rows[position].action.startsWith(`${method} /admin/api/`), path).toBe(true);
      expect(`/${rows[position].target}`.startsWith(path), rows[position].target).toBe(true);
    }
    expect(rows[1]).toMatchObject({
      action: "PATCH /admin/api/accounts/:id",
      target: `accounts/${account}`,
      details: { name: "A2" },
    });
    expect(rows[2].target).toMatch(new RegExp(`^accounts/${account}/keys/[\\da-f-]{36}$`));
    expect(rows[4]).toMatchObject({ target: `accounts/${account}/entries/t`, details: { amount_nanos: 10 } });
  });

  it("holds no secret, neither of those that were sent nor of those that were shown", async () => {
    const { token } = await send("POST", "/operators", { name: "eve", role: "read" }, 201);
    const { key: apiKey } = await send("POST", `/accounts/${account}/keys`, { name: "k3" }, 201);
    const { codes } = await send("POST", "/code-batches", { batch: "b3", count: 1, amount_nanos: 5 }, 201);
    const text = JSON.stringify(await log());
    for (const secret of [token, apiKey, codes[0], "secret-of-the-vendor", "third-secret", ADMIN_TOKEN])
      expect(text).not.toContain(secret);
    expect(text).toContain('"credentials":[{"secret":"[secret]"}]');
  });

  it("gets no row for what was only read, was refused, or changed nothing", async () => {
    const before = await log();
    await send("GET", "/accounts", undefined, 200);
    await send("PATCH", "/accounts/no-such", { name: "X" }, 404);
    await send("POST", "/models", { id: "m", operation: "chat" }, 409);
    await send("POST", `/accounts/${account}/entries`, { kind: "top_up", id: "first", amount_nanos: 1000 }, 200);
    await send("POST", `/accounts/${account}/entries`, { kind: "top_up", id: "first", amount_nanos: 999 }, 409);
    expect(await log()).toEqual(before);
  });

  it("gets a row for a write that is in no transaction of ours", async () => {
    await send("POST", "/routes/r2/test?credential=no-such", undefined, 404);
    await send("PATCH", "/upstreams/v2", { disabled: true }, 200);
    await send("POST", "/routes", { id: "idle", model_id: "m", upstream_id: "v2" }, 201);
    await send("POST", "/routes/idle/test", undefined, 200);
    expect((await log())[0]).toMatchObject({
      action: "POST /admin/api/routes/:id/test",
      target: "routes/idle/test",
    });
  });

  it("is paged, and filtered by operator", async () => {
    const all = await log();
    const first = await send("GET", "/audit?limit=2", undefined, 200);
    const second = await send("GET", `/audit?limit=2&cursor=${first.next_cursor}`, undefined, 200);
    expect([...first.data, ...second.data]).toEqual(all.slice(0, 4));
    expect(await log("&operator=olga")).toEqual([]);
    expect(await log("&operator=admin-token")).toEqual(all);
  });

  it("refuses to be changed, deleted or replaced", async () => {
    const before = await log();
    for (const query of [
      "UPDATE audit SET operator = 'nobody'",
      "DELETE FROM audit",
      "INSERT OR REPLACE INTO audit SELECT id, at, 'nobody', action, target, details, request_id, address FROM audit",
    ])
      await expect(env.DB.prepare(query).run(), query).rejects.toThrow("audit_is_frozen");
    expect(await log()).toEqual(before);
  });
});
