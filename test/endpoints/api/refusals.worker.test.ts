/** Requests that our own API refuses with a clear 400 or 404, without writing anything. */
import { beforeAll, describe, expect, it } from "vitest";
import { entries } from "../../../schema/index.ts";
import { ADMIN_TOKEN, appWith, caller, db, expectStatus, snapshot } from "./support.ts";

const app = appWith();
const operator = caller(app, ADMIN_TOKEN);
let mine: string;
let other: string;
let myKey: string;
let otherKey: string;
let secret: string;
let code: string;
let charge: string;

beforeAll(async () => {
  const post = async (path: string, body: unknown) => (await operator("POST", `/admin/api${path}`, body)).body;
  mine = (await post("/accounts", { name: "Mine" })).id;
  other = (await post("/accounts", { name: "Other" })).id;
  const key = await post(`/accounts/${mine}/keys`, { name: "mine", manages_account: true });
  [myKey, secret] = [key.id, key.key];
  otherKey = (await post(`/accounts/${other}/keys`, { name: "other" })).id;
  await post("/upstreams", { id: "one", name: "One", kind: "bearer", base_url: "https://one.example/v1" });
  await post("/upstreams", { id: "two", name: "Two", kind: "bearer", base_url: "https://two.example/v1" });
  charge = (await post("/upstreams/one/credentials", { secret: "s" })).id;
  await post("/models", { id: "model", operation: "chat" });
  await post("/prices", { model_id: "model", input_nanos: 1, output_nanos: 1 });
  await post("/plans", { id: "plan", name: "Plan" });
  await post("/plans", { id: "unsold", name: "Unsold" });
  await operator("PATCH", "/admin/api/plans/unsold", { disabled: true });
  [code] = (await post("/code-batches", { batch: "used", count: 1, amount_nanos: 5 })).codes;
  await post(`/accounts/${mine}/entries`, { kind: "top_up", id: "first", amount_nanos: 1000 });
  await caller(app, secret)("POST", "/api/redeem", { code });
});

/** Method and path, body, the status, and the field that the answer names. */
type Row = readonly [request: string, body: unknown, status: number, param?: string | undefined];

const BAD_AMOUNTS: readonly unknown[] = ["100", "1e3", 1.5, -1, 0, 2 ** 53, 2 ** 53 + 2, 1e300, null, true, [1], {}];

