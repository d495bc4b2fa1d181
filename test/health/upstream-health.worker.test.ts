import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../src/health/history.ts";
import { type HealthPort, type Report, type RouteDelta, emptyDelta } from "../../src/health/report.ts";
import type { UpstreamHealth } from "../../src/health/upstream-health.ts";
import { START_MS } from "../support/isolate.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      UPSTREAM_HEALTH: DurableObjectNamespace<UpstreamHealth>;
    }
  }
}

let sequence = 0;

function report(delta: Partial<RouteDelta> = {}, isolate = "one"): Report {
  return {
    isolate,
    sequence: ++sequence,
    ageMs: 0,
    deltas: { r: { ...emptyDelta(), ...delta } },
    routes: { r: { model: "m", inflight: 2 } },
    coolings: [{ credential: "k", route: null, forMs: 60_000, strikes: 1, why: "credential_refused (401)" }],
  };
}

/** Sets the clock of an object that is running. */
async function setClock(stub: DurableObjectStub<UpstreamHealth>, nowMs: number): Promise<void> {
  await runInDurableObject(stub, (instance: UpstreamHealth) => {
    instance.now = () => nowMs;
  });
}

describe("UpstreamHealth", () => {
  it("answers an exchange as a port, over RPC", async () => {
    const port: HealthPort = env.UPSTREAM_HEALTH.getByName("rpc");
    const standing = await port.exchange(report({ answered: 3, ttft: { 36: 3 } }));
    expect(standing).toMatchObject({
      acknowledged: sequence,
      paceMs: 5000,
      routes: { r: { breaker: { state: "closed" }, inflightElsewhere: 0, ttftMs: { value: 512 } } },
      coolings: [{ credential: "k", route: null, strikes: 1 }],
    });
    expect((await port.exchange(report({}, "two"))).routes["r"]?.inflightElsewhere).toBe(2);
  });

  it("remembers an open breaker and its coolings after eviction", async () => {
    const stub = env.UPSTREAM_HEALTH.getByName("evicted");
    const opened = await stub.exchange(report({ failed: 20 }));
    expect(opened.routes["r"]?.breaker.state).toBe("open");
    await evictDurableObject(stub);
    const again = await stub.exchange(report({}, "two"));
    expect(again.routes["r"]?.breaker).toMatchObject({ state: "open", why: "20 of 20 attempts failed" });
    expect(again.coolings).toHaveLength(1);
  });

  it("counts a replayed report once, evicted in between or not", async () => {
    const stub = env.UPSTREAM_HEALTH.getByName("replayed");
    const one = report({ failed: 15 });
    await stub.exchange(one);
    await stub.exchange(one);
    expect((await stub.describe()).routes[0]).toMatchObject({ breaker: "closed", window: { failed: 15 } });
    await evictDurableObject(stub);
    await stub.exchange(one);
    expect((await stub.describe()).routes[0]).toMatchObject({ breaker: "closed", window: { failed: 0 } });
  });

  it("stores at each transition, and else every 10 s", async () => {
    const stub = env.UPSTREAM_HEALTH.getByName("thrifty");
    const storedAt = async () =>
      runInDurableObject(
        stub,
        (_: UpstreamHealth, { storage }) =>
          storage.kv.get<{ sequences: [string, number, number][] }>("state")?.sequences[0]?.[2],
      );
    const exchangeAt = async (seconds: number, delta?: Partial<RouteDelta>) => {
      await setClock(stub, START_MS + seconds * 1000);
      await stub.exchange(report(delta));
      return ((await storedAt()) ?? 0) - START_MS;
    };
    expect(await exchangeAt(0)).toBe(0);
    expect(await exchangeAt(5, { answered: 1 })).toBe(0);
    expect(await exchangeAt(9.9, { answered: 1 })).toBe(0);
    expect(await exchangeAt(10, { answered: 1 })).toBe(10_000);
    expect(await exchangeAt(11, { failed: 30 })).toBe(11_000);
    expect(await exchangeAt(12)).toBe(11_000);
  });

  it("keeps a day of minutes, and gives each route's history", async () => {
    const stub = env.UPSTREAM_HEALTH.getByName("history");
    const exchangeAt = async (minutes: number, delta: Partial<RouteDelta>) => {
      await setClock(stub, START_MS + minutes * MINUTE_MS);
      await stub.exchange(report(delta));
    };
    await exchangeAt(0, { answered: 4, ttft: { 36: 4 } });
    await exchangeAt(1, { answered: 1, failed: 1, ttft: { 40: 1 } });
    await exchangeAt(3, { failed: 1 });
    const history = async (from: number, to: number) =>
      stub.history({ fromMs: START_MS + from * MINUTE_MS, toMs: START_MS + to * MINUTE_MS });
    const first = START_MS / MINUTE_MS;
    expect(await history(0, 3)).toEqual([
      {
        route: "r",
        model: "m",
        answered: 5,
        failed: 2,
        ttft: { 36: 4, 40: 1 },
        seenMinutes: [first, first + 1, first + 3],
        upMinutes: [first, first + 1],
      },
    ]);
    expect(await history(1, 2)).toMatchObject([{ answered: 1, failed: 1 }]);
    await exchangeAt(60 * 26, { answered: 1 });
    await exchangeAt(60 * 26 + 1, { answered: 1 });
    expect(await history(0, 3)).toEqual([]);
    expect(await history(60 * 26, 60 * 26 + 1)).toMatchObject([{ answered: 2 }]);
  });
});
