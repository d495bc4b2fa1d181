/** The portal in a real workerd, with demo people and data, and browsers that look at it. */
import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { seedDemo } from "../../../src/cli/demo.ts";
import { writeMonth } from "../../../src/cli/demo-month.ts";
import { writeOrders } from "../../../src/cli/demo-orders.ts";
import { DEMO_PASSWORD, DEMO_PEOPLE, writeOffers, writePeople } from "../../../src/cli/demo-people.ts";
import { startMockLlm } from "../../../src/cli/mock-model.ts";
import { drawKey } from "../../../src/core/api-key.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { CREDENTIALS_KEY } from "../../support/seed.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
/** Whether a browser can look at the pages. */
export const CAN_LOOK = CHROMIUM !== undefined;
if (!CAN_LOOK) console.log("skipped: what needs Chromium, because this machine has none");

const SESSION_SECRET = "a secret of tests, which signs the cookies of nobody else";
export const ADMIN_TOKEN = "an admin token for tests of the portal";

export interface PortalStage {
  readonly gateway: Gateway;
  /** A key of the demo account, where there is a demo. */
  readonly demoKey: string;
  close(): Promise<void>;
}

interface StageOptions {
  readonly vars?: Record<string, string>;
  /** Without it there is nobody and nothing. */
  readonly hasDemo?: boolean;
}

export async function startPortal({ vars = {}, hasDemo = true }: StageOptions = {}): Promise<PortalStage> {
  const [gateway, mock] = await Promise.all([
    startGateway({
      vars: { SESSION_SECRET, ADMIN_TOKEN, SIGN_UP: "open", CURRENCY: "CNY", ...vars },
    }),
    startMockLlm({ latencyMs: 0 }),
  ]);
  const nowMs = Date.now();
  const demoKey = drawKey();
  if (hasDemo) {
    const { db } = gateway;
    await seedDemo(db, { apiKey: demoKey, credentialsKey: CREDENTIALS_KEY, baseUrl: `${mock.url}/v1`, nowMs });
    await writePeople(db, nowMs);
    await writeOffers(db, nowMs);
    await writeOrders(gateway.database, nowMs);
    await writeMonth(gateway.database, nowMs);
  }
  return {
    gateway,
    demoKey,
    async close() {
      await Promise.all([gateway.close(), mock.stop()]);
    },
  };
}

export async function startBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error("there is no Chromium");
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

export interface Look {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained about: errors of scripts, refused files, broken policies. */
  readonly complaints: string[];
}

export async function look(browser: Browser, options: BrowserContextOptions = {}): Promise<Look> {
  const context = await browser.newContext({ locale: "en", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { context, page, complaints };
}

/** The demo user, or the operator. */
export async function signIn({ page }: Look, url: string, role: "user" | "operator" = "user"): Promise<void> {
  const email = DEMO_PEOPLE.find((person) => person.role === role)?.email ?? "";
  await page.goto(`${url}/sign-in`);
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", DEMO_PASSWORD);
  await page.click("main button[type=submit]");
  await page.waitForURL(`${url}/app`);
}

interface Sent {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A client without a browser: it keeps cookies, and sends forms as one of the site's own pages would. */
export class FormClient {
  readonly #url: string;
  /** Each client has an address of its own: tries are counted by address, too. */
  readonly #address = Array.from({ length: 4 }, () => 1 + Math.floor(Math.random() * 250)).join(".");
  readonly cookies = new Map<string, string>();

  constructor(url: string) {
    this.#url = url;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#send(path, { headers: { accept: "text/html", ...headers } });
  }

  async post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = { origin: this.#url },
  ): Promise<Response> {
    return this.#send(path, {
      method: "POST",
      headers: { accept: "text/html", "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  }

  async signIn(email: string, password = DEMO_PASSWORD): Promise<Response> {
    return this.post("/sign-in", { email, password, to: "" });
  }

  async signUp(name: string, email: string, password = "a long enough password"): Promise<Response> {
    return this.post("/sign-up", { name, email, password });
  }

  async #send(path: string, init: Sent): Promise<Response> {
    const headers = new Headers({ "accept-language": "en", "cf-connecting-ip": this.#address, ...init.headers });
    if (this.cookies.size > 0) {
      headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const response = await fetch(this.#url + path, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/max-age=0/i.test(cookie) || value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}
