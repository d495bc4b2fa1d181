/** The first steps of a request, in the real app on real bindings: what a refused request costs. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { drawKey } from "../../src/core/api-key.ts";
import { createApp } from "../../src/app.ts";
import { readSettings } from "../../src/settings.ts";
import { buildServices } from "../../src/services.ts";
import { addKey } from "../support/seed.ts";

const START_MS = 1_700_000_040_000;
const db = drizzle(env.DB);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The gateway in a new isolate. Counts its D1 statements. */
function isolate(vars: Record<string, unknown> = {}) {
  let statements = 0;
  const counted = new Proxy(env.DB, {
    get(target, name) {
      if (name === "prepare" || name === "exec") statements++;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const bindings = { ...env, DB: counted, ...vars };
  const read = readSettings(bindings);
  if ("problems" in read) throw new Error(`wrong configuration: ${read.problems.join(", ")}`);
  const app = createApp(buildServices(bindings, read.settings));
  return {
    statements: () => statements,
    async ask(key: string, { body = "{}", from = "203.0.113.1" }: { body?: BodyInit; from?: string } = {}) {
      const context = createExecutionContext();
      const headers = {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "cf-connecting-ip": from,
      };
      const request = new Request("https://gateway.test/v1/chat/completions", { method: "POST", headers, body });
      const answer = await app.fetch(request, bindings, context);
      await answer.text();
      await waitOnExecutionContext(context);
      return answer;
    },
  };
}

describe("a request over its key's limit", () => {
  it("does not touch D1, not even when the cached key is due for a refresh", async () => {
    const key = await addKey(db);
    const { ask, statements } = isolate({ KEY_REQUESTS_PER_MINUTE: "2" });
    const passed = [await ask(key), await ask(key)];
    expect(passed.map(({ status }) => status)).not.toContain(429);
    const before = statements();
    for (const afterMs of [0, 5000, 15_000, 30_000, 55_000]) {
      vi.setSystemTime(START_MS + afterMs);
      for (let request = 0; request < 20; request++) expect((await ask(key)).status).toBe(429);
    }
    expect(statements() - before).toBe(0);
  });

  it("is refused before its body is read", async () => {
    const key = await addKey(db);
    const { ask } = isolate({ KEY_REQUESTS_PER_MINUTE: "1" });
    let read = 0;
    const body = () =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            read++;
            controller.enqueue(new TextEncoder().encode("{}"));
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
    expect((await ask(key, { body: body() })).status).not.toBe(429);
    expect(read).toBe(1);
    expect((await ask(key, { body: body() })).status).toBe(429);
    expect(read).toBe(1);
  });

  it("has its cached key refreshed once it passes again", async () => {
    const key = await addKey(db);
    const { ask, statements } = isolate();
    await ask(key);
    const before = statements();
    vi.setSystemTime(START_MS + 15_000);
    await ask(key);
    await ask(key);
    expect(statements() - before).toBe(1);
  });
});

describe("keys that nobody has", () => {
  it("stop reaching D1 once their address is over its limit", async () => {
    const { ask, statements } = isolate({ IP_LIMITER: env.SMALL_IP_LIMITER });
    const statuses: number[] = [];
    // Three minutes' worth: even if a minute ends meanwhile, at least one minute's worth is refused.
    for (let request = 0; request < 60; request++) {
      statuses.push((await ask(drawKey(), { from: "203.0.113.66" })).status);
    }
    const refused = statuses.filter((status) => status === 429).length;
    expect(refused).toBeGreaterThanOrEqual(20);
    expect(statuses.filter((status) => status === 401)).toHaveLength(60 - refused);
    expect(statements()).toBe(60 - refused);
  });

  it("are looked up once each", async () => {
    const { ask, statements } = isolate();
    const key = drawKey();
    for (let request = 0; request < 5; request++) expect((await ask(key)).status).toBe(401);
    expect(statements()).toBe(1);
  });
});
