/** The first steps of a request, in the real app on real bindings: what a refused request costs. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { apiKeys } from "../../schema/index.ts";
import { drawKey, keyRecord } from "../../src/core/api-key.ts";
import { createApp } from "../../src/app.ts";
import { readSettings } from "../../src/settings.ts";
import { buildServices } from "../../src/services.ts";
import { RefusalLog } from "../../src/relay/refusal-log.ts";
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
  const bindings = { ...env, SESSION_SECRET: undefined, DB: counted, ...vars };
  const read = readSettings(bindings);
  if ("problems" in read) throw new Error(`wrong configuration: ${read.problems.join(", ")}`);
  // Waits for no second to end, because the tests wait for the work behind each answer.
  const refusals = new RefusalLog(
    () => Date.now(),
    async () => undefined,
  );
  const app = createApp({ ...buildServices(bindings, read.settings), refusals });
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

describe("a request over its account's limit", () => {
  it("is refused, whichever key of the account it brings, and only where the operator set a limit", async () => {
    const account = { id: "account-with-two-keys" };
    const one = await addKey(db, { account });
    const two = drawKey();
    await db
      .insert(apiKeys)
      .values({ ...(await keyRecord(two)), id: "second", accountId: account.id, name: "second", createdAt: 0 });
    const { ask } = isolate({ ACCOUNT_REQUESTS_PER_MINUTE: "3" });
    const statuses: number[] = [];
    for (const key of [one, two, one, two, one]) statuses.push((await ask(key)).status);
    expect(statuses.map((status) => status === 429)).toEqual([false, false, false, true, true]);
    expect((await isolate().ask(two)).status).not.toBe(429);
  });
});

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
    // What is left of the body is discarded later, so that the refusal arrives.
    const steps = async () => (await ask(key)).headers.get("server-timing");
    expect(await steps()).toMatch(/key;.*limits;.*body;/);
    expect(await steps()).toMatch(/^key;dur=\d+, limits;dur=\d+, total;dur=\d+$/);
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
