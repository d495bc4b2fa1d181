/** `payments check`: what payment services see of the gateway. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PaymentStage } from "../payments/payment-stage.ts";
import { ADMIN_TOKEN } from "../portal/stage.ts";

const PROGRAM = fileURLToPath(new URL("../../../src/cli/operator.ts", import.meta.url));

let stage: PaymentStage;
let front: Server;

beforeAll(async () => {
  stage = await PaymentStage.start({ vars: { STRIPE_SECRET_KEY: "", STRIPE_WEBHOOK_SECRET: "" } });
  // A zone that challenges old browsers.
  front = createServer((request, response) => {
    if (request.headers["user-agent"]?.includes("Chrome/6") === true) {
      response.writeHead(403).end("Just a moment");
      return;
    }
    void fetch(stage.gateway.url + (request.url ?? ""), { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }).then(
      async (answer) => response.writeHead(answer.status).end(await answer.text()),
    );
  });
  await once(front.listen(0, "127.0.0.1"), "listening");
});
afterAll(async () => {
  front.close();
  await stage.close();
});

async function check(url: string): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [PROGRAM, "payments", "check"], {
    env: { PATH: process.env["PATH"], GATEWAY_URL: url, ADMIN_TOKEN },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, out, err };
}

it("says which service gets through, and which payments need a look", async () => {
  expect(await check(stage.gateway.url)).toEqual({
    code: 0,
    out: "Stripe: not set up\nEpay: reaches the gateway\nNo payment needs a look.\n",
    err: "",
  });
  const payer = await stage.payer();
  const order = await payer.begin("epay:alipay", "10");
  stage.epay.order(order.id).fen -= 1;
  await stage.epay.pay(order.id);
  expect((await check(stage.gateway.url)).out).toContain(`These payments need a look:\n${order.id}\n`);
});

it("fails when something stands before the gateway", async () => {
  const { code, out, err } = await check(`http://127.0.0.1:${(front.address() as AddressInfo).port}`);
  expect(code).toBe(1);
  expect(out).toContain("Epay: something before the gateway answers 403");
  expect(err).toContain("Exempt /pay/*");
});
