/** Clients that leave: their upstream is stopped at once, or read on to its own count; the log says so. */
import { once } from "node:events";
import { request as openRequest, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { desc, eq, inArray } from "drizzle-orm";
import { charges, models, upstreams } from "../../../schema/index.ts";
import { chunk, completion, type Exchange } from "../../support/upstream.ts";
import { CHAT, logLine, MESSAGES, send, SURFACES } from "../call.ts";
import { startScene, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
  await scene.addModel("plain", ["one"]);
  await scene.addModel("spare", ["one", "two"]);
  await scene.addModel("drained", ["three"]);
  await scene.addModel("silent", ["three"]);
  await scene.gateway.db.update(models).set({ totalMs: 1500 }).where(eq(models.id, "silent"));
  await scene.gateway.db
    .update(upstreams)
    .set({ abandon: "cancel" })
    .where(inArray(upstreams.id, ["one", "two"]));
});

afterAll(async () => scene.close());
beforeEach(() => scene.reset());

describe.each(SURFACES)("a client of %s that leaves", (mount) => {
  it("in mid-stream stops the upstream within one event", async () => {
    let exchange: Exchange | undefined;
    scene.script("plain", 0, (received) => {
      exchange = received;
      received.openStream();
      received.event(chunk({ content: "Good " }));
    });
    const leaving = new AbortController();
    const body = { model: "plain", stream: true, messages: MESSAGES };
    const response = await send(scene.gateway, mount + CHAT, { body, signal: leaving.signal });
    const first = await response.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toContain("Good ");
    leaving.abort();
    exchange?.event(chunk({ content: "morning" }));
    await exchange?.closed;
    expect(exchange?.response.writableEnded, "the upstream had no end of its own").toBe(false);
    const line = await logLine(scene.gateway, { headers: response.headers, story: "an abandoned stream" });
    expect(line).toMatchObject({ ending: "abandoned", fault: "client_closed", status: 200, stream: true });
  });

  // The client resets the connection: where it is only half closed, no server can know that nobody reads.
  it.each([false, true])("before the first byte stops the upstream, stream %s", async (stream) => {
    const before = scene.gateway.requestLog().length;
    scene.script("spare", 1, (exchange) => exchange.json(completion("never")));
    const arrived = new Promise<Exchange>((resolve) => scene.script("spare", 0, resolve));
    const leaving = openRequest(scene.gateway.url + mount + CHAT, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${scene.gateway.key}` },
    });
    const left = once(leaving, "error");
    leaving.end(JSON.stringify({ model: "spare", stream, messages: MESSAGES }));
    const exchange = await arrived;
    leaving.socket?.resetAndDestroy();
    await left;
    await exchange.closed;
    expect(exchange.response.writableEnded, "the upstream had no end of its own").toBe(false);
    expect(scene.tries("spare", 1)).toBe(0);
    await expect
      .poll(() => scene.gateway.requestLog().slice(before), { timeout: 5000 })
      .toMatchObject([
        { ending: "abandoned", fault: "client_closed", status: 499, attempts: [{ outcome: "abandoned" }] },
      ]);
  });

  it.each([false, true])("before the first byte pays for what the upstream makes of it, stream %s", async (stream) => {
    const before = scene.gateway.requestLog().length;
    const arrived = new Promise<Exchange>((resolve) => scene.script("drained", 0, resolve));
    const leaving = openRequest(scene.gateway.url + mount + CHAT, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${scene.gateway.key}` },
    });
    const left = once(leaving, "error");
    leaving.end(JSON.stringify({ model: "drained", stream, messages: MESSAGES }));
    const exchange = await arrived;
    leaving.socket?.resetAndDestroy();
    await left;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const usage = { prompt_tokens: 5, completion_tokens: 900, total_tokens: 905 };
    if (stream) {
      exchange.openStream();
      exchange.event(chunk({ content: "Good " }, "stop"));
      exchange.event({ ...chunk({}), choices: [], usage });
      exchange.done();
    } else exchange.json(completion("Good ", { usage }));
    await expect
      .poll(() => scene.gateway.requestLog().slice(before), { timeout: 5000 })
      .toMatchObject([{ ending: "abandoned", usage: { output: 900 }, amount_nanos: 5 * 1000 + 900 * 2000 }]);
  });

  it.each([false, true])(
    "costs the operator what an upstream may have done that says nothing, stream %s",
    async (stream) => {
      const arrived = new Promise<Exchange>((resolve) => scene.script("silent", 0, resolve));
      const leaving = openRequest(scene.gateway.url + mount + CHAT, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${scene.gateway.key}` },
      });
      const left = once(leaving, "error");
      leaving.end(JSON.stringify({ model: "silent", stream, messages: MESSAGES }));
      const exchange = await arrived;
      leaving.socket?.resetAndDestroy();
      await left;
      await exchange.closed;
      const latest = async () => (await scene.gateway.db.select().from(charges).orderBy(desc(charges.id)).limit(1))[0];
      await expect
        .poll(latest, { timeout: 5000 })
        .toMatchObject({ state: "settled", model: "silent", amountNanos: 0, estimated: true, ending: "abandoned" });
      const charge = await latest();
      expect(charge?.reasoningTokens, "half a token in ten milliseconds").toBeGreaterThanOrEqual(50);
      expect(charge?.writtenOffNanos).toBeGreaterThan((charge?.reasoningTokens ?? 0) * 2000);
    },
  );

  it("in mid-stream says nothing against an upstream that breaks while it is read on", async () => {
    const before = scene.gateway.requestLog().length;
    let exchange: Exchange | undefined;
    scene.script("drained", 0, (received) => {
      exchange = received;
      received.openStream();
      received.event(chunk({ content: "Good " }));
    });
    const leaving = openRequest(scene.gateway.url + mount + CHAT, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${scene.gateway.key}` },
    });
    leaving.on("error", () => undefined);
    leaving.end(JSON.stringify({ model: "drained", stream: true, messages: MESSAGES }));
    const [response] = (await once(leaving, "response")) as [IncomingMessage];
    response.on("error", () => undefined);
    await once(response, "data");
    leaving.socket?.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    exchange?.reset();
    await expect
      .poll(() => scene.gateway.requestLog().slice(before), { timeout: 5000 })
      .toMatchObject([{ ending: "abandoned", fault: "client_closed", estimated: true }]);
  });

  it("does not disturb requests of others", async () => {
    scene.script("plain", 0, (exchange) => exchange.json(completion("Hi")));
    const answer = await scene.chat(mount, "plain");
    expect(answer.status, answer.story).toBe(200);
  });
});
