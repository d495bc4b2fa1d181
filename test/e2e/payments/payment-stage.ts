/** The gateway with a payment service of each kind, and somebody who pays. */
import { generateKeyPairSync } from "node:crypto";
import { desc, eq } from "drizzle-orm";
import { accounts, entries, orderRefunds, orders, users } from "../../../schema/index.ts";
import { MockEpay } from "../../../src/cli/mock-epay.ts";
import { brokenInvariantsOf } from "../../../src/billing/invariants.ts";
import { adjust } from "../../../src/billing/ledger.ts";
import { FakeStripe, STRIPE_KEY, STRIPE_WEBHOOK_SECRET } from "../../support/fake-stripe.ts";
import type { Gateway } from "../../support/gateway.ts";
import { FormClient, startPortal } from "../portal/stage.ts";

export type OrderRow = typeof orders.$inferSelect;
export const UNIT = 1_000_000_000;
export const PID = "1000";
const EPAY_KEY = "the key of a shop";

interface StageOptions {
  readonly epayVersion?: 1 | 2;
  readonly vars?: Record<string, string>;
}

export class PaymentStage {
  readonly gateway: Gateway;
  readonly stripe: FakeStripe;
  readonly epay: MockEpay;
  readonly #close: () => Promise<void>;

  private constructor(gateway: Gateway, stripe: FakeStripe, epay: MockEpay, close: () => Promise<void>) {
    this.gateway = gateway;
    this.stripe = stripe;
    this.epay = epay;
    this.#close = close;
  }

  static async start({ epayVersion = 1, vars = {} }: StageOptions = {}): Promise<PaymentStage> {
    const stripe = new FakeStripe();
    await stripe.start();
    const { mock, keys } = epayOf(epayVersion);
    const epayUrl = await mock.start();
    const portal = await startPortal({
      hasDemo: false,
      vars: {
        STRIPE_SECRET_KEY: STRIPE_KEY,
        STRIPE_WEBHOOK_SECRET,
        STRIPE_API_URL: stripe.url,
        EPAY_URL: epayUrl,
        EPAY_PID: PID,
        ...keys,
        ...vars,
      },
    });
    return new PaymentStage(portal.gateway, stripe, mock, async () => {
      await Promise.all([portal.close(), stripe.stop(), mock.stop()]);
    });
  }

  async close(): Promise<void> {
    await this.#close();
  }

  /** Somebody new, who is signed in. */
  async payer(): Promise<Payer> {
    const client = new FormClient(this.gateway.url);
    const email = `${crypto.randomUUID()}@example.com`;
    await client.signUp("Payer", email);
    return new Payer(this, client);
  }

  /** The id of who signed up last. */
  async lastUser(): Promise<string> {
    const [row] = await this.gateway.db.select().from(users).orderBy(desc(users.createdAt)).limit(1);
    return row?.id ?? "";
  }

  async order(id: string): Promise<OrderRow> {
    const [row] = await this.gateway.db.select().from(orders).where(eq(orders.id, id));
    if (row === undefined) throw new Error(`no order ${id}`);
    return row;
  }

  async refunds(orderId: string) {
    return this.gateway.db.select().from(orderRefunds).where(eq(orderRefunds.orderId, orderId));
  }

  async account(id: string) {
    const [row] = await this.gateway.db.select().from(accounts).where(eq(accounts.id, id));
    if (row === undefined) throw new Error(`no account ${id}`);
    return row;
  }

  async entriesOf(accountId: string) {
    return this.gateway.db.select().from(entries).where(eq(entries.accountId, accountId));
  }

  async broken(accountId: string) {
    return brokenInvariantsOf(this.gateway.database, accountId);
  }

  /** Stripe's event, as Stripe sends it. */
  async webhook(event: object, secret?: string, timestamp?: number): Promise<Response> {
    const { payload, header } = await this.stripe.signed(event, secret, timestamp);
    return fetch(`${this.gateway.url}/pay/stripe/webhook`, {
      method: "POST",
      headers: { "stripe-signature": header, "content-type": "application/json" },
      body: payload,
    });
  }

