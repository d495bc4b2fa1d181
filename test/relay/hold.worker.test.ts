/** The hold runs beside the upstream call; nothing reaches the client before its acknowledgement. */
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { upstreams } from "../../schema/index.ts";
import { unreachableFault, type HoldOutcome, type HoldRequest } from "../../src/billing/wallet.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { WIRES } from "../../src/wire/index.ts";
import { addModel, addUpstream } from "../support/seed.ts";
import { db, HELD, play, PLENTY, type Played } from "./stage.ts";

const BODY = { stream: true, messages: [{ role: "user", content: "Hello" }] };

beforeAll(async () => {
  await addUpstream(db, { id: "one", baseUrl: "https://upstream.example.com/v1" });
  await addUpstream(db, { id: "patient", baseUrl: "https://upstream.example.com/v1" });
  await db.update(upstreams).set({ abandon: "drain" }).where(eq(upstreams.id, "patient"));
  await addModel(db, { id: "held", maxOutput: 100, routes: [{ upstreamId: "one" }] });
  await addModel(db, { id: "drained", maxOutput: 100, routes: [{ upstreamId: "patient" }] });
});

interface Scene extends Played {
  readonly asked: Record<string, unknown>[];
  readonly signals: AbortSignal[];
}

function scene(hold: (request: HoldRequest) => Promise<HoldOutcome>, funds = PLENTY, model = "held"): Scene {
  const asked: Record<string, unknown>[] = [];
  const signals: AbortSignal[] = [];
  const played = play({
    asked: WIRES["openai.chat"].read(jsonPayload({ ...BODY, model }), { params: {}, headers: new Headers() }),
    streams: true,
    hold,
    funds,
    upstream({ init: { body, signal } }) {
      asked.push(JSON.parse(typeof body === "string" ? body : "{}") as Record<string, unknown>);
      if (signal) signals.push(signal);
      const event = { choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }] };
      return new Response(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, {
        headers: { "content-type": "text/event-stream" },
      });
    },
  });
  return { ...played, asked, signals };
}

async function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a funded account", () => {
  it("has its upstream called at once, and gets its answer when the hold is acknowledged", async () => {
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
    await expect.poll(() => steps).toEqual(["hold expected", "fetch", "settle"]);
  });

  it("that turns out to be short of funds is held strictly, and gets its answer when no cap is needed", async () => {
    const { answer, steps, asked } = scene(async ({ mode }) => (mode === "strict" ? HELD : { kind: "needs_strict" }));
    const response = await answer;
    expect(await response.text()).toContain("Hi");
    await expect.poll(() => steps).toEqual(["hold expected", "hold strict", "fetch", "settle"]);
    expect(asked[0]).not.toHaveProperty("max_tokens");
    expect(response.headers.get("x-gateway-warnings")).toBeNull();
  });

  it.each(["held", "drained"])(
    "that cannot pay for the model's maximum has its upstream asked again with a cap: %s",
    async (model) => {
      const funds = { ...PLENTY, balanceNanos: 13 * 1000 + 50 * 2000 };
      const { answer, steps, asked, signals } = scene(
        async ({ mode }) => (mode === "strict" ? HELD : { kind: "needs_strict" }),
        funds,
        model,
      );
      const response = await answer;
      expect(await response.text()).toContain("Hi");
      await expect.poll(() => steps).toEqual(["hold expected", "hold strict", "fetch", "fetch", "settle"]);
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