function rows(): Row[] {
  const entriesPath = `POST /admin/api/accounts/${mine}/entries`;
  const keyPath = `PATCH /admin/api/accounts/${mine}/keys/${myKey}`;
  return [
    ...BAD_AMOUNTS.map((amount): Row => [
      entriesPath,
      { kind: "top_up", id: "a", amount_nanos: amount },
      400,
      "amount_nanos",
    ]),
    ...BAD_AMOUNTS.filter((amount) => amount !== -1).map((amount): Row => [
      entriesPath,
      { kind: "adjustment", id: "a", amount_nanos: amount, reason: "r" },
      400,
      "amount_nanos",
    ]),
    ...BAD_AMOUNTS.map((amount): Row => [
      "POST /admin/api/code-batches",
      { batch: "b", count: 1, amount_nanos: amount },
      400,
      "amount_nanos",
    ]),
    ...BAD_AMOUNTS.filter((amount) => amount !== 0).map((amount): Row => [
      "POST /admin/api/prices",
      { model_id: "model", input_nanos: amount, output_nanos: 1 },
      400,
      "input_nanos",
    ]),
    ...BAD_AMOUNTS.filter((amount) => amount !== 0 && amount !== null).map((amount): Row => [
      keyPath,
      { quota_day_nanos: amount },
      400,
      "quota_day_nanos",
    ]),
    // Entries.
    [entriesPath, { kind: "top_up", id: "a" }, 400, "amount_nanos"],
    [entriesPath, { kind: "top_up", amount_nanos: 1 }, 400, "id"],
    [entriesPath, { kind: "top_up", id: "", amount_nanos: 1 }, 400, "id"],
    [entriesPath, { kind: "top_up", id: "refund:1", amount_nanos: 1 }, 400, "id"],
    [entriesPath, { kind: "top_up", id: "redeem:1", amount_nanos: 1 }, 400, "id"],
    [entriesPath, { kind: "top_up", id: "x".repeat(201), amount_nanos: 1 }, 400, "id"],
    [entriesPath, { kind: "top_up", id: "a", amount_nanos: 1, reason: "no such field" }, 400, "reason"],
    [entriesPath, { kind: "adjustment", id: "a", amount_nanos: 1 }, 400, "reason"],
    [entriesPath, { kind: "adjustment", id: "a", amount_nanos: 1, reason: " " }, 400, "reason"],
    [entriesPath, { kind: "adjustment", id: "a", amount_nanos: -1006, reason: "more than is there" }, 402],
    [entriesPath, { kind: "top_up", id: "a", amount_nanos: Number.MAX_SAFE_INTEGER }, 400],
    [entriesPath, { kind: "top_up", id: "first", amount_nanos: 999 }, 409],
    [entriesPath, { kind: "rollup", id: "a", amount_nanos: 1 }, 400, "kind"],
    [entriesPath, { kind: "redeem", id: "a", amount_nanos: 1 }, 400, "kind"],
    [entriesPath, { id: "a", amount_nanos: 1 }, 400, "kind"],
    [entriesPath, { kind: "refund", charge_id: "no-such" }, 404],
    [entriesPath, { kind: "plan_purchase", id: "a", plan_id: "no-such" }, 404],
    [entriesPath, { kind: "plan_purchase", id: "a", plan_id: "unsold" }, 404],
    ["POST /admin/api/accounts/no-such/entries", { kind: "top_up", id: "a", amount_nanos: 1 }, 404],
    // Accounts.
    ["POST /admin/api/accounts", {}, 400, "name"],
    ["POST /admin/api/accounts", { name: "" }, 400, "name"],
    ["POST /admin/api/accounts", { name: "x".repeat(201) }, 400, "name"],
    ["POST /admin/api/accounts", { name: "A", balance_nanos: 5 }, 400, "balance_nanos"],
    ["POST /admin/api/accounts", { name: "A", plan_id: "no-such" }, 404, "plan_id"],
    ["POST /admin/api/accounts", { name: "A", plan_expires_at: "tomorrow" }, 400, "plan_expires_at"],
    ["POST /admin/api/accounts", { name: "A", plan_expires_at: 1_800_000_000 }, 400, "plan_expires_at"],
    ["POST /admin/api/accounts", { name: "A", plan_expires_at: "2030-02-30T00:00:00Z" }, 400, "plan_expires_at"],
    ["POST /admin/api/accounts", { name: "A", plan_expires_at: "2030-01-01T00:00:00+08:00" }, 400, "plan_expires_at"],
    ["POST /admin/api/accounts", "[]", 400],
    ["POST /admin/api/accounts", "{", 400],
    ["POST /admin/api/accounts", "", 400],
    [`PATCH /admin/api/accounts/${mine}`, { held_nanos: 0 }, 400, "held_nanos"],
    [`PATCH /admin/api/accounts/${mine}`, { unlimited: "true" }, 400, "unlimited"],
    [`PATCH /admin/api/accounts/${mine}`, { plan_id: "no-such" }, 404, "plan_id"],
    ["PATCH /admin/api/accounts/no-such", { name: "A" }, 404],
    ["GET /admin/api/accounts/no-such", undefined, 404],
    // Keys.
    [keyPath, { allowed_ips: ["203.0.113.256"] }, 400, "allowed_ips.0"],
    [keyPath, { allowed_ips: ["203.0.113.1", "203.0.113.0/33"] }, 400, "allowed_ips.1"],
    [keyPath, { allowed_ips: ["203.0.113.0/-1"] }, 400, "allowed_ips.0"],
    [keyPath, { allowed_ips: ["2001:db8::/129"] }, 400, "allowed_ips.0"],
    [keyPath, { allowed_ips: ["2001:db8:::/32"] }, 400, "allowed_ips.0"],
    [keyPath, { allowed_ips: ["localhost"] }, 400, "allowed_ips.0"],
    [keyPath, { allowed_ips: ["010.0.0.1"] }, 400, "allowed_ips.0"],
    [keyPath, { allowed_ips: [""] }, 400, "allowed_ips.0"],
    [keyPath, { allowed_ips: [] }, 400, "allowed_ips"],
    [keyPath, { allowed_ips: "203.0.113.1" }, 400, "allowed_ips"],
    [keyPath, { allowed_models: ["no-such"] }, 404, "allowed_models.0"],
    [keyPath, { allowed_models: [] }, 400, "allowed_models"],
    [keyPath, { group_id: "no-such" }, 404, "group_id"],
    [keyPath, { requests_per_minute: 0 }, 400, "requests_per_minute"],
    [keyPath, { requests_per_minute: 1.5 }, 400, "requests_per_minute"],
    [keyPath, { error_dialect: "klingon" }, 400, "error_dialect"],
    [keyPath, { expires_at: "never" }, 400, "expires_at"],
    [keyPath, { used_total_nanos: 0 }, 400, "used_total_nanos"],
    [keyPath, { hash: "x" }, 400, "hash"],
    [`PATCH /admin/api/accounts/${mine}/keys/${otherKey}`, { disabled: true }, 404],
    [`GET /admin/api/accounts/${mine}/keys/${otherKey}`, undefined, 404],
    ["GET /admin/api/accounts/no-such/keys", undefined, 404],
    ["POST /admin/api/accounts/no-such/keys", { name: "k" }, 404],
    [`POST /admin/api/accounts/${mine}/keys`, { name: "k", key: "sk-mine" }, 400, "key"],
    [`POST /admin/api/accounts/${mine}/keys`, { name: "k", group_id: "no-such" }, 404, "group_id"],
    // Upstreams, models, routes, prices.
    ["POST /admin/api/upstreams", { name: "U", kind: "carrier-pigeon", base_url: "https://u.example" }, 400, "kind"],
    ["POST /admin/api/upstreams", { name: "U", kind: "bearer", base_url: "not a url" }, 400, "base_url"],
    ["POST /admin/api/upstreams", { name: "U", kind: "bearer", base_url: "ftp://u.example" }, 400, "base_url"],
    ["POST /admin/api/upstreams", { name: "U", kind: "bearer", base_url: "https://a:b@u.example" }, 400, "base_url"],
    ["POST /admin/api/upstreams", { id: "one", name: "U", kind: "bearer", base_url: "https://u.example" }, 409],
    ["POST /admin/api/upstreams", { id: "a b", name: "U", kind: "bearer", base_url: "https://u.example" }, 400, "id"],
    ["PATCH /admin/api/upstreams/one", { base_url: "http//u.example" }, 400, "base_url"],
    ["PATCH /admin/api/upstreams/one", { kind: "bearer" }, 400, "kind"],
    ["POST /admin/api/upstreams/no-such/credentials", { secret: "s" }, 404],
    ["GET /admin/api/upstreams/no-such/credentials", undefined, 404],
    ["POST /admin/api/upstreams/one/credentials", { secret: "" }, 400, "secret"],
    ["PATCH /admin/api/upstreams/one/credentials/no-such", { disabled: true }, 404],
    [`PATCH /admin/api/upstreams/two/credentials/${charge}`, { disabled: true }, 404],
    ["POST /admin/api/models", { id: "auto", operation: "chat" }, 400, "id"],
    ["POST /admin/api/models", { id: "a b", operation: "chat" }, 400, "id"],
    ["POST /admin/api/models", { id: "model", operation: "chat" }, 409],
    ["POST /admin/api/models", { id: "m", operation: "sing" }, 400, "operation"],
    ["POST /admin/api/models", { id: "m", operation: "chat", capabilities: ["telepathy"] }, 400, "capabilities.0"],
    ["POST /admin/api/models", { id: "m", operation: "chat", context_length: -1 }, 400, "context_length"],
    ["PATCH /admin/api/models/model", { auto_weight: -1 }, 400, "auto_weight"],
    ["PATCH /admin/api/models/model", { answer_ms: 86_400_001 }, 400, "answer_ms"],
    ["PATCH /admin/api/models/model", { id: "renamed" }, 400, "id"],
    ["POST /admin/api/routes", { model_id: "no-such", upstream_id: "one" }, 404, "model_id"],
    ["POST /admin/api/routes", { model_id: "model", upstream_id: "no-such" }, 404, "upstream_id"],
    ["POST /admin/api/routes", { model_id: "model", upstream_id: "one", wire: "morse" }, 400, "wire"],
    ["PATCH /admin/api/routes/no-such", { weight: 1 }, 404],
    ["POST /admin/api/routes/no-such/test", undefined, 404, "id"],
    ["POST /admin/api/routes/no-such/test?model=m", undefined, 400, "model"],
    ["GET /admin/api/upstreams/no-such/health", undefined, 404, "id"],
    ["POST /admin/api/prices", { model_id: "no-such", input_nanos: 1, output_nanos: 1 }, 404, "model_id"],
    ["POST /admin/api/prices", { model_id: "model", input_nanos: 1 }, 400, "output_nanos"],
    ...Object.entries<object[]>({
      "rates: given twice": [{ unit: "input", when: {}, price_nanos: 1 }],
      "rates: a request can fit both": [
        { unit: "input", when: { size: "s" }, price_nanos: 2 },
        { unit: "input", when: { mode: "m" }, price_nanos: 3 },
      ],
      "rates: other sizes would be free": [{ unit: "image", when: { size: "s" }, price_nanos: 2 }],
      "rates: other sizes would cost the operator nothing": [{ unit: "image", when: { size: "s" }, cost_nanos: 2 }],
      "rates: too many": Array.from({ length: 101 }, (_, at) => ({
        unit: "input",
        when: { size: `${at}` },
        price_nanos: 1,
      })),
      "rates.0: no amount": [{ unit: "image" }],
      "rates.0.unit: no such unit": [{ unit: "images", price_nanos: 2 }],
      "rates.0.price_nanos: negative": [{ unit: "image", price_nanos: -1 }],
      "rates.0.cost_nanos: not whole": [{ unit: "image", price_nanos: 1, cost_nanos: 0.5 }],
      "rates.0.per: no such field": [{ unit: "image", price_nanos: 1, per: 2 }],
      "rates.0.when.colour: no such attribute": [{ unit: "image", price_nanos: 1, when: { colour: "red" } }],
      "rates.0.when.size: a number": [{ unit: "image", price_nanos: 1, when: { size: 1024 } }],
      "rates.0.when.size: empty": [{ unit: "image", price_nanos: 1, when: { size: "" } }],
    }).map(([name, rates]): Row => [
      "POST /admin/api/prices",
      { model_id: "model", input_nanos: 1, output_nanos: 1, rates },
      400,
      name.split(":")[0],
    ]),
    [
      "POST /admin/api/prices",
      { model_id: "model", input_nanos: 1, output_nanos: 1, effective_at: "2020-01-01T00:00:00Z" },
      400,
      "effective_at",
    ],
    // Groups, plans, codes.
    ["POST /admin/api/groups", { name: "G", ratio_ppm: 1.5 }, 400, "ratio_ppm"],
    ["POST /admin/api/groups", { name: "G", ratio_ppm: -1 }, 400, "ratio_ppm"],
    ["POST /admin/api/plans", { name: "P", allowance_requests: 0 }, 400, "allowance_requests"],
    ["POST /admin/api/plans", { id: "plan", name: "P" }, 409],
    ["POST /admin/api/code-batches", { batch: "b", count: 0, amount_nanos: 1 }, 400, "count"],
    ["POST /admin/api/code-batches", { batch: "b", count: 1001, amount_nanos: 1 }, 400, "count"],
    [
      "POST /admin/api/code-batches",
      { batch: "b", count: 1, amount_nanos: 1, expires_at: "2020-01-01T00:00:00Z" },
      400,
      "expires_at",
    ],
    ["POST /admin/api/code-batches", { batch: "used", count: 1, amount_nanos: 1 }, 409, "batch"],
    ["GET /admin/api/code-batches/no-such", undefined, 404],
    ["PATCH /admin/api/code-batches/no-such", { expires_at: null }, 404],
    // Lists.
    ...["accounts", "upstreams", "models", "routes", "prices", "groups", "plans", "code-batches", "invariants"].flatMap(
      (list): Row[] => [
        [`GET /admin/api/${list}?limit=10000`, undefined, 400, "limit"],
        [`GET /admin/api/${list}?limit=0`, undefined, 400, "limit"],
        [`GET /admin/api/${list}?limit=ten`, undefined, 400, "limit"],
        [`GET /admin/api/${list}?cursor=%25`, undefined, 400, "cursor"],
        [`GET /admin/api/${list}?cursor=eyJhIjoxfQ`, undefined, 400, "cursor"],
        [`GET /admin/api/${list}?offset=1`, undefined, 400, "offset"],
      ],
    ),
    ...["keys", "entries", "charges"].map((list): Row => [
      `GET /admin/api/accounts/${mine}/${list}?limit=10000`,
      undefined,
      400,
      "limit",
    ]),
    ["GET /admin/api/accounts/no-such/charges", undefined, 404],
    ["GET /admin/api/accounts/no-such/entries", undefined, 404],
    [`GET /admin/api/accounts/${mine}/charges/no-such`, undefined, 404],
    ["GET /admin/api/nothing", undefined, 404],
    ["DELETE /admin/api/accounts", undefined, 405],
  ];
}

