/** Where a key may stand, which fields are sent upstream, and which fields of an answer do not reach the client. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { drawKey } from "../../../src/core/api-key.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, USAGE, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectFault, MESSAGES, SURFACES, type JsonObject } from "../call.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", routes: [{ upstreamId: "one" }] });
  await addModel(gateway.db, { id: "modest", routes: [{ upstreamId: "one", refusesStreamOptions: true }] });
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

beforeEach(() => {
  for (const model of ["upstream-plain", "upstream-modest"]) {
    upstream.script(model, (exchange) => {
      if (exchange.body["stream"] !== true) return exchange.json(completion("Hi"));
      exchange.openStream();
      exchange.event(chunk({ content: "Hi" }, "stop"));
      exchange.done();
    });
  }
});

const BODY = { model: "plain", stream: false, messages: MESSAGES };

describe.each(SURFACES)("keys on %s", (mount) => {
  it.each<[string, (key: string) => Record<string, string>]>([
    ["X-API-Key", (key) => ({ "X-API-Key": key })],
    ["Authorization as bearer", (key) => ({ Authorization: `Bearer ${key}` })],
    ["Authorization as BEARER, with blanks", (key) => ({ Authorization: `  BEARER   ${key} ` })],
    ["Authorization bare", (key) => ({ Authorization: key })],
    ["api-key", (key) => ({ "api-key": key })],
    ["x-goog-api-key", (key) => ({ "x-goog-api-key": key })],
    ["X-API-Key, the first of two", (key) => ({ "x-api-key": key, authorization: `Bearer ${drawKey()}` })],
    ["Authorization, when X-API-Key is empty", (key) => ({ "x-api-key": "", authorization: `Bearer ${key}` })],
  ])("are read from %s", async (_title, headersOf) => {
    const headers = { authorization: undefined, ...headersOf(gateway.key) };
    const answer = await call(gateway, mount + CHAT, { body: BODY, headers });
    expect(answer.status, answer.story).toBe(200);
  });

  it("X-API-Key wins also when it is wrong", async () => {
    const headers = { "x-api-key": drawKey() };
    expectFault(await call(gateway, mount + CHAT, { body: BODY, headers }), mount, { fault: "invalid_key" });
  });

  it("are not read from the address", async () => {
    const headers = { authorization: undefined };
    const answer = await call(gateway, `${mount}${CHAT}?key=${gateway.key}`, { body: BODY, headers });
    expectFault(answer, mount, { fault: "missing_key" });
  });
});

/**
 * Fields of chat requests, of OpenAI and other vendors. `fields.test.ts` has those that do not pass, or not always.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
const PASSED: JsonObject = {
  temperature: 0,
  top_p: 0.5,
  n: 1,
  max_tokens: 7,
  stop: ["a", "b"],
  presence_penalty: -1,
  frequency_penalty: 1,
  logit_bias: { "5": -100 },
  logprobs: true,
  top_logprobs: 2,
  seed: 1,
  tools: [{ type: "function", function: { name: "look_up", parameters: { type: "object" } } }],
  tool_choice: "auto",
  parallel_tool_calls: false,
  response_format: { type: "json_object" },
  reasoning_effort: "low",
  verbosity: "low",
  modalities: ["text", "audio"],
  audio: { voice: "alloy", format: "wav" },
  prediction: { type: "content", content: "x" },
  store: false,
  thinking: { type: "enabled", budget_tokens: 5 },
  enable_thinking: true,
  top_k: 5,
};

describe.each(SURFACES)("bodies on %s", (mount) => {
  it("are sent upstream with all their fields", async () => {
    const body = `${JSON.stringify({ ...BODY, ...PASSED }).slice(0, -1)},"__proto__":{"polluted":true}}`;
    const answer = await call(gateway, mount + CHAT, { body });
    expect(answer.status, answer.story).toBe(200);
    const sent = upstream.received.at(-1)?.body ?? {};
    expect(sent).toEqual({ ...PASSED, messages: MESSAGES, model: "upstream-plain", stream: false });
    expect(({} as JsonObject)["polluted"]).toBeUndefined();
    expect(answer.body["model"], answer.story).toBe("plain");
  });

  it("are sent upstream with parts of all kinds unchanged", async () => {
    const content = [
      { type: "text", text: "Hello" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
      { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
      { type: "file", file: { file_data: "data:application/pdf;base64,AAAA", filename: "a.pdf" } },
      { type: "video_url", video_url: { url: "https://example.com/a.mp4" }, anything: 1 },
    ];
    const messages = [{ role: "user", name: "someone", content, cache_control: { type: "ephemeral" } }];
    const answer = await call(gateway, mount + CHAT, { body: { ...BODY, messages } });
    expect(answer.status, answer.story).toBe(200);
    expect(upstream.received.at(-1)?.body["messages"]).toEqual(messages);
  });

  it("always ask for usage in a stream, and only there", async () => {
    const sentFor = async (body: JsonObject) => {
      const answer = await call(gateway, mount + CHAT, { body: { ...BODY, ...body } });
      expect(answer.status, answer.story).toBe(200);
      return upstream.received.at(-1)?.body["stream_options"];
    };
    const options = { include_usage: false, include_obfuscation: false };
    expect(await sentFor({ stream: true })).toEqual({ include_usage: true });
    expect(await sentFor({ stream: true, stream_options: null })).toEqual({ include_usage: true });
    expect(await sentFor({ stream: true, stream_options: options })).toEqual({ ...options, include_usage: true });
    expect(await sentFor({ stream: false, stream_options: options })).toBeUndefined();
    expect(await sentFor({ stream: true, stream_options: options, model: "modest" })).toBeUndefined();
  });
});

describe.each(SURFACES)("answers on %s", (mount) => {
  /** What vendors tell of their bill and of who served: OpenRouter, Vercel, LiteLLM, xAI, Perplexity, Groq, Together. */
  const PRIVATE = {
    provider: "Secret Vendor",
    provider_metadata: { gateway: { routing: "Secret Vendor", cost: "0.01" } },
    x_groq: { id: "req_secret" },
    openrouter_metadata: {},
    estimated_cost: 0.01,
    total_cost: 0.01,
    response_cost: 0.01,
    usage: {
      ...USAGE,
      cost: 0.01,
      cost_details: { upstream_inference_cost: 0.01 },
      cost_in_usd_ticks: 37_756_000,
      estimated_cost: 0.01,
      is_byok: false,
      market_price: 0.01,
      billing: { units: 1 },
      credits_used: 1,
      prompt_tokens_details: { cached_tokens: 0, input_tokens_cost: 0.01 },
      a_count_of_tomorrow: 1,
    },
  };
  const usage = { ...USAGE, prompt_tokens_details: { cached_tokens: 0 }, a_count_of_tomorrow: 1 };

  it("reach the client without what the upstream says of itself, and otherwise complete", async () => {
    const extra = { system_fingerprint: "fp", service_tier: "default", a_field_of_tomorrow: { x: [1] } };
    const answered = completion("Hi", { ...extra, ...PRIVATE });
    const [choice] = answered["choices"] as { message: object }[];
    const { provider_metadata: told } = PRIVATE;
    const choices = [{ ...choice, message: { ...choice?.message, provider_metadata: told } }];
    upstream.script("upstream-plain", (exchange) => exchange.json({ ...answered, choices }));
    const answer = await call(gateway, mount + CHAT, { body: BODY });
    expect(answer.body, answer.story).toEqual({ ...completion("Hi"), ...extra, model: "plain", usage });
  });

  it("reach the client without it in a stream too", async () => {
    upstream.script("upstream-plain", (exchange) => {
      exchange.openStream();
      exchange.event({ ...chunk({ content: "Hi" }), ...PRIVATE, usage: null });
      exchange.event({ ...chunk({}, "stop"), ...PRIVATE });
      exchange.done();
    });
    const answer = await call(gateway, mount + CHAT, { body: { ...BODY, stream: true } });
    expect(answer.text, answer.story).not.toMatch(/secret|provider|cost|is_byok|price|billing|credit|groq|openrouter/i);
    expect(answer.events.at(-2), answer.story).toMatchObject({ usage });
  });

  it("say which model served, after how many attempts, and how long it took", async () => {
    const answer = await call(gateway, mount + CHAT, { body: BODY });
    expect(answer.headers.get("x-gateway-model"), answer.story).toBe("plain");
    expect(answer.headers.get("x-gateway-attempts"), answer.story).toBe("1");
    expect(answer.headers.get("server-timing"), answer.story).toMatch(/upstream;dur=\d+.*total;dur=\d+/);
  });
});
