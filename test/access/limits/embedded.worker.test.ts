import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EmbeddedLimiter } from "../../../src/access/limits/embedded.ts";
import { limiterSuite } from "./suite.ts";

limiterSuite("embedded", {
  create: () => new EmbeddedLimiter({ addresses: env.SMALL_IP_LIMITER, keys: env.KEY_WINDOWS }, () => Date.now()),
  ipLimit: 20,
});

describe("KeyWindow", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_040_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("loses less than a tenth of the limit by an eviction", async () => {
    const window = env.KEY_WINDOWS.getByName("put-away");
    for (let request = 0; request < 59; request++) await window.take(100);
    await evictDurableObject(window);
    expect(await window.take(100)).toMatchObject({ allowed: true, remaining: 49 });
  });

  it("loses nothing of a small limit by an eviction", async () => {
    const window = env.KEY_WINDOWS.getByName("small");
    for (let request = 0; request < 3; request++) await window.take(3);
    await evictDurableObject(window);
    expect(await window.take(3)).toMatchObject({ allowed: false });
  });

  it("refuses everything at a limit of 0", async () => {
    expect(await env.KEY_WINDOWS.getByName("nothing").take(0)).toMatchObject({ allowed: false, remaining: 0 });
  });
});

describe("EmbeddedLimiter", () => {
  it("asks no object for a key that is blocked", async () => {
    let asked = 0;
    const keys = new Proxy(env.KEY_WINDOWS, {
      get: (target, name) => {
        if (name !== "getByName") return Reflect.get(target, name);
        asked++;
        return (id: string) => target.getByName(id);
      },
    });
    const limiter = new EmbeddedLimiter({ addresses: env.IP_LIMITER, keys }, () => Date.now());
    const check = async () => limiter.check({ ip: { subject: "a", limit: 500 }, key: { subject: "flood", limit: 2 } });
    const verdicts = [];
    for (let request = 0; request < 10; request++) verdicts.push((await check()).key?.allowed);
    expect(verdicts).toEqual([true, true, ...Array.from({ length: 8 }, () => false)]);
    expect(asked).toBe(3);
  });
});
