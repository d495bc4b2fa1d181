/** The public status of a model, from the histories and descriptions of objects. */
import { describe, expect, it } from "vitest";
import type { HealthDescription } from "../../src/health/description.ts";
import { MINUTE_MS, type RouteHistory } from "../../src/health/history.ts";
import { credentialKey, UNLIMITED } from "../../src/health/identity.ts";
import { type StatusSources, statusDocument, unknownStatus } from "../../src/health/status-document.ts";
import type { Route } from "../../src/routing/route.ts";
import { modelOf, routeOf, upstreamOf } from "../support/routes.ts";
import { START_MS } from "../support/isolate.ts";

const NOW = START_MS / MINUTE_MS;
const credential = { id: "c", sealed: "v1.x.abcdef", ...UNLIMITED };
const route = (id: string) =>
  routeOf(modelOf("m"), id, { upstream: upstreamOf(`of-${id}`, { credentials: [credential] }) });
const [one, two] = [route("one"), route("two")];

function history(id: string, extra: Partial<RouteHistory> = {}): RouteHistory {
  return { route: id, model: "m", answered: 0, failed: 0, ttft: {}, seenMinutes: [], upMinutes: [], ...extra };
}

function description(id: string, extra: Partial<HealthDescription["routes"][number]> = {}): HealthDescription {
  const known = {
    route: id,
    model: "m",
    breaker: "closed",
    openUntilMs: undefined,
    lastTransition: undefined,
  } as const;
  const numbers = { window: { answered: 0, failed: 0 }, openIn: { isolates: 0, why: undefined }, inflight: 0 };
  const speed = { ttftMs: undefined, tokensPerSecond: undefined };
  return { isolates: 1, coolings: [], capacity: [], routes: [{ ...known, ...numbers, ...speed, ...extra }] };
}

function cooling(routeId: string | null, untilMs: number): HealthDescription {
  const key = credentialKey(credential);
  return {
    isolates: 1,
    routes: [],
    capacity: [],
    coolings: [{ credential: key, route: routeId, sinceMs: 0, untilMs, strikes: 1, why: "" }],
  };
}

function stateOf(routes: readonly Route[], sources: Partial<StatusSources>) {
  const none = { descriptions: [], lastHour: [], lastDay: [], nowMs: START_MS };
  return statusDocument({ models: new Map([["m", routes]]), ...none, ...sources }).models[0]?.state;
}

const well = history("one", { answered: 10, seenMinutes: [NOW - 1, NOW], upMinutes: [NOW - 1, NOW] });

describe("a model is", () => {
  it("unknown without traffic in the last hour", () => {
    expect(stateOf([one], {})).toBe("unknown");
    expect(stateOf([one], { lastDay: [well] })).toBe("unknown");
    expect(stateOf([one], { lastHour: [history("one")] })).toBe("unknown");
  });

  it("operational when it answered", () => {
    expect(stateOf([one], { lastHour: [well] })).toBe("operational");
    expect(stateOf([one, two], { lastHour: [well], descriptions: [description("one")] })).toBe("operational");
    const longAgo = history("one", { answered: 90, seenMinutes: [NOW - 30, NOW - 20], upMinutes: [NOW - 20] });
    expect(stateOf([one], { lastHour: [longAgo] })).toBe("operational");
  });

  it("down when no route may be used, whatever its history", () => {
    const open = description("one", { breaker: "open" });
    expect(stateOf([one], { lastHour: [well], descriptions: [open] })).toBe("down");
    expect(stateOf([one], { descriptions: [description("one", { breaker: "half-open" })] })).toBe("down");
    expect(stateOf([one], { lastHour: [well], descriptions: [cooling(null, START_MS + 1)] })).toBe("down");
    expect(stateOf([one], { lastHour: [well], descriptions: [cooling("one", START_MS + 1)] })).toBe("down");
    expect(stateOf([one], { lastHour: [well], descriptions: [cooling("one", START_MS)] })).toBe("operational");
    expect(stateOf([one], { lastHour: [well], descriptions: [cooling("two", START_MS + 1)] })).toBe("operational");
    expect(stateOf([route("bare"), { ...one, upstream: upstreamOf("none") }], {})).not.toBe("down");
    expect(stateOf([{ ...one, upstream: upstreamOf("none") }], {})).toBe("down");
  });

  it("down when nothing was answered in the last minutes", () => {
    const failing = history("one", {
      failed: 5,
      answered: 9,
      seenMinutes: [NOW - 40, NOW - 1, NOW],
      upMinutes: [NOW - 40],
    });
    expect(stateOf([one, two], { lastHour: [failing] })).toBe("down");
    const once = history("one", { failed: 1, seenMinutes: [NOW] });
    expect(stateOf([one, two], { lastHour: [once] })).toBe("degraded");
  });

  it("degraded when some routes are out, some minutes were lost, or many attempts fail", () => {
    const open = description("two", { breaker: "open" });
    expect(stateOf([one, two], { lastHour: [well], descriptions: [open] })).toBe("degraded");
    const gap = history("one", { answered: 99, failed: 1, seenMinutes: [NOW - 1, NOW], upMinutes: [NOW] });
    expect(stateOf([one], { lastHour: [gap] })).toBe("degraded");
    expect(stateOf([one], { lastHour: [{ ...well, answered: 90, failed: 10 }] })).toBe("degraded");
    expect(stateOf([one], { lastHour: [{ ...well, answered: 91, failed: 9 }] })).toBe("operational");
  });
});

describe("the document", () => {
  it("joins the routes of a model, leaves out routes that are not public, and names nothing but models", () => {
    const document = statusDocument({
      models: new Map([
        ["m", [one, two]],
        ["idle", [routeOf(modelOf("idle"), "three")]],
      ]),
      descriptions: [description("one"), description("two")],
      lastHour: [
        history("one", { answered: 2, failed: 1, ttft: { 36: 2 }, seenMinutes: [NOW - 1, NOW], upMinutes: [NOW] }),
        history("two", { answered: 6, ttft: { 40: 6 }, seenMinutes: [NOW - 1], upMinutes: [NOW - 1] }),
        history("secret", { answered: 1000 }),
        { ...history("one", { answered: 1000 }), model: "another before" },
      ],
      lastDay: [
        history("one", {
          answered: 3,
          failed: 6,
          seenMinutes: [NOW - 31, NOW - 30, NOW],
          upMinutes: [NOW],
        }),
        history("two", { seenMinutes: [NOW - 30, NOW - 29], upMinutes: [NOW - 29] }),
      ],
      nowMs: START_MS,
    });
    const nothing = { uptime: null, error_share: null, attempts: 0, ttft_p50_ms: null, ttft_p95_ms: null };
    expect(document).toEqual({
      built_at: new Date(START_MS).toISOString(),
      models: [
        {
          id: "m",
          state: "degraded",
          last_hour: { uptime: 1, error_share: 0.1111, attempts: 9, ttft_p50_ms: 1024, ttft_p95_ms: 1024 },
          last_day: { ...nothing, uptime: 0.5, error_share: 0.6667, attempts: 9 },
          // START_MS is midnight: this half hour has one minute.
          half_hours: [...Array<null>(45).fill(null), 0, 0.5, 1],
        },
        { id: "idle", state: "down", last_hour: nothing, last_day: nothing, half_hours: Array<null>(48).fill(null) },
      ],
    });
    expect(unknownStatus(["m"])).toEqual({
      built_at: null,
      models: [{ id: "m", state: "unknown", last_hour: nothing, last_day: nothing }],
    });
  });
});
