/** Stripe's API as far as the gateway uses it, on a loopback port. It insists on the version and on keys against repetition. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Stripe } from "stripe";

const VERSION = "2026-10-28.endive";
export const STRIPE_KEY = "sk_live_fake";
export const STRIPE_WEBHOOK_SECRET = "whsec_of_a_test";

type Row = Record<string, unknown> & { id: string };

interface Refusal {
  readonly status: number;
  readonly error: { readonly type: string; readonly message: string };
}

export class FakeStripe {
  readonly sessions = new Map<string, Row>();
  readonly intents = new Map<string, Row>();
  readonly refunds: Row[] = [];
  readonly disputes = new Map<string, Row>();
  readonly events: Row[] = [];
  /** Requests so far: `POST /v1/checkout/sessions`. */
  readonly asked: string[] = [];
  /** Answers 500 to everything while it is set. */
  isAway = false;
  /** What a new refund becomes. */
  refundStatus = "succeeded";
  readonly #answered = new Map<string, unknown>();
  readonly #server: Server;
  #count = 0;
  url = "";

  constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => {
        const { method = "GET", url = "/", headers } = request;
        if (url === "/favicon.ico") {
          response.writeHead(204).end();
          return;
        }
        const [, paid] = /^\/pay\/(cs_\w+)(?:\?|$)/.exec(url) ?? [];
        if (paid !== undefined) {
          response.writeHead(200, { "content-type": "text/html" });
          response.end(this.#page(paid, method === "POST"));
          return;
        }
        const answer = this.#serve({ method, url: new URL(url, "http://localhost"), headers, body });
        const isRefused = isRefusal(answer);
        response.writeHead(isRefused ? answer.status : 200, {
          "content-type": "application/json",
          "request-id": "req_1",
        });
        response.end(JSON.stringify(isRefused ? { error: answer.error } : answer));
      });
    });
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The session of an order. */
  sessionOf(orderId: string): Row {
    const found = [...this.sessions.values()].find((session) => session["client_reference_id"] === orderId);
    if (found === undefined) throw new Error(`no session of ${orderId}`);
    return found;
  }

  /** The payer has paid. */
  pay(orderId: string, change: Record<string, unknown> = {}): Row {
    const session = this.sessionOf(orderId);
    const intent = this.#id("pi");
    const amount = session["amount_total"];
    this.intents.set(intent, {
      id: intent,
      latest_charge: { id: this.#id("ch"), amount, amount_refunded: 0, disputed: false },
    });
    Object.assign(session, { status: "complete", payment_status: "paid", payment_intent: intent, ...change });
    return session;
  }

  /** Somebody gives a part back in the dashboard. */
  giveBack(intent: string, amount: number): Row {
    const charge = this.charge(intent);
    charge["amount_refunded"] = Number(charge["amount_refunded"]) + amount;
    const refund = { id: this.#id("re"), amount, status: "succeeded", payment_intent: intent, metadata: {} };
    this.refunds.unshift(refund);
    return refund;
  }

  /** The payer's bank does not take a refund after all. */
  failRefund(refund: Row): void {
    refund["status"] = "failed";
    const charge = this.charge(String(refund["payment_intent"]));
    charge["amount_refunded"] = Number(charge["amount_refunded"]) - Number(refund["amount"]);
  }

  charge(intent: string): Record<string, unknown> {
    return this.intents.get(intent)?.["latest_charge"] as Record<string, unknown>;
  }

  event(type: string, object: unknown): Row {
    const event = {
      id: this.#id("evt"),
      object: "event",
      type,
      created: Math.floor(Date.now() / 1000),
      data: { object },
    };
    this.events.unshift(event);
    return event;
  }

  /** A body and its signature, as Stripe sends them. */
  async signed(event: object, secret = STRIPE_WEBHOOK_SECRET, timestamp = Math.floor(Date.now() / 1000)) {
    const payload = JSON.stringify(event);
    const header = await Stripe.webhooks.generateTestHeaderStringAsync({ payload, secret, timestamp });
    return { payload, header };
  }

  #id(prefix: string): string {
    return `${prefix}_${String(++this.#count).padStart(6, "0")}`;
  }

  /** The page on which people pay. */
  #page(id: string, isPaid: boolean): string {
    const session = this.sessions.get(id);
    if (session === undefined) return "no such session";
    if (!isPaid) return `<h1>Checkout</h1><form method="post"><button>Pay</button></form>`;
    this.pay(String(session["client_reference_id"]));
    return `<h1>Thank you</h1><a href="${String(session["success_url"])}">Back to the shop</a>`;
  }

  #serve(request: { method: string; url: URL; headers: IncomingHttpHeaders; body: string }): unknown {
    const { method, url, headers, body } = request;
    this.asked.push(`${method} ${url.pathname}`);
    if (this.isAway) return refusal(500, "api_error", "away");
    if (headers.authorization !== `Bearer ${STRIPE_KEY}`) return refusal(401, "authentication_error", "wrong key");
    if (headers["stripe-version"] !== VERSION) return refusal(400, "invalid_request_error", "wrong version");
    const key = headers["idempotency-key"];
    if (method === "POST" && typeof key !== "string") return refusal(400, "invalid_request_error", "no key");
    const known = typeof key === "string" ? this.#answered.get(key) : undefined;
    if (known !== undefined) return known;
    const answer = this.#answer(method, url, new URLSearchParams(body));
    if (typeof key === "string" && !isRefusal(answer)) this.#answered.set(key, answer);
    return answer;
  }

  #answer(method: string, { pathname, searchParams }: URL, sent: URLSearchParams): unknown {
    const [, , first = "", second, third] = pathname.split("/");
    if (method === "POST" && pathname === "/v1/checkout/sessions") return this.#newSession(sent);
    if (pathname.startsWith("/v1/checkout/sessions/")) return this.#shown(this.sessions.get(third ?? ""));
    if (method === "POST" && pathname === "/v1/refunds") return this.#newRefund(sent);
    if (pathname === "/v1/refunds")
      return list(this.refunds.filter((refund) => refund["payment_intent"] === searchParams.get("payment_intent")));
    if (first === "refunds") return this.refunds.find(({ id }) => id === second) ?? missing();
    if (first === "disputes") return this.disputes.get(second ?? "") ?? missing();
    if (pathname === "/v1/events") return list(this.events);
    return missing();
  }

  #newSession(sent: URLSearchParams): Row | Refusal {
    const minutes = (Number(sent.get("expires_at")) - Date.now() / 1000) / 60;
    if (minutes < 30 || minutes > 24 * 60) return refusal(400, "invalid_request_error", "expires_at is out of range");
    const id = this.#id("cs_test");
    const session = {
      id,
      object: "checkout.session",
      mode: sent.get("mode"),
      status: "open",
      payment_status: "unpaid",
      client_reference_id: sent.get("client_reference_id"),
      metadata: { order_id: sent.get("metadata[order_id]") },
      amount_total: Number(sent.get("line_items[0][price_data][unit_amount]")),
      currency: sent.get("line_items[0][price_data][currency]"),
      expires_at: Number(sent.get("expires_at")),
      success_url: sent.get("success_url"),
      livemode: true,
      payment_intent: null,
      total_details: { amount_discount: 0 },
      url: `${this.url}/pay/${id}`,
    };
    this.sessions.set(id, session);
    return session;
  }

  /** The intent is expanded, as it was asked for. */
  #shown(session: Row | undefined): unknown {
    if (session === undefined) return missing();
    const intent = session["payment_intent"];
    return typeof intent === "string" ? { ...session, payment_intent: this.intents.get(intent) } : session;
  }

  #newRefund(sent: URLSearchParams): unknown {
    const intent = sent.get("payment_intent") ?? "";
    const amount = Number(sent.get("amount"));
    const charge = this.charge(intent);
    if (Number(charge["amount_refunded"]) + amount > Number(charge["amount"])) {
      return refusal(400, "invalid_request_error", "more than was charged");
    }
    if (this.refundStatus !== "failed") charge["amount_refunded"] = Number(charge["amount_refunded"]) + amount;
    const metadata = { refund_id: sent.get("metadata[refund_id]") };
    const refund = {
      id: this.#id("re"),
      object: "refund",
      amount,
      status: this.refundStatus,
      payment_intent: intent,
      metadata,
    };
    this.refunds.unshift(refund);
    return refund;
  }
}

function list(data: readonly unknown[]) {
  return { object: "list", data, has_more: false, url: "/v1/list" };
}

function refusal(status: number, type: string, message: string): Refusal {
  return { status, error: { type, message } };
}

function missing(): Refusal {
  return refusal(404, "invalid_request_error", "no such object");
}

function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === "object" && answer !== null && "error" in answer;
}
