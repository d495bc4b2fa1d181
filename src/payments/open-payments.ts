/**
 * Payments. Hot code never loads this folder: pages, operators' endpoints and the job import it when they need it, and Stripe's
 * library only comes where Stripe is set up.
 */
import type { AccountStore } from "../accounts/store.ts";
import { Epay } from "./epay/epay.ts";
import { paymentOptions, type PaymentVariables } from "./options.ts";
import { Payments } from "./payments.ts";
import type { Fetch, Provider } from "./payment-provider.ts";
import type { StripeProvider } from "./stripe/stripe.ts";

/** The Worker's `Services` is one. */
export interface PaymentServices extends AccountStore {
  readonly settings: PaymentVariables;
  readonly relay: { readonly fetch: Fetch };
}

export async function openPayments(services: PaymentServices): Promise<Payments> {
  return (await openStripe(services))?.payments ?? new Payments(services, epayOf(services));
}

export interface StripePayments {
  readonly payments: Payments;
  readonly stripe: StripeProvider;
}

/** undefined where Stripe is not set up. */
export async function openStripe(services: PaymentServices): Promise<StripePayments | undefined> {
  const { stripe: options } = paymentOptions(services.settings);
  if (options === undefined) return undefined;
  const module = await import("./stripe/stripe.ts");
  const stripe = new module.StripeProvider(options, services.relay.fetch);
  return { stripe, payments: new Payments(services, [stripe, ...epayOf(services)]) };
}

function epayOf({ settings, relay, now }: PaymentServices): readonly Provider[] {
  const { epay } = paymentOptions(settings);
  return epay === undefined ? [] : [new Epay(epay, relay.fetch, now)];
}

/** `POST /pay/stripe/webhook`. @returns undefined where Stripe is not set up */
export async function answerStripe(
  services: PaymentServices,
  sent: { readonly text: string; readonly signature: string },
): Promise<Response | undefined> {
  const opened = await openStripe(services);
  if (opened === undefined) return undefined;
  const { stripeWebhook } = await import("./stripe/stripe-webhook.ts");
  return stripeWebhook(opened, sent);
}

/** `/pay/epay/notify/{order}`. @returns undefined where Epay is not set up */
export async function answerEpay(
  services: PaymentServices,
  sent: { readonly orderId: string; readonly sent: URLSearchParams },
): Promise<Response | undefined> {
  const { epay } = paymentOptions(services.settings);
  if (epay === undefined) return undefined;
  const { epayNotify } = await import("./epay/epay-notify.ts");
  return epayNotify(await openPayments(services), epay, sent);
}
