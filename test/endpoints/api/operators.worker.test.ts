/** Operators with tokens of their own: what each role may do, and which tokens are refused. */
import { beforeAll, describe, expect, it } from "vitest";
import { operators } from "../../../schema/index.ts";
import { ROLES, type Role } from "../../../src/access/operator-store.ts";
import { drawOperatorToken } from "../../../src/core/api-key.ts";
import { ADMIN_TOKEN, appWith, caller, db, expectStatus, snapshot, type Call, type Clock } from "./support.ts";

const clock: Clock = { nowMs: Date.UTC(2030, 0, 1, 12) };
const app = appWith({}, clock);
const owner = caller(app, ADMIN_TOKEN);
const tokens = new Map<Role, string>();

const create = async (body: object) => expectStatus(owner("POST", "/admin/api/operators", body), 201);
const as = (role: Role): Call => caller(app, tokens.get(role));

beforeAll(async () => {
  for (const role of ROLES) tokens.set(role, (await create({ name: `the-${role}`, role })).token);
});

describe("operators", () => {
  it("are shown their token once, and only its hash is stored", async () => {
    const { token, ...rest } = await create({ name: "olga", role: "finance", expires_at: null });
    expect(token).toMatch(/^op-\w{49}$/);
    expect(rest).toMatchObject({ name: "olga", role: "finance", expires_at: null, last_used_day: null });
    expect(await expectStatus(owner("GET", `/admin/api/operators/${rest.id}`), 200)).toEqual(rest);
    expect(JSON.stringify(await db.select().from(operators))).not.toContain(token);
  });

  it("have names that nobody else has or gets", async () => {
    await create({ name: "taken", role: "read" });
    await expectStatus(owner("POST", "/admin/api/operators", { name: "taken", role: "owner" }), 409);
    await expectStatus(owner("POST", "/admin/api/operators", { name: "admin-token", role: "read" }), 400);
    const { id } = await create({ name: "unchanging", role: "read" });
    await expectStatus(owner("PATCH", `/admin/api/operators/${id}`, { name: "other" }), 400);
  });

  it("are refused when disabled, expired or unknown, from the next request on", async () => {
    const { id, token, expires_at: expiresAt } = await create({ name: "leaver", role: "owner" });
    expect(Date.parse(expiresAt) - clock.nowMs).toBe(90 * 86_400_000);
    const leaver = caller(app, token);
    await expectStatus(leaver("GET", "/admin/api/accounts"), 200);
    await expectStatus(owner("PATCH", `/admin/api/operators/${id}`, { disabled: true }), 200);
    await expectStatus(leaver("GET", "/admin/api/accounts"), 401);
    const soon = new Date(clock.nowMs + 1000).toISOString();
    await expectStatus(owner("PATCH", `/admin/api/operators/${id}`, { disabled: false, expires_at: soon }), 200);
    await expectStatus(leaver("GET", "/admin/api/accounts"), 200);
    clock.nowMs += 1000;
    await expectStatus(leaver("GET", "/admin/api/accounts"), 401);
    await expectStatus(caller(app, drawOperatorToken())("GET", "/admin/api/accounts"), 401);
  });

  it("leave the day of their last use", async () => {
    const { id, token } = await create({ name: "visitor", role: "read" });
    await expectStatus(caller(app, token)("GET", "/admin/api/accounts"), 200);
    const { last_used_day: day } = await expectStatus(owner("GET", `/admin/api/operators/${id}`), 200);
    expect(day).toBe("2030-01-01");
  });

  it("stand by name in the entries that they post", async () => {
    const { id } = await expectStatus(owner("POST", "/admin/api/accounts", { name: "A" }), 201);
    const post = async (call: Call, entry: string) =>
      expectStatus(
        call("POST", `/admin/api/accounts/${id}/entries`, { kind: "top_up", id: entry, amount_nanos: 5 }),
        200,
      );
    expect((await post(as("finance"), "one")).entry.actor).toBe("the-finance");
    expect((await post(owner, "two")).entry.actor).toBe("admin-token");
  });

  it("open no account, and keys open nothing of the operators'", async () => {
    await expectStatus(as("owner")("GET", "/api/account"), 401);
  });
});

/** Beside the right that the endpoint names. */
const RIGHTS: Record<Role, readonly string[]> = {
  read: ["read"],
  support: ["read", "support"],
  finance: ["read", "finance"],
  owner: ["read", "support", "finance", "owner"],
};

describe("roles", () => {
  it("open exactly the endpoints that name one of their rights, and a refusal says which role is needed", async () => {
    const { paths } = await expectStatus(owner("GET", "/api/openapi.json"), 200);
    const asked: string[] = [];
    for (const [template, methods] of Object.entries(paths as Record<string, Record<string, Operation>>)) {
      if (!template.startsWith("/admin")) continue;
      const path = template.replaceAll(/\{\w+\}/g, "no-such");
      for (const [method, { security, "x-field-roles": fieldRoles = {} }] of Object.entries(methods)) {
        const needed = security[0]?.operator?.[0] ?? "";
        expect(method === "get" ? ["read"] : ["support", "finance", "owner"], template).toContain(needed);
        const body = method === "get" ? undefined : {};
        for (const role of ROLES) {
          const { status, body: answer } = await as(role)(method.toUpperCase(), path, body);
          const what = `${role}: ${method} ${template}: ${JSON.stringify(answer)}`;
          if (RIGHTS[role].includes(needed)) expect([200, 400, 404], what).toContain(status);
          // A field's role may be enough: then the body decides.
          else if (Object.values(fieldRoles).includes(role)) expect([400, 403], what).toContain(status);
          else {
            expect(status, what).toBe(403);
            expect(answer.error.message, what).toContain(`the role '${needed}' or 'owner'. Your token has the role`);
          }
          asked.push(what);
        }
      }
    }
    expect(asked.length).toBeGreaterThan(100);
  });

  it("may be needed by single fields: support may not give money away, finance may", async () => {
    const { id } = await expectStatus(as("support")("POST", "/admin/api/accounts", { name: "B" }), 201);
    const path = `/admin/api/accounts/${id}`;
    await expectStatus(as("support")("PATCH", path, { disabled: true }), 200);
    await expectStatus(as("finance")("PATCH", path, { unlimited: true }), 200);
    const before = await snapshot();
    await expectStatus(as("support")("PATCH", path, { unlimited: true }), 403);
    await expectStatus(as("support")("PATCH", path, { name: "C", plan_id: null }), 403);
    await expectStatus(as("support")("POST", `${path}/keys`, { name: "k", group_id: "vip" }), 403);
    await expectStatus(as("finance")("PATCH", path, { unlimited: true, disabled: false }), 403);
    await expectStatus(as("finance")("PATCH", path, {}), 403);
    expect(await snapshot()).toEqual(before);
  });
});

interface Operation {
  readonly security: readonly { readonly operator?: readonly string[] }[];
  readonly "x-field-roles"?: Readonly<Record<string, string>>;
}
