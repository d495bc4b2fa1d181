/** An account is served what it can pay for, to the last nano, and no more. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { OVERHEAD_TOKENS } from "../../../src/billing/estimate.ts";
import { adjust } from "../../../src/billing/ledger.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { accountOf, chargesOf, closedCharge, expectSoundBooks } from "./books.ts";

/** Nanos per token. */
const INPUT = 1000;
const OUTPUT = 2000;
const PRICE = { inputNanos: INPUT * 1000, outputNanos: OUTPUT * 1000 };

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", maxOutput: 4000, routes: [{ upstreamId: "one" }], price: PRICE });
  await addModel(gateway.db, {
    id: "seeing",
    capabilities: '["image"]',
    maxOutput: 4000,
    imageTokens: 1600,
    routes: [{ upstreamId: "one" }],
    price: PRICE,
  });
});

afterEach(async () => expectSoundBooks(gateway));
afterAll(async () => Promise.all([gateway.close(), upstream.close()]));

async function ask(key: string, body: Record<string, unknown> = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: bodyOf(body),
  });
}

const CAP = 20;
const CAPPED = { max_tokens: CAP };

function bodyOf(body: Record<string, unknown>): string {
  return JSON.stringify({ model: "plain", messages: [{ role: "user", content: "Hello" }], ...body });
}

/** The most tokens that the prompt of a request can have: the bytes of its body, and what vendors add. */
function promptOf(body: Record<string, unknown>): number {
  return bodyOf(body).length + OVERHEAD_TOKENS;
}

/** What a request can cost with so many tokens of output. */
function most(body: Record<string, unknown>, output: number): number {
  return promptOf(body) * INPUT + output * OUTPUT;
}

const MOST = most(CAPPED, CAP);
/** As much as can be. */
const ALL = { prompt_tokens: promptOf(CAPPED), completion_tokens: CAP };

describe("an account that runs low", () => {
  it("serves as many of 1,000 requests at once as its balance covers, and no more", async () => {
    const key = await addKey(gateway.db, { balanceNanos: 300 * MOST });
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi", { usage: ALL })));
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const answer = await ask(key, CAPPED);
        const body = (await answer.json()) as { code?: number };
        return { status: answer.status, code: body.code, retry: answer.headers.get("x-should-retry") };
      }),
    );
    // workerd must not wait to write its log while this thread waits for the database: each would wait for the other.
    const logged = () =>
      gateway.logged("refusals").reduce((sum, { count }) => sum + Number(count), gateway.requestLog().length);
    await expect.poll(logged, { timeout: 30_000 }).toBe(1000);
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect({ served: count(200), refused: count(402) }).toEqual({ served: 300, refused: 700 });
    expect(
      new Set(answers.filter(({ status }) => status === 402).map(({ code, retry }) => `${code} ${retry}`)),
    ).toEqual(new Set(["2002 false"]));
    await expectSoundBooks(gateway);
    expect((await accountOf(gateway, key)).balanceNanos).toBe(0);
    expect((await chargesOf(gateway, key)).filter(({ state }) => state === "settled")).toHaveLength(300);
  }, 120_000);

  it("sends a cap that it can pay for, and names it", async () => {
    const key = await addKey(gateway.db, { balanceNanos: most({}, 100) });
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
    const answer = await ask(key);
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(upstream.received.at(-1)?.body).toMatchObject({ max_tokens: 100 });
    expect(answer.headers.get("x-gateway-warnings")).toBe("output_capped=100");
    const charge = await closedCharge(gateway, key, answer);
    expect(charge).toMatchObject({ mode: "strict", estimateNanos: most({}, 100) });
  });

  it("pays no more than it held when the upstream counts ten times as much; the rest is written off", async () => {
    const key = await addKey(gateway.db, { balanceNanos: MOST });
    const usage = { prompt_tokens: 10 * ALL.prompt_tokens, completion_tokens: 10 * CAP };
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi", { usage })));
    const answer = await ask(key, CAPPED);
    expect(answer.status, await answer.clone().text()).toBe(200);
    const charge = await closedCharge(gateway, key, answer);
    expect(charge).toMatchObject({ state: "settled", amountNanos: MOST, writtenOffNanos: 9 * MOST });
    expect((await accountOf(gateway, key)).balanceNanos).toBe(0);
    expect(gateway.logged("written_off").at(-1)).toMatchObject({ nanos: 9 * MOST });
  });

  it.each([
    ["a cap that it does not afford", { max_tokens: 1000 }],
    ["a prompt that leaves fewer than 16 tokens", { messages: [{ role: "user", content: "x".repeat(60) }] }],
    ["what it hides in a field that nobody reads", { reasoning: { hidden: "x".repeat(60) } }],
    ["more answers than it affords", { max_tokens: CAP, n: 2 }],
    ["a cap in the other field", { max_completion_tokens: 1000 }],
  ])("is refused %s, and nothing of the upstream's answer is delivered", async (_title, body) => {
    const key = await addKey(gateway.db, { balanceNanos: MOST });
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
    const answer = await ask(key, body);
    expect(answer.status).toBe(402);
    expect(await answer.json()).toMatchObject({ code: 2002, error: { type: "insufficient_quota" } });
    expect((await chargesOf(gateway, key)).filter(({ state }) => state !== "void")).toEqual([]);
  });

  it("has its own cap sent in the field that the route's model obeys", async () => {
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
    const answer = await ask(gateway.key, { max_completion_tokens: 7 });
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(upstream.received.at(-1)?.body).toMatchObject({ max_tokens: 7 });
    expect(upstream.received.at(-1)?.body).not.toHaveProperty("max_completion_tokens");
    expect(answer.headers.get("x-gateway-warnings")).toBeNull();
  });

  it("does not hold an absurd amount for a picture of 4 MB", async () => {
    const key = await addKey(gateway.db, { balanceNanos: 20_000_000 });
    upstream.script("upstream-seeing", (exchange) => exchange.json(completion("A castle.")));
    const url = `data:image/png;base64,${"A".repeat(4_000_000)}`;
    const content = [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url } },
    ];
    const answer = await ask(key, { model: "seeing", messages: [{ role: "user", content }] });
    expect(answer.status, await answer.clone().text()).toBe(200);
  });
});

