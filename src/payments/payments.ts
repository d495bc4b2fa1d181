/** Orders from their form to the credit. Whatever says that one is paid, the service itself is asked, and here it is judged. */
import { readOrder } from "../accounts/orders.ts";
import { readPlan, type Plan } from "../accounts/plans.ts";
import type { AccountStore } from "../accounts/store.ts";
import { purchasePlan } from "../billing/ledger.ts";
import { Fault } from "../core/fault.ts";
import { uuidv7 } from "../core/id.ts";
import type { Language } from "../core/language.ts";
import { log } from "../core/log.ts";
import { NANOS_PER_UNIT, parseNanos } from "../core/money.ts";
import { decimalsOf, minorFor } from "./currency.ts";
import { judge } from "./judge.ts";
import * as store from "./order-store.ts";
import type { Checkout, Order, Provider, ProviderId, Report } from "./payment-provider.ts";
import { bookRefunds, resumeRefunds } from "./refunds.ts";

export interface Wish {
  readonly accountId: string;
  /** Made once for a form: a form sent twice is one order. */
  readonly formId: string;
  readonly provider: ProviderId;
  readonly method: string;
  readonly language: Language;
  /** What the payer sees that they buy, in {@link language}. */
  readonly title: string;
  /** Of the gateway, as the payer sees it. */
  readonly origin: string;
  /** Money for the balance, or a plan at its price of now. */
  readonly buys: { readonly nanos: number } | { readonly planId: string };
}

export class Payments {
  readonly store: AccountStore;
  readonly providers: readonly Provider[];

  constructor(accounts: AccountStore, providers: readonly Provider[]) {
    this.store = accounts;
    this.providers = providers;
  }

  /** @throws Fault `resource_not_found` when the service is not set up */
  provider(id: ProviderId): Provider {
    const found = this.providers.find((provider) => provider.id === id);
    if (found === undefined) throw new Fault("resource_not_found", { param: "provider" });
    return found;
  }

  /**
   * @returns undefined when the account has too many open orders
   * @throws Fault `resource_not_found` (service, method or plan), `invalid_parameter` (an amount that the currency does not have),
   *   `conflict` (the form made another order before)
   */
  async begin(wish: Wish): Promise<Order | undefined> {
    const provider = this.provider(wish.provider);
    if (!provider.methods.includes(wish.method)) throw new Fault("resource_not_found", { param: "method" });
    const planId = "planId" in wish.buys ? wish.buys.planId : null;
    const creditNanos =
      "nanos" in wish.buys ? wish.buys.nanos : (await planForSale(this.store, wish.buys.planId)).priceNanos;
    if (planId === null && !hasDecimals(creditNanos, provider))
      throw new Fault("invalid_parameter", { param: "amount" });
    const createdAt = this.store.now();
    const made = await store.addOrder(this.store, {
      id: uuidv7(createdAt).replaceAll("-", ""),
      accountId: wish.accountId,
      kind: planId === null ? "top_up" : "plan",
      provider: provider.id,
      method: wish.method,
      payMinor: minorFor(creditNanos, provider.currency, rateNanos(provider)),
      payCurrency: provider.currency,
      rate: provider.rate,
      creditNanos,
      planId,
      title: wish.title,
      origin: wish.origin,
      language: wish.language,
      formId: wish.formId,
      livemode: provider.livemode,
      createdAt,
      expiresAt: createdAt + provider.windowMs,
    });
    const isSame =
      made?.provider === provider.id &&
      made.method === wish.method &&
      made.planId === planId &&
      made.creditNanos === creditNanos;
    if (made !== undefined && !isSame) throw new Fault("conflict");
    return made;
  }

