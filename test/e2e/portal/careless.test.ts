/** Operators who are new and careless: what is typed wrongly, sent late, or left half done. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { groups, models, plans, prices, routes, upstreamCredentials, upstreams } from "../../../schema/index.ts";
import { startMockLlm } from "../../../src/cli/mock-model.ts";
import { startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { ADMIN_TOKEN, FormClient, startPortal, type PortalStage } from "./stage.ts";

type Mock = Awaited<ReturnType<typeof startMockLlm>>;

/** More than the operator API gives in one answer. */
const MANY = 130;
const SETUP = { name: "Olga", email: "olga@example.com", password: "the first operator here", token: ADMIN_TOKEN };

let stage: PortalStage;
let mock: Mock;
let refusing: ScriptedUpstream;
let operator: FormClient;

beforeAll(async () => {
  [stage, mock, refusing] = await Promise.all([
    // Isolates tell of each refusal at once.
    startPortal({
      hasDemo: false,
      vars: {
        ROUTING_TUNING: JSON.stringify({ exchangePaceMs: 0.001, urgentPaceMs: 0.001 }),
        MAIL_FROM: "relay@example.com",
      },
    }),
    startMockLlm({ latencyMs: 0 }),
    startUpstream(),
  ]);
  operator = new FormClient(stage.gateway.url);
  await operator.post("/setup", SETUP);
  await added("mock", `${mock.url}/v1`);
});
afterAll(async () => {
  await Promise.all([stage.close(), mock.stop(), refusing.close()]);
});

async function shown(path: string): Promise<string> {
  const answer = await operator.get(path);
  const text = await answer.text();
  expect(answer.status, `${path}: ${text}`).toBe(200);
  return text;
}

/** @returns the page that the form leads to, or the page that says what is wrong */
async function sent(path: string, fields: Record<string, string>, status = 303): Promise<string> {
  const answer = await operator.post(path, fields);
  const text = await answer.text();
  expect(answer.status, `${path}: ${text}`).toBe(status);
  return text;
}

async function added(id: string, baseUrl: string): Promise<void> {
  await sent("/admin/upstreams/new", { id, name: id, base_url: baseUrl, kind: "bearer", secret: `sk-${id}` });
}

async function priced(model: string): Promise<readonly number[]> {
  const rows = await stage.gateway.db.select().from(prices);
  return rows
    .filter(({ modelId }) => modelId === model)
    .map(({ rates }) => (JSON.parse(rates) as { nanos?: number }[])[0]?.nanos ?? -1);
}

it("adds models with the prices that were typed, or none at all", async () => {
  const path = "/admin/upstreams/mock/models";
  for (const input of ["2,5", "two", "-1", ""]) {
    const text = await sent(path, { model: "gpt-4", "input:gpt-4": input, "output:gpt-4": "10" }, 422);
    expect(text, input).toMatch(/Nothing was added\.[^<]*: gpt-4</);
    expect(text, input).toMatch(/<input type="checkbox" name="model" value="gpt-4" checked/);
    expect(text, input).toMatch(/name="output:gpt-4"[^>]* value="10"/);
  }
  expect(await stage.gateway.db.$count(models)).toBe(0);
  await sent(path, { model: "gpt-4", "input:gpt-4": "１２．５", "output:gpt-4": "30" });
  expect(await shown("/admin/models/gpt-4")).toContain("¥12.50 in, ¥30.00 out");
});

it("prices a model that was there without a price", async () => {
  await sent("/admin/models/new", { id: "gpt-4o", operation: "chat" });
  await sent("/admin/upstreams/mock/models", { model: "gpt-4o", "input:gpt-4o": "2.5", "output:gpt-4o": "10" });
  expect(await shown("/admin/models/gpt-4o")).toContain("¥2.50 in, ¥10.00 out");
});

it("fills in dollars only where the site's money is dollars", async () => {
  await added("deepseek", "https://api.deepseek.com/v1");
  const text = await shown("/admin/upstreams/deepseek/models");
  expect(text).toContain("in US dollars and yours in CNY");
  expect(text).toMatch(/name="input:deepseek-[^"]*"[^>]* value=""/);
});

it("asks for no price of a model that has one: another upstream does not change it", async () => {
  await added("other", `${mock.url}/v1`);
  const text = await shown("/admin/upstreams/other/models");
  expect(text).toMatch(/value="gpt-4o"[^]*?<td[^>]*>¥2\.50<\/td><td[^>]*>¥10\.00<\/td>/);
  expect(text).not.toContain('name="input:gpt-4o"');
});

