/** Retries: one upstream call, one charge, one answer. */
import { once } from "node:events";
import { request as openRequest } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import OpenAI from "openai";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { chargesOf, expectSoundBooks, pause } from "../money/books.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;
let key: string;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", routes: [{ upstreamId: "one" }] });
});

afterAll(async () => Promise.all([gateway.close(), upstream.close()]));

beforeEach(async () => {
  key = await addKey(gateway.db);
  upstream.received.length = 0;
});

const BODY = { model: "plain", stream: false, messages: [{ role: "user", content: "Hello" }] } as const;

async function send(name: string, body: object = BODY, path = "/v1/chat/completions", by = key): Promise<Response> {
  return fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${by}`, "idempotency-key": name },
    body: JSON.stringify(body),
  });
}

async function expectCharges(count: number): Promise<void> {
  await expectSoundBooks(gateway);
  const charges = await chargesOf(gateway, key);
  expect(charges.filter(({ state }) => state === "settled")).toHaveLength(count);
}

describe("a request with Idempotency-Key", () => {
  it("that its library gives up and repeats is answered once", async () => {
    upstream.script("upstream-plain", (exchange) => void setTimeout(() => exchange.json(completion("Late")), 1500));
    const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, timeout: 700, maxRetries: 5 });
    const answer = await client.chat.completions.create(
      { model: "plain", messages: [{ role: "user", content: "Hello" }] },
      { headers: { "Idempotency-Key": "order-1" } },
    );
    expect(answer.choices[0]?.message.content).toBe("Late");
    expect(upstream.received).toHaveLength(1);
    await expectCharges(1);
  });

  it("that is sent many times at once has one answer", async () => {
    upstream.script("upstream-plain", (exchange) => void setTimeout(() => exchange.json(completion("Once")), 300));
    const answers = await Promise.all(Array.from({ length: 8 }, async () => send("parallel")));
    const bodies = await Promise.all(answers.map(async (answer) => answer.text()));
    expect(new Set(bodies).size).toBe(1);
    const replayed = answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true");
    expect(replayed).toHaveLength(7);
    const first = answers.find((answer) => !replayed.includes(answer));
    expect(new Set(replayed.map(({ headers }) => headers.get("x-gateway-first-request")))).toEqual(
      new Set([first?.headers.get("x-request-id")]),
    );
    expect(replayed[0]?.headers.get("x-gateway-model")).toBe("plain");
    expect(upstream.received).toHaveLength(1);
    await expectCharges(1);
  });

  it("has its stream repeated as it was", async () => {
    upstream.script("upstream-plain", (exchange) => {
      exchange.openStream();
      for (const word of ["Good ", "morning", " 世界"]) exchange.event(chunk({ content: word }));
      exchange.event(chunk({}, "stop"));
      exchange.done();
    });
    const first = await send("stream", { ...BODY, stream: true });
    const text = await first.text();
    const again = await send("stream", { ...BODY, stream: true });
    expect(await again.text()).toBe(text);
    expect(text).toMatch(/世界[^]*data: \[DONE\]\n\n$/);
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect(upstream.received).toHaveLength(1);
    await expectCharges(1);
  });

  it("whose client leaves its stream is read to its end, and the retry has it whole", async () => {
    const arrived = new Promise<Exchange>((resolve) => upstream.script("upstream-plain", resolve));
    const leaving = new AbortController();
    const sent = fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}`, "idempotency-key": "left" },
      body: JSON.stringify({ ...BODY, stream: true }),
      signal: leaving.signal,
    });
    const exchange = await arrived;
    exchange.openStream();
    exchange.event(chunk({ content: "Good " }));
    const reader = (await sent).body?.getReader();
    await reader?.read();
    leaving.abort();
    await reader?.read().catch(() => undefined);
    const retry = send("left", { ...BODY, stream: true });
    await pause(100);
    exchange.event(chunk({ content: "morning" }, "stop"));
    exchange.done();
    const text = await (await retry).text();
    expect(text).toContain('"Good "');
    expect(text).toContain('"morning"');
    expect(text).toContain("data: [DONE]");
    expect(upstream.received).toHaveLength(1);
    await expectCharges(1);
  });

  it("that fails is made anew", async () => {
    upstream.script("upstream-plain", (exchange) => exchange.json({ error: { message: "no" } }, 500));
    expect((await send("fails")).status).toBeGreaterThanOrEqual(500);
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Now")));
    const answer = await send("fails");
    expect([answer.status, answer.headers.get("idempotent-replayed")]).toEqual([200, null]);
  });

  it("is another request with another body, on another path or of another key", async () => {
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
    await send("same");
    for (const [body, path] of [
      [{ ...BODY, n: 1 }, "/v1/chat/completions"],
      [BODY, "/xlei/v1/chat/completions"],
    ] as const) {
      const other = await send("same", body, path);
      expect(other.status).toBe(400);
      expect(await other.text()).toContain("Idempotency-Key");
    }
    const others = await send("same", BODY, undefined, await addKey(gateway.db));
    expect([others.status, others.headers.get("idempotent-replayed")]).toEqual([200, null]);
    expect(upstream.received).toHaveLength(2);
  });

  it("whose answer is too long to be kept is refused the second time, and not made again", async () => {
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("word ".repeat(250_000))));
    const first = await send("long");
    await first.text();
    const again = await send("long");
    expect(again.status).toBe(409);
    expect(await again.text()).toContain(first.headers.get("x-request-id") ?? "none");
    expect(upstream.received).toHaveLength(1);
  });

  it.each(["", "é".repeat(3), "x".repeat(256)])("that is %j is refused", async (name) => {
    const answer = await send(name).catch(() => undefined);
    if (answer !== undefined) expect(answer.status).toBe(400);
    expect(upstream.received).toEqual([]);
  });
});

describe("a library that only counts its retries", () => {
  it("is joined to the request that it gave up", async () => {
    const arrived = new Promise<Exchange>((resolve) => upstream.script("upstream-plain", resolve));
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const url = `${gateway.url}/v1/chat/completions`;
    const leaving = openRequest(url, { method: "POST", headers: { ...headers, "x-stainless-retry-count": "0" } });
    const left = once(leaving, "error");
    leaving.end(JSON.stringify(BODY));
    const exchange = await arrived;
    leaving.socket?.resetAndDestroy();
    await left;
    await pause(300);
    const retry = fetch(url, {
      method: "POST",
      headers: { ...headers, "x-stainless-retry-count": "1" },
      body: JSON.stringify(BODY),
    });
    await pause(100);
    exchange.json(completion("Once"));
    const answer = await retry;
    expect(answer.headers.get("idempotent-replayed")).toBe("true");
    expect(await answer.text()).toContain("Once");
    expect(upstream.received).toHaveLength(1);
    await expectCharges(1);
  });

  it("is served each time while it repeats nothing", async () => {
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
    const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 2 });
    for (let n = 0; n < 2; n++)
      await client.chat.completions.create({ model: "plain", messages: [{ role: "user", content: "Hello" }] });
    expect(upstream.received).toHaveLength(2);
    await expectCharges(2);
  });
});
