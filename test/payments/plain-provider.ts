/** A payment service in memory, which may be away, and may lose its answers. */
import {
  ProviderError,
  type Checkout,
  type Order,
  type Provider,
  type RefundRequest,
  type RefundState,
  type Report,
} from "../../src/payments/payment-provider.ts";

export class PlainProvider implements Provider {
  readonly id = "epay";
  readonly livemode = true;
  readonly methods = ["alipay"];
  readonly currency = "cny";
  rate: string | null = null;
  readonly isAskedForCheckout = false;
  readonly windowMs = 86_400_000;
  paidMinor: number | undefined;
  refundedMinor = 0;
  isAway = false;
  /** It gives nothing back. */
  refusesRefunds = false;
  /** It does what it is asked, and nobody hears of it. */
  losesAnswers = false;
  readonly #given = new Set<string>();

  async checkout(): Promise<Checkout> {
    return { kind: "form", action: "https://pay.example.com/", fields: {} };
  }

  async ask({ id, payMinor }: Order): Promise<Report> {
    await this.#hop();
    return {
      state: this.paidMinor === undefined ? "unpaid" : "paid",
      orderId: id,
      ref: `trade-${id}`,
      payment: this.paidMinor === undefined ? null : `payment-${id}`,
      minor: this.paidMinor ?? payMinor,
      currency: "cny",
      livemode: true,
      refundedMinor: this.refundedMinor,
      oddities: [],
      words: "",
    };
  }

  async refund(_: Order, { refund }: RefundRequest): Promise<RefundState> {
    if (this.isAway) throw new ProviderError("away");
    if (!this.#given.has(refund.id)) {
      if (this.refusesRefunds || this.refundedMinor + refund.minor > (this.paidMinor ?? 0)) return "failed";
      this.#given.add(refund.id);
      this.refundedMinor += refund.minor;
    }
    await this.#hop();
    return "done";
  }

  /** In the service's own pages. */
  giveBack(minor: number): void {
    if (this.refundedMinor + minor <= (this.paidMinor ?? 0)) this.refundedMinor += minor;
  }

  async #hop(): Promise<void> {
    await Promise.resolve();
    if (this.isAway || this.losesAnswers) throw new ProviderError("no answer");
  }
}
