/** `POST /pay/stripe/webhook`. Stripe comes again, for days, until the answer is 200. */
import { Stripe } from "stripe";
import { log } from "../../core/log.ts";
import { ProviderError } from "../payment-provider.ts";
import type { StripePayments } from "../open-payments.ts";
import { handleEvent } from "./stripe-events.ts";
import type { StripeProvider } from "./stripe.ts";

/** How old a signature may be. */
const TOLERANCE_S = 300;

/** @param text the body as it came: the signature is over its bytes */
export async function stripeWebhook(
  opened: StripePayments,
  sent: { readonly text: string; readonly signature: string },
): Promise<Response> {
  const event = await signedEvent(opened.stripe, sent);
  if (event === undefined) {
    log("warn", "payment_notice_refused", { provider: "stripe", reason: "wrong signature" });
    return new Response("the signature is wrong", { status: 400 });
  }
  try {
    await handleEvent(opened, event);
  } catch (error) {
    const reason = error instanceof ProviderError ? error.message : "the event could not be stored";
    log("error", "payment_event_failed", { event: event.id, type: event.type, reason });
    return new Response("try again", { status: 500 });
  }
  return new Response("ok");
}

async function signedEvent(
  { api, webhookSecrets }: StripeProvider,
  { text, signature }: { readonly text: string; readonly signature: string },
): Promise<Stripe.Event | undefined> {
  const crypto = Stripe.createSubtleCryptoProvider();
  for (const secret of webhookSecrets) {
    try {
      return await api.webhooks.constructEventAsync(text, signature, secret, TOLERANCE_S, crypto);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) return undefined;
    }
  }
  return undefined;
}
