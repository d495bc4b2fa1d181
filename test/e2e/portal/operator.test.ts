/** The operator's side, in the order of a new site: set up, an upstream, its models, their prices, a customer, an answer. */
import { eq, like } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  accounts,
  apiKeys,
  audit,
  entries,
  groups,
  models,
  plans,
  redeemCodes,
  routes,
  sessions,
  users,
} from "../../../schema/index.ts";
import { startMockLlm } from "../../../src/cli/mock-model.ts";
import { ADMIN_TOKEN, FormClient, startPortal, type PortalStage } from "./stage.ts";

type Mock = Awaited<ReturnType<typeof startMockLlm>>;

let stage: PortalStage;
let mock: Mock;
let url: string;
let operator: FormClient;
let ann: FormClient;

beforeAll(async () => {
  [stage, mock] = await Promise.all([
    startPortal({ hasDemo: false, vars: { SIGN_UP: "closed" } }),
    startMockLlm({ latencyMs: 0 }),
  ]);
  ({ url } = stage.gateway);
  [operator, ann] = [new FormClient(url), new FormClient(url)];
});
afterAll(async () => {
  await Promise.all([stage.close(), mock.stop()]);
});

const SETUP = { name: "Olga", email: "olga@example.com", password: "the first operator here" };

async function shown(client: FormClient, path: string): Promise<string> {
  const answer = await client.get(path);
  const text = await answer.text();
  expect(answer.status, `${path}: ${text}`).toBe(200);
  return text;
}

/** @returns where the form leads */
async function sent(client: FormClient, path: string, fields: Record<string, string>): Promise<string> {
  const answer = await client.post(path, fields);
  expect(answer.status, `${path}: ${await answer.clone().text()}`).toBe(303);
  return answer.headers.get("location") ?? "";
}

async function accountOf(name: string): Promise<string> {
  const [row] = await stage.gateway.db.select().from(accounts).where(eq(accounts.name, name));
  return row?.id ?? "";
}

