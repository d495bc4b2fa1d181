/** Every ending of a request settles its charge once, for the right amount. */
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { upstreams } from "../../../schema/index.ts";
import { eq } from "drizzle-orm";
import { countTokens } from "../../../src/billing/usage-count.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, USAGE, type ScriptedUpstream } from "../../support/upstream.ts";
import { accountOf, chargesOf, closedCharge, expectSoundBooks } from "./books.ts";

/** Nanos per token, so that sums can be done in the head. */
const INPUT = 1000;
const OUTPUT = 2000;
const PRICE = {
  inputNanos: INPUT * 1000,
  outputNanos: OUTPUT * 1000,
  costInputNanos: 500_000,
  costOutputNanos: 1_000_000,
};
const MESSAGES = [{ role: "user" as const, content: "Tell me a story about a castle." }];

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addUpstream(gateway.db, { id: "patient", baseUrl: upstream.baseUrl });
  await gateway.db.update(upstreams).set({ abandon: "cancel" }).where(eq(upstreams.id, "one"));
  await addModel(gateway.db, { id: "plain", routes: [{ upstreamId: "one" }], price: PRICE });
  const hasty = { answerMs: 300, firstEventMs: 300 };
  await addModel(gateway.db, { id: "hasty", routes: [{ upstreamId: "one" }], price: PRICE, ...hasty });
  await addModel(gateway.db, { id: "drained", routes: [{ upstreamId: "patient" }], price: PRICE });
});

afterEach(async () => expectSoundBooks(gateway));
afterAll(async () => Promise.all([gateway.close(), upstream.close()]));

