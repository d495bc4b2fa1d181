/** `/docs/reference`: the interactive reference in a browser. It asks no other host, and breaks no policy. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CAN_LOOK, look, startBrowser, startPortal, type PortalStage } from "./stage.ts";

const PATH = "/docs/reference";
const QUIET_MS = 1000;

describe("the page of the reference", () => {
  let stage: PortalStage;
  beforeAll(async () => {
    stage = await startPortal();
  });
  afterAll(async () => stage.close());

  it("alone may have styles in the page, and may ask this host alone", async () => {
    const policyOf = async (path: string) =>
      (await fetch(stage.gateway.url + path)).headers.get("content-security-policy") ?? "";
    const policy = await policyOf(PATH);
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "style-src 'self' 'unsafe-inline'",
        "script-src 'self'",
        "connect-src 'self'",
      ]),
    );
    for (const path of ["/docs", "/docs/limits", "/docs/reference2"]) {
      expect((await policyOf(path)).replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"), path).toBe(policy);
    }
  });

  it("is not how the docs are read: no page of them leads to it", async () => {
    for (const path of ["/", "/docs", "/docs/api/chat-completions", "/docs.md"]) {
      expect(await (await fetch(stage.gateway.url + path)).text(), path).not.toContain(PATH);
    }
  });

  it("loads files that browsers keep", async () => {
    const page = await (await fetch(stage.gateway.url + PATH)).text();
    const [, script = ""] = /src="(\/assets\/reference-[\d.]+\/standalone\.esm\.js)"/.exec(page) ?? [];
    const file = await fetch(stage.gateway.url + script);
    expect(file.status).toBe(200);
    expect(Object.fromEntries(file.headers)).toMatchObject({
      "content-type": "text/javascript",
      "cache-control": "public, max-age=31536000, immutable",
    });
  });
});

describe.skipIf(!CAN_LOOK)("the reference in a browser", () => {
  let stage: PortalStage;
  let browser: Browser;
  beforeAll(async () => {
    [stage, browser] = await Promise.all([startPortal(), startBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  it("shows the endpoints, asks no other host, and breaks no policy", { timeout: 90_000 }, async () => {
    const { url } = stage.gateway;
    const { page, complaints, context } = await look(browser, { viewport: { width: 1280, height: 900 } });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(url + PATH);
    await page.getByText("/v1/chat/completions").first().waitFor({ timeout: 30_000 });
    await page.waitForTimeout(QUIET_MS);
    expect(complaints).toEqual([]);
    expect(asked.filter((address) => !address.startsWith(`${url}/`) && !/^(data|blob):/.test(address))).toEqual([]);
    expect(asked).toContain(`${url}/openapi.json`);
    expect(await page.getByRole("link", { name: "Documentation as plain pages" }).getAttribute("href")).toBe("/docs");
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
    await context.close();
  });

  it("sends a sample from the page to this host, with the key that is typed in", { timeout: 90_000 }, async () => {
    const { url, key } = stage.gateway;
    const { page, complaints, context } = await look(browser, { viewport: { width: 1280, height: 900 } });
    await page.goto(url + PATH);
    await page.getByPlaceholder(/^QUx/).first().fill(key);
    await page.getByRole("button", { name: "Test Request (post /v1/chat/completions)" }).first().click();
    const answered = page.waitForResponse(`${url}/v1/chat/completions`);
    await page.getByRole("button", { name: "Send Request" }).last().click();
    const answer = await answered;
    expect(await answer.request().headerValue("x-api-key")).toBe(key);
    expect(answer.status(), await answer.text()).toBe(200);
    await page.getByText("local mock model").first().waitFor({ timeout: 20_000 });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("is Chinese for readers of Chinese", { timeout: 90_000 }, async () => {
    const { page, complaints, context } = await look(browser, { locale: "zh-CN" });
    await page.goto(stage.gateway.url + PATH);
    await page.getByText("把一段对话交给模型").first().waitFor({ timeout: 30_000 });
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("without JavaScript says where the same is to be read", async () => {
    const { page, context } = await look(browser, { javaScriptEnabled: false });
    await page.goto(stage.gateway.url + PATH);
    expect(await page.locator("noscript").innerText()).toContain("needs JavaScript");
    await page.getByRole("link", { name: "Documentation as plain pages" }).click();
    expect(page.url()).toBe(`${stage.gateway.url}/docs`);
    await context.close();
  });
});
