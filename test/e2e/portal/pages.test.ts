/** Every page, as a browser shows it: in both languages and colours, narrow and wide. Pictures go to `test/artifacts`. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { HtmlValidate } from "html-validate/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { charges } from "../../../schema/index.ts";
import { addFilm } from "../../support/demo-films.ts";
import { ADDRESSES, PAYMENT_SERVICES } from "../../support/portal-pages.ts";
import { CREDENTIALS_KEY } from "../../support/seed.ts";
import { CAN_LOOK, look, signIn, startBrowser, startPortal, type Look, type PortalStage } from "./stage.ts";

const ARTIFACTS = fileURLToPath(new URL("../../artifacts/", import.meta.url));
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const VARIANTS = (["en", "zh-CN"] as const).flatMap((locale) =>
  (["light", "dark"] as const).flatMap((colorScheme) =>
    [360, 1280].map((width) => ({ locale, colorScheme, viewport: { width, height: 800 } })),
  ),
);

describe.skipIf(!CAN_LOOK)("pages", () => {
  let stage: PortalStage;
  let browser: Browser;
  let chargeId: string;
  const validator = new HtmlValidate({
    extends: ["html-validate:recommended"],
    rules: {
      // Lists and tables are drawn without their optional whitespace, and hono writes void elements as XHTML does.
      "form-dup-name": ["error", { shared: ["radio", "checkbox", "button", "reset", "submit"] }],
      "void-style": "off",
      "long-title": "off",
      "no-trailing-whitespace": "off",
      "attribute-boolean-style": "off",
      "attribute-empty-style": "off",
      "doctype-style": "off",
      "no-inline-style": "error",
      "no-raw-characters": "off",
    },
  });

  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    [stage, browser] = await Promise.all([startPortal({ vars: PAYMENT_SERVICES }), startBrowser()]);
    const [row] = await stage.gateway.db.select({ id: charges.id }).from(charges).limit(1);
    chargeId = row?.id ?? "";
    await addFilm(stage.gateway.db, { chargeId, credentialsKey: CREDENTIALS_KEY, nowMs: Date.now() });
  });
  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  it.each(VARIANTS)("are clean: $locale, $colorScheme, $viewport.width px", { timeout: 240_000 }, async (variant) => {
    const { url } = stage.gateway;
    const wrong: string[] = [];
    const looks = {
      nobody: await look(browser, variant),
      user: await look(browser, variant),
      operator: await look(browser, variant),
    };
    await signIn(looks.user, url);
    await signIn(looks.operator, url, "operator");
    for (const [path, { at = path, as = "user" }] of Object.entries(ADDRESSES)) {
      const { page, complaints } = looks[as];
      complaints.length = 0;
      const answer = await page.goto(url + at.replace("{charge}", chargeId));
      const note = (problem: string) => wrong.push(`${path}: ${problem}`);
      if (answer?.status() !== 200) note(`status ${answer?.status()}`);
      for (const complaint of complaints) note(complaint);
      for (const problem of await problemsOf(page, variant.locale)) note(problem);
      const name = `${path.replaceAll(/[^a-z]+/g, "-").replaceAll(/^-|-$/g, "") || "home"}-${variant.locale}-${variant.colorScheme}-${variant.viewport.width}`;
      await page.screenshot({ path: `${ARTIFACTS}${name}.png`, fullPage: true });
      if (variant.viewport.width === 1280 && variant.colorScheme === "light") {
        const report = await validator.validateString((await answer?.text()) ?? "");
        for (const { messages } of report.results)
          for (const { ruleId, message, line } of messages) note(`html ${ruleId}: ${message} (line ${line})`);
      }
    }
    wrong.push(...(await newKeyProblems(looks.user, url, variant.locale)).map((problem) => `a new key: ${problem}`));
    const name = `app-keys-id-created-${variant.locale}-${variant.colorScheme}-${variant.viewport.width}`;
    await looks.user.page.screenshot({ path: `${ARTIFACTS}${name}.png`, fullPage: true });
    expect(wrong).toEqual([]);
    for (const { context } of Object.values(looks)) await context.close();
  });
});

/** The page that a new key has once, with all its links and texts open. */
async function newKeyProblems({ page, complaints }: Look, url: string, locale: string): Promise<string[]> {
  complaints.length = 0;
  await page.goto(`${url}/app/keys/new`);
  await page.fill("[name=name]", "for the pictures");
  await page.click("main button[type=submit]");
  await page.waitForURL(/\/created$/);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>("details.client")) details.open = true;
  });
  return [...complaints, ...(await problemsOf(page, locale))];
}

async function problemsOf(page: Page, locale: string): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(
    async ({ rules, language }) => {
      const found: string[] = [];
      const { scrollWidth, clientWidth, lang } = document.documentElement;
      if (scrollWidth > clientWidth) found.push(`scrolls sideways: ${scrollWidth} > ${clientWidth}`);
      if (lang !== language) found.push(`lang is ${lang}`);
      if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
      if (document.head.querySelector("title")?.textContent === "") found.push("no title");
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
        runOnly: { type: "tag", values: rules },
      });
      for (const { id, nodes } of violations) found.push(`axe ${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
      return found;
    },
    { rules: RULES, language: locale },
  );
}
