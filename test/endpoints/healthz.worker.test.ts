/** `/healthz` and `/status.json` are open to strangers, so an isolate bounds what they cost. */
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { StatusStore } from "../../src/health/status-store.ts";
import { CatalogueStore } from "../../src/routing/catalogue.ts";
import { caller, servicesWith, type Clock } from "./api/support.ts";

/** An app whose D1 counts the statements that it is given. */
function counting(answer: "real" | "fails" | "hangs") {
  let asked = 0;
  const clock: Clock = { nowMs: Date.UTC(2030, 0, 1) };
  const d1 = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "prepare") return Reflect.get(target, name).bind(target);
      return (query: string) => {
        asked++;
        if (answer === "real") return target.prepare(query);
        const never = async () =>
          answer === "fails" ? Promise.reject(new Error("D1 is away")) : new Promise(() => undefined);
        return { bind: () => ({ all: never, run: never, raw: never, first: never }) };
      };
    },
  });
  const db = drizzle(d1);
  const now = () => clock.nowMs;
  const services = { ...servicesWith({}, clock), db, status: new StatusStore(db, now) };
  const relay = { ...services.relay, catalogue: new CatalogueStore(db, now) };
  const app = createApp({ ...services, relay });
  return { call: caller(app, undefined), clock, asked: () => asked };
}

describe("/healthz", () => {
  it("asks D1 once in five seconds, however many strangers ask", async () => {
    const { call, clock, asked } = counting("real");
    await Promise.all(Array.from({ length: 50 }, async () => call("GET", "/healthz")));
    expect(asked()).toBe(1);
    clock.nowMs += 4_999;
    await call("GET", "/healthz");
    expect(asked()).toBe(1);
    clock.nowMs += 1;
    await call("GET", "/healthz");
    expect(asked()).toBe(2);
  });

  it("asks a D1 that is away no more often, and says so", async () => {
    const { call, asked } = counting("fails");
    const answers = await Promise.all(Array.from({ length: 50 }, async () => call("GET", "/healthz")));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 503));
    expect(answers[0]?.body).toMatchObject({ status: "failing", database: { status: "failing" } });
    await call("GET", "/healthz");
    expect(asked()).toBe(2);
  });

  it("waits three seconds for a D1 that does not answer", async () => {
    vi.useFakeTimers();
    try {
      const { call, asked } = counting("hangs");
      const answers = Promise.all([call("GET", "/healthz"), call("GET", "/healthz")]);
      await vi.advanceTimersByTimeAsync(3_000);
      expect((await answers).map(({ status }) => status)).toEqual([503, 503]);
      expect(asked()).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("/status.json", () => {
  it("asks D1 once in ten seconds when there is nothing to show", async () => {
    const { call, clock, asked } = counting("real");
    await call("GET", "/status.json");
    const first = asked();
    for (let request = 0; request < 20; request++) await call("GET", "/status.json");
    clock.nowMs += 9_999;
    await call("GET", "/status.json");
    expect(asked()).toBe(first);
  });
});
