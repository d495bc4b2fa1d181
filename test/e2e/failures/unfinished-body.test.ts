import { once } from "node:events";
import { request as openRequest, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { CHAT } from "../call.ts";

const MAX_BODY_BYTES = 50_000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ vars: { MAX_BODY_BYTES: String(MAX_BODY_BYTES) } });
});

afterAll(async () => {
  await gateway.close();
});

// Alone in its file: later requests cannot use the connection of a client that was answered early.
it("answers 413 while the client still sends, and reads no more", async () => {
  const sending = openRequest(`${gateway.url}/v1${CHAT}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
  });
  // The gateway may close the connection while the body is still being sent.
  sending.on("error", () => undefined);
  sending.write(`{"padding":"${"x".repeat(MAX_BODY_BYTES)}`);
  const [answer] = (await once(sending, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(413);
  expect(sending.writableEnded).toBe(false);
  sending.destroy();
});
