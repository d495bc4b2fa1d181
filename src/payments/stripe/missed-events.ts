/** The events that Stripe could not deliver: it keeps them for 30 days, and is asked for those of the last week. */
import type { Stripe } from "stripe";
import { log } from "../../core/log.ts";
import { openStripe, type PaymentServices, type StripePayments } from "../open-payments.ts";
import { ProviderError } from "../payment-provider.ts";
import { stripeSays } from "./stripe.ts";
import { EVENT_TYPES, handleEvent } from "./stripe-events.ts";

const LOOK_BACK_S = 7 * 86_400;
const EVENTS = 10;
/** Of D1 for one page of events, at most. */
export const MISSED_EVENTS_QUERIES = EVENTS * 12;

/** The end of a page that nobody paid is found by the job, and there are many. */
const TYPES = EVENT_TYPES.filter((type) => type !== "checkout.session.expired");

/**
 * One page of events. Those that were handled cost one query.
 * @param cursor what the page before returned; "" = the first page
 * @returns where to go on; undefined = there are no more, or Stripe does not answer: the next round looks back far enough
 */
export async function handleMissedEvents(services: PaymentServices, cursor: string): Promise<string | undefined> {
  const opened = await openStripe(services);
  if (opened === undefined) return undefined;
  try {
    const { data, has_more: hasMore } = await stripeSays(async () =>
      opened.stripe.api.events.list({
        types: TYPES,
        created: { gte: Math.floor(services.now() / 1000) - LOOK_BACK_S },
        limit: EVENTS,
        ...(cursor === "" ? {} : { starting_after: cursor }),
      }),
    );
    for (const event of data) await handleUnlessStripeFails(opened, event);
    return hasMore ? data.at(-1)?.id : undefined;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log("warn", "payment_service_away", { reason: error.message });
    return undefined;
  }
}

/** An event of which Stripe does not say enough holds nothing up: it is looked at again the next day, for a week. */
async function handleUnlessStripeFails(opened: StripePayments, event: Stripe.Event): Promise<void> {
  try {
    await handleEvent(opened, event);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log("warn", "payment_event_failed", { event: event.id, type: event.type, reason: error.message });
  }
}
