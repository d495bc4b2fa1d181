/**
 * The hold comes beside the upstream call where the known funds cover it, and before it elsewhere. Nothing reaches the
 * client before its acknowledgement.
 */
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { upstreams } from "../../schema/index.ts";
import { KnownFunds } from "../../src/billing/known-funds.ts";
import { unreachableFault, type HoldOutcome, type HoldRequest } from "../../src/billing/wallet.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { WIRES } from "../../src/wire/index.ts";
import { addModel, addUpstream } from "../support/seed.ts";
import { db, held, play, type Played, type Stage } from "./stage.ts";

const BODY = { stream: true, messages: [{ role: "user", content: "Hello" }] };
/** In nanos a token. */
const OUTPUT = 2000;

beforeAll(async () => {
  await addUpstream(db, { id: "one", baseUrl: "https://upstream.example.com/v1" });
  await addUpstream(db, { id: "patient", baseUrl: "https://upstream.example.com/v1" });
  await db.update(upstreams).set({ abandon: "cancel" }).where(eq(upstreams.id, "one"));
  const price = { inputNanos: 1_000_000, outputNanos: OUTPUT * 1000, costInputNanos: 500_000, costOutputNanos: 0 };
  await addModel(db, { id: "held", maxOutput: 100, routes: [{ upstreamId: "one" }], price });
  await addModel(db, { id: "drained", maxOutput: 100, routes: [{ upstreamId: "patient" }], price });
  await addModel(db, {
    id: "slow",
    maxTokensPerSecond: 1,
    maxOutput: 1_000_000,
    routes: [{ upstreamId: "one" }],
    price,
  });
  await addModel(db, { id: "long", maxOutput: 1_000_000, routes: [{ upstreamId: "one" }], price });
});

interface Scene extends Played {
  readonly asked: Record<string, unknown>[];
  readonly signals: AbortSignal[];
}

function scene(hold?: Stage["hold"], model = "held", more: Partial<Stage> = {}): Scene {
  const asked: Record<string, unknown>[] = [];
  const signals: AbortSignal[] = [];
  const played = play({
    asked: WIRES["openai.chat"].read(jsonPayload({ ...BODY, model }), { params: {}, headers: new Headers() }),
    streams: true,
    ...(hold === undefined ? {} : { hold }),
    upstream({ init: { body, signal } }) {
      asked.push(JSON.parse(typeof body === "string" ? body : "{}") as Record<string, unknown>);
      if (signal) signals.push(signal);
      const event = { choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }] };
      return new Response(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, {
        headers: { "content-type": "text/event-stream" },
      });
    },
    ...more,
  });
  return { ...played, asked, signals };
}

async function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** Holds less than was wanted: without what the last `tokens` of the answer cost. */
const short = (tokens: number) => async (request: HoldRequest) =>
  ({ ...held(request), nanos: request.estimateNanos - tokens * OUTPUT }) as HoldOutcome;
const refused = async (): Promise<HoldOutcome> => ({ kind: "refused", refusal: "insufficient_balance" });

describe("an account with funds", () => {
  it("has its upstream called at once, and gets its answer when the hold is acknowledged", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { answer, steps } = scene(async (request) => {
      await promise;
      return held(request);
    });
    let answered = false;
    const watched = answer.then((response) => {
      answered = true;
      return response;
    });
    await turn();
    expect(steps).toEqual(["hold", "fetch"]);
    expect(answered).toBe(false);
    resolve(undefined);
    const response = await watched;
    expect(await response.text()).toContain("Hi");
    await expect.poll(() => steps).toEqual(["hold", "fetch", "settle"]);
  });

  it.each(["held", "drained"])(
    "that turns out to have less has its upstream asked again with the cap, at the operator's cost: %s",
    async (model) => {
      const { answer, steps, asked, signals, settlements } = scene(short(50), model);
      const response = await answer;
      expect(await response.text()).toContain("Hi");
      await expect.poll(() => steps).toEqual(["hold", "fetch", "fetch", "settle"]);
      expect(asked[0]).not.toHaveProperty("max_tokens");
      expect(asked[1]).toMatchObject({ max_tokens: 50 });
      expect(signals[0]?.aborted).toBe(true);
      expect(response.headers.get("x-gateway-warnings")).toBe("output_capped=50");
      // Both upstreams have read the prompt.
      const [settlement] = settlements;
      expect(settlement?.costNanos).toBe(2 * 500 * (settlement?.usage.input ?? 0));
      expect(settlement?.costNanos).toBeGreaterThan(0);
    },
  );

  it("gets 503 when the hold is not acknowledged, and nothing is charged", async () => {
    const { answer, steps } = scene(async () => {
      throw unreachableFault(new Error("storage is gone"));
    });
    await expect(answer).rejects.toMatchObject({ kind: "overloaded", row: { status: 503 } });
    expect(steps.filter((step) => step !== "fetch")).toEqual(["hold"]);
  });
});

