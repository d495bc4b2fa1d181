import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { UpstashLimiter } from "../../../src/access/limits/upstash.ts";
import { limiterSuite } from "../../access/limits/suite.ts";
import { canRunRedis, startRedis, type RedisServer } from "../../support/redis.ts";
import { connectRedis } from "../../support/resp.ts";
import { startRedisBridge, type RedisBridge } from "../../support/redis-bridge.ts";

let redis: RedisServer;
let bridge: RedisBridge;

/** Long enough for a busy machine. */
const PATIENCE_MS = 10_000;

const create = (timeoutMs = PATIENCE_MS) => new UpstashLimiter({ url: bridge.url, token: bridge.token, timeoutMs });
const checks = (subject: string) => ({ ip: { subject, limit: 5 }, key: { subject, limit: 2 } });

describe.runIf(canRunRedis())("on a real Redis", () => {
  beforeAll(async () => {
    redis = await startRedis();
    bridge = await startRedisBridge(redis.port);
  });
  afterAll(async () => {
    await bridge.close();
    await redis.close();
  });
  beforeEach(() => {
    bridge.ailment = "none";
    bridge.requests.length = 0;
  });

  limiterSuite("upstash", { create, ipLimit: 20 });

  it("asks both limits in one round trip", async () => {
    await create().check(checks("warm"));
    bridge.requests.length = 0;
    await create().check(checks("one-trip"));
    expect(bridge.requests).toEqual(["/pipeline"]);
  });

  it("refuses a subject that is known to be over its limit without asking Redis", async () => {
    const limiter = create();
    const flood = async () => (await limiter.check({ ip: { subject: "flood", limit: 2 } })).ip.allowed;
    for (let request = 0; request < 3; request++) await flood();
    bridge.requests.length = 0;
    expect([await flood(), await flood()]).toEqual([false, false]);
    expect(bridge.requests).toEqual([]);
  });

  it("leaves nothing in Redis without an expiry", async () => {
    await create().check(checks("short-lived"));
    const connection = await connectRedis(redis.port);
    const [keys] = await connection.send([["KEYS", "*short-lived*"]]);
    const names = (keys as string[]).toSorted();
    const lives = await connection.send(names.map((name) => ["PTTL", name]));
    connection.close();
    expect(names.map((name) => name.replace(/:\d+$/, ""))).toEqual([
      "token-gateway:ip:short-lived",
      "token-gateway:key:short-lived",
    ]);
    for (const life of lives) expect(life).toBeGreaterThan(0);
  });

  it("is down when Redis does not answer in time", async () => {
    bridge.ailment = "slow";
    await expect(create(300).check(checks("slow"))).rejects.toThrow();
    expect(bridge.requests, "no second try").toHaveLength(1);
  });

  it.each(["garbage", "numbers", "text", "error", "reset"] as const)(
    "is down when Redis answers wrongly: %s",
    async (ailment) => {
      const limiter = create();
      await limiter.check(checks(ailment));
      bridge.ailment = ailment;
      bridge.requests.length = 0;
      await expect(limiter.check(checks(ailment))).rejects.toThrow();
      expect(bridge.requests, "no second try").toHaveLength(1);
      bridge.ailment = "none";
      const verdicts = await limiter.check(checks(ailment));
      expect(verdicts.key?.allowed, "nobody was blocked by garbage").toBe(true);
    },
  );

  it("is down when Redis cannot be reached, or the token is wrong", async () => {
    const { url } = bridge;
    const timeoutMs = PATIENCE_MS;
    await expect(
      new UpstashLimiter({ url: "http://127.0.0.1:9", token: "x", timeoutMs }).check(checks("a")),
    ).rejects.toThrow();
    await expect(new UpstashLimiter({ url, token: "wrong", timeoutMs }).check(checks("a"))).rejects.toThrow();
  });
});
