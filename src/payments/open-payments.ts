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
  const { epay } = paymentOptions(services.settings);
  const stripe = await openStripe(services);
  const providers: Provider[] = [
    ...(stripe === undefined ? [] : [stripe]),
    ...(epay === undefined ? [] : [new Epay(epay, services.relay.fetch, services.now)]),
  ];
  return new Payments(services, providers);
}

/** undefined where Stripe is not set up. */
export async function openStripe({ settings, relay }: PaymentServices): Promise<StripeProvider | undefined> {
  const { stripe } = paymentOptions(settings);
  if (stripe === undefined) return undefined;
  const module = await import("./stripe/stripe.ts");
  return new module.StripeProvider(stripe, relay.fetch);
}

/** `POST /pay/stripe/webhook`. @returns undefined where Stripe is not set up */
export async function answerStripe(
  services: PaymentServices,
  sent: { readonly text: string; readonly signature: string },
): Promise<Response | undefined> {
  const { stripe: options } = paymentOptions(services.settings);
  const stripe = await openStripe(services);
  if (options === undefined || stripe === undefined) return undefined;
  const { stripeWebhook } = await import("./stripe/stripe-webhook.ts");
  return stripeWebhook({ payments: await openPayments(services), stripe }, options, sent);
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
