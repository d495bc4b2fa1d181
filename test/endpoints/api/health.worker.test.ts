/** What the operator sees of an upstream's health, from a real object. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { emptyDelta } from "../../../src/health/report.ts";
import { addUpstream } from "../../support/seed.ts";
import { ADMIN_TOKEN, appWith, caller, db, expectStatus } from "./support.ts";

const operator = caller(appWith(), ADMIN_TOKEN);
const path = (id: string) => `/admin/api/upstreams/${id}/health`;

describe("an upstream's health", () => {
  it("is empty before the first request", async () => {
    await addUpstream(db, { id: "quiet", baseUrl: "https://quiet.example" });
    expect(await expectStatus(operator("GET", path("quiet")), 200)).toEqual({
      upstream_id: "quiet",
      isolates: 0,
      routes: [],
      coolings: [],
      capacity: [],
    });
  });

  it("shows breakers and cooling credentials, until when and why", async () => {
    await addUpstream(db, { id: "ill", baseUrl: "https://ill.example" });
    await env.UPSTREAM_HEALTH.getByName("ill").exchange({
      isolate: "one",
      sequence: 1,
      ageMs: 0,
      deltas: { bad: { ...emptyDelta(), failed: 20 }, good: { ...emptyDelta(), answered: 3, failed: 1 } },
      routes: { bad: { model: "m", inflight: 2, openWhy: "3 failures in a row" }, good: { model: "m", inflight: 0 } },
      coolings: [
        { credential: "c~abcdef", route: null, forMs: 60_000, strikes: 2, why: "credential_refused (401)" },
        { credential: "c~abcdef", route: "good", forMs: 5000, strikes: 1, why: "rate_limited (429)" },
      ],
    });
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    const health = await expectStatus(operator("GET", path("ill")), 200);
    expect(health).toEqual({
      upstream_id: "ill",
      isolates: 1,
      routes: [
        {
          route_id: "bad",
          model_id: "m",
          breaker: "open",
          open_until: iso,
          last_transition: { to: "open", at: iso, why: "20 of 20 attempts failed" },
          window: { answered: 0, failed: 0 },
          open_in: { isolates: 1, why: "3 failures in a row" },
          ttft_ms: null,
          tokens_per_second: null,
          inflight: 2,
        },
        {
          route_id: "good",
          model_id: "m",
          breaker: "closed",
          open_until: null,
          last_transition: null,
          window: { answered: 3, failed: 1 },
          open_in: { isolates: 0, why: null },
          ttft_ms: null,
          tokens_per_second: null,
          inflight: 0,
        },
      ],
      coolings: [
        { credential_id: "c", route_id: null, since: iso, until: iso, strikes: 2, why: "credential_refused (401)" },
        { credential_id: "c", route_id: "good", since: iso, until: iso, strikes: 1, why: "rate_limited (429)" },
      ],
      capacity: [],
    });
    const [cooling] = health.coolings;
    expect(Date.parse(cooling.until) - Date.parse(cooling.since)).toBe(60_000);
  });

  it("can be cleared as a whole, or for one route", async () => {
    await addUpstream(db, { id: "cured", baseUrl: "https://cured.example" });
    const object = env.UPSTREAM_HEALTH.getByName("cured");
    await object.exchange({
      isolate: "one",
      sequence: 1,
      ageMs: 0,
      deltas: { r1: { ...emptyDelta(), failed: 20 }, r2: { ...emptyDelta(), failed: 20 } },
      routes: { r1: { model: "m", inflight: 0 }, r2: { model: "m", inflight: 0 } },
      coolings: [{ credential: "c~abcdef", route: "r2", forMs: 60_000, strikes: 1, why: "forbidden (403)" }],
    });
    const clear = async (body: object) => {
      const health = await expectStatus(operator("POST", `${path("cured")}/clear`, body), 200);
      return [health.routes.map(({ breaker }: { breaker: string }) => breaker), health.coolings.length];
    };
    expect(await clear({ route_id: "r1" })).toEqual([["closed", "open"], 1]);
    expect(await clear({})).toEqual([["closed", "closed"], 0]);
    await expectStatus(operator("POST", `${path("no-such")}/clear`, {}), 404);
  });

  it("is 404 for an upstream that does not exist", async () => {
    await expectStatus(operator("GET", path("no-such")), 404);
  });

  it("is 503 with a message when the object does not answer", async () => {
    await addUpstream(db, { id: "lost", baseUrl: "https://lost.example" });
    const broken = { getByName: () => ({ describe: async () => Promise.reject(new Error("overloaded object")) }) };
    const app = appWith({ UPSTREAM_HEALTH: broken });
    const answer = await caller(app, ADMIN_TOKEN)("GET", path("lost"));
    expect(answer.status, JSON.stringify(answer.body)).toBe(503);
    expect(answer.body.error.message).toContain("does not answer");
    expect(JSON.stringify(answer.body)).not.toContain("overloaded object");
    expect(answer.headers.get("retry-after")).not.toBeNull();
  });
});
