/**
 * Stripe Checkout: the payer goes to a page of Stripe, and Stripe is asked what came of it.
 *
 * @see https://docs.stripe.com/checkout/fulfillment
 */
import { Stripe } from "stripe";
import type { StripeOptions } from "../options.ts";
import {
  ProviderError,
  type Checkout,
  type Fetch,
  type GivenRefund,
  type Order,
  type Provider,
  type RefundRequest,
  type RefundState,
  type Report,
} from "../payment-provider.ts";

/** Stripe allows 30 minutes to 24 hours, counted from when it gets the request, which may come late or twice. */
const WINDOW_MS = 2 * 3_600_000;
const CALL_MS = 20_000;

export class StripeProvider implements Provider {
  readonly id = "stripe";
  /** People choose on Stripe's page: cards, Alipay, WeChat Pay and others are methods of one session. */
  readonly methods = ["card"];
  readonly rate = null;
  readonly windowMs = WINDOW_MS;
  readonly isAskedForCheckout = true;
  readonly livemode: boolean;
  readonly currency: string;
  readonly api: Stripe;
  readonly webhookSecrets: readonly string[];

  constructor({ secretKey, webhookSecrets, currency, apiUrl, livemode }: StripeOptions, fetch: Fetch) {
    const { protocol, hostname, port } = new URL(apiUrl);
    this.livemode = livemode;
    this.webhookSecrets = webhookSecrets;
    this.currency = currency;
    this.api = new Stripe(secretKey, {
      // It gives each address as a text.
      httpClient: Stripe.createFetchHttpClient(async (url, init) => fetch(url as string, init ?? {})),
      maxNetworkRetries: 2,
      timeout: CALL_MS,
      telemetry: false,
      host: hostname,
      protocol: protocol === "http:" ? "http" : "https",
      ...(port === "" ? {} : { port }),
    });
  }

  async checkout(order: Order): Promise<Checkout> {
    const session = await stripeSays(async () => this.#create(order));
    if (session.status !== "open" || session.url === null) return { kind: "over" };
    return { kind: "link", url: session.url, ref: session.id };
  }

  /** Sent again with the same key, it is the same session: an answer that was lost comes again. */
  async #create(order: Order): Promise<Stripe.Checkout.Session> {
    const backTo = `${order.origin}/app/billing/orders/${order.id}`;
    const metadata = { order_id: order.id };
    return this.api.checkout.sessions.create(
      {
        mode: "payment",
        client_reference_id: order.id,
        metadata,
        payment_intent_data: { metadata },
        line_items: [
          {
            quantity: 1,
            price_data: {
              currency: order.payCurrency,
              unit_amount: order.payMinor,
              product_data: { name: order.title },
            },
          },
        ],
        adaptive_pricing: { enabled: false },
        allow_promotion_codes: false,
        locale: order.language === "zh" ? "zh" : "en",
        expires_at: Math.floor(order.expiresAt / 1000),
        success_url: backTo,
        cancel_url: backTo,
      },
      { idempotencyKey: order.id },
    );
  }

  async ask(order: Order): Promise<Report> {
    const ref = order.providerRef;
    // Nobody can have paid a page that nobody was led to.
    if (ref === null) return nothing(order);
    const session = await stripeSays(async () =>
      this.api.checkout.sessions.retrieve(ref, { expand: ["payment_intent.latest_charge"] }),
    );
    const { metadata, client_reference_id: reference, payment_intent: intent } = session;
    const isPaid = session.status === "complete" && session.payment_status === "paid";
    const charge = isObject(intent) && isObject(intent.latest_charge) ? intent.latest_charge : null;
    const payment = isObject(intent) ? intent.id : intent;
    return {
      state: isPaid ? "paid" : session.status === "expired" ? "over" : "unpaid",
      orderId: reference ?? "",
      ref: session.id,
      payment,
      minor: session.amount_total,
      currency: session.currency ?? "",
      livemode: session.livemode,
      refundedMinor: charge?.amount_refunded ?? 0,
      // Those of a credit. A refund that has failed is in no sum.
      refunds: order.creditedAt === null || payment === null ? [] : await this.#refundsOf(payment),
      oddities: [
        ...(session.mode === "payment" ? [] : [`mode: ${session.mode}`]),
        ...(metadata?.["order_id"] === reference ? [] : [`order in metadata: ${metadata?.["order_id"] ?? "none"}`]),
        ...((session.total_details?.amount_discount ?? 0) === 0 ? [] : ["discount"]),
        ...(charge?.disputed === true ? ["disputed"] : []),
      ],
      words: [session.status, session.payment_status].filter((word) => word !== null).join(", "),
    };
  }

  async #refundsOf(payment: string): Promise<readonly GivenRefund[]> {
    const { data } = await stripeSays(async () => this.api.refunds.list({ payment_intent: payment, limit: 100 }));
    return data.map(({ id, metadata, amount, status }) => ({
      ref: id,
      id: metadata?.["refund_id"] ?? null,
      minor: amount,
      state: refundState(status),
    }));
  }

  /** Stripe remembers a key for a day. Later, the refund itself says whose it is. */
  async refund(order: Order, { refund, isRepeat }: RefundRequest): Promise<RefundState> {
    const payment = order.providerPayment;
    if (payment === null) return "failed";
    const known = isRepeat ? await this.#refundsOf(payment) : [];
    const same = known.find(({ id }) => id === refund.id);
    if (same !== undefined) return same.state;
    try {
      const { status } = await this.api.refunds.create(
        { payment_intent: payment, amount: refund.minor, metadata: { refund_id: refund.id } },
        { idempotencyKey: refund.id },
      );
      return refundState(status);
    } catch (error) {
      // What Stripe refuses, it has not done; but the keys of another shop know nothing of this payment.
      const isRefused = error instanceof Stripe.errors.StripeInvalidRequestError && error.code !== "resource_missing";
      if (isRefused) return "failed";
      throw asProviderError(error);
    }
  }
}

function refundState(status: string | null): RefundState {
  if (status === "succeeded") return "done";
  return status === "failed" || status === "canceled" ? "failed" : "asked";
}

/** @throws ProviderError for each failure, without Stripe's words: they may name keys */
export async function stripeSays<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    throw asProviderError(error);
  }
}

function asProviderError(error: unknown): ProviderError {
  const what = error instanceof Stripe.errors.StripeError ? `${error.type} ${error.statusCode ?? ""}` : "no answer";
  return new ProviderError(`Stripe: ${what.trim()}`);
}

/** What was asked to be expanded comes whole. */
function isObject<Whole extends object>(value: string | Whole | null): value is Whole {
  return typeof value === "object" && value !== null;
}

function nothing(order: Order): Report {
  return {
    state: "unpaid",
    orderId: order.id,
    ref: null,
    payment: null,
    minor: null,
    currency: order.payCurrency,
    livemode: order.livemode,
    refundedMinor: 0,
    oddities: [],
    words: "no session",
  };
}