  /** The account loses money to something else. */
  async spend(accountId: string, amountNanos: number): Promise<void> {
    const entry = { id: crypto.randomUUID(), reason: "spent", actor: "test", nowMs: Date.now() };
    await adjust(this.gateway.database, { ...entry, accountId, amountNanos: -amountNanos });
  }

  async runJobs(): Promise<void> {
    await this.gateway.runSchedule("* * * * *");
  }

  /** As if the day were over. */
  async makeDailyJobsDue(): Promise<void> {
    await this.gateway.database.prepare("DELETE FROM jobs").run();
  }

  /** More open orders like this one. */
  async copyOrder(orderId: string, times: number): Promise<void> {
    const row = await this.order(orderId);
    for (let made = 0; made < times; made++) {
      const id = crypto.randomUUID().replaceAll("-", "");
      await this.gateway.db.insert(orders).values({ ...row, id, formId: id, providerRef: null, checkoutUrl: null });
    }
  }

  /** Makes the job ask about an order now. */
  async makeDue(orderId: string): Promise<void> {
    await this.gateway.db
      .update(orders)
      .set({ nextCheckAt: Date.now() - 1, askedAt: null })
      .where(eq(orders.id, orderId));
  }
}

export class Payer {
  readonly client: FormClient;
  readonly #stage: PaymentStage;

  constructor(stage: PaymentStage, client: FormClient) {
    this.#stage = stage;
    this.client = client;
  }

  /** Sends the form, and begins the payment as the browser would. @param method `stripe:card`, `epay:alipay` */
  async begin(method: string, amount = "10", fields: Record<string, string> = {}): Promise<OrderRow> {
    const form = await (await this.client.get(`/app/billing/top-up?plan=${fields["plan"] ?? ""}`)).text();
    const [, price = ""] = /name="price" value="(\d+)"/.exec(form) ?? [];
    const answer = await this.client.post("/app/billing/top-up", {
      amount,
      method,
      form: crypto.randomUUID(),
      price,
      ...fields,
    });
    const location = answer.headers.get("location") ?? "";
    const [, id] = /orders\/([0-9a-f]{32})\?pay=1$/.exec(location) ?? [];
    if (id === undefined) throw new Error(`no order: ${answer.status} ${await answer.text()}`);
    const page = await (await this.client.get(location)).text();
    await this.#goToPlatform(page);
    return this.#stage.order(id);
  }

  async page(orderId: string, query = ""): Promise<string> {
    return (await this.client.get(`/app/billing/orders/${orderId}${query}`)).text();
  }

  /** Epay's platform learns of an order by the payer's browser. */
  async #goToPlatform(page: string): Promise<void> {
    const [form] = /<form method="post" action="http[^]*?<\/form>/.exec(page) ?? [];
    if (form === undefined) return;
    const action = /action="([^"]*)"/.exec(form)?.[1] ?? "";
    const fields = [...form.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]);
    const answer = await fetch(action, { method: "POST", body: new URLSearchParams(fields) });
    if (!answer.ok) throw new Error(`the platform refuses: ${await answer.text()}`);
  }
}

function epayOf(version: 1 | 2) {
  if (version === 1) return { mock: new MockEpay({ pid: PID, key: EPAY_KEY }), keys: { EPAY_KEY } };
  const [merchant, platform] = [rsa(), rsa()];
  return {
    mock: new MockEpay({ pid: PID, rsa: { privateKey: platform.privateKey, merchantKey: merchant.publicKey } }),
    keys: { EPAY_PRIVATE_KEY: merchant.privateKey, EPAY_PLATFORM_PUBLIC_KEY: platform.publicKey },
  };
}

function rsa() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    privateKey: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
    publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
  };
}
