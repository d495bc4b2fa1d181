/** What strangers, other sites and other customers try with the portal. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accounts, apiKeys, identities, sessions, users } from "../../../schema/index.ts";
import { DEMO_ACCOUNT, DEMO_KEY } from "../../../schema/seed.ts";
import { DEMO_PASSWORD } from "../../../src/cli/demo-people.ts";
import { ADDRESSES, POSTS } from "../../support/portal-pages.ts";
import { FormClient, startPortal, type PortalStage } from "./stage.ts";

let stage: PortalStage;
let url: string;
let people = 0;

beforeAll(async () => {
  stage = await startPortal();
  ({ url } = stage.gateway);
});
afterAll(async () => stage.close());

/** Somebody new, signed in. */
async function someone(name = "Somebody"): Promise<{ client: FormClient; email: string; password: string }> {
  const email = `person-${++people}@example.com`;
  const password = "a long enough password";
  const client = new FormClient(url);
  const answer = await client.signUp(name, email, password);
  expect(answer.headers.get("location"), await answer.text()).toBe("/app");
  return { client, email, password };
}

async function makeKey(client: FormClient, name = "one"): Promise<{ id: string; path: string }> {
  const answer = await client.post("/app/keys/new", { name });
  const path = answer.headers.get("location") ?? "";
  const [, id = ""] = /^\/app\/keys\/([0-9a-f-]{36})\/created$/.exec(path) ?? [];
  expect(id, await answer.text()).not.toBe("");
  return { id, path };
}

describe("forms", () => {
  it.each(POSTS)("of another site are refused, and change nothing: %s", async (path) => {
    const { client } = await someone();
    const before = await everything();
    const at = path.replace(/:id(\{\.\+\})?/, DEMO_KEY).replace(":token", "token");
    for (const headers of [
      {},
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", origin: url.replace("http:", "https:") },
    ]) {
      const answer = await client.post(at, { name: "evil", session: "x" }, headers);
      expect(answer.status, `${path} ${JSON.stringify(headers)}`).toBe(403);
      expect(await answer.text()).toMatch(/Nothing was changed|未做任何更改/);
    }
    expect(await everything()).toEqual(before);
  });

  it("are taken from the site itself, with an origin or with the browser's word", async () => {
    const { client } = await someone();
    for (const headers of [{ origin: url }, { "sec-fetch-site": "same-origin" }]) {
      const answer = await client.post("/app/account", { name: "New name" }, headers);
      expect(answer.status).toBe(303);
    }
  });

  it("that are no forms, or too long, are refused", async () => {
    const { client } = await someone();
    const json = await client.post("/app/account", {}, { origin: url, "content-type": "application/json" });
    expect(json.status).toBe(422);
    const long = await client.post("/app/account", { name: "x".repeat(300_000) });
    expect(long.status).toBe(422);
  });

  async function everything() {
    const { db } = stage.gateway;
    const [keys, people_, rows] = await Promise.all([
      db.select({ id: apiKeys.id, name: apiKeys.name, disabled: apiKeys.disabled }).from(apiKeys),
      db.select({ id: users.id, name: users.name, email: users.email }).from(users),
      db.select({ id: accounts.id, balance: accounts.balanceNanos, plan: accounts.planId }).from(accounts),
    ]);
    return { keys, people_, rows, sessions: await db.$count(sessions) };
  }
});