describe("a new site", () => {
  it("has no operator until somebody types the token, and then nobody else can", async () => {
    expect((await operator.get("/admin")).headers.get("location")).toBe("/sign-in?to=%2Fadmin");
    expect(await shown(operator, "/setup")).toContain("ADMIN_TOKEN");
    const guess = await operator.post("/setup", { ...SETUP, token: "a guess of the admin token" });
    expect(guess.status).toBe(422);
    expect(await stage.gateway.db.$count(users)).toBe(0);
    expect(await sent(operator, "/setup", { ...SETUP, token: ADMIN_TOKEN })).toBe("/admin");
    expect((await operator.get("/setup")).status).toBe(404);
    expect(
      (await new FormClient(url).post("/setup", { ...SETUP, email: "m@example.com", token: ADMIN_TOKEN })).status,
    ).toBe(404);
    const [row] = await stage.gateway.db.select().from(users);
    expect(row).toMatchObject({ email: SETUP.email, role: "operator" });
    expect(await shown(operator, "/admin")).toContain("/admin/upstreams/new");
  });

  it("gets an upstream, with a key that is never shown again", async () => {
    expect(await shown(operator, "/admin/upstreams/new?vendor=deepseek")).toContain("https://api.deepseek.com/v1");
    const wrong = await operator.post("/admin/upstreams/new", {
      name: "Mock",
      kind: "bearer",
      base_url: "no address",
      secret: "s",
    });
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('id="field-base_url-problem"');
    // The address of an endpoint, as vendors show it in their samples.
    const endpoint = { name: "Mock", kind: "bearer", base_url: `${mock.url}/v1/chat/completions`, secret: "s" };
    const whole = await operator.post("/admin/upstreams/new", endpoint);
    expect(await whole.text()).toContain("the base URL ends before /chat/completions");
    const fields = {
      id: "mock",
      name: "Mock",
      kind: "bearer",
      base_url: `${mock.url}/v1`,
      secret: "sk-of-the-upstream",
    };
    expect(await sent(operator, "/admin/upstreams/new", fields)).toBe("/admin/upstreams/mock/models");
    for (const path of ["/admin/upstreams", "/admin/upstreams/mock", "/admin/upstreams/mock/models", "/admin/audit"]) {
      expect(await shown(operator, path), path).not.toContain("sk-of-the-upstream");
    }
    expect(await shown(operator, "/admin/upstreams/mock")).toMatch(/set [A-Z][a-z]{2} \d+, 20\d\d/);
  });

  it("fetches the upstream's models, and adds those that are chosen, with their prices", async () => {
    expect(await shown(operator, "/admin/upstreams/mock/models")).toContain('value="gpt-4o"');
    const mistyped = await operator.post("/admin/upstreams/mock/models", {
      model: "gpt-4o",
      "input:gpt-4o": "2,5",
      "output:gpt-4o": "10",
    });
    const again = await mistyped.text();
    expect([mistyped.status, again]).toEqual([
      422,
      expect.stringContaining(
        "Enter both amounts or none, each like 5 or 0.50, with a point and without a comma: gpt-4o",
      ),
    ]);
    expect(again).toContain('value="2,5"');
    expect(await stage.gateway.db.$count(models)).toBe(0);
    await sent(operator, "/admin/upstreams/mock/models", {
      model: "gpt-4o",
      "input:gpt-4o": "２．５",
      "output:gpt-4o": "10",
    });
    expect(await shown(operator, "/admin/models/gpt-4o")).toContain("¥2.50 in, ¥10.00 out");
    expect(await shown(operator, "/pricing")).toContain("¥10.00");
    const test = await operator.post("/admin/route-test", { route: "mock:gpt-4o", back: "/admin/routes" });
    expect(await test.text()).toContain("mock:gpt-4o answered in");
  });

  it("offers every model to a form, also where there are more than one page of them", async () => {
    const many = Array.from({ length: 101 }, (_, position) => `bulk-${String(position).padStart(3, "0")}`);
    for (let at = 0; at < many.length; at += 10) {
      const rows = many.slice(at, at + 10).map((id) => ({ id, operation: "chat", disabled: true, createdAt: 0 }));
      await stage.gateway.db.insert(models).values(rows);
    }
    for (const path of ["/admin/prices/new", "/admin/routes/new"])
      expect(await shown(operator, path), path).toContain('value="bulk-000"');
    await stage.gateway.db.delete(models).where(like(models.id, "bulk-%"));
  });

  it("changes a model, sets a price, and says which models have none", async () => {
    await sent(operator, "/admin/models/new", {
      id: "org/new",
      operation: "chat",
      capabilities: "tools\nimage",
      auto_weight: "100",
    });
    const lacks = await shown(operator, "/admin");
    expect(lacks).toContain("Models without a price are not served: org/new");
    expect(lacks).toContain(
      "Models without a usable route (itself and its upstream enabled, with a key) are not served: org/new",
    );
    await sent(operator, "/admin/routes/new", {
      model_id: "org/new",
      upstream_id: "mock",
      wire: "openai.chat",
      upstream_model: "gpt-4o",
    });
    const fine = await operator.post("/admin/prices/new", {
      model_id: "org/new",
      input_nanos: "0.0000001",
      output_nanos: "1",
    });
    expect(fine.status).toBe(422);
    await sent(operator, "/admin/prices/new", {
      model_id: "org/new",
      input_nanos: "1",
      output_nanos: "3",
      cached_read_nanos: "0.1",
    });
    const dearer = { model_id: "org/new", input_nanos: "1", output_nanos: "3", cost_output_nanos: "3.5" };
    await sent(operator, "/admin/prices/new", dearer);
    const loses = await shown(operator, "/admin");
    expect(loses).not.toContain("Models without a");
    expect(loses).toContain("sold for less than they cost you: org/new");
    await sent(operator, "/admin/prices/new", { ...dearer, output_nanos: "3.5" });
    expect(await shown(operator, "/admin")).not.toContain("less than they cost you");
    await sent(operator, "/admin/models/org/new", {
      capabilities: "tools",
      context_length: "1000",
      auto_weight: "50",
      tier: "0",
    });
    const text = await shown(operator, "/admin/models/org/new");
    expect(text).toMatch(/name="context_length"[^>]* value="1000"|value="1000"[^>]* name="context_length"/);
  });
});