it("reads amounts of a Chinese keyboard, and says how others are written", async () => {
  const form = { model_id: "gpt-4", output_nanos: "40" };
  await sent("/admin/prices/new", { ...form, input_nanos: "１３。５" });
  expect(await shown("/admin/models/gpt-4")).toContain("¥13.50 in, ¥40.00 out");
  expect(await sent("/admin/prices/new", { ...form, input_nanos: "13,5" }, 422)).toContain("without a comma");
});

it("makes one row of a form that is sent twice", async () => {
  const { db } = stage.gateway;
  const upstream = { name: "Twice", base_url: `${mock.url}/v1`, kind: "bearer", secret: "sk-twice" };
  const route = { model_id: "gpt-4", upstream_id: "mock", wire: "openai.chat", weight: "1" };
  const forms = [
    ["/admin/routes/new", route, routes],
    ["/admin/plans/new", { name: "Twice", price_nanos: "5" }, plans],
    ["/admin/groups/new", { name: "Twice", ratio_ppm: "900000" }, groups],
    ["/admin/upstreams/new", upstream, upstreams],
  ] as const;
  for (const [path, fields, table] of forms) {
    const before = await db.$count(table);
    const [, once = ""] = /name="once" value="([\w-]+)"/.exec(await shown(path)) ?? [];
    for (const _ of [1, 2]) await sent(path, { ...fields, once });
    expect(await db.$count(table), path).toBe(before + 1);
  }
  const [twice] = await db.select().from(upstreams).where(eq(upstreams.name, "Twice"));
  expect(await db.$count(upstreamCredentials, eq(upstreamCredentials.upstreamId, twice?.id ?? ""))).toBe(1);
});

it("makes another row of a form that was gone back to and filled in anew", async () => {
  const { db } = stage.gateway;
  const [, once = ""] = /name="once" value="([\w-]+)"/.exec(await shown("/admin/groups/new")) ?? [];
  for (const name of ["Back 1", "Back 2"]) {
    await sent("/admin/groups/new", { name, ratio_ppm: "1000000", once });
    expect(await db.$count(groups, eq(groups.name, name)), name).toBe(1);
  }
});

it("says of what letters a name may be", async () => {
  const codes = await sent("/admin/codes/new", { batch: "春节", count: "2", amount_nanos: "5" }, 422);
  expect(codes).toContain("letters A–Z, digits, and . : @ + - _");
  const model = await sent("/admin/models/new", { id: "模型", operation: "chat" }, 422);
  expect(model).toContain("letters A–Z, digits, and . : @ + / - _");
});

it("says what a base URL lacks", async () => {
  await added("bare", mock.url);
  expect(await shown("/admin/upstreams/bare/models")).toContain("Most base URLs end with a version such as /v1");
});

it("does not save a form over a newer change", async () => {
  const path = "/admin/upstreams/mock";
  const before = await shown(path);
  const [, seen = ""] = /name="seen" value="(\w+)"/.exec(before) ?? [];
  const form = { name: "Mock", base_url: `${mock.url}/v1`, abandon: "drain", seen };
  await sent(path, { ...form, label: "newer" });
  // The same form again, as a second click sends it.
  await sent(path, { ...form, label: "newer" });
  const late = await sent(path, { ...form, name: "Late" }, 409);
  expect(late).toContain("Somebody changed this");
  expect(late).toMatch(/name="name"[^>]* value="Late"/);
  expect(await shown(path)).toContain('value="newer"');
  const [, now = ""] = /name="seen" value="(\w+)"/.exec(late) ?? [];
  await sent(path, { ...form, name: "Late", seen: now });
  expect(await shown(path)).toContain('value="Late"');
});

it("does not take a form that had a mistake for one that has seen the newer change", async () => {
  const path = "/admin/upstreams/mock";
  const form = { name: "Mock", base_url: `${mock.url}/v1`, abandon: "drain" };
  const [, seen = ""] = /name="seen" value="(\w+)"/.exec(await shown(path)) ?? [];
  await sent(path, { ...form, label: "newest" });
  const wrong = await sent(path, { ...form, name: "", seen }, 422);
  const [, then = ""] = /name="seen" value="(\w+)"/.exec(wrong) ?? [];
  await sent(path, { ...form, seen: then }, 409);
  expect(await shown(path)).toContain('value="newest"');
});