describe("sessions", () => {
  it("get a new id at each sign-in, and a planted cookie is worth nothing", async () => {
    const { client, email, password } = await someone();
    const planted = new FormClient(url);
    planted.cookies.set("session", "planted.signature");
    expect((await planted.get("/app")).headers.get("location")).toBe("/sign-in?to=%2Fapp");
    await planted.signIn(email, password);
    const cookie = planted.cookies.get("session");
    expect(cookie).not.toContain("planted");
    expect(cookie).not.toBe(client.cookies.get("session"));
    expect((await planted.get("/app")).status).toBe(200);
    planted.cookies.set("session", `${cookie?.slice(0, -4)}AAA%3D`);
    expect((await planted.get("/app")).status).toBe(303);
  });

  it("end at sign-out, on the server too", async () => {
    const { client } = await someone();
    const stolen = new FormClient(url);
    for (const [name, value] of client.cookies) stolen.cookies.set(name, value);
    expect((await stolen.get("/app")).status).toBe(200);
    expect((await client.post("/sign-out")).headers.get("location")).toBe("/sign-in");
    expect((await stolen.get("/app")).status).toBe(303);
  });

  it("of other browsers end when the password changes, and the old password with them", async () => {
    const { client, email, password } = await someone();
    const other = new FormClient(url);
    await other.signIn(email, password);
    const done = await client.post("/app/account/password", { current: password, password: "another long one" });
    expect(done.status, await done.text()).toBe(303);
    expect((await other.get("/app")).status).toBe(303);
    expect((await client.get("/app")).status).toBe(200);
    expect((await new FormClient(url).signIn(email, password)).status).toBe(422);
    expect((await new FormClient(url).signIn(email, "another long one")).status).toBe(303);
  });

  it("can be ended one by one, but only one's own", async () => {
    const { client, email, password } = await someone();
    const other = new FormClient(url);
    await other.signIn(email, password);
    const stranger = await someone();
    const { db } = stage.gateway;
    const [person] = await db.select().from(users).where(eq(users.email, email));
    const rows = await db
      .select()
      .from(sessions)
      .where(eq(sessions.userId, person?.id ?? ""));
    const latest = rows.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
    await stranger.client.post("/app/account/sessions/end", { session: latest?.id ?? "" });
    expect((await other.get("/app")).status).toBe(200);
    await client.post("/app/account/sessions/end", { session: latest?.id ?? "" });
    expect((await other.get("/app")).status).toBe(303);
  });

  it("ask again for the password before what only its owner should do", async () => {
    const { client, email } = await someone();
    const { db } = stage.gateway;
    const [person] = await db.select().from(users).where(eq(users.email, email));
    const old = new Date(Date.now() - 16 * 60_000);
    await db
      .update(sessions)
      .set({ createdAt: old })
      .where(eq(sessions.userId, person?.id ?? ""));
    for (const path of ["/app/account/email", "/app/account/password", "/app/account/codes", "/app/account/delete"]) {
      expect((await client.get(path)).headers.get("location")).toBe(`/sign-in?to=${encodeURIComponent(path)}`);
      const fields = { email: "x@example.com", current: "x", password: "a long enough password" };
      expect((await client.post(path, fields)).headers.get("location"), path).toContain("/sign-in");
    }
    expect((await db.select().from(users).where(eq(users.email, email))).length).toBe(1);
    const again = await client.get("/sign-in?to=/app/account/email");
    expect(await again.text()).toContain(email);
  });
});

describe("nobody learns", () => {
  it("whether an address has an account: same answer, same work", async () => {
    const { email } = await someone();
    const client = new FormClient(url);
    const texts: string[] = [];
    for (const address of [email, "nobody-at-all@example.com"]) {
      const answer = await client.signIn(address, "a wrong password");
      expect(answer.status).toBe(422);
      texts.push((await answer.text()).replaceAll(address, "…").replaceAll(/req_[0-9a-f-]+/g, "…"));
    }
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).toMatch(/E-mail or password is wrong|邮箱或密码不正确/);
  });

  it("which codes exist: one text for unknown, used and expired ones", async () => {
    const { client } = await someone();
    const answer = await client.post("/app/billing/redeem", { code: "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA" });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toMatch(/unknown, used or expired|不存在、已使用或已过期/);
  });

  it("more after five tries a minute, whoever asks", async () => {
    const { email } = await someone();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      statuses.push((await new FormClient(url).signIn(email, `wrong ${attempt}`)).status);
    }
    // Signing up has counted once.
    expect(statuses).toEqual([422, 422, 422, 422, 429, 429, 429]);
    const refused = await new FormClient(url).signIn(email, "a long enough password");
    expect(refused.status).toBe(429);
    expect(await refused.text()).toMatch(/in \d+ seconds|\d+ 秒后/);
  });

  it("a role by asking for it", async () => {
    const client = new FormClient(url);
    const email = `person-${++people}@example.com`;
    await client.post("/sign-up", {
      name: "Mallory",
      email,
      password: "a long enough password",
      role: "operator",
      accountId: DEMO_ACCOUNT,
    });
    const [row] = await stage.gateway.db.select().from(users).where(eq(users.email, email));
    expect(row).toMatchObject({ role: "user" });
    expect(row?.accountId).not.toBe(DEMO_ACCOUNT);
  });

  it("a password from the database: it is a scrypt hash", async () => {
    const rows = await stage.gateway.db.select().from(identities);
    for (const { password } of rows) expect(password).toMatch(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
  });
});

