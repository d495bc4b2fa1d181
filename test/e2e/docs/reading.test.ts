/** How people read the documentation in a browser, with scripts and without. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CAN_LOOK, look, signIn, startBrowser, startPortal, type PortalStage } from "../portal/stage.ts";

const CHAT = "/docs/api/chat-completions";
const REQUESTS = "#post-chat-completions-requests";

describe.skipIf(!CAN_LOOK)("readers", () => {
  let stage: PortalStage;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    [stage, browser] = await Promise.all([startPortal(), startBrowser()]);
    ({ url } = stage.gateway);
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  it.each([360, 1280])(
    "see all of a line of code, the hint of the search, and no line that begins with a full stop: %s px",
    async (width) => {
      for (const locale of ["en", "zh-CN"]) {
        const { page, context } = await look(browser, { locale, viewport: { width, height: 800 } });
        for (const path of ["/docs/clients/codex", "/docs/limits", CHAT]) {
          await page.goto(url + path);
          await page.waitForFunction(() => document.querySelector("button.copy[hidden]") === null);
          expect(await page.evaluate(wrongInLook), `${path} ${locale}`).toEqual([]);
        }
        await context.close();
      }
    },
  );

  it("choose the language of code in a form, where there are no scripts; it is remembered", async () => {
    const { page, context, complaints } = await look(browser, { javaScriptEnabled: false });
    await page.goto(url + CHAT);
    expect(await page.locator(`${REQUESTS} pre`).first().textContent()).toMatch(/^curl /);
    await page.selectOption("#post-chat-completions-language", "go");
    await page.click("form[data-languages] button");
    expect(new URL(page.url()).search).toBe("?lang=go");
    expect(await page.locator(`${REQUESTS} pre`).first().textContent()).toContain("package main");
    await page.goto(`${url}/docs/api/anthropic`);
    expect(await page.locator("#post-messages-requests pre").first().textContent()).toContain("package main");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("choose it by tabs, with the keyboard, for all requests of a page; it is remembered", async () => {
    const { page, context, complaints } = await look(browser);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`${url}/docs/api/responses`);
    const tabs = page.getByRole("tablist").first().getByRole("tab");
    expect(await tabs.count()).toBe(17);
    const selected = page.locator("[role=tab][aria-selected=true]");
    expect(new Set(await selected.allTextContents())).toEqual(new Set(["Shell"]));
    await tabs.first().focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("OpenAI Node");
    await page.keyboard.press("Enter");
    const panel = page.getByRole("tabpanel", { name: "OpenAI Node" }).first();
    await expect.poll(async () => panel.locator("pre").first().textContent()).toContain('import OpenAI from "openai"');
    expect(new Set(await selected.allTextContents())).toEqual(new Set(["OpenAI Node"]));
    await panel.locator("button.copy").first().click();
    expect(await page.evaluate(async () => navigator.clipboard.readText())).toContain("client.responses.create(");
    await page.goto(url + CHAT);
    expect(await page.locator("[role=tab][aria-selected=true]").textContent()).toBe("OpenAI Node");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("see a key that they paste in the code, whatever its language; it is neither sent nor kept", async () => {
    const visit = await look(browser);
    const { page, context, complaints } = visit;
    await signIn(visit, url);
    const sent: string[] = [];
    page.on("request", (request) => sent.push(request.url() + (request.postData() ?? "")));
    await page.goto(url + CHAT);
    await page.fill("#own-key", "sk-my-own-key");
    const first = page.locator(`${REQUESTS} pre`).first();
    expect(await first.textContent()).toContain("Bearer sk-my-own-key");
    await page.getByRole("tab", { name: "Python", exact: true }).click();
    await expect.poll(async () => first.textContent()).toContain("import requests");
    expect(await page.locator("main").textContent()).not.toContain("sk-your-api-key");
    await page.fill("#own-key", "'; rm -rf");
    expect(await first.textContent()).toContain("sk-your-api-key");
    await page.fill("#own-key", "sk-my-own-key");
    await page.reload();
    expect(await first.textContent()).toContain("sk-your-api-key");
    expect(sent.join("\n")).not.toContain("sk-my-own-key");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("search without scripts: an error's code is answered first, a request's id leads to its receipt", async () => {
    const { page, context, complaints } = await look(browser, { javaScriptEnabled: false });
    await page.goto(`${url}/docs`);
    await page.fill("#doc-search", "2002");
    await page.click("search button");
    expect(new URL(page.url()).search).toBe("?q=2002");
    expect(await page.locator("#doc-search-results tbody tr").first().textContent()).toContain("insufficient_quota");
    expect(await page.locator(".hits a").first().getAttribute("href")).toMatch(/^\/docs\/errors#/);
    await page.fill("#doc-search", "keep-alive");
    await page.click("search button");
    expect((await page.locator(".hits mark").allTextContents()).map((word) => word.toLowerCase())).toContain("alive");
    await page.fill("#doc-search", "<img src=x>");
    await page.click("search button");
    expect(await page.locator("main img").count()).toBe(0);
    await page.fill("#doc-search", "req_019fae81-0000-7000-8000-000000000000");
    await page.click("search button");
    await page.click("#doc-search-results a");
    const { pathname, searchParams } = new URL(page.url());
    expect([pathname, searchParams.get("to")]).toEqual([
      "/sign-in",
      "/app/requests/019fae81-0000-7000-8000-000000000000",
    ]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("search as they type, from the key / to Escape", async () => {
    const { page, context, complaints } = await look(browser, { locale: "zh-CN" });
    await page.goto(`${url}/docs/limits`);
    await page.keyboard.press("/");
    await page.keyboard.type("流式输出");
    const first = page.locator("#doc-search-results .hits a").first();
    await expect.poll(async () => first.getAttribute("href"), { timeout: 5000 }).toBe("/docs/streaming");
    expect(await page.locator("#doc-search-results [data-count]").textContent()).toMatch(/^找到 \d+ 条结果$/);
    expect(await page.locator("[role=status]#announcements").textContent()).toMatch(/^找到 \d+ 条结果$/);
    expect(await page.locator("#doc-search-results html, #doc-search-results header").count()).toBe(0);
    await page.keyboard.press("Escape");
    await expect.poll(async () => page.locator("#doc-search-results > *").count()).toBe(0);
    expect(await page.inputValue("#doc-search")).toBe("");
    expect(complaints).toEqual([]);
    await context.close();
  });
});

/** What a reader would find wrong in how a page is laid out. Runs in the browser. */
function wrongInLook(): readonly string[] {
  const covered = [...document.querySelectorAll("figure.code:has(figcaption)")].flatMap((figure) => {
    const [code, button] = ["pre", "button.copy"].map((name) => figure.querySelector(name)?.getBoundingClientRect());
    if (code === undefined || button === undefined || button.height === 0) return ["no button"];
    const isApart = button.bottom <= code.top || button.top >= code.bottom;
    return isApart ? [] : [`covered: ${figure.textContent}`];
  });
  const orphans = [...document.querySelectorAll("main code")].flatMap((code) => {
    const next = code.nextSibling;
    if (!(next instanceof Text) || !/^[.,;:)。，；：、）]/.test(next.data)) return [];
    const range = document.createRange();
    range.setStart(next, 0);
    range.setEnd(next, 1);
    const last = [...code.getClientRects()].at(-1);
    return (last?.bottom ?? 0) > range.getBoundingClientRect().top
      ? []
      : [`${code.textContent}${next.data.slice(0, 9)}`];
  });
  const field = document.querySelector<HTMLInputElement>("#doc-search");
  const pen = document.createElement("canvas").getContext("2d");
  if (field === null || pen === null) return ["no search"];
  const { font, paddingLeft, paddingRight } = getComputedStyle(field);
  pen.font = font;
  const room = field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  const cut = pen.measureText(field.placeholder).width > room ? [`hint cut: ${field.placeholder}`] : [];
  return [...covered, ...orphans, ...cut];
}