  /**
   * Where the payer goes. The same order leads to the same place.
   * @returns undefined when the service was asked for it a moment ago, and did not answer
   * @throws ProviderError
   */
  async checkout(order: Order): Promise<Checkout | undefined> {
    const { checkoutUrl, providerRef } = order;
    if (order.state !== "created" || this.store.now() >= order.expiresAt) return { kind: "over" };
    if (checkoutUrl !== null) return { kind: "link", url: checkoutUrl, ref: providerRef ?? "" };
    const provider = this.provider(order.provider);
    if (provider.isAskedForCheckout && !(await store.mayAsk(this.store, order))) return undefined;
    const checkout = await provider.checkout(order);
    if (checkout.kind !== "over")
      await store.markLed(this.store, order, checkout.kind === "link" ? checkout : undefined);
    return checkout;
  }

  /**
   * Asks the service how the order stands, and does all that follows: credits it, buys its plan, finds what was given back.
   * @returns the order as it is then, and what the service said
   * @throws ProviderError; what it would have said has changed nothing then
   */
  async look(order: Order): Promise<{ readonly order: Order; readonly report: Report }> {
    if (!isOpen(order)) await resumeRefunds(this, order);
    const report = await this.provider(order.provider).ask(order);
    if (isOpen(order)) await this.#settle(order, report);
    else await bookRefunds(this, order, report);
    const now = await readOrder(this.store, order.id);
    if (now.planStep !== "due") return { order: now, report };
    await this.#buyPlan(now);
    return { order: await readOrder(this.store, order.id), report };
  }

  /** @param report what the service said when it was asked, never what a callback says */
  async #settle(order: Order, report: Report): Promise<void> {
    const judgement = judge(order, report, this.store.now());
    switch (judgement.kind) {
      case "wait":
        if (order.state === "paid") await store.markUnpaid(this.store, order, "created");
        return;
      case "expire":
        return store.markUnpaid(this.store, order, "expired");
      case "review":
        return this.review(order, judgement.note);
      case "credit": {
        const isOurs = await store.credit(this.store, order, report);
        if (!isOurs) return this.review(order, "the payment paid another order");
        const wasLate = order.state === "expired";
        log("info", "payment_credited", {
          order: order.id,
          account: order.accountId,
          provider: order.provider,
          wasLate,
        });
      }
    }
  }

  /** A person has to look: money came, and not as ordered. It credits nothing. */
  async review(order: Order, note: string): Promise<void> {
    await store.markForReview(this.store, order, note);
    log("error", "payment_mismatch", { order: order.id, account: order.accountId, provider: order.provider, note });
  }

  /** The second step. The money is in the balance already, so nothing is lost when it fails. */
  async #buyPlan(order: Order): Promise<void> {
    const { accountId, planId, creditNanos, id } = order;
    if (planId === null) return;
    try {
      const entry = { accountId, planId, id: `plan:${id}`, actor: order.provider, nowMs: this.store.now() };
      await purchasePlan(this.store.d1, { ...entry, mostNanos: creditNanos });
      await store.endPlanStep(this.store, order, "bought");
    } catch (error) {
      if (!(error instanceof Fault) || error.row.status >= 500) throw error;
      // A request may hold the money for a while: the job comes again. A plan that is gone stays gone.
      if (error.kind === "insufficient_balance" && !store.isPlanLate(this.store, order)) return;
      await store.endPlanStep(this.store, order, "not_bought");
      log("warn", "payment_plan_not_bought", { order: id, account: accountId, plan: planId });
    }
  }
}

/** @throws Fault `resource_not_found`, also for a plan that is withdrawn or free */
export async function planForSale(accounts: AccountStore, planId: string): Promise<Plan> {
  const plan = await readPlan(accounts, planId);
  if (plan.disabled || plan.priceNanos === 0) throw new Fault("resource_not_found", { param: "plan" });
  return plan;
}

/** Whether the service may still say that it is paid. */
export function isOpen({ state }: Order): boolean {
  return state !== "credited" && state !== "refunded";
}

function rateNanos({ rate }: Provider): number {
  return rate === null ? NANOS_PER_UNIT : (parseNanos(rate) ?? NANOS_PER_UNIT);
}

/** Where both currencies are the same, an amount without a coin would be paid and not be credited in full, or the reverse. */
function hasDecimals(nanos: number, { currency, rate }: Provider): boolean {
  return rate !== null || nanos % 10 ** (9 - decimalsOf(currency)) === 0;
}