describe("a new key", () => {
  it("goes into a link to a NextChat only at the address that its owner typed", async () => {
    const { client } = await someone();
    const form = await (await client.get("/app/keys/new?nextchat=https://evil.example")).text();
    expect(form).toMatch(/id="field-nextchat"[^>]* value=""/);
    const wrong = await client.post("/app/keys/new", { name: "chat", nextchat: "http://evil.example" });
    expect(wrong.status).toBe(422);
    const made = await client.post("/app/keys/new", { name: "chat", nextchat: "https://chat.example.com/" });
    const path = made.headers.get("location") ?? "";
    expect(path).not.toMatch(/sk-/);
    const text = await (await client.get(path)).text();
    const [, key = ""] = /(sk-[\w-]{20,})/.exec(text) ?? [];
    const settings = encodeURIComponent(JSON.stringify({ key, url }));
    expect(text).toContain(`href="https://chat.example.com/#/?settings=${settings}"`);
    expect(text.match(/href="https?:[^"]*sk-/g)).toEqual([
      'href="https://chat.example.com/#/?settings=%7B%22key%22%3A%22sk-',
    ]);
  });

  it("is shown once: not on reload, not to others, not in lists, log or cache", async () => {
    const { client } = await someone();
    const { id, path } = await makeKey(client);
    const copy = new FormClient(url);
    for (const [name, value] of client.cookies) copy.cookies.set(name, value);
    const first = await client.get(path);
    const text = await first.text();
    const [secret = ""] = /sk-[0-9A-Za-z]{49}/.exec(text) ?? [];
    expect(secret).not.toBe("");
    expect(first.headers.get("cache-control")).toBe("no-store");
    expect(first.headers.get("referrer-policy")).toBe("no-referrer");
    expect((await client.get(path)).headers.get("location")).toBe(`/app/keys/${id}`);
    for (const shown of [path, "/app/keys", `/app/keys/${id}`, "/app"]) {
      expect(await (await client.get(shown)).text()).not.toContain(secret);
    }
    const used = await fetch(`${url}/api/account`, { headers: { authorization: `Bearer ${secret}` } });
    expect(used.status).toBe(200);
    expect(JSON.stringify(stage.gateway.requestLog())).not.toContain(secret);
    // The cookie opens for its own person alone.
    const thief = await someone();
    for (const [name, value] of copy.cookies) if (name === "new-key") thief.client.cookies.set(name, value);
    const stolen = await thief.client.get(path);
    expect(await stolen.text()).not.toContain(secret);
  });

  it("belongs to its account: others neither see, change nor delete it", async () => {
    const { client } = await someone();
    for (const [path, fields] of [
      [`/app/keys/${DEMO_KEY}`, { name: "taken" }],
      [`/app/keys/${DEMO_KEY}/disable`, {}],
      [`/app/keys/${DEMO_KEY}/delete`, { name: "Demo key" }],
    ] as const) {
      const answer = await client.post(path, fields);
      expect(answer.status, path).toBe(404);
    }
    expect((await client.get(`/app/keys/${DEMO_KEY}`)).status).toBe(404);
    const [row] = await stage.gateway.db.select().from(apiKeys).where(eq(apiKeys.id, DEMO_KEY));
    expect(row).toMatchObject({ name: "Demo key", disabled: false });
  });

  it("cannot have more requests a minute, or another group, than the site gives", async () => {
    const { client } = await someone();
    const answer = await client.post("/app/keys/new", { name: "fast", perMinute: "1000001" });
    expect(answer.status).toBe(422);
    await client.post("/app/keys/new", { name: "grouped", group: "not-offered" });
    const [row] = await stage.gateway.db.select().from(apiKeys).where(eq(apiKeys.name, "grouped"));
    expect(row).toMatchObject({ groupId: null });
  });

  it("stops working when it is deleted, and keeps its name in the books", async () => {
    const { client } = await someone();
    const { id, path } = await makeKey(client, "short life");
    const [secret = ""] = /sk-[0-9A-Za-z]{49}/.exec(await (await client.get(path)).text()) ?? [];
    expect((await client.post(`/app/keys/${id}/delete`, { name: "another name" })).status).toBe(422);
    expect((await client.post(`/app/keys/${id}/delete`, { name: "short life" })).status).toBe(303);
    const used = await fetch(`${url}/api/account`, { headers: { authorization: `Bearer ${secret}` } });
    expect(used.status).toBe(401);
    expect(await (await client.get("/app/keys")).text()).not.toContain(`/app/keys/${id}`);
    expect((await client.post(`/app/keys/${id}/enable`)).status).toBe(404);
  });
});