describe("the operator API refuses", () => {
  it("bad input, with the field's name, and writes nothing", async () => {
    const before = await snapshot();
    for (const [request, body, status, param] of rows()) {
      const [method = "", path = ""] = request.split(" ");
      const what = `${request} ${JSON.stringify(body)}`;
      const answer = await operator(method, path, body);
      expect(answer.status, `${what} → ${JSON.stringify(answer.body)}`).toBe(status);
      expect(answer.body.error.message, what).not.toBe("");
      if (param !== undefined) expect(answer.body.error.param, what).toBe(param);
      expect(answer.headers.get("x-request-id"), what).toMatch(/^req_/);
    }
    expect(await snapshot()).toEqual(before);
  });

  it("every caller without the token, before anything else", async () => {
    const before = await snapshot();
    for (const token of [undefined, "wrong-token-of-the-operator-00", secret]) {
      const stranger = caller(app, token);
      for (const [request, body] of rows().filter(([, , status]) => status !== 405 && status !== 404)) {
        const [method = "", path = ""] = request.split(" ");
        const answer = await stranger(method, path, body);
        expect(answer.status, request).toBe(401);
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
      await expectStatus(stranger("POST", "/admin/api/accounts", { name: "Intruder" }), 401);
    }
    expect(await snapshot()).toEqual(before);
  });

  it("everything while the site has no token: each path is unknown, whatever the method", async () => {
    const closed = caller(appWith({ ADMIN_TOKEN: undefined }), ADMIN_TOKEN);
    for (const path of ["accounts", "accounts/x", "accounts/x/keys", "models/a/b", "invariants", "nothing"]) {
      for (const method of ["GET", "POST", "PATCH", "PUT", "DELETE"]) {
        const answer = await closed(method, `/admin/api/${path}`);
        expect(answer.status, `${method} ${path}`).toBe(404);
        expect(answer.headers.get("allow")).toBeNull();
        expect(answer.body.error.message).not.toContain("/admin/api/accounts?");
      }
    }
    const document = await expectStatus(closed("GET", "/api/openapi.json"), 200);
    expect(Object.keys(document.paths).filter((path) => path.startsWith("/admin"))).toEqual([]);
  });
});

describe("the account API refuses", () => {
  it("bad input, and access to other accounts, and writes nothing", async () => {
    const client = caller(app, secret);
    const before = await snapshot();
    const table: Row[] = [
      ["POST /api/redeem", { code }, 400, "code"],
      ["POST /api/redeem", { code: "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE" }, 404],
      ["POST /api/redeem", { code: "" }, 400, "code"],
      ["POST /api/redeem", { code: 5 }, 400, "code"],
      ["POST /api/redeem", { code, amount: 5 }, 400, "amount"],
      ["POST /api/redeem", {}, 400, "code"],
      ["GET /api/charges?limit=10000", undefined, 400, "limit"],
      ["GET /api/charges?cursor=x", undefined, 400, "cursor"],
      ["GET /api/charges/no-such", undefined, 404],
      ["GET /api/prices?limit=101", undefined, 400, "limit"],
      ["GET /api/usage?group=upstream", undefined, 400, "group"],
      ["GET /api/usage?from=2026-02-30", undefined, 400, "from"],
      ["GET /api/usage?from=yesterday", undefined, 400, "from"],
      ["GET /api/usage?from=2026-02-02&to=2026-02-01", undefined, 400, "from"],
      ["GET /api/usage?from=2020-01-01&to=2026-01-01", undefined, 400, "from"],
      ["GET /api/usage?timezone=Mars/Olympus", undefined, 400, "timezone"],
      ["GET /dashboard/billing/usage?start_date=soon", undefined, 400, "start_date"],
      ["GET /admin/api/accounts", undefined, 401],
      ["POST /api/account", {}, 405],
      ["DELETE /api/charges", undefined, 405],
      ["PUT /v1/dashboard/billing/usage", undefined, 405],
    ];
    for (const [request, body, status, param] of table) {
      const [method = "", path = ""] = request.split(" ");
      const answer = await client(method, path, body);
      expect(answer.status, `${request} → ${JSON.stringify(answer.body)}`).toBe(status);
      if (param !== undefined) expect(answer.body.error.param, request).toBe(param);
    }
    expect(await snapshot()).toEqual(before);
    expect(await db.select().from(entries)).toHaveLength(2);
  });

  it("callers without a key", async () => {
    const nobody = caller(app, undefined);
    for (const path of ["/api/account", "/api/usage", "/api/charges", "/api/prices", "/api/usage/token"]) {
      expect((await nobody("GET", path)).status, path).toBe(401);
    }
  });
});

describe("unknown paths and wrong methods", () => {
  it("are answered as everywhere else: Allow, the likely path", async () => {
    const wrong = await operator("DELETE", "/admin/api/accounts");
    expect(wrong.headers.get("allow")).toBe("GET, HEAD, POST");
    expect((await operator("DELETE", "/api/account")).headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    const likely = async (path: string) => (await operator("GET", path)).body.error.message;
    expect(await likely("/api/charge")).toContain("/api/charges?");
    expect(await likely("/admin/api/model")).toContain("/admin/api/models?");
    expect(await likely("/api/account/usage")).toContain("/api/account?");
    expect(await likely("/v1/chat/completion")).toContain("/v1/chat/completions?");
    expect(await likely("/api")).not.toContain("mean");
    expect((await operator("GET", "/admin/api/accounts/")).status).toBe(200);
  });
});

describe("a time zone that does not exist", () => {
  it("makes the configuration wrong", () => {
    for (const zone of ["Mars/Olympus", "UTC+8", ""])
      expect(() => appWith({ BILLING_TIMEZONE: zone })).toThrow("BILLING_TIMEZONE");
    expect(() => appWith({ BILLING_TIMEZONE: "America/Sao_Paulo" })).not.toThrow();
    expect(() => appWith({ ADMIN_TOKEN: "short" })).toThrow("ADMIN_TOKEN");
  });
});
