/** Turnstile before an account is made, against a stand-in of Cloudflare's two addresses. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { invitations, users } from "../../../schema/index.ts";
import { CAN_LOOK, FormClient, look, startBrowser, startPortal, type PortalStage } from "./stage.ts";

/** As the widget does: a frame, and a hidden field with a token. */
const WIDGET = `
  for (const place of document.querySelectorAll(".cf-turnstile")) {
    const frame = document.createElement("iframe");
    frame.src = new URL("frame", document.currentScript.src);
    frame.title = "check";
    frame.width = 150;
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "cf-turnstile-response", value: "token-of-" + place.dataset.sitekey });
    place.append(frame, field);
  }`;

let server: Server;
let stage: PortalStage;
let url: string;
let origin: string;
const asked: URLSearchParams[] = [];
let verdict: () => string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/turnstile/v0/api.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(WIDGET);
      return;
    }
    if (request.url !== "/turnstile/v0/siteverify") {
      response.writeHead(200, { "content-type": "text/html" }).end("<title>check</title>");
      return;
    }
    let text = "";
    request.on("data", (piece: Buffer) => (text += piece.toString()));
    request.on("end", () => {
      asked.push(new URLSearchParams(text));
      response.writeHead(200, { "content-type": "application/json" }).end(verdict());
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stage = await startPortal({
    vars: { TURNSTILE_SITE_KEY: "site-key", TURNSTILE_SECRET_KEY: "secret-key", TURNSTILE_URL: origin },
  });
  ({ url } = stage.gateway);
});
afterAll(async () => {
  await stage.close();
  server.close();
});

beforeEach(() => {
  asked.length = 0;
  verdict = () => JSON.stringify({ success: true, "error-codes": [], action: "sign-up" });
});

const PERSON = { name: "Ann", password: "a long enough password" };
const count = async (email: string) => stage.gateway.db.$count(users, eq(users.email, email));

describe("signing up with Turnstile", () => {
  it("asks Cloudflare about the form's token, and passes where it says so", async () => {
    const email = "passed@example.com";
    const answer = await new FormClient(url).post("/sign-up", { ...PERSON, email, "cf-turnstile-response": "token" });
    expect(answer.headers.get("location")).toBe("/app");
    expect(Object.fromEntries(asked[0] ?? [])).toEqual({
      secret: "secret-key",
      response: "token",
      remoteip: expect.stringMatching(/^[\d.]+$/),
    });
  });

  it.each([
    ["vouches for another form", () => '{"success":true,"action":"comment"}', []],
    ["vouches for a form without a name", () => '{"success":true,"action":""}', []],
    ["refuses a token", () => '{"success":false,"error-codes":["timeout-or-duplicate"]}', []],
    ["refuses the secret", () => '{"success":false,"error-codes":["invalid-input-secret"]}', ["invalid-input-secret"]],
    ["answers with something else", () => "<html>", ["JSON"]],
  ])("makes no account where Cloudflare %s", async (_, answers, logged) => {
    verdict = answers;
    const before = stage.gateway.logged("turnstile_failed").length;
    const email = "refused@example.com";
    const answer = await new FormClient(url).post("/sign-up", { ...PERSON, email, "cf-turnstile-response": "token" });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("no program did not pass");
    expect(await count(email)).toBe(0);
    const lines = stage.gateway.logged("turnstile_failed").slice(before);
    expect(lines.map((line) => JSON.stringify(line))).toEqual(logged.map((word) => expect.stringContaining(word)));
    expect(JSON.stringify(lines)).not.toContain("secret-key");
  });

  it.each(["", "x".repeat(2049)])("asks nobody about a token that cannot be one", async (token) => {
    const answer = await new FormClient(url).post("/sign-up", {
      ...PERSON,
      email: "none@example.com",
      "cf-turnstile-response": token,
    });
    expect([answer.status, asked.length, await count("none@example.com")]).toEqual([422, 0, 0]);
  });

  it("opens the policy of that page alone, and says what it needs", async () => {
    const guest = new FormClient(url);
    const page = await guest.get("/sign-up");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain(`script-src 'self' ${origin}; frame-src ${origin};`);
    expect(await page.text()).toMatch(/<noscript>.*Signing up needs JavaScript/s);
    for (const path of ["/", "/sign-in", "/reset", "/pricing"]) {
      const other = await guest.get(path);
      expect(other.headers.get("content-security-policy"), path).not.toContain(origin);
      expect(await other.text(), path).not.toContain("turnstile");
    }
  });

  it.skipIf(!CAN_LOOK)("works in a browser, which has nothing to complain about", async () => {
    const browser: Browser = await startBrowser();
    const { page, complaints } = await look(browser, { viewport: { width: 320, height: 800 } });
    await page.goto(`${url}/sign-up`);
    await page.waitForSelector("iframe[title=check]");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await page.fill("[name=name]", "Bea");
    await page.fill("[name=email]", "bea@example.com");
    await page.fill("[name=password]", PERSON.password);
    await page.click("main button[type=submit]");
    await page.waitForURL(`${url}/app`);
    expect([asked[0]?.get("response"), complaints]).toEqual(["token-of-site-key", []]);
    await browser.close();
  });

  it("uses no invitation where it does not pass", async () => {
    const { db, database } = stage.gateway;
    await database
      .prepare("INSERT INTO site (id, settings, updated_at) VALUES (1, ?, 1)")
      .bind(JSON.stringify({ signUp: "invite" }))
      .run();
    const operator = new FormClient(url);
    await operator.signIn("operator@example.com");
    const made = await operator.post("/admin/settings/invitations", { note: "for a guest", days: "3" });
    const [, code = ""] = /sign-up\?invitation=([\w-]{22})/.exec(await made.text()) ?? [];
    const guest = new FormClient(url);
    const form = async () => (await guest.get("/sign-up")).text();
    await expect.poll(form, { timeout: 20_000, interval: 500 }).toContain("invitation");
    verdict = () => '{"success":false,"error-codes":[]}';
    const fields = { ...PERSON, email: "invited@example.com", invitation: code, "cf-turnstile-response": "token" };
    expect((await guest.post("/sign-up", fields)).status).toBe(422);
    expect((await db.select({ by: invitations.usedBy }).from(invitations)).map(({ by }) => by)).toEqual([null]);
    verdict = () => '{"success":true}';
    expect((await guest.post("/sign-up", fields)).headers.get("location")).toBe("/app");
  });
});