describe("customers", () => {
  it("come by invitation, once", async () => {
    await sent(operator, "/admin/settings", {
      name: "My relay",
      signUp: "invite",
      grant: "2",
      contact: "help@example.com",
      publicPrices: "on",
    });
    const made = await operator.post("/admin/settings/invitations", { note: "for Ann", days: "3" });
    const [, code = ""] = /sign-up\?invitation=([\w-]{22})/.exec(await made.text()) ?? [];
    expect(code).not.toBe("");
    expect(await shown(ann, `/sign-up?invitation=${code}`)).toContain(code);
    const fields = { name: "Ann", email: "ann@example.com", password: "a long enough password" };
    expect((await ann.post("/sign-up", { ...fields, invitation: "guess" })).status).toBe(422);
    expect(await sent(ann, "/sign-up", { ...fields, invitation: code })).toBe("/app");
    const text = await shown(ann, "/app");
    expect(text).toContain("¥2.00");
    expect(text).toContain("My relay");
    expect(text).toContain("help@example.com");
    const again = await new FormClient(url).post("/sign-up", { ...fields, email: "bob@example.com", invitation: code });
    expect(again.status).toBe(422);
    expect(await again.text()).toContain("not valid any more");
  });

  it("are found, and get money once however often the form is sent", async () => {
    for (const words of ["Ann", "ann@example", await accountOf("Ann")]) {
      expect(await shown(operator, `/admin/accounts?q=${words}`), words).toContain("ann@example.com");
    }
    const id = await accountOf("Ann");
    const page = await shown(operator, `/admin/accounts/${id}`);
    const [, formId = ""] = /name="id" value="(portal-[0-9a-f-]{36})"/.exec(page) ?? [];
    const fields = { amount_nanos: "3.5", reason: "welcome", id: formId };
    await sent(operator, `/admin/accounts/${id}/adjust`, fields);
    await sent(operator, `/admin/accounts/${id}/adjust`, fields);
    const rows = await stage.gateway.db.select().from(entries).where(eq(entries.accountId, id));
    expect(rows.map(({ id: entry, amountNanos, actor }) => [entry.replace(id, "…"), amountNanos, actor])).toEqual([
      ["grant:…", 2_000_000_000, "portal"],
      [formId, 3_500_000_000, SETUP.email],
    ]);
    const over = await operator.post(`/admin/accounts/${id}/adjust`, {
      amount_nanos: "-100",
      reason: "too much",
      id: `${formId}x`,
    });
    expect(over.status).toBe(422);
  });

  it("get an answer, which the operator sees with its cost and its upstream, and they without", async () => {
    const answer = await ann.post("/app/playground", { model: "gpt-4o", message: "Hello!" });
    const text = await answer.text();
    expect(text).toContain("word by word");
    const [, id = ""] = /\/app\/requests\/([0-9a-f-]{36})/.exec(text) ?? [];
    const list = await shown(operator, "/admin/requests?model=gpt-4o");
    expect(list).toContain(id);
    expect(await shown(operator, `/admin/requests?id=req_${id}`)).toContain(id);
    expect(await shown(operator, "/admin/requests?upstream=other")).not.toContain(id);
    expect(await shown(operator, `/admin/requests/${await accountOf("Ann")}/${id}`)).toContain("mock:gpt-4o");
    expect(await shown(ann, `/app/requests/${id}`)).not.toContain("mock");
    expect(await shown(operator, "/admin")).toContain("100%");
  });

  it("get a link to a new password, which works once and ends their sessions", async () => {
    const id = await accountOf("Ann");
    const [person] = await stage.gateway.db.select().from(users).where(eq(users.email, "ann@example.com"));
    const before = ann;
    const made = await operator.post(`/admin/accounts/${id}/reset-link`, { user: person?.id ?? "" });
    expect(made.headers.get("cache-control")).toBe("no-store");
    const [, path = ""] = /(\/reset\/[\w-]{32})/.exec(await made.text()) ?? [];
    ann = new FormClient(url);
    expect((await ann.get(path)).headers.get("referrer-policy")).toBe("no-referrer");
    expect(await sent(ann, path, { password: "another long password" })).toBe("/sign-in");
    expect((await before.get("/app")).status).toBe(303);
    expect((await new FormClient(url).post(path, { password: "a third long password" })).status).toBe(422);
    await ann.signIn("ann@example.com", "another long password");
    await shown(ann, "/app");
    await sent(operator, `/admin/accounts/${id}/sign-out`, { user: person?.id ?? "" });
    expect((await ann.get("/app")).status).toBe(303);
    await ann.signIn("ann@example.com", "another long password");
  });

  it("get a key from the operator, who sees it once", async () => {
    const id = await accountOf("Ann");
    const fields = { name: "from the operator", quota_day_nanos: "0.5", allowed_models: "gpt-4o" };
    expect((await operator.post(`/admin/accounts/${id}/keys/new`, { ...fields, name: "" })).status).toBe(422);
    const wrong = await operator.post(`/admin/accounts/${id}/keys/new`, { ...fields, allowed_models: "no-model" });
    expect(wrong.status).toBe(422);
    const path = await sent(operator, `/admin/accounts/${id}/keys/new`, fields);
    expect(path).toMatch(/^\/admin\/accounts\/[^/]+\/keys\/[0-9a-f-]{36}\/created$/);
    const page = await operator.get(path);
    expect([page.headers.get("cache-control"), page.headers.get("referrer-policy")]).toEqual([
      "no-store",
      "no-referrer",
    ]);
    const [, key = ""] = /(sk-[\w-]{20,})/.exec(await page.text()) ?? [];
    expect((await operator.get(path)).headers.get("location")).toBe(`/admin/accounts/${id}`);
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] }),
    });
    expect(answer.status, await answer.text()).toBe(200);
    const [row] = await stage.gateway.db.select().from(apiKeys).where(eq(apiKeys.name, fields.name));
    expect(row).toMatchObject({ accountId: id, quotaDayNanos: 500_000_000, managesAccount: false });
    expect(JSON.stringify([stage.gateway.requestLog(), await stage.gateway.db.select().from(audit)])).not.toContain(
      key,
    );
    const before = await stage.gateway.db.$count(apiKeys);
    expect((await ann.post(`/admin/accounts/${id}/keys/new`, fields)).status).toBe(404);
    expect(await stage.gateway.db.$count(apiKeys)).toBe(before);
  });

  it("become operators, and the last operator stays one", async () => {
    const own = await accountOf("Olga");
    const [olga] = await stage.gateway.db.select().from(users).where(eq(users.email, SETUP.email));
    const last = await operator.post(`/admin/accounts/${own}/role`, { user: olga?.id ?? "", role: "user" });
    expect(last.status).toBe(422);
    const id = await accountOf("Ann");
    const [person] = await stage.gateway.db.select().from(users).where(eq(users.email, "ann@example.com"));
    // The person must belong to the account of the page.
    await operator.post(`/admin/accounts/${own}/role`, { user: person?.id ?? "", role: "operator" });
    expect(await stage.gateway.db.$count(users, eq(users.role, "operator"))).toBe(1);
    await sent(operator, `/admin/accounts/${id}/role`, { user: person?.id ?? "", role: "operator" });
    expect(await stage.gateway.db.$count(users, eq(users.role, "operator"))).toBe(2);
    await sent(operator, `/admin/accounts/${id}/role`, { user: person?.id ?? "", role: "user" });
  });
});

