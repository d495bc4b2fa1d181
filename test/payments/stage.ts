/** A service in memory, and an order that it has been paid for. */
import { env } from "cloudflare:workers";
import type { AccountStore } from "../../src/accounts/store.ts";
import type { Order } from "../../src/payments/payment-provider.ts";
import { Payments } from "../../src/payments/payments.ts";
import { addAccount, db, NOON, ZONE } from "../billing/support.ts";
import { PlainProvider } from "./plain-provider.ts";

export const CREDIT = 10_000_000_000;

export class PaymentsStage {
  readonly clock = { nowMs: NOON };
  readonly store: AccountStore = { db, d1: env.DB, now: () => this.clock.nowMs, timeZone: ZONE };
  readonly provider = new PlainProvider();
  readonly payments = new Payments(this.store, [this.provider]);

  /** An order of 1,000 minor units, which nobody has paid. */
  async begin({
    planId,
    balance = 0,
    accountId,
  }: { planId?: string; balance?: number; accountId?: string | undefined } = {}): Promise<Order> {
    const order = await this.payments.begin({
      accountId: accountId ?? (await addAccount({ balance })),
      formId: crypto.randomUUID(),
      provider: "epay",
      method: "alipay",
      language: "en",
      title: "Credit",
      origin: "https://llm.example.com",
      buys: planId === undefined ? { nanos: CREDIT } : { planId },
    });
    if (order === undefined) throw new Error("no order");
    return order;
  }

  async credited(accountId?: string): Promise<Order> {
    const order = await this.begin({ accountId });
    this.provider.paidMinor = order.payMinor;
    return (await this.payments.look(order)).order;
  }
}
