/** People pay in a browser, with scripts and without. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Page } from "playwright-core";
import { CAN_LOOK, look, startBrowser } from "../portal/stage.ts";
import { PaymentStage } from "./payment-stage.ts";

describe.skipIf(!CAN_LOOK)("a browser", () => {
  let stage: PaymentStage;
  let browser: Browser;

  beforeAll(async () => {
    [stage, browser] = await Promise.all([PaymentStage.start({ epayVersion: 2 }), startBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  /** Signs up, and comes to the payment service. */
  async function goToPayment(page: Page, method: string): Promise<void> {
    await page.goto(`${stage.gateway.url}/sign-up`);
    await page.fill("[name=name]", "Payer");
    await page.fill("[name=email]", `${crypto.randomUUID()}@example.com`);
    await page.fill("[name=password]", "a long enough password");
    await page.click("main button[type=submit]");
    await page.goto(`${stage.gateway.url}/app/billing`);
    await page.click("main a[href^='/app/billing/top-up']");
    await page.click("main a[href$='amount=50']");
    expect(await page.inputValue("[name=amount]")).toBe("50");
    const choice = page.locator(`[name=method][value='${method}']`);
    if ((await choice.count()) > 0) await choice.check();
    else await page.selectOption("[name=method]", method);
    await page.click("main button[type=submit]");
  }

  it.each([
    [true, "epay:alipay"],
    [false, "epay:alipay"],
    [true, "stripe:card"],
    [false, "stripe:card"],
  ])("pays, scripts: %s, %s", async (javaScriptEnabled, method) => {
    const { context, page, complaints } = await look(browser, { javaScriptEnabled });
    await goToPayment(page, method);
    if (method.startsWith("epay")) {
      // Without scripts, the form to the platform has a button.
      if (!javaScriptEnabled) await page.click("main form[action^='http'] button");
      await page.waitForURL((url) => url.origin !== stage.gateway.url);
      await page.click("form[action='/pay'] button");
    } else {
      await page.waitForURL((url) => url.origin !== stage.gateway.url);
      await page.click("button");
      await page.click("a");
    }
    await page.waitForURL(`${stage.gateway.url}/app/billing/orders/*`);
    expect(await page.textContent("main")).toContain("paid and credited");
    expect(complaints).toEqual([]);
    await page.goto(`${stage.gateway.url}/app/billing`);
    expect(await page.textContent("main")).toContain("50.00");
    await context.close();
  });

  it("that leaves the payment may go on with it, cancel it, and start again", async () => {
    const { context, page, complaints } = await look(browser);
    await goToPayment(page, "epay:wxpay");
    await page.waitForURL((url) => url.origin !== stage.gateway.url);
    await page.click("form[action='/cancel'] button");
    await page.waitForURL(`${stage.gateway.url}/app/billing/orders/*`);
    expect(await page.textContent("main")).toContain("not paid yet");
    await page.click("main a[href$='pay=1'], main form[action$='pay=1'] button");
    await page.waitForURL((url) => url.origin !== stage.gateway.url);
    await page.click("form[action='/cancel'] button");
    await page.waitForURL(`${stage.gateway.url}/app/billing/orders/*`);
    await page.click("main form[action$='/cancel'] button");
    await page.waitForLoadState();
    expect(await page.textContent("main")).toContain("not paid");
    expect(await page.locator("main a[href^='/app/billing/top-up']").count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
