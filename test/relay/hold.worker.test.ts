/** The hold runs beside the upstream call; nothing reaches the client before its acknowledgement. */
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { eq } from "drizzle-orm";
import { upstreams } from "../../schema/index.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { PriceStore } from "../../src/billing/price-store.ts";
import {
  unreachableFault,
  type CloseOutcome,
  type HoldOutcome,
  type HoldRequest,
  type Wallet,
} from "../../src/billing/wallet.ts";
import { uuidv7 } from "../../src/core/id.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { RequestLog } from "../../src/relay/request-log.ts";
import { RelayRequest } from "../../src/relay/request.ts";
import { relay } from "../../src/relay/relay.ts";
import { CatalogueStore } from "../../src/routing/catalogue.ts";
import { Router } from "../../src/routing/router.ts";
import { TUNING } from "../support/isolate.ts";
import { WIRES } from "../../src/wire/index.ts";
import { addModel, addUpstream } from "../support/seed.ts";

const db = drizzle(env.DB);
const now = () => Date.now();
const HELD: HoldOutcome = { kind: "held", funding: "balance", day: "2026-01-01" };
const CLOSED: CloseOutcome = { kind: "closed", state: "settled", amountNanos: 0, writtenOffNanos: 0, replayed: false };
const PLENTY = { unlimited: false, balanceNanos: 1e15, allowance: undefined, overflow: false, keyNanos: undefined };
const BODY = { stream: true, messages: [{ role: "user", content: "Hello" }] };

beforeAll(async () => {
  await addUpstream(db, { id: "one", baseUrl: "https://upstream.example.com/v1" });
  await addUpstream(db, { id: "patient", baseUrl: "https://upstream.example.com/v1" });
  await db.update(upstreams).set({ abandon: "drain" }).where(eq(upstreams.id, "patient"));
  await addModel(db, { id: "held", maxOutput: 100, routes: [{ upstreamId: "one" }] });
  await addModel(db, { id: "drained", maxOutput: 100, routes: [{ upstreamId: "patient" }] });
});

interface Scene {
  readonly answer: Promise<Response>;
  /** In order: `hold expected`, `fetch`, `settle`, … */
  readonly steps: string[];
  readonly asked: Record<string, unknown>[];
  readonly signals: AbortSignal[];
}

function scene(hold: (request: HoldRequest) => Promise<HoldOutcome>, funds = PLENTY, model = "held"): Scene {
  const body = { ...BODY, model };
  const steps: string[] = [];
  const asked: Record<string, unknown>[] = [];
  const signals: AbortSignal[] = [];
  const noted = (step: string) => async () => {
    steps.push(step);
    return CLOSED;
  };
  const wallet: Wallet = {
    async hold(request) {
      steps.push(`hold ${request.mode}`);
      return hold(request);
    },
    checkpoint: async () => true,
    settle: noted("settle"),
    release: noted("release"),
    funds: async () => funds,
  };
  const settings = { firstEventMs: 5000, idleMs: 5000, answerMs: 5000, totalMs: 5000, keepAliveMs: 5000 };
  const answer = relay(
    {
      catalogue: new CatalogueStore(db, now),
      prices: new PriceStore(db, now),
      router: new Router({
        isolate: "test",
        tuning: TUNING,
        now,
        random: () => 0,
        connect: (upstreamId) => env.UPSTREAM_HEALTH.getByName(upstreamId),
        sleep: async () => undefined,
      }),
      charge: { wallet, shortOfFunds: new Map(), now, checkpointMs: 60_000 },
      credentials: { open: async () => "key" },
      async fetch(_url, { body: sent, signal }) {
        steps.push("fetch");
        asked.push(JSON.parse(typeof sent === "string" ? sent : "{}") as Record<string, unknown>);
        if (signal) signals.push(signal);
        const event = { choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }] };
        return new Response(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, {
          headers: { "content-type": "text/event-stream" },
        });
      },
      wires: WIRES,
      finishingRoutes: new Set(),
      now,
      settings: { ...settings, allowPrivateUpstreams: false },
    },
    new RelayRequest({
      asked: WIRES["openai.chat"].read(jsonPayload(body), { params: {}, headers: new Headers() }),
      streams: true,
      session: undefined,
      payer: { accountId: "account", keyId: "key", ratioPpm: 1_000_000 },
      scope: { groupId: null, allowedModels: null, allowedIps: null, planTier: null },
      endpoint: "POST /v1/chat/completions",
      clientRequestId: undefined,
      errorBody: (fault) => ({ error: fault.kind }),
      headers: () => ({}),
      gone: new AbortController().signal,
      defer: () => undefined,
      log: new RequestLog(uuidv7(), now),
    }),
  );
  return { answer, steps, asked, signals };
}

async function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a funded account", () => {
  it("has its upstream asked at once, and its answer when the hold is acknowledged", async () => {
    const { promise, resolve } = Promise.withResolvers<HoldOutcome>();
    const { answer, steps } = scene(async () => promise);
    let answered = false;
    const watched = answer.then((response) => {
      answered = true;
      return response;
    });
    await turn();
    expect(steps).toEqual(["hold expected", "fetch"]);
    expect(answered).toBe(false);
    resolve(HELD);
    const response = await watched;
    expect(await response.text()).toContain("Hi");
    expect(steps).toEqual(["hold expected", "fetch", "settle"]);
  });

  it("that turns out to be short of funds is held strictly, and goes on when no cap is needed", async () => {
    const { answer, steps, asked } = scene(async ({ mode }) => (mode === "strict" ? HELD : { kind: "needs_strict" }));
    const response = await answer;
    expect(await response.text()).toContain("Hi");
    expect(steps).toEqual(["hold expected", "hold strict", "fetch", "settle"]);
    expect(asked[0]).not.toHaveProperty("max_tokens");
    expect(response.headers.get("x-gateway-warnings")).toBeNull();
  });

  it.each(["held", "drained"])(
    "that affords less than the model may say is asked again with a cap: %s",
    async (model) => {
      const funds = { ...PLENTY, balanceNanos: 13 * 1000 + 50 * 2000 };
      const { answer, steps, asked, signals } = scene(
        async ({ mode }) => (mode === "strict" ? HELD : { kind: "needs_strict" }),
        funds,
        model,
      );
      const response = await answer;
      expect(await response.text()).toContain("Hi");
      expect(steps).toEqual(["hold expected", "hold strict", "fetch", "fetch", "settle"]);
      expect(asked[1]).toMatchObject({ max_tokens: 50 });
      expect(signals[0]?.aborted).toBe(true);
      expect(response.headers.get("x-gateway-warnings")).toBe("output_capped=50");
    },
  );

  it("gets 503 when the hold is not acknowledged, and nothing is charged", async () => {
    const { answer, steps } = scene(async () => {
      throw unreachableFault(new Error("storage is gone"));
    });
    await expect(answer).rejects.toMatchObject({ kind: "overloaded", row: { status: 503 } });
    expect(steps.filter((step) => step !== "fetch")).toEqual(["hold expected"]);
  });
});
