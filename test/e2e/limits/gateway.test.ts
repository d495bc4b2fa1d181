/** The rate limits for clients of the whole gateway, on its own limiter and on a real Redis. */
import OpenAI, { RateLimitError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { drawKey } from "../../../src/core/api-key.ts";
import { startGateway, type Gateway, type GatewayOptions } from "../../support/gateway.ts";
import { canRunRedis, startRedis, type RedisServer } from "../../support/redis.ts";
import { startRedisBridge, type RedisBridge } from "../../support/redis-bridge.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";

const CHAT = { model: "plain", stream: false, messages: [{ role: "user", content: "Hello" }] };
const SURFACES = ["/v1", "/xlei/v1"] as const;

let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
});
afterAll(async () => {
  await upstream.close();
});
beforeEach(() => {
  upstream.received.length = 0;
});

async function start(options: GatewayOptions): Promise<Gateway> {
  const gateway = await startGateway(options);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", autoWeight: 1, routes: [{ upstreamId: "one" }] });
  return gateway;
}

async function chat(gateway: Gateway, key: string | undefined, mount: string = "/v1", from = "203.0.113.1") {
  const answer = await fetch(`${gateway.url}${mount}/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      // The local workerd is not behind Cloudflare, so it takes this header from the client.
      "cf-connecting-ip": from,
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(CHAT),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

async function statuses(count: number, ask: (index: number) => Promise<{ status: number }>): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < count; index++) seen.push((await ask(index)).status);
  return seen;
}

/**
 * Asks until a request is refused: even if a minute ends meanwhile, two windows of three requests are full after seven.
 */
async function refusal<Answer extends { status: number }>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let request = 0; request < 7; request++) {
    const answer = await ask();
    if (answer.status === 429) return answer;
  }
  throw new Error("no request was refused");
}

describe("the key limit", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start({ vars: { KEY_REQUESTS_PER_MINUTE: "3" } });
  });
  afterAll(async () => {
    await gateway.close();
  });

  it.each(SURFACES)("refuses requests over it, with its headers: %s", async (mount) => {
    const key = await addKey(gateway.db);
    const served = await chat(gateway, key, mount);
    expect(served.status, JSON.stringify(served.body)).toBe(200);
    expect(served.headers.get("x-ratelimit-limit-requests")).toBe("3");
    expect(served.headers.get("x-ratelimit-remaining-requests")).toBe("2");
    expect(served.headers.get("x-ratelimit-reset-requests")).toMatch(/^([0-9]|[1-5][0-9]|60)s$/);

    const refused = await refusal(async () => chat(gateway, key, mount));
    expect(upstream.received.length).toBeLessThanOrEqual(6);
    const reached = upstream.received.length;
    expect((await chat(gateway, key, mount)).status).toBe(429);
    expect(upstream.received, "a refused request reached the upstream").toHaveLength(reached);

    expect(refused.body).toMatchObject({
      code: 429,
      data: null,
      error: { type: "rate_limit_exceeded", code: "rate_limit_exceeded", legacy_code: 2004 },
    });
    expect(refused.headers.get("x-ratelimit-limit-requests")).toBe("3");
    expect(refused.headers.get("x-ratelimit-remaining-requests")).toBe("0");
    expect(refused.headers.get("retry-after")).toMatch(/^([1-9]|[1-5][0-9]|60)$/);
    const retryAfterMs = Number(refused.headers.get("retry-after-ms"));
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(Math.ceil(retryAfterMs / 1000)).toBe(Number(refused.headers.get("retry-after")));
    expect(gateway.requestLog().at(-1)).toMatchObject({ fault: "rate_limited_key", status: 429, ending: "failed" });
  });

  it("answers with code 2004 for a key with legacy codes", async () => {
    const key = await addKey(gateway.db, { key: { errorDialect: "legacy" } });
    const { body } = await refusal(async () => chat(gateway, key, "/xlei/v1"));
    expect(body).toMatchObject({ code: 2004, error: { legacy_code: 2004 } });
  });

  it("holds for parallel requests, and leaves other keys alone", async () => {
    const [one, two] = [await addKey(gateway.db), await addKey(gateway.db)];
    const answers = await Promise.all(Array.from({ length: 30 }, async () => chat(gateway, one)));
    const served = answers.filter(({ status }) => status === 200).length;
    // Up to six, if a minute ends meanwhile.
    expect([3, 4, 5, 6]).toContain(served);
    expect(served + answers.filter(({ status }) => status === 429).length).toBe(30);
    expect((await chat(gateway, two)).status).toBe(200);
  });

  it("shows its headers to browsers, and its refusal to OpenAI's SDK", async () => {
    const key = await addKey(gateway.db);
    const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const ask = async () =>
      client.chat.completions.create({ model: "plain", messages: [{ role: "user", content: "Hello" }] }).then(
        () => ({ status: 200 }),
        (error: unknown) => {
          expect(error).toBeInstanceOf(RateLimitError);
          return { status: 429 };
        },
      );
    await refusal(ask);
    const { headers } = await chat(gateway, key);
    for (const name of ["limit", "remaining", "reset"]) {
      expect(headers.get("access-control-expose-headers")).toContain(`x-ratelimit-${name}-requests`);
    }
  });
});

describe("the address limit, on the embedded limiter", () => {
  const LIMIT = 20;
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start({ ipLimit: LIMIT });
  });
  afterAll(async () => {
    await gateway.close();
  });

  it.each([
    ["without a key", () => undefined],
    ["with mistyped keys", () => "sk-mistyped"],
    ["with guessed keys, each of another form", () => drawKey()],
  ])("counts requests %s", async (_, key) => {
    const from = `2001:db8:${crypto.randomUUID().slice(0, 4)}::1`;
    const seen = await statuses(2 * LIMIT + 1, async () => chat(gateway, key(), "/v1", from));
    expect(seen.slice(0, LIMIT).every((status) => status === 401)).toBe(true);
    const refusedOnes = seen.filter((status) => status === 429).length;
    expect(refusedOnes).toBeGreaterThan(0);
    expect(seen.filter((status) => status === 401).length + refusedOnes).toBe(seen.length);
    expect((await chat(gateway, gateway.key, "/v1", "203.0.113.99")).status, "another address").toBe(200);
  });

  it("refuses a valid key from that address too, in any spelling of the address", async () => {
    const seen = await statuses(2 * LIMIT + 1, async (index) =>
      chat(gateway, gateway.key, "/v1", `2001:db8:0:77::${index.toString(16)}`),
    );
    expect(seen).toContain(429);
    expect(seen.filter((status) => status === 200)).toHaveLength(upstream.received.length);
    const answers = gateway.requestLog().filter(({ fault }) => fault === "rate_limited_ip");
    expect(answers.length).toBeGreaterThan(0);
  });

  it("says how long to wait, and counts the public list of models", async () => {
    const list = async () =>
      fetch(`${gateway.url}/xlei/v1/models`, { headers: { "cf-connecting-ip": "198.51.100.9" } });
    const answers = await Promise.all(Array.from({ length: 2 * LIMIT + 1 }, list));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get("retry-after")).toBe("60");
    expect(refused?.headers.get("retry-after-ms")).toBe("60000");
    expect(refused?.headers.get("x-ratelimit-limit-requests"), "no key, no key limit").toBeNull();
    expect(await refused?.json()).toMatchObject({ code: 429 });
  });
});

describe.runIf(canRunRedis())("on a real Redis", () => {
  let redis: RedisServer;
  let bridge: RedisBridge;
  let gateway: Gateway;
  beforeAll(async () => {
    redis = await startRedis();
    bridge = await startRedisBridge(redis.port);
    gateway = await start({
      vars: { KEY_REQUESTS_PER_MINUTE: "3", IP_REQUESTS_PER_MINUTE: "10", UPSTASH_TIMEOUT_MS: "10000" },
      secrets: { UPSTASH_REDIS_REST_URL: bridge.url, UPSTASH_REDIS_REST_TOKEN: bridge.token },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await bridge.close();
    await redis.close();
  });

  it("asks once per request, and refuses requests over the limit of a key", async () => {
    const key = await addKey(gateway.db);
    await chat(gateway, key);
    bridge.requests.length = 0;
    expect((await chat(gateway, key)).headers.get("x-ratelimit-limit-requests")).toBe("3");
    expect(bridge.requests).toEqual(["/pipeline"]);
    const { headers, body } = await refusal(async () => chat(gateway, key));
    expect(headers.get("x-ratelimit-remaining-requests")).toBe("0");
    expect(headers.get("retry-after")).toMatch(/^([1-9]|[1-5][0-9]|60)$/);
    expect(body).toMatchObject({ code: 429 });
    expect(gateway.logged("rate_limiter_down")).toEqual([]);
  });

  it("refuses requests over the limit of an address", async () => {
    const seen = await statuses(21, async () => chat(gateway, undefined, "/v1", "198.51.100.7"));
    expect(seen.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(seen).toContain(429);
  });

  it("serves parallel requests, each with its own pipeline", async () => {
    const key = await addKey(gateway.db);
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => chat(gateway, key, "/v1", `192.0.2.${index}`)),
    );
    const served = answers.filter(({ status }) => status === 200).length;
    expect([3, 4, 5, 6]).toContain(served);
    expect(served + answers.filter(({ status }) => status === 429).length).toBe(40);
  });
});

describe.runIf(canRunRedis())("when Redis is", () => {
  it.each(["slow", "garbage", "text", "error", "reset"] as const)(
    "%s, the embedded limiter serves and the log says so",
    async (ailment) => {
      const redis = await startRedis();
      const bridge = await startRedisBridge(redis.port);
      bridge.ailment = ailment;
      await drill({ UPSTASH_REDIS_REST_URL: bridge.url, UPSTASH_REDIS_REST_TOKEN: bridge.token });
      await bridge.close();
      await redis.close();
    },
  );

  it("gone in the middle, the embedded limiter serves and the log says so", async () => {
    const redis = await startRedis();
    const bridge = await startRedisBridge(redis.port);
    const secrets = { UPSTASH_REDIS_REST_URL: bridge.url, UPSTASH_REDIS_REST_TOKEN: bridge.token };
    await drill(secrets, async (gateway) => {
      expect((await chat(gateway, gateway.key)).status).toBe(200);
      expect(gateway.logged("rate_limiter_down")).toEqual([]);
      await redis.close();
    });
    await bridge.close();
  });
});

/** Checks that three requests a minute are still served, and no more. */
async function drill(secrets: Record<string, string>, begin?: (gateway: Gateway) => Promise<void>): Promise<void> {
  const gateway = await start({ vars: { KEY_REQUESTS_PER_MINUTE: "3" }, secrets });
  await begin?.(gateway);
  const key = await addKey(gateway.db);
  const first = await chat(gateway, key);
  expect(first.status, JSON.stringify(first.body)).toBe(200);
  expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("2");
  await refusal(async () => chat(gateway, key));
  const lines = gateway.logged("rate_limiter_down");
  await gateway.close();
  expect(lines[0]).toMatchObject({ level: "warn", limiter: "upstash", serving: "embedded" });
  expect(lines, "the failure is logged once a minute, not once per request").toHaveLength(1);
  expect(JSON.stringify(lines)).not.toMatch(/203\.0\.113|evalsha|test-token/);
}
