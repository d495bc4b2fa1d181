/** From nothing to the first answer: by keyboard alone, and without a script. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CAN_LOOK, look, startBrowser, startPortal, type PortalStage } from "./stage.ts";

describe.skipIf(!CAN_LOOK)("from sign-up to the first answer", () => {
  let stage: PortalStage;
  let browser: Browser;

  beforeAll(async () => {
    [stage, browser] = await Promise.all([
      // Who signs up gets something to spend.
      startPortal({ vars: { SIGN_UP: "open" } }),
      startBrowser(),
    ]);
    await stage.gateway.database
      .prepare("INSERT INTO site (id, settings, updated_at) VALUES (1, ?, 1)")
      .bind(JSON.stringify({ grantNanos: 5_000_000_000 }))
      .run();
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  it("takes a keyboard alone, and the focus is seen at each stop", { timeout: 120_000 }, async () => {
    const { url } = stage.gateway;
    const { context, page, complaints } = await look(browser, { viewport: { width: 1280, height: 800 } });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
    await page.goto(`${url}/`);
    await press(page, "link", "Get a key");
    await page.waitForURL(`${url}/sign-up`);
    await type(page, "Name", "Keyboard");
    await type(page, "E-mail", "keyboard@example.com");
    await type(page, "Password", "only keys, no mouse");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url}/app`);
    await press(page, "link", "Make a key");
    await page.waitForURL(`${url}/app/keys/new`);
    await type(page, "Name", "Chatbox");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/created$/);
    const shown = await page.locator(".secret code").textContent();
    await press(page, "button", "Copy: Key");
    expect(await page.evaluate(async () => navigator.clipboard.readText())).toBe(shown);
    expect(await page.locator("#announcements").textContent()).toBe("Copied");
    await press(page, "link", "Playground");
    await page.waitForURL(`${url}/app/playground`);
    await type(page, "Message", "Hello from the keyboard");
    await press(page, "button", "Send");
    await page.waitForFunction(() =>
      document.querySelector("[data-live-answer]")?.textContent?.includes("word by word"),
    );
    await page.waitForFunction(() => document.querySelector("[data-live-facts]")?.textContent?.includes("¥"));
    await press(page, "button", "Keyboard", "summary");
    await press(page, "button", "Sign out");
    await page.waitForURL(`${url}/sign-in`);
    expect(await page.locator(".notice.ok").textContent()).toBe("You are signed out.");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("takes no script: sign-up, key, answer, receipt, sign-out", { timeout: 120_000 }, async () => {
    const { url } = stage.gateway;
    const { context, page } = await look(browser, { javaScriptEnabled: false, locale: "zh-CN" });
    await page.goto(`${url}/sign-up`);
    await page.fill("[name=name]", "小明");
    await page.fill("[name=email]", "no-script@example.com");
    await page.fill("[name=password]", "没有脚本也能用的密码");
    await page.click("main button[type=submit]");
    await page.waitForURL(`${url}/app`);
    await page.click(".checklist a");
    await page.fill("[name=name]", "命令行");
    await page.click("main button[type=submit]");
    await page.waitForURL(/\/created$/);
    const key = (await page.locator(".secret code").textContent()) ?? "";
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "auto", messages: [{ role: "user", content: "Hi" }] }),
    });
    expect(answer.status, await answer.clone().text()).toBe(200);
    await page.goto(`${url}/app/playground`);
    await page.fill("[name=message]", `What is "quoted", it's 'fine' & <b>plain</b>?`);
    await page.click("main button[type=submit]");
    const shown = page.locator(".answer").last();
    expect(await shown.textContent()).toContain("<b>plain</b>");
    expect(await page.locator("figure.code code").first().textContent()).toContain(String.raw`it'\''s`);
    await page.click("dl.facts a");
    await page.waitForURL(/\/app\/requests\/[0-9a-f-]{36}$/);
    expect(await page.locator("main").textContent()).toContain("实际扣费");
    await page.goto(`${url}/app`);
    // The answer is there; nothing is left to do.
    expect(await page.locator(".checklist").count()).toBe(0);
    await page.click("details.menu summary");
    await page.click("details.menu button");
    await page.waitForURL(`${url}/sign-in`);
    expect((await page.goto(`${url}/app`))?.url()).toContain("/sign-in?to=%2Fapp");
    await context.close();
  });
});

const MOST_STOPS = 60;

/** Goes on by Tab until the element is focused, and presses Enter on it. */
async function press(page: Page, role: "link" | "button", name: string, tag?: string): Promise<void> {
  await reach(page, name, tag ?? (role === "link" ? "a" : "button"));
  await page.keyboard.press("Enter");
}

async function type(page: Page, label: string, text: string): Promise<void> {
  await reach(page, label, "input, textarea");
  await page.keyboard.type(text);
}

async function reach(page: Page, name: string, selector: string): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate((wanted) => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const label =
        element.getAttribute("aria-label") ??
        element.closest("form")?.querySelector(`label[for="${element.id}"]`)?.textContent ??
        element.textContent;
      return {
        name: label?.trim() ?? "",
        matches: element.matches(wanted),
        isSeen: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2,
        html: element.outerHTML.slice(0, 100),
      };
    }, selector);
    if (focused === undefined) continue;
    expect(focused.isSeen, `no outline: ${focused.html}`).toBe(true);
    if (focused.matches && focused.name.startsWith(name)) return;
  }
  throw new Error(`Tab does not lead to '${name}' at ${page.url()}`);
}
