/** The schedule with real traffic: it builds the public status, and probes routes until they work again. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { charges } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, USAGE, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, MESSAGES, type JsonObject } from "../call.ts";

const ADMIN_TOKEN = "a-token-of-the-operator-in-tests";

/** How long to wait for the reports that isolates and objects exchange in the background. */
const PATIENCE = { timeout: 20_000 };

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  const tuning = JSON.stringify({ breakerWindowMinAttempts: 3, urgentPaceMs: 1, exchangePaceMs: 1 });
  [gateway, upstream] = await Promise.all([
    startGateway({ secrets: { ADMIN_TOKEN }, vars: { PROBES: "true", ROUTING_TUNING: tuning } }),
    startUpstream(),
  ]);
  for (const id of ["vendor-a", "vendor-b"]) await addUpstream(gateway.db, { id, baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "org/m", routes: [{ upstreamId: "vendor-a", upstreamModel: "well" }] });
  await addModel(gateway.db, { id: "sick", routes: [{ upstreamId: "vendor-b", upstreamModel: "ill" }] });
});

afterAll(async () => void (await Promise.all([gateway.close(), upstream.close()])));

interface Model extends JsonObject {
  readonly state: string;
  readonly last_hour: JsonObject;
}

const chat = async (model: string, stream = false) =>
  call(gateway, `/v1${CHAT}`, { body: { model, stream, messages: MESSAGES } });

const health = async (id: string) =>
  (await call(gateway, `/admin/api/upstreams/${id}/health`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }))
    .body as unknown as { routes: { breaker: string; window: { answered: number } }[] };

/** Runs the schedule and reads its document from the database, because the isolate's copy is some seconds older. */
async function statusAfterRun(): Promise<Record<string, Model>> {
  await gateway.runSchedule("* * * * *");
  const { results } = await gateway.database.prepare("SELECT document FROM status").all<{ document: string }>();
  const { models } = JSON.parse(results[0]?.document ?? "{}") as { models: (Model & { id: string })[] };
  return Object.fromEntries(models.map((model) => [model.id, model]));
}

describe("the schedule", () => {
  it("builds the public status from the traffic", async () => {
    upstream.script("well", (exchange) => {
      if (exchange.body["stream"] !== true) return exchange.json(completion("Hi"));
      exchange.openStream();
      exchange.event(chunk({ content: "Hi" }, "stop"));
      exchange.event({ ...chunk({}), choices: [], usage: USAGE });
      exchange.done();
    });
    for (const stream of [true, true, true, false]) {
      const answer = await chat("org/m", stream);
      expect(answer.status, answer.story).toBe(200);
    }
    await vi.waitFor(async () => {
      // Each request reports what happened before it.
      await chat("org/m");
      expect((await health("vendor-a")).routes[0]?.window.answered).toBeGreaterThanOrEqual(4);
    }, PATIENCE);
    const models = await statusAfterRun();
    expect(models["org/m"]).toMatchObject({ state: "operational", last_hour: { uptime: 1, error_share: 0 } });
    expect(models["org/m"]?.last_hour["attempts"]).toBeGreaterThanOrEqual(4);
    expect(models["org/m"]?.last_hour["ttft_p50_ms"]).toEqual(expect.any(Number));
    expect(models["org/m"]?.["last_day"]).toEqual(models["org/m"]?.last_hour);
    expect(models["sick"]).toMatchObject({ state: "unknown", last_hour: { attempts: 0 } });
    const shown = await fetch(`${gateway.url}/status.json`);
    expect(shown.headers.get("cache-control")).toBe("public, max-age=30");
    expect(shown.headers.get("access-control-allow-origin")).toBe("*");
    const text = await shown.text();
    expect((JSON.parse(text) as { models: Model[] }).models).toEqual(Object.values(models));
    expect(text).not.toMatch(/vendor|credential|org\/m#0|127\.0\.0\.1/i);
  });

  it("probes an upstream that refused until it works again", async () => {
    upstream.script("ill", (exchange) => exchange.json({ error: { message: "out of order" } }, 500));
    await vi.waitFor(async () => {
      expect((await chat("sick")).status).toBeGreaterThanOrEqual(500);
      expect((await health("vendor-b")).routes[0]?.breaker).toBe("open");
    }, PATIENCE);
    expect((await statusAfterRun())["sick"]).toMatchObject({ state: "down" });
    upstream.script("ill", (exchange) => exchange.json(completion("OK")));
    const charged = await gateway.db.$count(charges);
    const tries = upstream.received.length;
    // One probe that is answered closes a breaker.
    await gateway.runSchedule("* * * * *");
    expect((await health("vendor-b")).routes[0]?.breaker).toBe("closed");
    expect(upstream.received.length - tries).toBe(1);
    await gateway.runSchedule("* * * * *");
    expect(upstream.received.length - tries).toBe(1);
    expect(await gateway.db.$count(charges)).toBe(charged);
    const probes = gateway.logged("probe").map(({ route, outcome }) => `${String(route)} ${String(outcome)}`);
    expect(probes.filter((probe) => probe === "sick#0 answered")).toHaveLength(1);
    expect(probes).toContain("sick#0 error");
    expect((await chat("sick")).status).toBe(200);
  });
});