describe("an account of which nothing is known", () => {
  it("is held before its upstream is called", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { answer, steps } = scene(
      async (request) => {
        await promise;
        return held(request);
      },
      "held",
      { isUnknown: true },
    );
    await turn();
    expect(steps).toEqual(["hold"]);
    resolve(undefined);
    expect(await (await answer).text()).toContain("Hi");
  });

  it("is given the cap that it can pay for at once", async () => {
    const { answer, asked, steps } = scene(short(60), "held", { isUnknown: true });
    const response = await answer;
    await response.text();
    expect(asked[0]).toMatchObject({ max_tokens: 40 });
    expect(response.headers.get("x-gateway-warnings")).toBe("output_capped=40");
    await expect.poll(() => steps).toEqual(["hold", "fetch", "settle"]);
  });
});

describe("an account that was refused", () => {
  it("reaches no upstream for a minute; its other keys do", async () => {
    const clock = { nowMs: 0 };
    const funds = new KnownFunds({ now: () => clock.nowMs, timeZone: "UTC" });
    // So late that an upstream that is called beside the hold is reached.
    const late = async () => turn().then(refused);
    const first = scene(late, "held", { funds });
    await expect(first.answer).rejects.toMatchObject({ kind: "insufficient_balance" });
    expect(first.steps).toContain("fetch");
    for (let again = 0; again < 3; again++) {
      const { answer, steps } = scene(late, "held", { funds });
      await expect(answer).rejects.toMatchObject({ kind: "insufficient_balance" });
      expect(steps).toEqual(["hold"]);
    }
    const other = scene(undefined, "held", { funds, keyId: "other" });
    await (await other.answer).text();
    clock.nowMs = 60_001;
    const later = scene(late, "held", { funds });
    await expect(later.answer).rejects.toMatchObject({ kind: "insufficient_balance" });
    expect(later.steps).toContain("fetch");
  });

  it.each([
    ["concurrency_limited", "concurrency_limited", 429],
    ["too_much_written_off", "daily_limit_reached", 402],
  ] as const)("with %s gets %s", async (refusal, kind, status) => {
    const { answer } = scene(async () => ({ kind: "refused", refusal }));
    await expect(answer).rejects.toMatchObject({ kind, row: { status } });
  });
});

describe("a stream", () => {
  /** An upstream that writes a word of four characters at a time, until it is let go. */
  function endless(word: Record<string, unknown>) {
    let isCancelled = false;
    const encoder = new TextEncoder();
    const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: word }] })}\n\n`;
    const upstream = () =>
      new Response(
        new ReadableStream({
          type: "bytes",
          async pull(controller) {
            await turn();
            controller.enqueue(encoder.encode(event));
          },
          cancel: () => void (isCancelled = true),
        }),
        { headers: { "content-type": "text/event-stream" } },
      );
    return { upstream, isCancelled: () => isCancelled };
  }

  it("is held for what its model can do until the next checkpoint, not for the whole", async () => {
    const wanted: HoldRequest[] = [];
    const { answer } = scene(async (request) => (wanted.push(request), held(request)), "long");
    await (await answer).text();
    // 300 tokens a second for 60 s and a margin of 10 s.
    const prompt = (wanted[0]?.leastNanos ?? 0) - 16 * OUTPUT;
    expect(wanted[0]?.estimateNanos).toBe(prompt + 21_000 * OUTPUT);
    expect(wanted[0]?.ceilingNanos).toBe(prompt + 1_000_000 * OUTPUT);
  });

  it("whose hold cannot be raised ends with `length`, charged at most what is held, and says so", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { upstream, isCancelled } = endless({ content: "word " });
    let heldNanos = 0;
    const asked: (number | undefined)[] = [];
    const { answer, settlements, steps } = scene(
      async (request) => {
        // A model of one token a second gets 70 of them.
        heldNanos = request.estimateNanos;
        return held(request);
      },
      "slow",
      {
        upstream,
        checkpoint: async (_charge, _facts, holdNanos) => {
          asked.push(holdNanos);
          return heldNanos;
        },
      },
    );
    const response = await answer;
    const text = await response.text();
    expect(text).toMatch(/"finish_reason":"length"[^\n]*\n\ndata: \[DONE\]\n\n$/);
    expect(text).toContain(": x-gateway-warnings: funds_ended\n\n");
    await expect.poll(() => steps.at(-1)).toBe("settle");
    expect(isCancelled()).toBe(true);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.at(-1)).toBeGreaterThan(heldNanos);
    const [settlement] = settlements;
    expect(settlement).toMatchObject({ ending: "complete", estimated: true, request: { funds_ended: true } });
    expect(settlement?.amountNanos).toBeLessThanOrEqual(heldNanos);
    expect(settlement?.usage.output).toBeGreaterThanOrEqual(50);
  });

  it("that was faster than its hold is raised once more when it is settled, up to the whole", async () => {
    const raised: (number | undefined)[] = [];
    const usage = { prompt_tokens: 5, completion_tokens: 30_000, total_tokens: 30_005 };
    const event = { choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }], usage };
    const { answer, settlements } = scene(undefined, "long", {
      upstream: () =>
        new Response(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, {
          headers: { "content-type": "text/event-stream" },
        }),
      checkpoint: async (_charge, _facts, holdNanos) => (raised.push(holdNanos), holdNanos),
    });
    await (await answer).text();
    await expect.poll(() => settlements.length).toBe(1);
    expect(raised).toEqual([settlements[0]?.amountNanos]);
  });
});