it("does not save settings of a site or an account over newer ones", async () => {
  const made = await operator.post("/admin/accounts/new", { name: "Anna" });
  const account = made.headers.get("location") ?? "";
  const forms = [
    ["/admin/settings", { name: "Relay" }, { signUp: "closed" }, /value="closed" selected/],
    [account, { name: "Anna" }, { disabled: "on" }, /name="disabled"[^>]* checked/],
  ] as const;
  for (const [path, form, newer, isNewer] of forms) {
    const [, seen = ""] = /name="seen" value="(\w+)"/.exec(await shown(path)) ?? [];
    expect(seen, path).not.toBe("");
    for (const _ of [1, 2]) await sent(path, { ...form, ...newer, seen });
    expect(await sent(path, { ...form, name: "Late", seen }, 409)).toContain("Somebody changed this");
    expect(await shown(path)).toMatch(isNewer);
  }
});

it("hears on the dashboard what is wrong, and what to do", async () => {
  const { key, url } = stage.gateway;
  expect(await shown("/admin")).toContain("No mail is sent: MAIL_FROM is set");
  refusing.script("refused", ({ json }) => json({ error: { message: "no", code: "invalid_api_key" } }, 401));
  refusing.script("poor", ({ json }) => json({ error: { message: "no", code: "insufficient_balance" } }, 402));
  for (const model of ["refused", "poor"]) {
    await added(`up-${model}`, refusing.baseUrl);
    await sent("/admin/models/new", { id: model, operation: "chat" });
    await sent("/admin/prices/new", {
      model_id: model,
      input_nanos: "1",
      output_nanos: "2",
      ...(model === "poor" ? { cost_output_nanos: "3" } : {}),
    });
    expect(await shown("/admin")).toMatch(new RegExp(`Models without a usable route[^<]*${model}`));
    await sent("/admin/routes/new", { model_id: model, upstream_id: `up-${model}`, wire: "openai.chat", weight: "1" });
  }
  expect(await shown("/admin")).toMatch(/sold for less than they cost you: poor</);
  expect(await shown("/admin")).not.toContain("without a usable route");
  await expect
    .poll(
      async () => {
        for (const model of ["refused", "poor"]) {
          await fetch(`${url}/v1/chat/completions`, {
            method: "POST",
            headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
            body: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }),
          });
        }
        return shown("/admin");
      },
      { timeout: 20_000 },
    )
    .toMatch(/up-poor: 1 keys have no funds left[^]*up-refused: the upstream refuses 1 of its keys/);
  // Keys that are gone need nobody.
  await sent("/admin/upstreams/up-poor", {
    name: "up-poor",
    base_url: refusing.baseUrl,
    credentials: "sk-new",
    abandon: "drain",
  });
  expect(await shown("/admin")).not.toContain("up-poor");
});

it("sees every row of a large site, and prices the model that was meant", async () => {
  const { db } = stage.gateway;
  const createdAt = Date.now();
  const ids = Array.from({ length: MANY }, (_, n) => `many-${String(n).padStart(3, "0")}`);
  for (const id of ids) {
    await db.batch([
      db.insert(models).values({ id, operation: "chat", capabilities: "[]", createdAt }),
      db.insert(routes).values({
        id: `route-${id}`,
        modelId: id,
        upstreamId: "mock",
        upstreamModel: "gpt-4o",
        wire: "openai.chat",
        createdAt,
      }),
    ]);
  }
  const last = ids.at(-1) ?? "";
  expect(await shown(`/admin/prices/new?model_id=${last}`)).toContain(`<option value="${last}" selected`);
  await sent("/admin/prices/new", { model_id: last, input_nanos: "7", output_nanos: "7" });
  expect(await priced(last)).toHaveLength(1);
  await sent("/admin/prices/new", { model_id: "no-such-model", input_nanos: "7", output_nanos: "7" }, 422);
  expect(await priced("gpt-4")).toHaveLength(2);
  expect(await shown(`/admin/models/${last}`)).toContain(`/admin/routes/route-${last}`);
  expect(await shown("/admin/upstreams/mock")).toContain(`/admin/routes/route-${last}`);
  expect(await shown("/admin")).toMatch(/Models without a price[^<]*many-009 and 119 more</);
});

it("hears on the dashboard that an hour of talk would cost one request", async () => {
  const priced = async (id: string, prices: Record<string, string>) => {
    await sent("/admin/models/new", { id, operation: "realtime" });
    await sent("/admin/prices/new", {
      model_id: id,
      input_nanos: "0",
      output_nanos: "0",
      request_nanos: "1",
      ...prices,
    });
  };
  await priced("voice-by-request", {});
  await priced("voice-by-tokens", { output_nanos: "2" });
  expect(await shown("/admin")).toMatch(/costs one request, however long it is: voice-by-request\./);
});
