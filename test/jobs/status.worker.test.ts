/** The status job and the page that shows its result, on a real database and real objects. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { eq } from "drizzle-orm";
import { models, status, upstreams } from "../../schema/index.ts";
import { createApp } from "../../src/app.ts";
import { buildStatus } from "../../src/jobs/build-status.ts";
import { caller } from "../endpoints/api/support.ts";
import { addModel, addUpstream } from "../support/seed.ts";
import { db, defer, servicesWith, tell } from "./support.ts";

const noFetch = async () => Promise.reject(new Error("no upstream is asked"));

beforeAll(async () => {
  for (const id of ["vendor-a", "vendor-b", "private"]) await addUpstream(db, { id, baseUrl: "https://x.example" });
  await db.update(upstreams).set({ groups: '["vip"]' }).where(eq(upstreams.id, "private"));
  await addModel(db, { id: "org/m", routes: [{ upstreamId: "vendor-a" }, { upstreamId: "vendor-b" }] });
  await addModel(db, { id: "idle", routes: [{ upstreamId: "vendor-b" }] });
  await addModel(db, { id: "vip", routes: [{ upstreamId: "private" }] });
  await addModel(db, { id: "off", routes: [{ upstreamId: "vendor-a" }], disabled: true });
  await db.insert(models).values({ id: "unserved", operation: "chat", createdAt: 0 });
});

const nothing = { uptime: null, error_share: null, attempts: 0, ttft_p50_ms: null, ttft_p95_ms: null };

const noTraffic = Array<null>(48).fill(null);

async function show(services = servicesWith(noFetch)) {
  return caller(createApp(services), undefined)("GET", "/status.json");
}

describe("/status.json", () => {
  it("lists the public models as unknown before the first build", async () => {
    const { status: code, body, headers } = await show();
    expect(code).toBe(200);
    expect(body).toEqual({
      built_at: null,
      models: ["idle", "org/m"].map((id) => ({ id, state: "unknown", last_hour: nothing, last_day: nothing })),
    });
    expect(headers.get("cache-control")).toBe("public, max-age=30");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    const list = await caller(createApp(servicesWith(noFetch)), undefined)("GET", "/v1/models");
    expect(list.body.data.map(({ id }: { id: string }) => id)).toEqual(["idle", "org/m"]);
  });

  it("shows what all objects saw, and no name of an upstream", async () => {
    await tell("vendor-a", { "org/m#0": { model: "org/m", answered: 15, failed: 1, ttft: { 36: 15 } } });
    await tell("vendor-b", { "org/m#1": { model: "org/m", answered: 4, ttft: { 40: 4 } } });
    await tell("private", { "vip#0": { model: "vip", answered: 9 } });
    await buildStatus(servicesWith(noFetch), defer);
    const { body } = await show();
    const seen = { uptime: 1, error_share: 0.05, attempts: 20, ttft_p50_ms: 512, ttft_p95_ms: 1024 };
    expect(body).toEqual({
      built_at: expect.stringMatching(/Z$/),
      models: [
        { id: "idle", state: "unknown", last_hour: nothing, last_day: nothing, half_hours: noTraffic },
        {
          id: "org/m",
          state: "operational",
          last_hour: seen,
          last_day: seen,
          half_hours: [...noTraffic.slice(1), 1],
        },
      ],
    });
    expect(JSON.stringify(body)).not.toMatch(/vendor|#|credential|vip/i);
  });

  it("is one row, which is written once each minute", async () => {
    let rowsWritten = 0;
    const services = servicesWith(noFetch, {
      DB: new Proxy(services0.d1, {
        get: (d1, name) => {
          if (name === "prepare") return (query: string) => counted(d1.prepare(query), (rows) => (rowsWritten += rows));
          const value: unknown = Reflect.get(d1, name);
          return typeof value === "function" ? value.bind(d1) : value;
        },
      }),
    });
    await buildStatus(services, defer);
    expect(rowsWritten).toBe(1);
    expect(await db.$count(status)).toBe(1);
  });

  it("is unknown again when the job that builds it has stopped", async () => {
    const services = servicesWith(noFetch);
    const later = Date.now() + 600_000;
    const { StatusStore } = await import("../../src/health/status-store.ts");
    const { body } = await show({ ...services, status: new StatusStore(db, () => later) });
    expect(body).toMatchObject({ built_at: null, models: [{ state: "unknown" }, { state: "unknown" }] });
  });

  it("is built without an object that does not answer", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const services = servicesWith(noFetch);
    const lost = async () => Promise.reject(new Error("lost"));
    const health = (id: string) =>
      id === "vendor-a" ? { exchange: lost, describe: lost, history: lost } : services.health(id);
    await buildStatus({ ...services, health }, defer);
    const { body } = await show();
    expect(body.models[1]).toMatchObject({ id: "org/m", last_hour: { attempts: 4 } });
    expect(String(warn.mock.calls[0]?.[0])).toContain('"event":"health_unreachable","upstream":"vendor-a"');
  });

  it("counts against the caller's address", async () => {
    const full = { limit: async () => ({ success: false }) };
    expect((await show(servicesWith(noFetch, { IP_LIMITER: full }))).status).toBe(429);
  });

  it("accepts no other method, and needs no key", async () => {
    expect((await caller(createApp(servicesWith(noFetch)), undefined)("POST", "/status.json", {})).status).toBe(405);
    expect((await caller(createApp(servicesWith(noFetch)), "sk-wrong")("GET", "/status.json")).status).toBe(200);
  });
});

const services0 = servicesWith(noFetch);

/** A statement whose number of written rows is counted. */
function counted(statement: D1PreparedStatement, tell: (rows: number) => void): D1PreparedStatement {
  return new Proxy(statement, {
    get(target, name) {
      if (name === "bind") return (...values: unknown[]) => counted(target.bind(...values), tell);
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...values: unknown[]) => {
        const result = (await (value as (...all: unknown[]) => unknown).apply(target, values)) as D1Result;
        if (typeof result === "object" && "meta" in result) tell(result.meta.rows_written);
        return result;
      };
    },
  });
}