describe("what people write", () => {
  const NASTY = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;

  it("is shown as text, in every field", async () => {
    const { client } = await someone(NASTY);
    await makeKey(client, NASTY.slice(0, 60));
    await client.post("/app/keys/new", { name: "", models: NASTY, addresses: NASTY, expires: NASTY, quotaDay: NASTY });
    const pages = [
      await client.get("/app"),
      await client.get("/app/keys"),
      await client.get("/app/account"),
      await client.post("/app/keys/new", { name: "x", models: NASTY, quotaDay: NASTY, expires: NASTY }),
      await client.post("/app/billing/redeem", { code: NASTY }),
      await client.get(`/app/usage?from=${encodeURIComponent(NASTY)}&range=custom`),
      await client.get(`/app/requests?model=${encodeURIComponent(NASTY)}&id=${encodeURIComponent(NASTY)}`),
      await client.get(`/pricing?q=${encodeURIComponent(NASTY)}`),
      await client.get(`/sign-in?to=${encodeURIComponent(NASTY)}`),
      await new FormClient(url).post("/sign-up", { name: NASTY, email: NASTY, password: "x" }),
      await client.get(`/app/${encodeURIComponent(NASTY)}`),
    ];
    for (const page of pages) {
      const text = await page.text();
      expect(text).not.toMatch(/<script>|<img|onerror=alert\(2\)>'?</);
    }
  });

  it("is no formula in a spreadsheet", async () => {
    const { client, email } = await someone();
    const { db } = stage.gateway;
    const [person] = await db.select().from(users).where(eq(users.email, email));
    await stage.gateway.database
      .prepare(
        "INSERT INTO entries (account_id, id, kind, amount, reason, created_at) VALUES (?, 'f', 'adjustment', 5, ?, 1)",
      )
      .bind(person?.accountId, `=HYPERLINK("https://evil.example","x")`)
      .run();
    const file = await client.get("/app/billing.csv");
    expect(file.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(await file.text()).toContain(`"'=HYPERLINK(""https://evil.example"",""x"")"`);
  });

  it("leads to no other site after signing in", async () => {
    const { email } = await someone();
    for (const to of [
      "https://evil.example",
      "//evil.example",
      String.raw`/\evil.example`,
      "/\t/evil.example",
      "javascript:alert(1)",
      "app",
    ]) {
      const client = new FormClient(url);
      const answer = await client.post("/sign-in", { email, password: "a long enough password", to });
      // The limit of tries is met after some of them.
      if (answer.status === 429) break;
      expect(answer.headers.get("location"), to).toBe("/app");
    }
    const client = new FormClient(url);
    const known = await client.post("/sign-in", {
      email: "demo@example.com",
      password: DEMO_PASSWORD,
      to: "/app/keys?x=1",
    });
    expect(known.headers.get("location")).toBe("/app/keys?x=1");
  });
});

describe("answers", () => {
  it("have the headers of pages, and none of CORS", async () => {
    const { client } = await someone();
    const answers = await Promise.all([
      client.get("/"),
      client.get("/app"),
      new FormClient(url).get("/sign-in"),
      client.get("/app/nothing"),
      client.get("/nothing", { accept: "text/html" }),
      client.post("/app/account", {}, {}),
      fetch(`${url}/app/account`, { method: "OPTIONS", headers: { origin: "https://evil.example" } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 404, 403, 405]);
    for (const { headers } of answers) {
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; style-src 'self'; script-src 'self';/,
      );
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(headers.get("permissions-policy")).toContain("camera=()");
      expect(headers.get("x-request-id")).toMatch(/^req_/);
      expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
    expect(answers[1]?.headers.get("cache-control")).toBe("no-store");
  });

  it("at / are a page for browsers, and JSON for programs", async () => {
    const page = await fetch(`${url}/`, { headers: { accept: "text/html,*/*" } });
    expect(await page.text()).toMatch(/^<!doctype html>/);
    const json = await fetch(`${url}/`);
    expect(json.headers.get("vary")).toBe("Accept");
    expect(await json.json()).toMatchObject({ name: "Token Gateway" });
    expect((await fetch(`${url}/`, { method: "HEAD" })).status).toBe(200);
  });

  it("with errors of the API stay JSON, also where a browser's page asks", async () => {
    const answer = await fetch(`${url}/v1/chat/completions`, { headers: { accept: "text/html" } });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("content-type")).toContain("json");
  });
});

it("what only operators see does not exist for others", async () => {
  const { client } = await someone();
  for (const [path, { as }] of Object.entries(ADDRESSES)) {
    if (as !== "operator") continue;
    expect((await client.get(path.replaceAll(/:\w+(\{\.\+\})?/g, "x"))).status, path).toBe(404);
    expect((await new FormClient(url).get(path.replaceAll(/:\w+(\{\.\+\})?/g, "x"))).status, path).toBe(303);
  }
});

it("signs up and in with codes of an app, and with a recovery code once", { timeout: 60_000 }, async () => {
  const { client, email, password } = await someone();
  const made = await client.post("/app/account/codes", { password });
  const text = await made.text();
  const codes = [...text.matchAll(/<li><code>([\w-]{8,})<\/code><\/li>/g)].map(([, code]) => code ?? "");
  const [, secret = ""] = /<code>([A-Z2-7]{16,})<\/code>/.exec(text) ?? [];
  expect([codes.length, secret === ""]).toEqual([10, false]);
  expect((await client.post("/app/account/codes/confirm", { code: "000000" })).status).toBe(422);
  expect((await client.post("/app/account/codes/confirm", { code: await totp(secret) })).status).toBe(303);

  const other = new FormClient(url);
  const asked = await other.signIn(email, password);
  expect(asked.headers.get("location")).toBe("/sign-in/code?to=%2Fapp");
  expect((await other.get("/app")).status).toBe(303);
  expect((await other.post("/sign-in/code", { code: "123456", to: "" })).status).toBe(422);
  expect((await other.post("/sign-in/code", { code: codes[0] ?? "", to: "" })).headers.get("location")).toBe("/app");
  expect((await other.get("/app")).status).toBe(200);
});

/** @see https://datatracker.ietf.org/doc/html/rfc6238 */
async function totp(secret: string): Promise<string> {
  const bits = Array.from(secret, (digit) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(digit).toString(2).padStart(5, "0"),
  );
  const bytes = (bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const key = await crypto.subtle.importKey("raw", new Uint8Array(bytes), { name: "HMAC", hash: "SHA-1" }, false, [
    "sign",
  ]);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(Date.now() / 30_000)));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const code = (mac.getUint32(mac.getUint8(19) & 0x0f) & 0x7f_ff_ff_ff) % 1_000_000;
  return String(code).padStart(6, "0");
}
