/**
 * A payment platform of the kind Epay (易支付), with its habits: for `npm run dev`, where its page has a button in place of a
 * wallet, and for tests. It signs with Node's own cryptography, so that it shares no code with the gateway.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface MockEpayOptions {
  readonly pid: string;
  /** Version 1: the key that both sides know. */
  readonly key?: string;
  /** Version 2: the platform's private key (PKCS#8) and the merchant's public one (SPKI), in base64. */
  readonly rsa?: { readonly privateKey: string; readonly merchantKey: string };
}

export interface MockOrder {
  readonly trade_no: string;
  readonly out_trade_no: string;
  readonly type: string;
  readonly notify_url: string;
  readonly return_url: string;
  /** In fen. Tests change it, as a cheat would. */
  fen: number;
  /** 0 = not paid, 1 = paid, 2 = paid, and all or a part of it given back. */
  status: 0 | 1 | 2;
  refundedFen: number;
}

type Fields = Readonly<Record<string, string>>;

export class MockEpay {
  readonly orders = new Map<string, MockOrder>();
  /** The ids of refunds that were given: version 2 gives each once. */
  readonly refundIds = new Set<string>();
  /** Answers 503 to everything while it is set. */
  isAway = false;
  /** Does what it is asked, and answers 503 all the same. */
  losesAnswers = false;
  readonly #options: MockEpayOptions;
  readonly #server: Server;
  #count = 0;

  constructor(options: MockEpayOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
  }