describe("the rest", () => {
  it("makes codes that are shown once, and withdraws them", async () => {
    const made = await operator.post("/admin/codes/new", { batch: "spring", count: "3", amount_nanos: "5" });
    const text = await made.text();
    const codes = [...new Set(text.match(/\b[0-9A-Z]{5}(-[0-9A-Z]{5}){4}\b/g))];
    expect(codes.length).toBe(3);
    expect(await shown(operator, "/admin/codes")).not.toContain(codes[0]);
    expect((await operator.post("/admin/codes/new", { batch: "spring", count: "3", amount_nanos: "5" })).status).toBe(
      422,
    );
    const lower = (codes[0] ?? "").toLowerCase().replaceAll("-", " ");
    await sent(ann, "/app/billing/redeem", { code: lower });
    expect(await shown(ann, "/app/billing")).toContain("¥5.00 was added to your balance.");
    await sent(operator, "/admin/codes/withdraw", { batch: "spring" });
    expect((await ann.post("/app/billing/redeem", { code: codes[1] ?? "" })).status).toBe(422);
  });

  it("makes no money with a sign-in of long ago", async () => {
    const { db } = stage.gateway;
    const rows = await db.select().from(sessions);
    await db.update(sessions).set({ createdAt: new Date(Date.now() - 16 * 60_000) });
    const before = await db.$count(redeemCodes);
    for (const answer of [
      await operator.get("/admin/codes/new"),
      await operator.post("/admin/codes/new", { batch: "stolen", count: "3", amount_nanos: "5" }),
    ]) {
      expect(answer.headers.get("location")).toBe("/sign-in?to=%2Fadmin%2Fcodes%2Fnew");
    }
    expect(await db.$count(redeemCodes)).toBe(before);
    for (const { id, createdAt } of rows) await db.update(sessions).set({ createdAt }).where(eq(sessions.id, id));
  });

  it("sells plans: one purchase for one form", async () => {
    await sent(operator, "/admin/plans/new", {
      name: "Light",
      price_nanos: "1.5",
      period_days: "30",
      allowance_nanos: "1",
    });
    const page = await shown(ann, "/app/billing");
    const [, plan = ""] = /name="plan" value="([^"]+)"/.exec(page) ?? [];
    const [, form = ""] = /name="form" value="([^"]+)"/.exec(page) ?? [];
    const [, price = ""] = /name="price" value="([^"]+)"/.exec(page) ?? [];
    // The price has risen since Ann saw it.
    await stage.gateway.db.update(plans).set({ priceNanos: 2_000_000_000 }).where(eq(plans.id, plan));
    const dearer = await ann.post("/app/billing/plan", { plan, price, form });
    expect(await dearer.text()).toContain("The price of this plan has changed. Nothing was bought.");
    await stage.gateway.db.update(plans).set({ priceNanos: 1_500_000_000 }).where(eq(plans.id, plan));
    await sent(ann, "/app/billing/plan", { plan, price, form });
    await sent(ann, "/app/billing/plan", { plan, price, form });
    const rows = await stage.gateway.db.select().from(entries).where(eq(entries.kind, "plan_purchase"));
    expect(rows.map(({ amountNanos, actor }) => [amountNanos, actor])).toEqual([[-1_500_000_000, "ann@example.com"]]);
    expect((await ann.post("/app/billing/plan", { plan, form: "not-an-id" })).status).toBe(422);
  });

  it("tells people that their account is disabled", async () => {
    const id = await accountOf("Ann");
    await sent(operator, `/admin/accounts/${id}`, { name: "Ann", disabled: "on" });
    expect(await shown(ann, "/app")).toContain("has disabled this account");
    await sent(operator, `/admin/accounts/${id}`, { name: "Ann" });
    expect(await shown(ann, "/app")).not.toContain("has disabled this account");
  });

  it("has one line in the log for a page, which names the operator", () => {
    const lines = stage.gateway.requestLog();
    expect(lines.filter(({ endpoint }) => String(endpoint).includes("/admin/api"))).toEqual([]);
    expect(lines.find(({ endpoint }) => endpoint === "GET /admin/audit")).toMatchObject({
      operator: SETUP.email,
      status: 200,
    });
  });

  it("writes who did what into the audit log", async () => {
    const rows = await stage.gateway.db.select().from(audit);
    expect(new Set(rows.map((row) => row.operator))).toEqual(new Set([SETUP.email]));
    const actions = rows.map(({ action }) => action);
    for (const action of [
      "POST /admin/api/upstreams",
      "POST /admin/api/prices",
      "POST /admin/api/accounts/:id/entries",
      "POST /admin/api/accounts/:id/keys",
      "portal: settings",
      "portal: invitation",
      "portal: role operator",
      "portal: link to a new password",
      "portal: sign out everywhere",
    ]) {
      expect(actions).toContain(action);
    }
    expect(await shown(operator, "/admin/audit")).toContain("portal: link to a new password");
  });

  it("moves the whole configuration to another site, as JSON without a secret", { timeout: 60_000 }, async () => {
    const [route] = await stage.gateway.db.select({ id: routes.id }).from(routes);
    const costs = [{ unit: "input", cost_nanos: 5 }];
    const priced = await fetch(`${url}/admin/api/routes/${route?.id}`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ costs }),
    });
    expect(priced.status, await priced.text()).toBe(200);
    const exported = await (await operator.get("/admin/settings/configuration.json")).text();
    expect(exported).toMatch(/"costs": \[\s*\{\s*"unit": "input",[^}]*\},\s*"cost_nanos": 5\s*\}/);
    expect(exported).not.toContain("sk-of-the-upstream");
    const other = await startPortal({ hasDemo: false });
    try {
      const there = new FormClient(other.gateway.url);
      await there.post("/setup", { ...SETUP, token: ADMIN_TOKEN });
      const done = await there.post("/admin/settings/import", { text: exported });
      // An upstream, two models with routes and prices, a plan; and the settings.
      expect(await done.text()).toContain("Made: 8. Changed: 1.");
      const again = await there.post("/admin/settings/import", { text: exported });
      expect(await again.text()).toContain("Made: 0. Changed: 0.");
      const copied = await (await there.get("/admin/settings/configuration.json")).text();
      expect(JSON.parse(copied)).toEqual(JSON.parse(exported));
      expect(JSON.parse(copied)).toMatchObject({
        routes: expect.arrayContaining([expect.objectContaining({ costs: [{ when: {}, ...costs[0] }] })]),
      });
      const wrong = await there.post("/admin/settings/import", {
        text: exported.replace('"auto_weight": 50', '"auto_weight": "x"'),
      });
      expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringMatching(/models [^ :<]+: .*auto_weight/)]);
      const badSite = JSON.stringify({ ...JSON.parse(exported), site: { signUp: "everybody" } });
      expect(await (await there.post("/admin/settings/import", { text: badSite })).text()).toContain(
        "site: cannot be read.",
      );
      const changed = exported.replace('"auto_weight": 50', '"auto_weight": 70');
      expect(await (await there.post("/admin/settings/import", { text: changed })).text()).toContain(
        "Made: 0. Changed: 1.",
      );
      for (const text of ["{}", "not json", "[]"]) {
        expect((await there.post("/admin/settings/import", { text })).status, text).toBe(422);
      }
    } finally {
      await other.close();
    }
  });

  it("imports all of a text or nothing, and says which row is wrong", async () => {
    const { db } = stage.gateway;
    const head = { form: "token-gateway-configuration", version: 1 };
    const [model] = await db.select().from(models);
    const price = { model_id: model?.id, input_nanos: 1, output_nanos: 1 };
    const toAuto = { id: "gpt-auto", target: "auto" };
    const up = { id: "up", name: "Up", kind: "bearer" };
    const vip = [{ id: "vip", name: "VIP", ratio_ppm: 900_000, offered: false }];
    const wrong = [
      [{ models: [{ id: "m", operation: "nonsense" }] }, "models m: "],
      [{ routes: [{ id: "r", model_id: "no-such", upstream_id: "mock", wire: "openai.chat" }] }, "no model_id"],
      [{ prices: [{ model_id: "no-such", input_nanos: 1, output_nanos: 1 }] }, "no model_id"],
      [{ aliases: [{ id: "gpt-x", target: "no-such" }] }, "no target"],
      [{ aliases: [{ ...toAuto, target: "no-such" }, toAuto] }, "aliases gpt-auto stands there twice"],
      [{ prices: [price, { ...price, input_nanos: 2 }] }, `prices ${model?.id} stands there twice`],
      [
        { prices: [{ ...price, rates: [{ unit: "image", when: { quality: "hd" }, price_nanos: 2 }] }] },
        `prices ${model?.id}: `,
      ],
      [{ upstreams: [{ ...up, base_url: "https://up.example.com/v1/chat/completions" }] }, "upstreams up: "],
      [{ upstreams: [{ id: "mock", name: "Mock", base_url: "https://other.example.com/v1" }] }, "upstreams mock: "],
    ] as const;
    for (const [rows, words] of wrong) {
      const answer = await operator.post("/admin/settings/import", {
        text: JSON.stringify({ ...head, groups: vip, ...rows }),
      });
      expect(answer.status).toBe(422);
      const said = await answer.text();
      expect(said).toContain(words);
      expect(said).toContain("Nothing was changed.");
      expect(said, "what was sent is shown again").toContain("&quot;vip&quot;");
      expect(await db.$count(groups)).toBe(0);
    }
    const text = JSON.stringify({ ...head, groups: vip, aliases: [toAuto] });
    const right = await operator.post("/admin/settings/import", { text });
    expect(await right.text()).toContain("Made: 2. Changed: 0.");
    expect(await db.$count(groups)).toBe(1);
  });

  it("imports what a text says of the site, and leaves the rest as it is", async () => {
    const before = JSON.parse(await (await operator.get("/admin/settings/configuration.json")).text());
    const head = { form: "token-gateway-configuration", version: 1 };
    for (const site of [{ notice: "Closed on Sunday" }, null]) {
      const answer = await operator.post("/admin/settings/import", { text: JSON.stringify({ ...head, site }) });
      expect(answer.status).toBe(200);
    }
    const after = JSON.parse(await (await operator.get("/admin/settings/configuration.json")).text());
    expect(before.site.signUp).not.toBeNull();
    expect(after.site).toEqual({ ...before.site, notice: "Closed on Sunday" });
  });
});
