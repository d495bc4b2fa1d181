/**
 * Epay (易支付): the payer's browser sends a signed form to the platform; the platform calls back, and is asked.
 *
 * @see https://github.com/zxh1220/epay `mapi.php`, `api.php`, `includes/lib/api/Pay.php`
 */
import { formatMinor, parseMinor } from "../currency.ts";
import type { EpayOptions } from "../options.ts";
import {
  type Checkout,
  type Fetch,
  type Order,
  type Provider,
  type RefundRequest,
  type RefundState,
  type Report,
} from "../payment-provider.ts";
import { EpayCalls, type Answer } from "./epay-calls.ts";
import { signed } from "./epay-sign.ts";

const EPAY_CURRENCY = "cny";
/** The platform forgets orders that were not paid for a day. */
const WINDOW_MS = 24 * 3_600_000;
/** The platform takes 127 bytes; Chinese signs take 3. */
const MAX_TITLE = 40;
/** What `status` means: the payment was made; of a payment that was made, all or a part was given back. */
const PAID = "1";
const GIVEN_BACK = "2";

export class Epay implements Provider {
  readonly id = "epay";
  readonly livemode = true;
  readonly currency = EPAY_CURRENCY;
  readonly windowMs = WINDOW_MS;
  readonly isAskedForCheckout = false;
  readonly methods: readonly string[];
  readonly rate: string | null;
  readonly #options: EpayOptions;
  readonly #calls: EpayCalls;
  readonly #now: () => number;

  constructor(options: EpayOptions, fetch: Fetch, now: () => number) {
    this.methods = options.methods;
    this.rate = options.rate;
    this.#options = options;
    this.#calls = new EpayCalls(options, fetch, now);
    this.#now = now;
  }

  async checkout(order: Order): Promise<Checkout> {
    const { url, pid, keys } = this.#options;
    const isSecond = keys.type === "RSA";
    const fields = await signed(
      {
        pid,
        type: order.method,
        out_trade_no: order.id,
        // Without a query: the platform adds one, and signs all of it.
        notify_url: `${order.origin}/pay/epay/notify/${order.id}`,
        return_url: `${order.origin}/app/billing/orders/${order.id}`,
        name: order.title.slice(0, MAX_TITLE),
        money: formatMinor(order.payMinor, EPAY_CURRENCY),
        ...(isSecond ? { timestamp: String(Math.floor(this.#now() / 1000)) } : {}),
      },
      keys,
    );
    return { kind: "form", action: url + (isSecond ? "api/pay/submit" : "submit.php"), fields };
  }

  async ask(order: Order): Promise<Report> {
    return this.#report(await this.#calls.call("order", { out_trade_no: order.id }));
  }

  /** Version 2 gives back once for an id. Version 1 knows no id: before a second try it is asked what came of the first. */
  async refund(order: Order, { refund, isFirst, isRepeat }: RefundRequest): Promise<RefundState> {
    const wanted = { out_trade_no: order.id, money: formatMinor(refund.minor, EPAY_CURRENCY) };
    if (this.#options.keys.type === "RSA") {
      const { ok } = await this.#calls.call("refund", { ...wanted, out_refund_no: refund.id.replaceAll(":", "-") });
      return ok ? "done" : "failed";
    }
    if (isRepeat) {
      const { ok, fields } = await this.#calls.call("order", { out_trade_no: order.id });
      // Any refund, also of a part, changes the status.
      if (ok && fields["status"] === GIVEN_BACK) return isFirst ? "done" : "asked";
      if (!ok || fields["status"] !== PAID) return "asked";
    }
    return (await this.#calls.call("refund", wanted)).ok ? "done" : "failed";
  }

  /** A platform that does not know an order answers as for a mistake: nobody has paid it. */
  #report({ ok, fields, words }: Answer): Report {
    const { status } = fields;
    const isPaid = ok && (status === PAID || status === GIVEN_BACK);
    const minor = parseMinor(fields["money"] ?? "", EPAY_CURRENCY) ?? null;
    return {
      state: isPaid ? "paid" : "unpaid",
      orderId: fields["out_trade_no"] ?? "",
      ref: fields["trade_no"] ?? null,
      payment: fields["api_trade_no"] === "" ? null : (fields["api_trade_no"] ?? null),
      minor,
      currency: EPAY_CURRENCY,
      livemode: true,
      refundedMinor: isPaid ? givenBack(fields) : 0,
      oddities: isPaid && fields["pid"] !== this.#options.pid ? [`merchant: ${fields["pid"] ?? "none"}`] : [],
      words,
    };
  }
}

/** Version 1 says that something was given back, and not how much. */
function givenBack({ refundmoney: said = "", status }: Answer["fields"]): number | null {
  if (said !== "") return parseMinor(said, EPAY_CURRENCY) ?? null;
  return status === GIVEN_BACK ? null : 0;
}