async function ask(model: string, stream: boolean, signal?: AbortSignal): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify({ model, stream, messages: MESSAGES }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function settled(answer: Response) {
  await answer.text();
  return closedCharge(gateway, gateway.key, answer);
}

describe("a charge", () => {
  it("of an OpenAI SDK's chat has a receipt of what the balance paid", async () => {
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Once upon a time.")));
    const before = await accountOf(gateway, gateway.key);
    const client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const { response } = await client.chat.completions.create({ model: "plain", messages: MESSAGES }).withResponse();
    const charge = await closedCharge(gateway, gateway.key, response);
    const after = await accountOf(gateway, gateway.key);
    expect(charge).toMatchObject({
      state: "settled",
      ending: "complete",
      estimated: false,
      amountNanos: USAGE.prompt_tokens * INPUT + USAGE.completion_tokens * OUTPUT,
      costNanos: USAGE.prompt_tokens * 500 + USAGE.completion_tokens * 1000,
      inputTokens: USAGE.prompt_tokens,
      outputTokens: USAGE.completion_tokens,
      model: "plain",
    });
    expect(charge.amountNanos).toBeGreaterThan(0);
    expect(before.balanceNanos - after.balanceNanos).toBe(charge.amountNanos);
  });

  it("of a whole stream is what the upstream counted", async () => {
    upstream.script("upstream-plain", (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ content: "Once" }));
      exchange.event(chunk({}, "stop"));
      exchange.event({ ...chunk({}), choices: [], usage: { ...USAGE, prompt_tokens_details: { cached_tokens: 2 } } });
      exchange.done();
    });
    const charge = await settled(await ask("plain", true));
    // Cached tokens have no price of their own here: they cost as much as input, and are not counted twice.
    expect(charge).toMatchObject({
      state: "settled",
      inputTokens: 3,
      cachedReadTokens: 2,
      amountNanos: USAGE.prompt_tokens * INPUT + USAGE.completion_tokens * OUTPUT,
    });
  });

  it("without the upstream's count uses our own count, and says so", async () => {
    const { usage: _usage, ...uncounted } = completion("Once upon a time there was a castle.");
    upstream.script("upstream-plain", (exchange) => exchange.json(uncounted));
    const charge = await settled(await ask("plain", false));
    const output = countTokens("Once upon a time there was a castle.");
    expect(charge).toMatchObject({ state: "settled", estimated: true, outputTokens: output });
    expect(charge.inputTokens).toBe(countTokens(MESSAGES[0]?.content ?? ""));
    expect(charge.amountNanos).toBe((charge.inputTokens ?? 0) * INPUT + output * OUTPUT);
  });

  it.each([
    ["negative", { prompt_tokens: -5, completion_tokens: 7 }, 8, 7],
    [
      "more cached than read",
      { prompt_tokens: 5, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 6 } },
      0,
      7,
    ],
    ["no output for a text", { prompt_tokens: 0, completion_tokens: 0 }, 8, 5],
    ["no number", { prompt_tokens: "5", completion_tokens: 7 }, 8, 7],
    ["more than any model makes", { prompt_tokens: 5, completion_tokens: 99_999_999 }, 5, 5],
  ])(
    "of an impossible count (%s) uses our own count for that part, and logs it",
    async (_title, usage, input, output) => {
      upstream.script("upstream-plain", (exchange) => exchange.json(completion("Once upon a time.", { usage })));
      const warnings = gateway.logged("usage_impossible").length;
      const charge = await settled(await ask("plain", false));
      expect(charge).toMatchObject({ state: "settled", estimated: true, inputTokens: input, outputTokens: output });
      expect(gateway.logged("usage_impossible")).toHaveLength(warnings + 1);
    },
  );

  it.each([
    [
      "an error",
      (exchange: Parameters<Parameters<ScriptedUpstream["script"]>[1]>[0]) =>
        exchange.json({ error: { message: "no" } }, 500),
    ],
    [
      "an empty answer",
      (exchange: Parameters<Parameters<ScriptedUpstream["script"]>[1]>[0]) =>
        exchange.json(completion("", { usage: undefined })),
    ],
    ["a reset", (exchange: Parameters<Parameters<ScriptedUpstream["script"]>[1]>[0]) => exchange.reset()],
  ])("of %s before any output is given back", async (_title, script) => {
    upstream.script("upstream-plain", script);
    const before = await accountOf(gateway, gateway.key);
    const answer = await ask("plain", true);
    expect(answer.status).toBeGreaterThanOrEqual(500);
    const charge = await settled(answer);
    expect(charge).toMatchObject({ state: "void", amountNanos: 0, ending: "failed" });
    expect((await accountOf(gateway, gateway.key)).balanceNanos).toBe(before.balanceNanos);
  });

  it.each([false, true])(
    "of an empty answer is given back, but what the operator pays is kept, stream %s",
    async (stream) => {
      const usage = { prompt_tokens: 400, completion_tokens: 0, total_tokens: 400 };
      upstream.script("upstream-plain", (exchange) => {
        if (!stream) return exchange.json(completion("", { usage }));
        exchange.openStream();
        exchange.event(chunk({}, "stop"));
        exchange.event({ ...chunk({}), choices: [], usage });
        return exchange.done();
      });
      const charge = await settled(await ask("plain", stream));
      expect(charge).toMatchObject({ state: "void", amountNanos: 0, ending: "failed", costNanos: 400 * 500 });
    },
  );

  it.each([false, true])("of a time-out is given back, but the prompt's cost is kept, stream %s", async (stream) => {
    upstream.script("upstream-hasty", () => undefined);
    const charge = await settled(await ask("hasty", stream));
    expect(charge).toMatchObject({ state: "void", amountNanos: 0, ending: "failed" });
    expect(charge.costNanos).toBe(countTokens(MESSAGES[0]?.content ?? "") * 500);
  });

  it("of a stream that breaks is what was delivered", async () => {
    upstream.script("upstream-plain", (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ content: "Once upon a time" }));
      setTimeout(() => exchange.reset(), 50);
    });
    const charge = await settled(await ask("plain", true));
    const output = countTokens("Once upon a time");
    expect(charge).toMatchObject({ state: "settled", ending: "failed", estimated: true, outputTokens: output });
    expect(charge.amountNanos).toBe((charge.inputTokens ?? 0) * INPUT + output * OUTPUT);
  });

  it("of sound that breaks off is at least the prompt, because something was delivered", async () => {
    upstream.script("upstream-plain", (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ audio: { id: "a", data: "AAAA" } }));
      setTimeout(() => exchange.reset(), 50);
    });
    const charge = await settled(await ask("plain", true));
    expect(charge).toMatchObject({ state: "settled", ending: "failed", estimated: true });
    expect(charge.amountNanos).toBe((charge.inputTokens ?? 0) * INPUT);
    expect(charge.amountNanos).toBeGreaterThan(0);
  });

  it("of a client that stays but reads no more ends with the request's total time", async () => {
    const impatient = await startGateway({ vars: { TOTAL_MS: "1500", KEEP_ALIVE_MS: "200" } });
    try {
      await addUpstream(impatient.db, { id: "one", baseUrl: upstream.baseUrl });
      await addModel(impatient.db, { id: "plain", routes: [{ upstreamId: "one" }], price: PRICE });
      const piece = "word ".repeat(20_000);
      upstream.script("upstream-plain", async (exchange) => {
        exchange.openStream();
        for (let n = 0; n < 400 && !exchange.response.destroyed; n++) {
          exchange.event(chunk({ content: piece }));
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      });
      const answer = await fetch(`${impatient.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${impatient.key}` },
        body: JSON.stringify({ model: "plain", stream: true, messages: MESSAGES }),
      });
      const reader = answer.body?.getReader();
      await reader?.read();
      const charge = await closedCharge(impatient, impatient.key, answer);
      expect(charge).toMatchObject({ state: "settled", estimated: true });
      await reader?.cancel().catch(() => undefined);
      await expectSoundBooks(impatient);
    } finally {
      await impatient.close();
    }
  });

  it("of a client that leaves is what was delivered, and the upstream is stopped", async () => {
    let wrote = "";
    let closed: Promise<void> | undefined;
    upstream.script("upstream-plain", async (exchange) => {
      ({ closed } = exchange);
      exchange.openStream();
      for (let n = 0; !exchange.response.destroyed && n < 1000; n++) {
        wrote += "word ";
        exchange.event(chunk({ content: "word " }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    const leaving = new AbortController();
    const answer = await ask("plain", true, leaving.signal);
    const reader = answer.body?.getReader();
    await reader?.read();
    leaving.abort();
    await closed;
    const charge = await closedCharge(gateway, gateway.key, answer);
    expect(charge).toMatchObject({ state: "settled", ending: "abandoned", estimated: true });
    expect(charge.outputTokens).toBeGreaterThan(0);
    expect(charge.outputTokens).toBeLessThanOrEqual(countTokens(wrote));
  });

  it("of a client that leaves is the upstream's count, where the upstream is read to its end", async () => {
    let left: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => (left = resolve));
    upstream.script("upstream-drained", async (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ content: "Once" }));
      await gone;
      for (let n = 0; n < 5; n++) {
        exchange.event(chunk({ content: " more" }));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      exchange.event(chunk({}, "stop"));
      exchange.event({ ...chunk({}), choices: [], usage: USAGE });
      exchange.done();
    });
    const leaving = new AbortController();
    const answer = await ask("drained", true, leaving.signal);
    await answer.body?.getReader().read();
    leaving.abort();
    left?.();
    const charge = await closedCharge(gateway, gateway.key, answer);
    expect(charge).toMatchObject({
      state: "settled",
      ending: "abandoned",
      estimated: false,
      outputTokens: USAGE.completion_tokens,
    });
  });

  it("is not made for a request that is refused before it is asked", async () => {
    const before = await chargesOf(gateway, gateway.key);
    const answer = await ask("no-such-model", false);
    expect(answer.status).toBe(404);
    expect(await chargesOf(gateway, gateway.key)).toHaveLength(before.length);
  });
});