  async start(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  order(id: string): MockOrder {
    const order = this.orders.get(id);
    if (order === undefined) throw new Error(`the platform knows no order ${id}`);
    return order;
  }

  /** The payer has paid. @returns what the gateway answered to the callback */
  async pay(id: string): Promise<string> {
    this.order(id).status = 1;
    return this.notify(id);
  }

  /** The parameters of a callback, with `change` before they are signed. */
  notice(id: string, change: Fields = {}): URLSearchParams {
    const { trade_no, out_trade_no, type, fen } = this.order(id);
    const isSecond = this.#options.rsa !== undefined;
    return new URLSearchParams(
      this.#signed({
        pid: this.#options.pid,
        trade_no,
        out_trade_no,
        type,
        // Not what the merchant called it.
        name: "product",
        // As the first version writes numbers: without zeros at the end.
        money: isSecond ? (fen / 100).toFixed(2) : String(fen / 100),
        trade_status: "TRADE_SUCCESS",
        param: "",
        ...(isSecond ? { api_trade_no: `api-${trade_no}`, timestamp: String(Math.floor(Date.now() / 1000)) } : {}),
        ...change,
      }),
    );
  }

  async notify(id: string, change: Fields = {}): Promise<string> {
    const url = `${this.order(id).notify_url}?${this.notice(id, change).toString()}`;
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5_000) });
    return answer.text();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    let body = "";
    for await (const piece of request) body += String(piece);
    const fields = { ...Object.fromEntries(searchParams), ...Object.fromEntries(new URLSearchParams(body)) };
    if (this.isAway) {
      response.statusCode = 503;
      response.end("away");
    } else if (pathname === "/submit.php" || pathname === "/api/pay/submit") this.#submit(fields, response);
    else if (pathname === "/pay" || pathname === "/cancel") await this.#decide(pathname, fields, response);
    else {
      const answer = this.#answer(pathname, fields);
      if (this.losesAnswers) response.statusCode = 503;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer));
    }
  }

  #submit(fields: Fields, response: ServerResponse): void {
    if (fields["pid"] !== this.#options.pid || !this.#isSigned(fields)) {
      response.statusCode = 400;
      response.end("签名校验失败");
      return;
    }
    const { out_trade_no = "", type = "", notify_url = "", return_url = "", money = "" } = fields;
    const order = this.orders.get(out_trade_no) ?? {
      trade_no: `2026${String(++this.#count).padStart(12, "0")}`,
      out_trade_no,
      type,
      notify_url,
      return_url,
      fen: Math.round(Number(money) * 100),
      status: 0,
      refundedFen: 0,
    };
    this.orders.set(out_trade_no, order);
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(page(order));
  }

  async #decide(pathname: string, { out_trade_no = "" }: Fields, response: ServerResponse): Promise<void> {
    const order = this.order(out_trade_no);
    if (pathname === "/pay") await this.pay(out_trade_no);
    response.statusCode = 303;
    response.setHeader("location", order.return_url);
    response.end();
  }

  #answer(pathname: string, fields: Fields): object {
    const isSecond = this.#options.rsa !== undefined;
    const act = pathname === "/api.php" ? fields["act"] : pathname.replace("/api/pay/", "");
    const mayAsk = isSecond ? this.#isSigned(fields) : fields["key"] === this.#options.key;
    const order = this.orders.get(fields["out_trade_no"] ?? "");
    if (fields["pid"] !== this.#options.pid || !mayAsk) return { code: -3, msg: "商户密钥错误" };
    if (order === undefined) return { code: -1, msg: "订单号不存在" };
    if (act === "refund") return this.#refund(order, fields);
    const { trade_no, out_trade_no, type, fen, status, refundedFen } = order;
    const facts = { trade_no, out_trade_no, api_trade_no: `api-${trade_no}`, type, pid: this.#options.pid, status };
    const money = (fen / 100).toFixed(2);
    if (!isSecond) return { code: 1, msg: "查询订单号成功！", ...facts, money };
    return this.#asSecond({ ...facts, status: String(status), money, refundmoney: (refundedFen / 100).toFixed(2) });
  }

  #refund(order: MockOrder, { money = "", out_refund_no: id }: Fields): object {
    const isSecond = this.#options.rsa !== undefined;
    if (id !== undefined && this.refundIds.has(id)) return this.#asSecond({ msg: "退款成功" });
    const fen = Math.round(Number(money) * 100);
    if (order.status === 0 || order.refundedFen + fen > order.fen) return { code: -1, msg: "订单不可退款" };
    order.refundedFen += fen;
    // Also for a part.
    order.status = 2;
    if (id !== undefined) this.refundIds.add(id);
    return isSecond ? this.#asSecond({ msg: "退款成功" }) : { code: 0, msg: "退款成功" };
  }

  #asSecond(facts: Fields): object {
    return { ...this.#signed({ code: "0", timestamp: String(Math.floor(Date.now() / 1000)), ...facts }), code: 0 };
  }

  #signed(fields: Fields): Fields {
    const { key = "", rsa } = this.#options;
    const text = textOf(fields);
    if (rsa === undefined) return { ...fields, sign: md5(text + key), sign_type: "MD5" };
    const privateKey = createPrivateKey({ key: Buffer.from(rsa.privateKey, "base64"), format: "der", type: "pkcs8" });
    return { ...fields, sign: sign("sha256", Buffer.from(text), privateKey).toString("base64"), sign_type: "RSA" };
  }

  #isSigned(fields: Fields): boolean {
    const { key = "", rsa } = this.#options;
    const { sign: given = "" } = fields;
    if (rsa === undefined) return given === md5(textOf(fields) + key);
    const merchantKey = createPublicKey({ key: Buffer.from(rsa.merchantKey, "base64"), format: "der", type: "spki" });
    return verify("sha256", Buffer.from(textOf(fields)), merchantKey, Buffer.from(given, "base64"));
  }
}

function textOf(fields: Fields): string {
  return Object.keys(fields)
    .filter((name) => name !== "sign" && name !== "sign_type" && fields[name] !== "")
    .toSorted()
    .map((name) => `${name}=${fields[name] ?? ""}`)
    .join("&");
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

function page({ out_trade_no, type, fen }: MockOrder): string {
  const button = (action: string, text: string) =>
    `<form method="post" action="/${action}"><input type="hidden" name="out_trade_no" value="${out_trade_no}"><button>${text}</button></form>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Mock payment</title><h1>Mock payment · 模拟支付</h1>
<p>${type}: CNY ${(fen / 100).toFixed(2)}</p>${button("pay", "Pay · 支付")}${button("cancel", "Cancel · 取消")}</html>`;
}