describe("a hold that is refused", () => {
  it("comes before the upstream where the account is known to have nothing", async () => {
    const key = await addKey(gateway.db, { balanceNanos: 0 });
    const before = upstream.received.length;
    expect((await ask(key, { stream: true })).status).toBe(402);
    expect(upstream.received).toHaveLength(before);
  });

  it("stops the upstream before anything has left, where the account was taken for richer; then none is asked", async () => {
    const key = await addKey(gateway.db, { balanceNanos: 100_000_000 });
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
    await closedCharge(gateway, key, await ask(key));
    const { id, balanceNanos } = await accountOf(gateway, key);
    await adjust(gateway.database, { accountId: id, id: "gone", amountNanos: -balanceNanos, reason: "test", nowMs: 1 });
    let closed: Promise<void> | undefined;
    upstream.script("upstream-plain", (exchange) => {
      ({ closed } = exchange);
      exchange.openStream();
      exchange.event(chunk({ content: "free" }));
    });
    const answer = await ask(key, { stream: true });
    expect(answer.status).toBe(402);
    expect(await answer.text()).not.toContain("free");
    await closed;
    const reached = upstream.received.length;
    expect((await ask(key, { stream: true })).status).toBe(402);
    expect(upstream.received).toHaveLength(reached);
  });

  it("for too many open requests says so, in plain words", async () => {
    const crowded = await startGateway({ vars: { MAX_OPEN_REQUESTS: "2" } });
    try {
      await addUpstream(crowded.db, { id: "one", baseUrl: upstream.baseUrl });
      await addModel(crowded.db, { id: "plain", routes: [{ upstreamId: "one" }], price: PRICE });
      const { promise: go, resolve } = Promise.withResolvers<undefined>();
      upstream.script("upstream-plain", async (exchange) => {
        await go;
        exchange.json(completion("Hi"));
      });
      const send = async () =>
        fetch(`${crowded.url}/v1/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${crowded.key}` },
          body: bodyOf({}),
        });
      const open = [send(), send()];
      await expect.poll(async () => (await accountOf(crowded, crowded.key)).openCharges).toBe(2);
      const third = await send();
      expect(third.status).toBe(429);
      expect(await third.json()).toMatchObject({ error: { code: "concurrency_limit_exceeded" } });
      expect(third.headers.get("retry-after")).not.toBeNull();
      resolve(undefined);
      expect((await Promise.all(open)).map(({ status }) => status)).toEqual([200, 200]);
      await expectSoundBooks(crowded);
    } finally {
      await crowded.close();
    }
  });
});

describe("keys and plans", () => {
  it("a key's quota ends before the balance does", async () => {
    const key = await addKey(gateway.db, { key: { quotaTotalNanos: MOST } });
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi", { usage: ALL })));
    const first = await ask(key, CAPPED);
    expect(first.status, await first.clone().text()).toBe(200);
    await closedCharge(gateway, key, first);
    const second = await ask(key, CAPPED);
    expect(second.status).toBe(402);
    expect(await second.json()).toMatchObject({ code: 2002, error: { code: "key_quota_exceeded" } });
  });
});
