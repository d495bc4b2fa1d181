/** What every payment service can do. A service is asked, never believed: its callbacks only say which order to ask about. */
import type { orderRefunds, PAYMENT_PROVIDERS } from "../../schema/index.ts";
import type { Order } from "../accounts/orders.ts";

export type { Order } from "../accounts/orders.ts";
export type OrderRefund = typeof orderRefunds.$inferSelect;
export type ProviderId = (typeof PAYMENT_PROVIDERS)[number];

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a service says about one order when it is asked. */
export interface Report {
  /** `over` = it takes no payment any more. */
  readonly state: "unpaid" | "paid" | "over";
  /** The order that the service means. */
  readonly orderId: string;
  /** As in `orders`; null = the service has none yet. */
  readonly ref: string | null;
  readonly payment: string | null;
  /** null = it names none, because nothing was paid. */
  readonly minor: number | null;
  /** ISO 4217, lower case. */
  readonly currency: string;
  readonly livemode: boolean;
  /** What it has given back, of what is paid; null = something, and it does not say how much. */
  readonly refundedMinor: number | null;
  /** Each refund by itself, where the service tells them apart. */
  readonly refunds?: readonly GivenRefund[];
  /** What differs from every order that was made here, such as a discount. Empty = nothing. */
  readonly oddities: readonly string[];
  /** The service's own words, for the operator. */
  readonly words: string;
}

export interface GivenRefund {
  /** The service's own id. */
  readonly ref: string;
  /** The row of `order_refunds` for which it was asked; null = it was given at the service. */
  readonly id: string | null;
  readonly minor: number;
  readonly state: RefundState;
}

/** Where the payer goes: an address, or a form that their browser sends. */
export type Checkout =
  | { readonly kind: "link"; readonly url: string; readonly ref: string }
  | { readonly kind: "form"; readonly action: string; readonly fields: Readonly<Record<string, string>> }
  /** It takes no payment for this order any more. */
  | { readonly kind: "over" };

/** How a refund stands at the service. `asked` = it may still be given. */
export type RefundState = "asked" | "done" | "failed";

export interface RefundRequest {
  readonly refund: OrderRefund;
  /** Whether something else of this order was given back before. */
  readonly isFirst: boolean;
  /** It was asked for before, and nobody knows what came of it. */
  readonly isRepeat: boolean;
}

export interface Provider {
  readonly id: ProviderId;
  /** Real money. */
  readonly livemode: boolean;
  /** What payers choose from. */
  readonly methods: readonly string[];
  /** In which it takes payments; ISO 4217, lower case. */
  readonly currency: string;
  /** Units of that currency for one of the site's, as a decimal; null = they are the same. */
  readonly rate: string | null;
  /** How long it takes a payment after the order was made. */
  readonly windowMs: number;
  /** Whether {@link checkout} calls the service. */
  readonly isAskedForCheckout: boolean;
  /** @throws ProviderError */
  readonly checkout: (order: Order) => Promise<Checkout>;
  /** @throws ProviderError */
  readonly ask: (order: Order) => Promise<Report>;
  /**
   * Gives back a part of a payment; once for the id of the refund, however often it is called.
   * @throws ProviderError when it is not known whether it did
   */
  readonly refund: (order: Order, request: RefundRequest) => Promise<RefundState>;
}

/** A service did not answer, or not as it should. Its message holds no secret. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
}
